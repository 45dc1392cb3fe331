"""Pages for staff: mentions that wait, decisions and how to undo them, and what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l

from bookstall_webmention import sending
from bookstall_webmention.models import Mention
from shop.plugins.api import article, moderation_desk

OUTCOMES = {
    "": _l("Not told yet"),
    "told": _l("Told"),
    "no_endpoint": _l("Takes no webmentions"),
    "not_taken": _l("Did not take it"),
    "away": _l("Could not be reached"),
}


def of_page(found: Sequence[Mention]) -> Mapping[str, Any]:
    """What is mentioned."""
    return {"articles": {each.article_id: article(each.article_id) for each in found}}


desk = moderation_desk("webmention-desk", Mention, "webmention/desk.html", of_page)


@desk.get("/sent")
def sent() -> str:
    """What was sent last."""
    return render_template(
        "webmention/sent.html", state="", rows=sending.newest(), outcomes=OUTCOMES
    )
