"""Nothing is drawn while a job writes, and no template while a request does: with SQLite nobody else can write then.

A mail, Markdown, a PDF or a picture takes as long as some hundred changes of others. Every test looks after that:
whatever draws is watched here, and noted where a unit of work is open.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import Any

import css_inline
from flask import has_request_context
from fpdf import FPDF
from jinja2 import Template
from markdown_it import MarkdownIt
from PIL import Image
from pypdf import PdfReader

from shop.core import database
from shop.core.jobs import running

DRAWS = (
    (Template, "render"),
    (MarkdownIt, "parse"),
    (css_inline, "inline"),
    (FPDF, "output"),
    (PdfReader, "__init__"),
    (Image, "open"),
)
MAY = {
    "run_importer": "an import stores a few rows at a time, and others write in between",
    "tell_of_expected": "the example plugin shows the short way, `queue_mail`, too",
}
"""Functions that may draw all the same, and why."""
_drawn: list[str] = []


def watch() -> None:
    """Note from now on what is drawn while it must not be."""
    for owner, name in DRAWS:
        setattr(owner, name, _watched(getattr(owner, name)))


def taken_drawn() -> list[str]:
    """What was drawn since this was asked before, each by the functions that led to it."""
    taken = list(dict.fromkeys(_drawn))
    _drawn.clear()
    return taken


def _watched(draw: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(draw)
    def noted(*args: Any, **named: Any) -> Any:
        if database.writing.get():
            _note(draw)
        return draw(*args, **named)

    return noted


def _note(draw: Callable[..., Any]) -> None:
    frames = traceback.extract_stack()
    is_job = any(frame.filename == running.__file__ for frame in frames)
    is_page = has_request_context() and draw.__qualname__.startswith(Template.__name__)
    names = [
        frame.name
        for frame in frames
        if "/bookstall_" in frame.filename or "/shop/" in frame.filename
    ]
    if (is_job or is_page) and MAY.keys().isdisjoint(names):
        _drawn.append(f"{draw.__qualname__} below {' > '.join(names[-9:])}")
