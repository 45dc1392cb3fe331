"""Draws the directives of an article, and has its HTML filtered, guarded like slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace

from markupsafe import Markup

from shop.core import markdown
from shop.core.markdown import Drawing
from shop.core.web.security import base_url
from shop.plugins.drawing.loading import drawn_template, kept_whole, require_short
from shop.plugins.guard import guarded
from shop.plugins.manager import registry
from shop.plugins.types import BodyFilter, Directive


def render_with_directives(text: str) -> markdown.Document:
    """An article's Markdown as HTML, with the directives and the filters of all plugins.

    Raises:
        Refused: the text is too long.
    """
    with kept_whole():
        return markdown.render_article(text, _drawing([(each, each.template) for each in _all()]))


def render_for_elsewhere(text: str, page_url: str = "") -> Markup:
    """The same for where the site's styles and scripts are missing, such as feeds, letters and exports.

    Directives are plain HTML, or draw nothing, and then blocks are their text; so are those that nobody knows. Links
    are whole ones: those within the text lead to the page at `page_url`.

    Raises:
        Refused: the text is too long.
    """
    drawing = _drawing([(each, each.plain) for each in _all()])
    html = str(markdown.render_article(text, replace(drawing, leaves_out_unknown=True)).html)
    starts = {"/": f"{base_url()}/", "#": f"{page_url}#"}
    html = _OURS.sub(lambda found: found[1] + starts[found[2]], html)
    return Markup(html)  # noqa: S704 - cleaned above; only our own origin was put in


_OURS = re.compile(r'((?:href|src)=")(/(?!/)|#)')
"""The start of a link within the site or the text, but not that of `//host`."""


def _all() -> list[Directive]:
    return registry().directives


def _drawing(templates: Collection[tuple[Directive, str]]) -> Drawing:
    return Drawing(
        lines={
            each.name: _line(each, template) for each, template in templates if not each.has_body
        },
        blocks={each.name: _block(each, template) for each, template in templates if each.has_body},
        filters=_filters(),
    )


def _line(directive: Directive, template: str) -> markdown.Line:
    def draw(argument: str) -> Markup:
        return guarded(
            "directives",
            directive,
            lambda: _drawn(directive, template, argument) or Markup(""),
            otherwise=Markup(""),
        )

    return draw


def _block(directive: Directive, template: str) -> markdown.Block:
    """What writers wrote is shown, whatever becomes of the directive around it."""

    def draw(argument: str, body: Markup) -> Markup:
        return guarded(
            "directives",
            directive,
            lambda: _drawn(directive, template, argument, body) or body,
            otherwise=body,
        )

    return draw


def _drawn(directive: Directive, template: str, *given: str) -> Markup | None:
    context = directive.context(*given) if template else None
    return None if context is None else drawn_template(template, context)


def _filters() -> list[markdown.Filter]:
    return [_filter(each) for each in registry().body_filters]


def _filter(body_filter: BodyFilter) -> markdown.Filter:
    def change(html: str, accepted: Callable[[str], str]) -> str:
        return guarded(
            "body_filters",
            body_filter,
            lambda: accepted(require_short(body_filter.change(html))),
            otherwise=html,
        )

    return change
