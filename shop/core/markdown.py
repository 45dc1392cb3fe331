"""Markdown to HTML that is safe to show, whoever wrote it.

Two safeguards: markdown-it-py never passes raw HTML through, and nh3 lets nothing but a short list of tags out.
Directives are put in after that, from templates: `::guide[the-repair-notebook]` alone on a line, and blocks, which hold
text between a line `::: name[argument]` and a line `:::`. Until then a mark holds the place of each.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any

import nh3
from flask_babel import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin

from shop.core.errors import Refused
from shop.core.highlighting import CLASSES, highlighted
from shop.core.text import slugify

MAX_ARTICLE = 200_000
MAX_COMMENT = 10_000
MOST_BRACKETS = 1_000
_NUMBERED = re.compile(r"^(\d{1,3})[.)]\s+(?=\S)")
MOST_FILTERED = 1_000_000
_DIRECTIVE = re.compile(r"::([a-z][a-z-]{0,30})\[([^\]\n]{1,200})\]")
_BLOCK = re.compile(r"([a-z][a-z-]{0,30})(?:\[([^\]\n]{1,200})\])?")
_PROSE = re.compile(r"(?:\A|(?<=\n\n))(?:[^\W\d_][^\n|]*(?:\n|\Z))+(?=\n|\Z)")
"""A paragraph between empty lines, each of whose lines begins with a letter and is no row of a table: nothing else can
begin there (CommonMark 0.31, 4 and 5)."""
_KEPT = "kept paragraphs"
KEPT_PARAGRAPHS, LONGEST_KEPT = 1_000, 4_000
"""How many of them are kept, of at most so many characters each: nine megabytes if all are as long as that."""
_MARK = re.compile(r"(<p>[0-9a-f]{32}</p>)")

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
    "span",
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
    "a": {"href", "title", "id", "class", "aria-label"},
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
    "pre": {"tabindex"},
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
    """An article as HTML: what is before its first second-level heading, the rest, and the headings.

    With `has_code` the page that shows it loads `code.css`.
    """

    opening: Markup
    rest: Markup
    headings: tuple[Heading, ...]
    has_code: bool = False

    @property
    def html(self) -> Markup:
        """All of it."""
        return self.opening + self.rest


Line = Callable[[str], Markup]
"""Draws `::name[argument]`; gets the argument."""
Block = Callable[[str, Markup], Markup]
"""Draws a block; gets the argument and what is between its lines, as HTML."""
Filter = Callable[[str, Callable[[str], str]], str]
"""Changes an article's HTML. Gets it, and a function through which what it makes of it has to go: that takes out what
is not safe, and raises ValueError where the marks of directives were not all kept in their order, or there is too much.
"""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What draws the directives of an article, by name, and what changes its HTML. An unknown name stays text, so that
    a writer sees it; with `leaves_out_unknown` a line of an unknown name draws nothing, and a block is its text.
    """

    lines: Mapping[str, Line] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    filters: Sequence[Filter] = ()
    leaves_out_unknown: bool = False


NO_DIRECTIVES = Drawing()


@cache
def _article_parser(blocks: frozenset[str] | None = None) -> MarkdownIt:
    """One that knows the blocks of these names; of any name, where None are given."""

    def is_block(info: str, _marks: str) -> bool:
        named = _BLOCK.fullmatch(info.strip())
        return named is not None and (blocks is None or named[1] in blocks)

    parser = MarkdownIt("commonmark", {"html": False, "typographer": True, "linkify": False})
    parser.enable(["table", "strikethrough", "replacements", "smartquotes"])
    parser.block.ruler.before("table", "kept_paragraph", _take_kept)
    parser.use(footnote_plugin)
    parser.use(container_plugin, "directive", validate=is_block)
    parser.add_render_rule("footnote_block_open", _open_footnotes)
    parser.add_render_rule("footnote_caption", _footnote_number)
    parser.add_render_rule("footnote_anchor", _way_back)
    for rule in _CODE:
        parser.add_render_rule(rule, _code)
    return parser


def _open_footnotes(*_given: object) -> str:
    """A section has a heading, by which those who hear the page find it."""
    return f'<section class="footnotes">\n<h2>{_("Footnotes")}</h2>\n<ol class="footnotes-list">\n'


def _footnote_number(_renderer: Any, tokens: Sequence[Token], index: int, *_given: object) -> str:
    return f"[{tokens[index].meta['id'] + 1}]"


def _way_back(
    renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]
) -> str:
    """The link from a footnote to where the text refers to it, with a name for those who hear the page."""
    number = renderer.rules["footnote_anchor_name"](tokens, index, options, env)
    again = tokens[index].meta["subId"]
    place = f"{number}:{again}" if again > 0 else number
    name = _("Back to the text")
    return (
        f' <a href="#fnref{place}" class="footnote-backref" aria-label="{escape(name)}">↩\ufe0e</a>'
    )


def _code(_renderer: Any, tokens: Sequence[Token], index: int, *_given: object) -> str:
    """Code that can be scrolled with the keyboard (WCAG 2.1.1); highlighted where its language is named."""
    token = tokens[index]
    language = next(iter(token.info.split()), "").lower()
    named = f' class="language-{escape(language)}"' if language else ""
    written = highlighted(token.content, language)
    return f'<pre tabindex="0"><code{named}>{written}</code></pre>\n'


@cache
def _comment_parser(*, links: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    # A 26 kB table takes more than a second to parse, and a comment needs neither pictures nor headings.
    parser.disable(["image", "heading", "lheading", "html_block", "html_inline", "hr", "reference"])
    if not links:
        parser.disable("link")
    return parser


def render_article(text: str, drawing: Drawing = NO_DIRECTIVES) -> Document:
    """An article's Markdown as HTML. Numbered second-level headings become keys.

    Raises:
        Refused: longer than 200,000 characters.
    """
    if len(text) > MAX_ARTICLE:
        raise Refused(
            _("Use at most %(count)s characters in an article.", count=f"{MAX_ARTICLE:,}"),
            field="body",
        )
    parser = _article_parser(None if drawing.leaves_out_unknown else frozenset(drawing.blocks))
    tokens = _parsed(text, parser)
    headings = _mark_headings(tokens)
    marks = _Marks()
    _make_figures(tokens)
    _mark_lines(tokens, drawing, marks)
    _mark_blocks(tokens, marks)
    _mark_end_of_opening(tokens, marks)
    html = _cleaned(parser.renderer.render(tokens, parser.options, {}))
    for each in drawing.filters:
        html = each(html, partial(_filtered, _MARK.findall(html)))
    opening, rest = _drawn(html, marks, drawing)
    has_code = any(token.type in _CODE for token in tokens)
    return Document(opening, rest, tuple(headings), has_code)


def _parsed(text: str, parser: MarkdownIt) -> list[Token]:
    """The tokens of an article. Most paragraphs are the same HTML whatever is around them, and are drawn once: whoever
    corrects one does not wait for the others. While the article is parsed, a word stands for each of them.
    """
    word = f"p{secrets.token_hex(16)}n"
    paragraphs: list[str] = []
    may_refer = "]:" in text

    def stand_in(found: re.Match[str]) -> str:
        if len(found[0]) > LONGEST_KEPT or "^[" in found[0] or (may_refer and "[" in found[0]):
            return found[0]
        paragraphs.append(found[0].removesuffix("\n"))
        return f"{word}{len(paragraphs) - 1}{found[0][len(paragraphs[-1]) :]}"

    tokens = parser.parse(_PROSE.sub(stand_in, text), {_KEPT: (word, paragraphs)})
    for token in tokens:
        if token.type == "fence":  # in which a paragraph is code
            token.content = re.sub(
                rf"{word}(\d+)", lambda number: paragraphs[int(number[1])], token.content
            )
    return tokens


def _take_kept(state: StateBlock, line: int, _end: int, _silent: bool) -> bool:
    """A rule of the parser: a line with a word that stands for a paragraph is that paragraph."""
    word, paragraphs = state.env.get(_KEPT, ("", ()))
    begin = state.bMarks[line] + state.tShift[line]
    if not word or not state.src.startswith(word, begin):
        return False
    number = int(state.src[begin + len(word) : state.eMarks[line]])
    state.push("html_block", "", 0).content = _paragraph(paragraphs[number])
    state.line = line + 1
    return True


@lru_cache(KEPT_PARAGRAPHS)
def _paragraph(text: str) -> str:
    html: str = _article_parser().render(text)
    return html


def _cleaned(html: str) -> str:
    return nh3.clean(
        html,
        tags=_ARTICLE_TAGS,
        attributes=_ARTICLE_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        allowed_classes={"span": set(CLASSES)},
    )


def _filtered(marks: Sequence[str], html: str) -> str:
    """What a filter made of an article, without what is not safe.

    Raises:
        ValueError: it lost marks, or there is too much.
    """
    if len(html) > MOST_FILTERED:
        raise ValueError(f"{len(html)} characters; {MOST_FILTERED} at most")
    html = _cleaned(html)
    if _MARK.findall(html) != marks:
        raise ValueError("the paragraphs that hold the place of directives have to stay")
    return html


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


@dataclass(frozen=True, slots=True)
class Outline:
    """What an article is made of: its headings as (level, title), pictures as (address, description), and links."""

    headings: tuple[tuple[int, str], ...]
    pictures: tuple[tuple[str, str], ...]
    links: tuple[str, ...]


def outline(text: str) -> Outline:
    """The headings, pictures and links of an article's Markdown, each in its order."""
    headings: list[tuple[int, str]] = []
    pictures: list[tuple[str, str]] = []
    links: list[str] = []
    tokens = _article_parser().parse(text[:MAX_ARTICLE])
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            headings.append((int(token.tag[1:]), tokens[index + 1].content.strip()))
        for child in token.children or ():
            if child.type == "image":
                pictures.append((str(child.attrGet("src") or ""), child.content))
            elif child.type == "link_open":
                links.append(str(child.attrGet("href") or ""))
    return Outline(tuple(headings), tuple(pictures), tuple(links))


def first_paragraph(text: str) -> str:
    """An article's Markdown up to the end of its first paragraph."""
    for token in _article_parser().parse(text[:MAX_ARTICLE]):
        if token.type == "paragraph_open" and token.level == 0 and token.map:
            return "\n".join(text.splitlines()[: token.map[1]])
    return ""


def plain_text(text: str) -> str:
    """The words of an article's Markdown alone, a line a block, for excerpts and search. Of directives, what is between
    the lines of a block stays.
    """
    lines = []
    for token in _article_parser().parse(text[:MAX_ARTICLE]):
        if token.type == "inline":
            line = "".join(_PLAIN.get(child.type, child.content) for child in token.children or ())
            if not _DIRECTIVE.fullmatch(line.strip()):
                lines.append(line)
        elif token.type in _CODE:
            lines.append(token.content)
    return "\n".join(line.strip() for line in lines if line.strip())


_CODE = ("fence", "code_block")
_PLAIN = {"softbreak": " ", "hardbreak": " ", "footnote_ref": ""}


def _make_figures(tokens: Sequence[Token]) -> None:
    """A picture that is alone in its paragraph and has a title becomes a figure, and the title its caption."""
    for index, token in enumerate(tokens):
        alone = token.children or []
        if token.type != "inline" or len(alone) != 1 or alone[0].type != "image":
            continue
        around, caption = (tokens[index - 1], tokens[index + 1]), alone[0].attrs.get("title")
        if caption and around[0].type == "paragraph_open" and not around[0].hidden:
            around[0].tag = around[1].tag = "figure"
            del alone[0].attrs["title"]
            alone.append(
                Token("html_inline", "", 0, content=f"<figcaption>{escape(caption)}</figcaption>")
            )


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


@dataclass(slots=True)
class _Marks:
    """What each mark stands for: lines and beginnings of blocks by name and argument."""

    lines: dict[str, tuple[str, str]] = field(default_factory=dict)
    begins: dict[str, tuple[str, str]] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)
    end_of_opening: str | None = None


def _mark_lines(tokens: Sequence[Token], drawing: Drawing, marks: _Marks) -> None:
    """Put a mark in the place of each `::name[argument]`."""
    for index, token in enumerate(tokens):
        if token.type != "inline" or tokens[index - 1].type != "paragraph_open":
            continue
        match = _DIRECTIVE.fullmatch(token.content.strip())
        if match is None or token.children is None:
            continue
        if match[1] not in drawing.lines and not drawing.leaves_out_unknown:
            continue
        place = secrets.token_hex(16)
        marks.lines[f"<p>{place}</p>"] = (match[1], match[2].strip())
        token.children[:] = [Token("text", "", 0, content=place)]


def _mark_blocks(tokens: list[Token], marks: _Marks) -> None:
    """Put a mark in the place of each line with which a block begins or ends."""
    for index, token in enumerate(tokens):
        if token.type == "container_directive_open":
            named = _BLOCK.fullmatch(token.info.strip())
            assert named is not None  # noqa: S101 - the parser has asked
            tokens[index] = _new_mark()
            marks.begins[tokens[index].content] = (named[1], (named[2] or "").strip())
        elif token.type == "container_directive_close":
            tokens[index] = _new_mark()
            marks.ends.add(tokens[index].content)


def _mark_end_of_opening(tokens: list[Token], marks: _Marks) -> None:
    """Put a mark before the first second-level heading that is not inside anything else."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0:
            tokens.insert(index, _new_mark())
            marks.end_of_opening = tokens[index].content
            return


def _new_mark() -> Token:
    return Token("html_block", "", 0, content=f"<p>{secrets.token_hex(16)}</p>")


def _drawn(html: str, marks: _Marks, drawing: Drawing) -> tuple[Markup, Markup]:
    """An article with its directives drawn in the places of their marks: what is before the first heading, the rest."""
    opening: list[str] = []
    inside: list[tuple[str, str]] = []
    pieces: list[list[str]] = [[]]
    for piece in _MARK.split(html):
        if piece in marks.lines:
            name, argument = marks.lines[piece]
            pieces[-1].append(drawing.lines.get(name, _no_line)(argument))
        elif piece in marks.begins:
            inside.append(marks.begins[piece])
            pieces.append([])
        elif piece in marks.ends:
            (name, argument), body = inside.pop(), _joined(pieces.pop())
            pieces[-1].append(drawing.blocks.get(name, _text_alone)(argument, body))
        elif piece == marks.end_of_opening:
            opening, pieces[0] = pieces[0], []
        else:
            pieces[-1].append(piece)
    return (_joined(opening), _joined(pieces[0])) if opening else (_joined(pieces[0]), Markup(""))


def _no_line(_argument: str) -> Markup:
    return Markup("")


def _text_alone(_argument: str, body: Markup) -> Markup:
    return body


def _joined(pieces: Sequence[str]) -> Markup:
    return Markup("".join(pieces))  # noqa: S704 - cleaned, or drawn by a template
