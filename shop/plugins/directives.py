"""Draws the directives of an article, `::name[argument]`, guarded like slots."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template
from markupsafe import Markup

from shop.core import markdown
from shop.plugins.guard import guarded
from shop.plugins.manager import registry
from shop.plugins.types import Directive


def render_with_directives(text: str) -> markdown.Document:
    """An article's Markdown as HTML, with the directives of all plugins.

    Raises:
        Refused: the text is too long.
    """
    return markdown.render_article(
        text, {directive.name: _drawing(directive) for directive in registry().directives}
    )


def _drawing(directive: Directive) -> Callable[[str], Markup]:
    def draw(argument: str) -> Markup:
        return guarded(
            "directives", directive, lambda: _drawn(directive, argument), otherwise=Markup("")
        )

    return draw


def _drawn(directive: Directive, argument: str) -> Markup:
    context = directive.context(argument)
    if context is None:
        return Markup("")
    return Markup(render_template(directive.template, **context))  # noqa: S704 - a template escapes
