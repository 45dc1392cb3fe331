"""Hostile values in every address, every query, every cookie and every field of every form: never a failure.

Nothing is listed by hand. Addresses come from the map of the application, forms from its own pages, so what is added
later is walked too. Each form is sent as it stands on its page with one field spoiled, because a form that is wrong in
every field never gets as far as the database.

The values take turns, and so do the two databases with the queries of a page and the fields of a form, for the sake of
time. To try more of them everywhere: `SHOP_HOSTILE_ROUNDS=30 pytest ...`.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.routing import IntegerConverter
from werkzeug.test import encode_multipart

from shop.blueprints.payments.attempts import starting
from shop.blueprints.payments_stripe.provider import Stripe
from shop.core import settings
from shop.extensions import Base, db
from tests.factories.accounts import PASSWORD
from tests.factories.articles import make_page
from tests.factories.cart import give, make_cart
from tests.factories.newsletter import make_subscriber
from tests.factories.orders import WAYS_BACK, make_order, make_variant
from tests.factories.stock_alerts import make_alert, make_sold_out
from tests.planted import plant

HOSTILE = (
    "",
    " \t\r\n",
    "\x00",
    "a\x00b",
    "a\r\nBcc: b@example.org",
    "\x1b[31m\x07\x7f",
    "\N{RIGHT-TO-LEFT OVERRIDE}\u05d0\u0628\N{ZERO WIDTH JOINER}",
    "\N{SKULL}\N{VARIATION SELECTOR-16}\U0001f469\N{ZERO WIDTH JOINER}\U0001f692",
    "\N{COMBINING GRAVE ACCENT}" * 300,
    "\ufdfa" * 60,
    "x" * 5_000,
    "'\"><script>alert(1)</script>{{7*7}}{x.__class__}%s%(a)s",
    "../../etc/passwd",
    "//evil.example/\\",
    "http://[::1",
    "-1",
    "0",
    "1e99",
    "NaN",
    "Infinity",
    "٣",
    "²",
    str(2**31),
    str(2**63),
    "9" * 5_000,
    "0.005",
    "0000-00-00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59",
    "null",
    "[]",
    '{"a": 1}',
)
NUMBERS = (
    "0",
    "-1",
    str(2**31),
    str(2**53 + 1),
    str(2**63 - 1),
    str(2**63),
    "9" * 5_000,
    "٣",
    "1.5",
)
METHODS = (
    "GET",
    "POST",
    "GET",
    "HEAD",
    "GET",
    "PUT",
    "GET",
    "DELETE",
    "GET",
    "OPTIONS",
    "NONSENSE",
)
MOST_TRIED = 6
ROUNDS = int(os.environ.get("SHOP_HOSTILE_ROUNDS", "1"))


def cursor(*values: Any) -> str:
    """What `?after=` holds, made by somebody who read how it is made."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


CURSORS = (
    "!",
    "ö",
    cursor(),
    cursor(None),
    cursor(2**53 + 1),
    cursor(-(2**53)),
    cursor(1e400),
    cursor(True, 1),
    cursor(True, -(2**53)),
    cursor("0001-01-01T00:00:00+23:59", 1),
    cursor("9999-12-31T23:59:59-23:59", 1),
    cursor("2020-01-01T00:00:00+00:00", 2**53),
    cursor("\ud800", "\x00"),
    cursor(2**53, 2**53, 2**53),
    base64.urlsafe_b64encode(b"[" * 20_000).decode(),
    base64.urlsafe_b64encode(b"[" + b"9" * 5_000 + b"]").decode(),
)
WALKED_AS = {
    "admin": ("owner",),
    **dict.fromkeys(("accounts", "cart", "checkout", "downloads", "orders"), ("stranger", "buyer")),
}
"""By feature: who tries more than whether its pages open. A stranger, when nothing is said."""
QUERIES = ("q", "search", "state", "page", "article", "reply", "next", "v")
COOKIES = ("session", "cart", "cart_count", "notice")
HEADERS = {
    "Accept": "*/*;q=x,,;",
    "Accept-Encoding": "br;q=9e999, \x80",
    "Accept-Language": "\xff-*;q=;",
    "Authorization": "Bearer \xe9",
    "Content-Length": "-1",
    "Content-Type": "text/html; charset=\xff",
    "Host": "\xe9[::1",
    "If-Modified-Since": "Tue, 99 Foo 0000",
    "If-None-Match": 'W/"\x7f',
    "If-Range": "\x01",
    "Origin": "http://[::1",
    "Range": "bytes=9-1,-0,a-",
    "Referer": "http://[::1",
    "Sec-Fetch-Site": "\xff",
    "X-Forwarded-For": "'",
    "X-Fragment": "\xff",
}
BODIES = (
    ("application/x-www-form-urlencoded", b"\xff\x00=\xff&a&=&%ed%a0%80=%00"),
    ("application/json", b'{"email": ["\\ud800"], "a": 1e999}'),
    ("application/json; charset=nonsense", b"[" * 9_000),
    ("multipart/form-data", b"--"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 500,
    ),
    ("\xff", b"\x00"),
)


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page: where it goes to, and what a browser would send.

    Forms of one kind, which differ in numbers and tokens only, are sent once.
    """

    action: str
    fields: tuple[tuple[str, str], ...]
    is_multipart: bool


@pytest.fixture
def known(app: Flask, outbox: Any) -> dict[str, list[str]]:
    """A site with something of everything; what its addresses can be filled with, by column."""
    plant()
    starting.start_payment(make_order((make_variant(digital=False), 1)).id, Stripe(), WAYS_BACK)
    make_alert(make_sold_out().variants[0])
    make_subscriber()
    found: dict[str, list[str]] = {
        "provider": ["stripe"],
        "namespace": list(settings.registered()),
    }
    for mapper in Base.registry.mappers:
        table = mapper.local_table.name
        if table.startswith("plugin_"):  # known once the example plugin has been imported
            continue
        for name in sorted({"id", "slug", "token", "reference"} & set(mapper.columns.keys())):
            column = mapper.columns[name]
            values = [str(value) for value in db.session.scalars(select(column).limit(2)) if value]
            found[f"{table}_{name}"] = values
            if name != "id":
                found.setdefault(name, []).extend(values)
    return found


@dataclass
class Visitor:
    """A browser, and the answers that no page may give."""

    client: FlaskClient
    role: str
    wrong: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, **given: Any) -> str:
        """What a page says, in HTML; empty for any other answer."""
        with self.client.open(path, method=method, **given) as answer:
            text = answer.get_data()
            if answer.status_code >= 500:
                self.wrong.append(
                    f"{self.role}: {answer.status_code} {method} {path[:160]} {str(given)[:400]}"
                )
            is_page = answer.status_code == 200 and answer.mimetype == "text/html"
            return text.decode(errors="replace") if is_page else ""


def visitor(app: Flask, role: str) -> Visitor:
    """Somebody with a full cart, signed in or not."""
    client = give(
        app.test_client(), make_cart((make_variant(), 1), (make_variant(digital=False), 2))
    )
    if role != "stranger":
        data = {"email": f"{role}@example.org", "password": PASSWORD}
        assert client.post("/account/sign-in", data=data).status_code == 303
    return Visitor(client, role)


@dataclass(frozen=True)
class Place:
    """A rule of the map: addresses that fit it and are there, and some that are not."""

    endpoint: str
    is_page: bool
    good: list[str]
    bad: list[str]


def places(app: Flask, known: dict[str, list[str]]) -> list[Place]:
    """Everything that the application answers to; signing out apart, which would end the walk."""
    hostile = cycle(HOSTILE[1:])
    numbers = cycle(NUMBERS)
    found = []
    for rule in app.url_map.iter_rules():
        good = [re.sub(r"<(?:[^:<>]+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)]
        bad = good * ROUNDS if rule._converters else []
        for name, converter in rule._converters.items():
            values = numbers if isinstance(converter, IntegerConverter) else hostile
            hole = f"{{{name}}}"
            bad = [each.replace(hole, quote(next(values), safe="")) for each in bad]
            fitting = values_of(name, known)
            good = [each.replace(hole, quote(value)) for each in good for value in fitting]
        if rule.endpoint != "accounts.sign_out":
            is_page = "GET" in (rule.methods or ())
            found.append(Place(rule.endpoint, is_page, good[:MOST_TRIED], bad))
    return found


def hostile_queries() -> Iterator[dict[str, str]]:
    """Queries with a cursor that nobody here made, and such without, which get further."""
    values = cycle(HOSTILE)
    for cursor_ in cycle(CURSORS):
        yield {name: next(values) for name in QUERIES}
        yield {"after": cursor_, "comments": cursor_}


def values_of(name: str, known: dict[str, list[str]]) -> list[str]:
    tables = {"order": "shop_order", "file": "product_file", "message": "contact_message"}
    table = name.removesuffix("_id")
    ids = known.get(f"{tables.get(table, table)}_id") if name != table else None
    return ids or known.get(name) or ["1"]


def forms_on(page: str, html: str) -> Iterator[Form]:
    """Every form of a page that posts."""
    for text in re.findall(r"<form\b.*?</form>", html, re.DOTALL | re.IGNORECASE):
        form = form_of(text)
        if form is not None:
            yield form if form.action else replace(form, action=page)


@cache
def form_of(text: str) -> Form | None:
    """A form that posts, by its HTML: many a page has the same."""
    form = BeautifulSoup(text, "html.parser").form
    if str(form.get("method")).lower() != "post":
        return None
    return Form(
        action=urlsplit(str(form.get("action") or "")).path,
        fields=tuple(fields_of(form)),
        is_multipart=form.get("enctype") == "multipart/form-data",
    )


def kind_of(app: Flask, form: Form) -> tuple[str, tuple[str, ...]]:
    """Where a form leads to, and the names of its fields."""
    endpoint, _arguments = app.url_map.bind("localhost").match(form.action, method="POST")
    return endpoint, tuple(sorted({name for name, _value in form.fields}))


def fields_of(form: Tag) -> Iterator[tuple[str, str]]:
    for field_ in form.find_all(["input", "textarea", "select", "button"]):
        name = str(field_.get("name") or "")
        if not name:
            continue
        if field_.name == "select":
            chosen = field_.find("option", selected=True) or field_.find("option")
            yield name, str(chosen.get("value") or "") if isinstance(chosen, Tag) else ""
        elif field_.name == "textarea":
            yield name, field_.text.removeprefix("\n") or "Some words."
        else:
            yield name, str(field_.get("value") or "") or good_value(name, field_)


def good_value(name: str, field_: Tag) -> str:
    if "email" in name:
        return "ruth@example.org"
    if field_.get("tabindex") == "-1":  # the trap for programs
        return ""
    is_number = field_.get("type") == "number" or field_.get("inputmode") in {"numeric", "decimal"}
    return "1" if is_number else "Some words"


def spoiled(form: Form, values: Iterator[str], turn_of: int) -> Iterator[list[tuple[str, str]]]:
    """The form as it is, then with every other field spoiled, and one of them left out, sent twice or alone."""
    yield list(form.fields)
    names = list(dict.fromkeys(name for name, _value in form.fields))
    for number, name in enumerate(names if ROUNDS > 1 else names[turn_of::2]):
        rest = [(each, value) for each, value in form.fields if each != name]
        for turn in range(ROUNDS):
            value = next(values)
            yield [*rest, (name, value)]
            if number == turn:
                yield rest
                yield [*rest, (name, value), (name, "1"), (f"{name}[]", value)]
                yield [(name, value)]


def parts_of(values: dict[str, Any]) -> tuple[str, bytes]:
    """The media type and the body of a form with parts: texts or files."""
    boundary, body = encode_multipart(values)
    return f"multipart/form-data; boundary={boundary}", body


def send_forms(who: Visitor, forms: dict[Any, Form], values: Iterator[str], turn_of: int) -> None:
    bodies = cycle(BODIES)
    # Those without a field come last: they remove, publish, send away.
    for form in sorted(forms.values(), key=lambda form: not form.fields):
        for fields in spoiled(form, values, turn_of):
            kind, body = "application/x-www-form-urlencoded", urlencode(fields).encode()
            if form.is_multipart:
                kind, body = parts_of(dict(fields))
            who.send("POST", form.action, data=body, content_type=kind)
        kind, body = parts_of(
            {name: FileStorage(BytesIO(b"\x00"), "a\x00") for name, _value in form.fields}
        )
        who.send("POST", form.action, data=body, content_type=kind)
        for kind, body in islice(bodies, ROUNDS):
            who.send("POST", form.action, data=body, content_type=kind)


@pytest.mark.parametrize(
    "role",
    [
        "owner",  # on one database in a run: it is the dearest, and the owner is trusted
        pytest.param("stranger", marks=pytest.mark.both_databases),
        pytest.param("buyer", marks=pytest.mark.both_databases),
    ],
)
def test_nothing_that_is_sent_makes_a_page_fail(app, known, outbox, role):
    who = visitor(app, role)
    values, methods, queries = cycle(HOSTILE), cycle(METHODS), hostile_queries()
    turn_of = db.engine.dialect.name == "postgresql"
    forms: dict[Any, Form] = {}
    for number, place in enumerate(places(app, known)):
        feature = place.endpoint.split(".")[0]
        if role not in WALKED_AS.get(feature, ("stranger",)):
            who.send("GET", place.good[0])
            continue
        there = place.good[0]
        for path in place.good if place.is_page else ():
            page = who.send("GET", path)
            for form in forms_on(path, page):
                forms.setdefault(kind_of(app, form), form)
            there = path if page else there
        for path in place.bad:
            who.send(next(methods), path, data=b"a=%00")
        asked_for = list(islice(queries, 2 * ROUNDS)) if place.is_page else []
        for asked in asked_for if ROUNDS > 1 else asked_for[(number + turn_of) % 2 :: 2]:
            who.send("GET", f"{there}?{urlencode(asked)}&%ff=%ff&a=%ed%a0%80&&=")
    forms = {kind: form for kind, form in forms.items() if kind[0] != "accounts.sign_out"}
    assert len(forms) > {"stranger": 10, "buyer": 5, "owner": 25}[role], sorted(forms)
    send_forms(who, forms, values, turn_of)
    assert not who.wrong, "\n".join(who.wrong)


def test_no_header_and_no_cookie_makes_a_page_fail(app, client):
    make_page(slug="about")
    who = Visitor(client, "stranger")
    for path in ("/pages/about", "/cart", "/contact"):
        for name, value in HEADERS.items():
            who.send("GET", path, headers={name: value})
            who.send("POST", path, headers={name: value})
        for value in (
            "%",
            '"\\777\\',
            "\x80\xff",
            "a.b.c",
            "e30.aaaaaa.bbbb",
            "x" * 5_000,
            ".eJw.",
            "[" * 3_000,
        ):
            cookie = "; ".join(f"{name}={value}" for name in COOKIES)
            who.send("GET", path, headers={"Cookie": cookie})
            who.send("POST", path, headers={"Cookie": cookie})
    assert not who.wrong, "\n".join(who.wrong)
