"""What search engines read: schema.org in JSON-LD.

A view passes a graph as `structured_data`, plain dicts that `base.html` escapes into the page.
"""

from __future__ import annotations

from typing import Any

from shop.core.site import site
from shop.core.web.security import base_url

Thing = dict[str, Any]
"""Something with a schema.org type under `@type`."""

VOCABULARY = "https://schema.org"


def graph(*things: Thing) -> Thing:
    """All that one page tells."""
    return {"@context": VOCABULARY, "@graph": list(things)}


def term(name: str) -> str:
    """A word of the vocabulary as an address, such as `InStock`."""
    return f"{VOCABULARY}/{name}"


def publisher() -> Thing:
    """The site as who is behind its pages, with its logo where it has one of its own."""
    who = {"@type": "Organization", "name": site().name, "url": f"{base_url()}/"}
    logo = site().shown_logo
    if logo is None:
        return who
    address, sizes = base_url() + logo.url, {"width": logo.width, "height": logo.height}
    return {**who, "logo": {"@type": "ImageObject", "url": address, **sizes}}
