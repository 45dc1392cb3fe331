"""What lies where in an export. A text is Markdown below a front matter of JSON values, which YAML readers read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shop.plugins.api import Refused

FORMAT = "bookstall-site"
VERSION = 1

HEAD = "bookstall.json"
AUTHORS = "authors.json"
TAGS = "tags.json"
SERIES = "series.json"
ARTICLES = "articles/"
PAGES = "pages/"
PRODUCTS = "products/"
FILES = "files/"
PICTURES = "pictures/"
LIBRARY = "library/"
LIBRARY_LIST = "library.json"
COMMENTS = "comments.json"
ORDERS = "orders.jsonl"
INVOICES = "invoices.jsonl"
CODES = "codes.jsonl"
ISSUES = "issues.jsonl"
SUBSCRIBERS = "subscribers.csv"
REDIRECTS = "redirects.csv"
SETTINGS = "settings.json"
PLUGINS = "plugins/"

_FENCE = "---"


def with_front_matter(said: Mapping[str, Any], body: str) -> str:
    """A Markdown file: one line for each value, then the text."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()]
    return "\n".join([_FENCE, *lines, _FENCE, "", body, ""])


def split_front_matter(written: str) -> tuple[dict[str, Any], str]:
    """What `with_front_matter` wrote.

    Raises:
        Refused: it is written otherwise.
    """
    opening, _, rest = written.replace("\r\n", "\n").partition("\n")
    head, closing, body = rest.partition(f"\n{_FENCE}\n")
    if opening != _FENCE or not closing:
        raise Refused("it has no front matter")
    said: dict[str, Any] = {}
    for line in head.split("\n"):
        name, _, value = line.partition(": ")
        try:
            said[name] = json.loads(value)
        except (ValueError, RecursionError):
            raise Refused(f"its front matter can’t be read at “{line[:40]}”") from None
    return said, body.strip("\n")
