"""What plugins tell search engines of an article or a product: it is added to the page's node, or left out."""

from __future__ import annotations

import json
import math
import re
from datetime import date

import pytest
from flask_babel import lazy_gettext

from shop.core.unit_of_work import board
from shop.plugins import registry
from shop.plugins.api import OrderView, ProductView, StructuredData
from shop.plugins.guard.health import health_book
from shop.plugins.starting import inspection
from tests.factories.catalog import make_product

STARS = {"@type": "AggregateRating", "ratingValue": 4.5, "reviewCount": 12}


@pytest.fixture
def told(app, client, monkeypatch):
    """The nodes of a product's page, by type, while plugins add what these functions give."""
    product = make_product(title="The Little Guide")

    def told(*sources):
        given = [StructuredData(str(at), ProductView, each) for at, each in enumerate(sources)]
        monkeypatch.setattr(registry(), "structured_data", given)
        board().purge_everything()
        page = client.get(f"/shop/{product.slug}").text
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
        return {node["@type"]: node for node in json.loads(found[1])["@graph"]}

    yield told
    health_book().forget("")


def test_a_node_of_a_plugin_is_added_to_that_of_the_page_and_changes_nothing_in_it(told):
    plain = told()
    added = told(
        lambda product: [
            {"@id": product.node_id, "aggregateRating": STARS, "name": "Mine", "review": ["a"]}
        ],
        lambda product: [
            {"@id": product.node_id, "review": ["b"], "offers": "free"},
            {"@id": "#maker", "@type": "Organization", "name": lazy_gettext("Maker")},
        ],
    )
    assert added["Product"] == plain["Product"] | {"aggregateRating": STARS, "review": ["a", "b"]}
    assert added["Organization"] == {"@id": "#maker", "@type": "Organization", "name": "Maker"}


def test_a_node_that_can_t_be_told_is_left_out_alone(told):
    wrong = [
        lambda _product: [STARS],
        lambda product: [{"@id": product.node_id, "on": date(2026, 1, 1)}],
        lambda product: [{"@id": product.node_id, "stars": math.nan}],
        lambda product: [{"@id": product.node_id, "name": "x" * 100_000}],
        lambda _product: 17,
        lambda _product: ["a word"],
    ]
    found = told(*wrong, lambda product: [{"@id": product.node_id, "aggregateRating": STARS}])
    assert found.pop("Product")["aggregateRating"] == STARS
    assert set(found) == {"BreadcrumbList"}


def test_only_pages_that_are_there_can_be_added_to():
    lost = StructuredData("lost", OrderView, lambda _order: [])
    assert "no pages" in inspection.wrong_with_item("structured_data", lost)
    assert not inspection.wrong_with_item(
        "structured_data", StructuredData("found", ProductView, lambda _product: [])
    )
