"""Pull quotes, notes, tips and warnings: `::: note[Title]`, any text, `:::`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from shop.plugins.api import Directive

_BOXES = {
    "note": (_l("Note"), _l("A note beside the text.")),
    "tip": (_l("Tip"), _l("Advice beside the text.")),
    "warning": (_l("Warning"), _l("A warning.")),
}


def box_directives() -> Iterable[Directive]:
    """The directives of this module."""
    yield Directive(
        "pull-quote",
        "articles/insets/pull_quote.html",
        _pull_quote,
        has_body=True,
        help=_l("A sentence set large, with the name of who said it."),
        argument=_l("name"),
        plain="articles/insets/pull_quote_plain.html",
    )
    for name, (_label, help_text) in _BOXES.items():
        yield Directive(
            name,
            "articles/insets/box.html",
            partial(_box, name),
            has_body=True,
            help=help_text,
            argument=_l("title"),
            plain="articles/insets/box_plain.html",
        )


def _pull_quote(by: str, body: Markup) -> Mapping[str, Any]:
    return {"by": by, "body": body}


def _box(kind: str, title: str, body: Markup) -> Mapping[str, Any]:
    return {"kind": kind, "title": title or _BOXES[kind][0], "body": body}
