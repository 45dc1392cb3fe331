"""Adding to a cart, going to the checkout, commenting and signing up, beside Flask storing one row and nothing else.

A comment is measured three times: stored and nothing else; with its print, by which the checks find comments that are
nearly the same (`comments/judging/campaigns.py`); and judged by all checks.

python -m bench.writes
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select

from bench import ground
from bench.article import GRANIAN
from bench.harness import hammer, in_turn, serving, table
from shop.app import create_app
from shop.blueprints.cart import adding
from shop.blueprints.cart.models import Cart
from shop.blueprints.catalog.models import Variant
from shop.config import Config
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

REQUESTS = 200
LIMIT = "Flask storing one row"
ADDED, ADDED_AGAIN = "add to cart (a new cart each time)", "add to cart (one that is there)"
STORED = "comment posted: stored, without the judging"
COMPARED = "comment posted: stored, its print compared and kept for the judging"
JUDGED = "comment posted: judged, stored"
GOALS = {ADDED: 5, ADDED_AGAIN: 5, STORED: 5}
"""Times one row, at most. The judging, prints included, is not counted: it is the difference of the lines."""

BARE = '''
"""The limit: Flask takes a form, stores one row durably in SQLite, and redirects."""
import pathlib
from flask import Flask, redirect, request
from sqlalchemy import create_engine, event, text
engine = create_engine(f"sqlite:///{pathlib.Path(__file__).with_name('bare.sqlite3')}")
@event.listens_for(engine, "connect")
def prepare(connection, _):
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
with engine.begin() as connection:
    connection.execute(text("create table if not exists row (id integer primary key, words text)"))
app = Flask(__name__)
@app.post("/")
def store():
    with engine.begin() as connection:
        connection.execute(text("insert into row (words) values (:w)"), {"w": request.form["body"]})
    return redirect("/", 303)
@app.get("/healthz")
def healthz():
    return ""
'''


def main() -> None:
    """Measure and print."""
    with ground.site() as folder, tempfile.TemporaryDirectory() as scratch:
        variant_id = digital_variant(folder)
        cart = f"Cookie: cart={filled_cart(folder, variant_id)}"
        comments = f"{ground.ARTICLE}/comments"
        Path(scratch, "bare.py").write_text(BARE)
        ours = serving(
            GRANIAN.format(target="bench.served:application", factory=True),
            environment=ground.environment(folder),
        )
        bare = serving(
            GRANIAN.format(target="bare:app", factory=False), environment={"PYTHONPATH": scratch}
        )
        unjudged, unread = (
            serving(
                GRANIAN.format(target=f"bench.served:{name}", factory=True),
                environment=ground.environment(folder),
            )
            for name in ("unjudged", "unread")
        )
        with ours as shop, unjudged as without, unread as compared, bare as limit:
            found = in_turn(
                {
                    ADDED: lambda: hammer(
                        shop,
                        "/cart/items",
                        requests=REQUESTS,
                        form=lambda _: urlencode({"variant": variant_id, "quantity": 1}),
                    ),
                    ADDED_AGAIN: lambda: hammer(
                        shop,
                        "/cart/items",
                        requests=REQUESTS,
                        headers=[cart],
                        form=lambda _: urlencode({"variant": variant_id, "quantity": 1}),
                    ),
                    "from the cart to the checkout": lambda: hammer(
                        shop,
                        "/cart",
                        requests=REQUESTS,
                        headers=[cart],
                        form=lambda _: urlencode({"note": ""}),
                    ),
                    "newsletter asked for": lambda: hammer(
                        shop, "/newsletter", requests=REQUESTS, form=sign_up_form
                    ),
                    STORED: lambda: hammer(without, comments, requests=REQUESTS, form=comment_form),
                    COMPARED: lambda: hammer(
                        compared, comments, requests=REQUESTS, form=comment_form
                    ),
                    JUDGED: lambda: hammer(shop, comments, requests=REQUESTS, form=comment_form),
                    LIMIT: lambda: hammer(limit, "/", requests=REQUESTS, form=comment_form),
                },
                rounds=3,
            )
    least = found[LIMIT].cpu_ms
    rows = [
        (
            name,
            f"{each.per_second:,.0f}",
            f"{each.cpu_ms:.2f}",
            f"{each.cpu_ms / least:.1f}",
            f"at most {GOALS[name]}" if name in GOALS else "",
        )
        for name, each in found.items()
    ]
    table(
        "Writes, one process, SQLite, every commit durable",
        rows,
        ("what", "a second", "CPU ms each", "times one row", "goal"),
    )


_told: list[int] = []


def comment_form(number: int) -> str:
    _told.append(number)  # no two comments alike: the same twice would be stored once
    return urlencode(
        {
            "author": f"Reader {len(_told)}",
            "email": f"reader{len(_told)}@example.org",
            "body": f"{ground.WORDS} {len(_told)}",
        }
    )


def sign_up_form(number: int) -> str:
    _told.append(number)
    return urlencode({"email": f"reader{len(_told)}@example.org"})


def filled_cart(folder: Path, variant_id: int) -> str:
    """The token of a new cart with one item."""
    app = create_app(Config(data_dir=folder, secret_key=ground.KEY))
    with app.app_context():
        with unit_of_work():
            filled = adding.add_item("", variant_id, 1)
        token = Cart.token_of(filled.key)
        db.engine.dispose()
    return token


def digital_variant(folder: Path, database_url: str = "") -> int:
    app = create_app(Config(data_dir=folder, secret_key=ground.KEY, database_url=database_url))
    with app.app_context():
        found = db.session.scalars(select(Variant.id).where(Variant.is_digital)).first()
        db.engine.dispose()
    if found is None:
        raise LookupError("the demo sells no download")
    return found


if __name__ == "__main__":
    main()
