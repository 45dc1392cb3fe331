"""Markdown to HTML that is safe to show, whoever wrote it.

Two safeguards: markdown-it-py never passes raw HTML through, and nh3 lets nothing but a short list of tags out.
Directives (`::guide[the-repair-notebook]` alone on a line) are put in after that, from templates of ours.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import nh3
from flask_babel import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.footnote import footnote_plugin

from shop.core.errors import Refused
from shop.core.text import slugify

MAX_ARTICLE = 200_000
MAX_COMMENT = 10_000
MOST_BRACKETS = 1_000
_NUMBERED = re.compile(r"^(\d{1,3})[.)]\s+(?=\S)")
_DIRECTIVE = re.compile(r"::([a-z][a-z-]{0,30})\[([^\]\n]{1,200})\]")

_ARTICLE_TAGS = {
    "p",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "a",
    "em",
    "strong",
    "s",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "hr",
    "br",
    "img",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "sup",
    "section",
    "figure",
    "figcaption",
}
_ARTICLE_ATTRIBUTES = {
    "a": {"href", "title", "id", "class"},
    "img": {"src", "alt", "title", "loading", "width", "height"},
    "h2": {"id", "class", "data-number"},
    "h3": {"id"},
    "h4": {"id"},
    "ol": {"start", "class"},
    "li": {"id", "class"},
    "sup": {"class"},
    "section": {"class"},
    "hr": {"class"},
    "code": {"class"},
}
_COMMENT_TAGS = {"p", "a", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "br"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A second-level heading, for the table of contents. `number` is that of a numbered key, or empty."""

    id: str
    title: str
    number: str


@dataclass(frozen=True, slots=True)
class Document:
    """An article as HTML, and its headings."""

    html: Markup
    headings: tuple[Heading, ...]


@cache
def _article_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True, "linkify": False})
    parser.enable(["table", "strikethrough", "replacements", "smartquotes"])
    parser.use(footnote_plugin)
    parser.add_render_rule("footnote_block_open", _open_footnotes)
    return parser


def _open_footnotes(*_given: object) -> str:
    """A section has a heading, by which those who hear the page find it."""
    return f'<section class="footnotes">\n<h2>{_("Footnotes")}</h2>\n<ol class="footnotes-list">\n'


@cache
def _comment_parser(*, links: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    # A 26 kB table takes more than a second to parse, and a comment needs neither pictures nor headings.
    parser.disable(["image", "heading", "lheading", "html_block", "html_inline", "hr", "reference"])
    if not links:
        parser.disable("link")
    return parser


def render_article(
    text: str, directives: Mapping[str, Callable[[str], Markup]] | None = None
) -> Document:
    """An article's Markdown as HTML. Numbered second-level headings become keys.

    Args:
        directives: what draws `::name[argument]`, by name; an unknown name stays text.

    Raises:
        Refused: longer than 200,000 characters.
    """
    if len(text) > MAX_ARTICLE:
        raise Refused(
            _("Use at most %(count)s characters in an article.", count=f"{MAX_ARTICLE:,}"),
            field="body",
        )
    parser = _article_parser()
    tokens = parser.parse(text)
    headings = _mark_headings(tokens)
    drawn = _hold_places(tokens, directives or {})
    html = parser.renderer.render(tokens, parser.options, {})
    html = nh3.clean(
        html,
        tags=_ARTICLE_TAGS,
        attributes=_ARTICLE_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    for place, markup in drawn.items():
        html = html.replace(f"<p>{place}</p>", markup)
    return Document(Markup(html), tuple(headings))  # noqa: S704 - nh3 has cleaned it


def render_comment(text: str) -> Markup:
    """A visitor's Markdown as HTML: no headings, pictures or tables; links say that we do not vouch for them.

    Raises:
        Refused: longer than 10,000 characters.
    """
    if len(text) > MAX_COMMENT:
        raise Refused(
            _("Use at most %(count)s characters in a comment.", count=f"{MAX_COMMENT:,}"),
            field="body",
        )
    # Each opening bracket costs 12 microseconds, and who writes a thousand of them means no link.
    parser = _comment_parser(links=text.count("[") <= MOST_BRACKETS)
    html = nh3.clean(
        parser.render(text),
        tags=_COMMENT_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="ugc nofollow noopener",
    )
    return Markup(html)  # noqa: S704 - nh3 has cleaned it


def render_markdown(text: str) -> Markup:
    """Markdown as HTML that is safe to show, whoever wrote it: as in an article, with headings from `h2` on.

    Directives stay as they were written.

    Raises:
        Refused: longer than 200,000 characters.
    """
    return render_article(text).html


def first_paragraph(text: str) -> str:
    """An article's Markdown up to the end of its first paragraph."""
    for token in _article_parser().parse(text[:MAX_ARTICLE]):
        if token.type == "paragraph_open" and token.level == 0 and token.map:
            return "\n".join(text.splitlines()[: token.map[1]])
    return ""


def plain_text(text: str) -> str:
    """The words of an article's Markdown alone, a line a block; directives are left out. For excerpts and search."""
    lines = []
    for token in _article_parser().parse(text[:MAX_ARTICLE]):
        if token.type == "inline":
            line = "".join(_PLAIN.get(child.type, child.content) for child in token.children or ())
            if not _DIRECTIVE.fullmatch(line.strip()):
                lines.append(line)
        elif token.type in {"fence", "code_block"}:
            lines.append(token.content)
    return "\n".join(line.strip() for line in lines if line.strip())


_PLAIN = {"softbreak": " ", "hardbreak": " ", "footnote_ref": ""}


def _mark_headings(tokens: Sequence[Token]) -> list[Heading]:
    headings: list[Heading] = []
    taken: set[str] = set()
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        if token.tag == "h1":  # the page's title is its only h1
            token.tag = tokens[index + 2].tag = "h2"
        inline = tokens[index + 1]
        number = _take_number(inline) if token.tag == "h2" else ""
        title = "".join(child.content for child in inline.children or () if child.type in _WORDS)
        anchor = slugify(title) or "section"
        while anchor in taken:
            anchor += "-2"
        taken.add(anchor)
        token.attrSet("id", anchor)
        if number:
            token.attrSet("class", "key")
            token.attrSet("data-number", number)
        if token.tag == "h2":
            headings.append(Heading(anchor, title, number))
    return headings


_WORDS = {"text", "code_inline"}


def _take_number(inline: Token) -> str:
    first = inline.children[0] if inline.children else None
    match = _NUMBERED.match(first.content) if first is not None and first.type == "text" else None
    if first is None or match is None:
        return ""
    first.content = first.content[match.end() :]
    return match[1]


def _hold_places(
    tokens: Sequence[Token], directives: Mapping[str, Callable[[str], Markup]]
) -> dict[str, Markup]:
    drawn: dict[str, Markup] = {}
    for index, token in enumerate(tokens):
        if token.type != "inline" or tokens[index - 1].type != "paragraph_open":
            continue
        match = _DIRECTIVE.fullmatch(token.content.strip())
        if match is None or match[1] not in directives or token.children is None:
            continue
        place = secrets.token_hex(16)
        drawn[place] = directives[match[1]](match[2].strip())
        child = Token("text", "", 0, content=place)
        token.children[:] = [child]
    return drawn
