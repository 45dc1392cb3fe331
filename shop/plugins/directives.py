"""Draws the directives of an article, and has its HTML filtered, guarded like slots."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from shop.core import markdown
from shop.core.markdown import Drawing
from shop.plugins.guard import guarded
from shop.plugins.loading import drawn_template, kept_whole
from shop.plugins.manager import registry
from shop.plugins.types import BodyFilter, Directive


def render_with_directives(text: str) -> markdown.Document:
    """An article's Markdown as HTML, with the directives and the filters of all plugins.

    Raises:
        Refused: the text is too long.
    """
    directives = registry().directives
    drawing = Drawing(
        lines={each.name: _line(each) for each in directives if not each.has_body},
        blocks={each.name: _block(each) for each in directives if each.has_body},
        filters=_filters(),
    )
    with kept_whole():
        return markdown.render_article(text, drawing)


def render_without_directives(text: str) -> markdown.Document:
    """The same for where the site's styles and forms are missing: directives draw nothing, blocks are their text.

    Raises:
        Refused: the text is too long.
    """
    directives = registry().directives
    return markdown.render_article(
        text,
        Drawing(
            lines={each.name: lambda _argument: Markup("") for each in directives},
            blocks={each.name: lambda _argument, body: body for each in directives},
            filters=_filters(),
        ),
    )


def _line(directive: Directive) -> markdown.Line:
    def draw(argument: str) -> Markup:
        return guarded(
            "directives",
            directive,
            lambda: _drawn(directive, argument) or Markup(""),
            otherwise=Markup(""),
        )

    return draw


def _block(directive: Directive) -> markdown.Block:
    """What writers wrote is shown, whatever becomes of the directive around it."""

    def draw(argument: str, body: Markup) -> Markup:
        return guarded(
            "directives",
            directive,
            lambda: _drawn(directive, argument, body) or body,
            otherwise=body,
        )

    return draw


def _drawn(directive: Directive, *given: str) -> Markup | None:
    context = directive.context(*given)
    return None if context is None else drawn_template(directive.template, context)


def _filters() -> list[markdown.Filter]:
    return [_filter(each) for each in registry().body_filters]


def _filter(body_filter: BodyFilter) -> markdown.Filter:
    def change(html: str, accepted: Callable[[str], str]) -> str:
        return guarded(
            "body_filters", body_filter, lambda: accepted(body_filter.change(html)), otherwise=html
        )

    return change
