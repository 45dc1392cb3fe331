"""Code in articles: what its words are, marked by a class each for the style sheet `code.css`."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from time import thread_time
from typing import TYPE_CHECKING

from markupsafe import escape

if TYPE_CHECKING:
    from pygments.token import _TokenType

MOST_CODE = 20_000
MOST_SECONDS = 0.5
"""Of characters and of processor time for one piece of code: what takes more is shown without marks."""
CLASSES = frozenset({"hl-c", "hl-k", "hl-s", "hl-m", "hl-f", "hl-d", "hl-i"})
"""Comments, keywords, strings, numbers, names that are defined, and lines deleted from and inserted into a file."""


def highlighted(code: str, language: str) -> str:
    """Code as HTML, its words marked; without marks where the language is unknown, or marking takes too long."""
    # Imported here, because it is a twentieth of a start, and most articles hold no code.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language or len(code) > MOST_CODE:
        return str(escape(code))
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return str(escape(code))
    end, pieces = thread_time() + MOST_SECONDS, []
    for name, group in groupby(lexer.get_tokens(code), key=lambda token: _class_of(token[0])):
        pieces.append(_marked("".join(text for _, text in group), name))
        if thread_time() > end:  # some patterns take the square of the length
            return str(escape(code))
    return "".join(pieces)


def _marked(text: str, name: str) -> str:
    return f'<span class="{name}">{escape(text)}</span>' if name else str(escape(text))


@cache
def _class_of(kind: _TokenType) -> str:
    from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

    marked = {
        "hl-c": (Comment,),
        "hl-k": (Keyword, Operator.Word, Name.Tag),
        "hl-s": (String,),
        "hl-m": (Number, Keyword.Constant),
        "hl-f": (Name.Function, Name.Class, Name.Decorator, Name.Attribute, Generic.Heading),
        "hl-d": (Generic.Deleted,),
        "hl-i": (Generic.Inserted,),
    }
    return next((name for name, kinds in marked.items() if any(kind in each for each in kinds)), "")
