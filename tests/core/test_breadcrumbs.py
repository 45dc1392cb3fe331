"""The way from the front page, for people and for search engines."""

from __future__ import annotations

import json
import re

import pytest

from shop.core.web.breadcrumbs import Crumb, breadcrumb_list
from tests.factories.articles import make_article
from tests.factories.catalog import make_variant


def test_search_engines_read_the_way_from_the_front_page_in_whole_addresses(app):
    told = breadcrumb_list([Crumb("Guides", "/shop/"), Crumb("Tea", "/shop/tea")])
    assert told == {
        "@type": "BreadcrumbList",
        "itemListElement": [
            step(1, "Bookstall", "http://localhost/"),
            step(2, "Guides", "http://localhost/shop/"),
            step(3, "Tea", "http://localhost/shop/tea"),
        ],
    }


def step(position, name, item):
    return {"@type": "ListItem", "position": position, "name": name, "item": item}


@pytest.fixture
def pages(app):
    """Pages that show their way, by name."""
    make_article(tags=["Tea"])
    product = make_variant().product
    return {"subject": "/articles/tag/tea", "product": f"/shop/{product.slug}"}


@pytest.mark.parametrize("name", ["subject", "product"])
def test_people_and_search_engines_are_shown_the_same_way(client, pages, name):
    page = client.get(pages[name]).text
    shown = re.search(r'<ol class="breadcrumbs__list">(.*?)</ol>', page, re.DOTALL)[1]
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    told = next(thing for thing in data["@graph"] if thing["@type"] == "BreadcrumbList")
    labels = re.findall(r"<bdi[^>]*>(.*?)</bdi>", shown)
    assert labels == [each["name"] for each in told["itemListElement"]][1:]
    assert len(labels) == 2
