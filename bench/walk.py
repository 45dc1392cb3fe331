"""Through how many files the POST of a checkout goes, and how often the cart is priced on the way.

python -m bench.walk [--steps]

A *call* leads from a function of one feature's file to a function of another file of a feature; the same pair counts
once. Reading a property is no call, and what the payment provider calls inside its own folder does not count. A *climb*
is a call up to a feature that stands above its caller, or back into a file that the walk had left.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

import shop
from bench import ground
from bench.harness import table
from shop.app import FEATURES, create_app
from shop.config import Config
from shop.extensions import db, limiter
from shop.plugins.installed import migrations
from tests.checkout.buying import WHERE, WHO, put_in
from tests.factories.orders import make_variant

ROOMS = f"{Path(shop.__file__).parent}/blueprints/"
PROVIDER = "payments_stripe/"
PRICING = ("cart/pricing.py", "price")

Place = tuple[str, str]
"""A file below `blueprints/`, and a function in it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What was seen: each step once, in the order in which it came first."""

    steps: tuple[tuple[Place, Place], ...]
    priced: int

    @property
    def files(self) -> frozenset[str]:
        """Every file that the walk led through."""
        return frozenset(place[0] for step in self.steps for place in step)

    @property
    def climbs(self) -> tuple[tuple[Place, Place], ...]:
        """Steps up to a feature above, or back into a file that was left."""
        found, seen, here = [], set[str](), ""
        for caller, called in self.steps:
            is_back = called[0] in seen and called[0] != here
            if is_back or _floor(caller) < _floor(called):
                found.append((caller, called))
            here = called[0]
            seen |= {caller[0], here}
        return tuple(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The walk of a checkout's POST.")
    parser.add_argument("--steps", action="store_true", help="print every step; ^ marks a climb")
    asked = parser.parse_args()
    walk = walk_of_a_checkout()
    if asked.steps:
        climbs = set(walk.climbs)
        for step in walk.steps:
            print("^" if step in climbs else " ", " -> ".join(":".join(place) for place in step))
    table(
        "The POST of a checkout",
        [(f"{len(walk.steps)}", f"{len(walk.files)}", f"{len(walk.climbs)}", f"{walk.priced}")],
        ("calls", "files", "climbs", "times the cart was priced"),
    )


def walk_of_a_checkout() -> Walk:
    """Buy one parcel from a new shop on SQLite, and watch the request that places the order and begins the payment."""
    with _site() as app:
        with app.app_context():
            variant = make_variant(price=2000, digital=False, stock=5)
            client = app.test_client()
            put_in(client, variant)
        page = client.get("/checkout").text
        hidden = dict(re.findall(r'name="(page_key|seen)"[^>]*value="([^"]*)"', page))
        calls = _watched(client, WHO | WHERE | hidden)
        with app.app_context():
            db.engine.dispose()
    steps = [
        (caller, called)
        for caller, called in calls
        if caller is not None and caller[0] != called[0] and not caller[0].startswith(PROVIDER)
    ]
    return Walk(tuple(dict.fromkeys(steps)), sum(called == PRICING for _, called in calls))


@contextmanager
def _site() -> Iterator[Flask]:
    with tempfile.TemporaryDirectory() as folder:
        boot = Config(data_dir=Path(folder), secret_key=ground.KEY)
        limiter.enabled = False
        app = create_app(boot)
        with app.app_context():
            migrations.upgrade_all()
        yield app


def _watched(client: FlaskClient, form: dict[str, Any]) -> Sequence[tuple[Place | None, Place]]:
    """Who called whom while the form was sent, in order.

    Raises:
        RuntimeError: it did not lead to the payment provider.
    """
    calls: list[tuple[Place | None, Place]] = []

    def note(frame: FrameType, event: str, _argument: object) -> None:
        called = _place(frame) if event == "call" else None
        if called is not None and not _is_property(frame):
            calls.append((_caller(frame), called))

    sys.setprofile(note)
    try:
        answer = client.post("/checkout", data=form)
    finally:
        sys.setprofile(None)
    if answer.status_code != 303 or "/payments/" not in answer.location:
        raise RuntimeError(f"the checkout answered {answer.status}")
    return calls


def _place(frame: FrameType) -> Place | None:
    """Where a frame runs; comprehensions and lambdas belong to the function that they stand in."""
    code = frame.f_code
    if not code.co_filename.startswith(ROOMS) or code.co_name.startswith("<"):
        return None
    return code.co_filename.removeprefix(ROOMS), code.co_name


def _caller(frame: FrameType) -> Place | None:
    """The nearest function of a feature on the way up."""
    above = frame.f_back
    while above is not None:
        found = _place(above)
        if found is not None:
            return found
        above = above.f_back
    return None


def _is_property(frame: FrameType) -> bool:
    owner = type(frame.f_locals.get("self"))
    return isinstance(getattr(owner, frame.f_code.co_name, None), property)


def _floor(place: Place) -> int:
    return FEATURES.index(place[0].partition("/")[0])


if __name__ == "__main__":
    main()
