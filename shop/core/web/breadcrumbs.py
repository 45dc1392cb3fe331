"""Breadcrumbs: the steps from the front page to the present page. A view gives them once; people and search engines
read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop.core.site import site
from shop.core.web.security import base_url
from shop.core.web.structured_data import Thing


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step. `url` is the path of a page of ours, as `url_for` gives it."""

    label: str
    url: str


def breadcrumb_list(crumbs: Sequence[Crumb]) -> Thing:
    """The way for search engines: the front page, then the steps, the page itself last."""
    steps = [Crumb(site().name, "/"), *crumbs]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": str(crumb.label),
                "item": base_url() + crumb.url,
            }
            for position, crumb in enumerate(steps, start=1)
        ],
    }
