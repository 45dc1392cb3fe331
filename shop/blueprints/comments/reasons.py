"""Why a check speaks for or against a comment: kept as it is marked for translation, told in its reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel.speaklater import LazyString

LONGEST_REASON = 200
Kept = str | dict[str, Any]
"""As JSON keeps it: `{"text", "plural", "num", "values"}` of words that are marked lazily, else the words as they are.

`plural` and `num` stand where a number chooses the form. Whatever was kept before reasons had a form is words too.
"""


def to_keep(said: object) -> Kept:
    """A reason in its form for JSON; values are words and numbers, or lazy themselves."""
    if not isinstance(said, LazyString):
        return str(said)[:LONGEST_REASON]
    marked = vars(said)  # flask-babel has no other way to what it will translate
    name, texts = getattr(marked["_func"], "__name__", ""), marked["_args"]
    if name not in {"gettext", "ngettext"}:
        return str(said)[:LONGEST_REASON]
    kept: dict[str, Any] = {"text": texts[0]}
    if name == "ngettext":
        kept |= {"plural": texts[1], "num": texts[2]}
    if marked["_kwargs"]:
        kept["values"] = {key: _value(value) for key, value in marked["_kwargs"].items()}
    return kept


def reason_in_words(kept: Kept) -> str:
    """A reason in the present language."""
    if isinstance(kept, str):
        return kept
    values = {key: _told(value) for key, value in kept.get("values", {}).items()}
    text, plural, number = kept["text"], kept.get("plural"), kept.get("num")
    words: str = ngettext(text, plural, number, **values) if plural else gettext(text, **values)
    return words[:LONGEST_REASON]


def _value(value: object) -> Any:
    return value if isinstance(value, int | float) else to_keep(value)


def _told(value: Any) -> Any:
    return value if isinstance(value, int | float) else reason_in_words(value)
