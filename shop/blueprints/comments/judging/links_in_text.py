"""The links of a text, however they are written."""

from __future__ import annotations

import re

_LINK = re.compile(r"(?:https?://(?:www\.)?|\bwww\.)[^\s<>()\[\]\"“”]*", re.IGNORECASE)
_LOCAL_LINK = re.compile(r"\]\((?!\s*<?(?:https?:|www\.))", re.IGNORECASE)
_PREFIX = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)


def count_links(body: str) -> int:
    """How many different links a text holds; an address counts once, in whatever form it is there again."""
    return len(addresses_in(body)) + len(_LOCAL_LINK.findall(body))


def addresses_in(body: str) -> list[str]:
    """The addresses of a text's links, each once, without what stands before the domain."""
    lowered = body.lower()
    if "http" not in lowered and "www." not in lowered:  # most texts have none
        return []
    found = (_PREFIX.sub("", link, count=1).rstrip(".,;:!?/'’") for link in _LINK.findall(body))
    return list(dict.fromkeys(address.lower() for address in found))
