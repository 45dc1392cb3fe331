"""What may stand in which room of a feature: HTTP, and units of work.

Each rule is a question about source code, so that its control can ask it about code that breaks it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shop.app import FEATURES as FEATURES_UPWARDS

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "shop" / "blueprints"

HTTP_NAMES = re.compile(r"(\w+_)?(views|pages?|admin|forms|cookies?|sessions)|admin_\w+")
"""Modules that are HTTP by their name."""

HTTP_ROOMS = {
    "accounts/signing_in/landing": "where somebody wanted to go stands in the address",
    "accounts/signing_in/limits": "who is limited is told by the request",
    "admin/sections/activity": "pages of the admin itself",
    "admin/sections/jobs": "pages of the admin itself",
    "admin/sections/mail": "pages of the admin itself",
    "admin/sections/plugins": "pages of the admin itself",
    "admin/sections/settings": "pages of the admin itself",
    "admin/sections/themes": "pages of the admin itself",
    "admin/sections/users": "pages of the admin itself",
    "admin/shell": "asks at every page of the admin who is there",
    "admin/today": "the first page of the admin",
    "catalog/leading": "a link says from which article somebody came",
    "comments/moderation/queue/address": "the queue's filters are its address",
    "comments/reading/section": "the order and the page of comments stand in the article's address",
}
"""Other modules that are HTTP by nature, with the reason. Everything else in a feature knows nothing of HTTP."""

FROM_FLASK = {"request", "session", "g", "redirect", "render_template", "make_response", "abort"}
LIBRARIES = {"wtforms", "flask_wtf", "stripe"}
STRIPE = "payments_stripe"
"""The feature that is about Stripe, so that its rooms may know the client."""


def http_in(source: str, *, feature: str) -> set[str]:
    """What a module imports that only a room for HTTP may know."""
    found: set[str] = set()
    if not any(name in source for name in ("flask", *LIBRARIES)):
        return found  # to parse it would take most of the time
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & LIBRARIES
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "flask":
                found |= {alias.name for alias in node.names} & FROM_FLASK
            found |= {node.module.partition(".")[0]} & LIBRARIES
    return found - ({"stripe"} if feature == STRIPE else set())


def modules() -> Iterator[tuple[str, str]]:
    """Every module of every feature, as `comments/judging/policy`, with its source."""
    for path in sorted(FEATURES.rglob("*.py")):
        name = path.relative_to(FEATURES).with_suffix("").as_posix()
        yield name, path.read_text(encoding="utf-8")


def is_http(name: str) -> bool:
    """Whether a module may know HTTP."""
    return bool(HTTP_NAMES.fullmatch(name.rpartition("/")[2])) or name in HTTP_ROOMS


def test_http_stays_in_its_rooms():
    found = {
        name: known
        for name, source in modules()
        if not is_http(name) and (known := http_in(source, feature=name.partition("/")[0]))
    }
    assert not found


def test_a_room_is_listed_only_while_it_needs_http():
    needing = {
        name for name, source in modules() if http_in(source, feature=name.partition("/")[0])
    }
    assert set(HTTP_ROOMS) <= needing


@pytest.mark.parametrize(
    "source",
    [
        "from flask import g",
        "from flask import Blueprint, request",
        "def late():\n    from flask import session",
        "import wtforms.fields",
        "from wtforms import StringField",
        "import stripe",
    ],
)
def test_control_http_in_a_service_is_found(source):
    assert http_in(source, feature="articles")
    assert not http_in("from flask import Blueprint, url_for", feature="articles")


WRITES = {"publish", "purge", "enqueue", "add", "delete", "flush", "add_all", "merge"}


def _calls(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            if isinstance(each.func, ast.Name) and each.func.id in {"publish", "purge", "enqueue"}:
                yield each.func.id
            if isinstance(each.func, ast.Attribute) and each.func.attr in WRITES:
                owner = ast.unparse(each.func.value)
                if owner.endswith("session") or owner in {"jobs", "events"}:
                    yield each.func.attr


def _opens(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Call) and ast.unparse(each.func).endswith("unit_of_work")
        for each in ast.walk(node)
    ) or any(ast.unparse(each) == "commits" for each in getattr(node, "decorator_list", ()))


def opening_and_needing(source: str) -> tuple[set[str], set[str]]:
    """The functions of a module that open a unit of work, and the public ones that need one to be open."""
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    opening = {each.name for each in functions if _opens(each)}
    needing = {
        each.name
        for each in functions
        if not each.name.startswith("_") and each.name not in opening and any(_calls(each))
    }
    return opening, needing


def test_a_module_opens_units_of_work_or_needs_one():
    found = {
        name: (opening, needing)
        for name, source in modules()
        if "unit_of_work" in source or "commits" in source
        for opening, needing in [opening_and_needing(source)]
        if opening and needing
    }
    assert not found


def test_control_a_module_that_does_both_is_found():
    source = """
def note(row):
    db.session.add(row)

def job(payload):
    with unit_of_work():
        note(payload)
"""
    assert opening_and_needing(source) == ({"job"}, {"note"})


ABOVE_ORDERS = FEATURES_UPWARDS[FEATURES_UPWARDS.index("orders") + 1 :]
ORDER = re.compile(r"(.*[._])?(order|line)")


def written_of_orders(source: str) -> set[str]:
    """The columns of an order, or of a line of one, that a module sets."""
    return {
        target.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and ORDER.fullmatch(ast.unparse(target.value))
    }


def test_only_orders_writes_columns_of_an_order():
    found = {
        name: written
        for name, source in modules()
        if name.partition("/")[0] in ABOVE_ORDERS and (written := written_of_orders(source))
    }
    assert not found


def test_control_a_column_of_an_order_that_a_feature_above_writes_is_found():
    source = "order.refunded_minor += 5\nrefunded.order_line.quantity = 1\nborder.width = 2\n"
    assert written_of_orders(source) == {"refunded_minor", "quantity"}


ARTICLE = re.compile(r"(.*[._])?(article|Article)")
BODY_ROOMS = {
    "articles/bodies": "says who may read what",
    "articles/desk": "leaves it out of lists",
    "articles/queries": "leaves it out of lists",
    "articles/series/queries": "leaves it out of lists",
    "articles/services": "writes it",
    "articles/writing/following_links": "looks for the links in it",
    "articles/writing/revisions": "keeps it for those who may change it",
    "comments/queries": "leaves it out of lists",
    "exporters/parts/articles": "writes it into the owner's own file",
    "importers/old_addresses": "writes links anew",
    "media/queries": "looks for the pictures in it",
}
"""Modules that touch an article's body, with the reason. All others ask `articles.bodies.readable`."""


def bodies_read(source: str) -> set[str]:
    """Where a module reads the body of an article."""
    return {
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr == "body"
        and ARTICLE.fullmatch(ast.unparse(node.value))
    }


def test_nobody_reads_the_body_of_an_article_around_its_gate():
    found = {
        name: read
        for name, source in modules()
        if ".body" in source and _knows_articles(name, source) and (read := bodies_read(source))
    }
    assert set(found) - set(BODY_ROOMS) == set()
    assert set(BODY_ROOMS) <= set(found), "a room is listed only while it needs to be"
    templates = (ROOT / "shop" / "templates").rglob("*.*")
    assert not [each for each in templates if "article.body" in each.read_text(encoding="utf-8")]


def _knows_articles(name: str, source: str) -> bool:
    return name.startswith("articles/") or "blueprints.articles" in source


@pytest.mark.parametrize(
    "source", ["text = article.body", "select(Article.body)", "f(self.article.body)"]
)
def test_control_a_body_that_is_read_around_the_gate_is_found(source):
    assert bodies_read(source)
    assert not bodies_read("form.body.data + campaign.body")
