"""Well-formed HTML written as Markdown, the way our parser reads it.

What parses HTML takes a twentieth of a start, so this module is only imported where something is converted.
"""

# ruff: noqa: ARG002 - markdownify passes all its arguments by keyword

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, BACKSLASH, MarkdownConverter

from shop.blueprints.articles.insets.embeds import embed_of
from shop.blueprints.importers.html import html_repairs
from shop.blueprints.importers.html.emphasis import emphasised, said_beside
from shop.core.text import clean_line

_SPECIAL = re.compile(
    r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w{1,31};)|~(?=~)|::(?=[a-z])|(?<=\S)\^(?=\[)"
)
_LINE_START = re.compile(
    r"^(#{1,6}(?=\s|$)|>|[+-](?=\s|$)|-{2,}(?=\s*$)|={1,}(?=\s*$))", re.MULTILINE
)
_LIST_START = re.compile(r"^(\d{1,9})([.)](?=\s|$))", re.MULTILINE)

_EXCLAIMED = "\x00"
"""Stands before a link that follows an exclamation mark, which would make a picture of it."""
_SINGLE_TILDE = re.compile(r"(?<!\\)~")
_RUNS = frozenset({"a", "b", "strong", "i", "em", "s", "del", "sub", "sup", "td", "th"})
"""Inside these a line goes on."""
_HEADING = re.compile(r"(#{1,6} )([^\n]+)")
_RAISED = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_PULLED = re.compile(r"pullquote|kg-blockquote-alt")
_GALLERY = re.compile(
    r"\b(?:wp-block-gallery|kg-gallery-card|tiled-gallery|image-gallery|gallery)\b"
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:\?|$)", re.IGNORECASE)
_ARGUMENT = re.compile(r"[\[\]|\s]+")
"""What the argument of a directive can't hold."""
MOST_ARGUMENT = 200
_NARROW = {"td", "th", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "_inline"}
"""Inside these stands no block."""
_LANGUAGE = re.compile(r"(?:lang(?:uage)?-|brush:\s*)([\w+#-]{1,30})")


def _in_signs(text: str, signs: dict[int, int], sign: str) -> str:
    """Text in small signs; letters, as in 1st, stay as they are, and all else stands in brackets."""
    plain = text.strip()
    if plain and all(ord(each) in signs for each in plain):
        return plain.translate(signs)
    return plain if len(plain) < 4 or "[^" in plain else f"{sign}({plain})"


def _language(el: Tag) -> str:
    holders = [el, *el.find_all("code", limit=1)]
    classes = " ".join(
        str(each) for holder in holders for each in holder.get_attribute_list("class")
    )
    found = _LANGUAGE.search(classes)
    return found[1].lower() if found else ""


def _classes_of(el: Tag) -> str:
    return " ".join(map(str, el.get_attribute_list("class")))


def _caption_of(el: Tag) -> str:
    """What is said below the one picture of a figure."""
    said = el.find("figcaption")
    return clean_line((said if isinstance(said, Tag) else el).get_text(" ", strip=True))


def _is_bare_address(el: Tag) -> bool:
    """Whether a link says nothing but where it leads."""
    return el.get_text(strip=True) in {str(el["href"]), str(el["href"]).removeprefix("https://")}


def _is_picture_file(el: Tag) -> bool:
    return bool(_PICTURE_FILE.search(str(el["href"])))


def _stands_alone(el: Tag) -> bool:
    parent = el.parent
    return (
        parent is not None
        and parent.name in {"[document]", "p", "div", "figure"}
        and parent.get_text(strip=True) == el.get_text(strip=True)
    )


class MarkdownWriter(MarkdownConverter):
    """markdownify, as our parser reads it."""

    def __init__(self, base: str, kept_at: Callable[[str], str]) -> None:
        super().__init__(
            heading_style=ATX,
            bullets="-",
            newline_style=BACKSLASH,
            table_infer_header=True,
            autolinks=False,
        )
        self._base = base
        self._kept_at = kept_at

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """What is text stays text, and is left readable for whoever edits it."""
        text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
        if parent_tags & {"s", "del"}:
            text = _SINGLE_TILDE.sub(r"\\~", text)
        if parent_tags & {"td", "th"}:
            text = text.replace("|", "\\|")
        if "_inline" in parent_tags:
            return text
        return _LIST_START.sub(r"\1\\\2", _LINE_START.sub(r"\\\1", text))

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link, on an address that does not depend on where it stands."""
        if el.get("href"):
            el["href"] = self._absolute(el)
            if "![" in text and _is_picture_file(el) and self._kept_at(str(el["href"])):
                return text  # it led to the same picture
            if _is_bare_address(el) and _stands_alone(el):
                return self._embed(el, "", parent_tags) or self._plain_link(el, text, parent_tags)
        return self._plain_link(el, text, parent_tags)

    def _plain_link(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if heading := _HEADING.fullmatch(text.strip()):
            return f"\n\n{heading[1]}{self._plain_link(el, heading[2], parent_tags)}\n\n"
        first, gap, rest = text.strip().partition("\n\n")
        if gap and "_inline" not in parent_tags and not first.startswith(("```", "#", "![", "-")):
            # A link ends with its paragraph: the first one leads there, the others stand below it.
            return f"\n\n{self._plain_link(el, first, parent_tags)}\n\n{rest}\n\n"
        written = str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]
        is_exclaimed = written.startswith("[") and said_beside(el, ahead=False) == "!"
        return f"{_EXCLAIMED}{written}" if is_exclaimed else written

    def convert_soup(self, soup: BeautifulSoup) -> str:
        """The whole page: tables squared, footnotes below the text."""
        html_repairs.square_tables(soup)
        notes = html_repairs.take_footnotes(soup)
        written = str(super().convert_soup(soup)).replace(f"!{_EXCLAIMED}", "\\!")
        written = written.replace(_EXCLAIMED, "")
        return written + "".join(f"\n\n[^{note.number}]: {self._note(note.text)}" for note in notes)

    def _note(self, el: Tag) -> str:
        text = str(self.process_tag(el, parent_tags=set())).strip()  # type: ignore[attr-defined]
        return text.replace("\n", "\n    ")

    def convert_fnref(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A reference to a footnote."""
        return f"[^{el['n']}]"

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Raised signs, in Unicode where it has them: 10² is not 102."""
        return _in_signs(text, _RAISED, "^")

    def convert_sub(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Lowered signs, as raised ones."""
        return _in_signs(text, _LOWERED, "_")

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Code as a block, between fences that its own backticks can't end."""
        text = text.strip("\n")
        if not text.strip():
            return ""
        longest = max(map(len, re.findall("`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}{_language(el)}\n{text}\n{fence}\n\n"

    def convert_object(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link to the film of an old player."""
        values = [each.get("value") for each in el.find_all("param", {"name": ["movie", "src"]})]
        embedded = [each.get("src") for each in el.find_all(["embed", "iframe"])]
        address = next((str(each) for each in (el.get("data"), *values, *embedded) if each), "")
        if not address:
            return text
        el["src"] = address
        return self._standing_link(el, address, parent_tags)

    def convert_embed(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """The same, without an object around it."""
        return self._standing_link(el, str(el.get("src") or ""), parent_tags)

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """The picture where it is kept here, else a link to it, named by its description, else the description."""
        kept = self._kept_at(self._absolute(el)) if el.get("src") else ""
        if kept:
            return f"![{self.escape(clean_line(str(el.get('alt') or '')), {'_inline'})}]({kept})"
        name = self.escape(clean_line(str(el.get("alt") or "")), {"_inline"})
        return self._link(el, name or "Picture", parent_tags) if el.get("src") else name

    def convert_iframe(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A card of what the frame showed, or a link to it."""
        title = clean_line(str(el.get("title") or ""))
        return self._embed(el, title, parent_tags) or self._standing_link(
            el, title or str(el.get("src") or ""), parent_tags
        )

    def convert_figure(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A picture with its caption, or a pull quote; else what is in it."""
        if "pullquote" in _classes_of(el):
            return self._pull_quote(el, parent_tags)
        if row := self._gallery(el, parent_tags):
            return row
        pictures, caption = el.find_all("img"), _caption_of(el)
        if len(pictures) == 1 and caption and (drawn := self._kept_picture(pictures[0], caption)):
            return f"\n\n{drawn}\n\n"
        return f"\n\n{text.strip()}\n\n"

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A quotation, or a pull quote."""
        if _PULLED.search(_classes_of(el)):
            return self._pull_quote(el, parent_tags)
        return str(super().convert_blockquote(el, text, parent_tags))  # type: ignore[misc]

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A block, or a note beside the text."""
        if "kg-callout-card" in _classes_of(el).split() and not parent_tags & _NARROW:
            for sign in el.find_all("div", class_="kg-callout-emoji"):
                sign.decompose()
            return f"\n\n::: note\n{self._inside(el)}\n:::\n\n"
        if row := self._gallery(el, parent_tags):
            return row
        return str(super().convert_div(el, text, parent_tags))  # type: ignore[misc]

    def convert_ul(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A list, or a gallery of pictures."""
        if row := self._gallery(el, parent_tags):
            return row
        return str(super().convert_ul(el, text, parent_tags))  # type: ignore[misc]

    def convert_video(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link to the film."""
        return self._standing_link(el, "Video", parent_tags)

    def convert_audio(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link to the recording."""
        return self._standing_link(el, "Audio", parent_tags)

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A line break, unless nothing follows it; inside code the end of a line."""
        if "pre" in parent_tags:
            return "\n"
        for after in el.next_siblings:
            if isinstance(after, Tag) or str(after).strip():
                return str(super().convert_br(el, text, parent_tags))  # type: ignore[misc]
        return ""

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Code inside a line; of several lines, a block."""
        is_block = el.name == "code" and "\n" in text.strip()
        if is_block and not parent_tags & {"pre", "_inline", *_RUNS}:
            return self.convert_pre(el, text, parent_tags)
        if "pre" not in parent_tags:
            text = text.replace("\n", " ")
        if parent_tags & {"td", "th"}:
            text = text.replace("|", "\\|")
        return str(super().convert_code(el, text, parent_tags))  # type: ignore[misc]

    convert_kbd = convert_samp = convert_code

    def convert_address(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A block of its own."""
        return f"\n\n{text.strip()}\n\n"

    def convert_strong(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Bold text."""
        return text if parent_tags & {"_noformat", "b", "strong"} else emphasised(el, text, "**")

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Italic text."""
        return text if parent_tags & {"_noformat", "i", "em"} else emphasised(el, text, "*")

    def convert_del(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Struck text."""
        return text if parent_tags & {"_noformat", "s", "del"} else emphasised(el, text, "~~")

    convert_b, convert_i, convert_s = convert_strong, convert_em, convert_del

    def convert_summary(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """What stands above what was folded away."""
        return f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A term of a list of definitions."""
        return f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Its definition."""
        return f"\n\n{text.strip()}\n\n"

    def _pull_quote(self, el: Tag, parent_tags: set[str]) -> str:
        said = el.find("cite") or el.find("figcaption")
        by = clean_line(said.get_text(" ", strip=True)) if isinstance(said, Tag) else ""
        if isinstance(said, Tag):
            said.decompose()
        for quote in el.find_all("blockquote"):
            quote.unwrap()
        if parent_tags & _NARROW:
            return f"{self._inside(el)} {by}"
        who = f"[{_ARGUMENT.sub(' ', by)[:MOST_ARGUMENT]}]" if by else ""
        return f"\n\n::: pull-quote{who}\n{self._inside(el)}\n:::\n\n"

    def _inside(self, el: Tag) -> str:
        """What an element holds, as Markdown of its own."""
        el.name, el.attrs = "section", {}
        return str(self.process_tag(el, parent_tags=set())).strip()  # type: ignore[attr-defined]

    def _embed(self, el: Tag, title: str, parent_tags: set[str]) -> str:
        """A card of something on another site; empty where nothing is known of it, or no card can stand here."""
        address = self._absolute(el)
        if parent_tags & _NARROW or embed_of(address) is None or len(address) > MOST_ARGUMENT:
            return ""
        room = MOST_ARGUMENT - len(address) - 3
        title = _ARGUMENT.sub(" ", title)[: max(0, room)].strip()
        return f"\n\n::embed[{address}{f' | {title}' if title else ''}]\n\n"

    def _gallery(self, el: Tag, parent_tags: set[str]) -> str:
        """The pictures of a gallery on one line, and its caption; empty where it is none, or one is not kept."""
        if parent_tags & _NARROW or not _GALLERY.search(_classes_of(el)):
            return ""
        figures = [self._shown_in_gallery(each) for each in el.find_all("img")]
        if len(figures) < 2 or not all(figures):
            return ""
        own = el.find("figcaption", recursive=False)
        below = clean_line(own.get_text(" ", strip=True)) if isinstance(own, Tag) else ""
        return f"\n\n{' '.join(figures)}\n\n{self.escape(below, parent_tags)}\n\n"

    def _shown_in_gallery(self, el: Tag) -> str:
        holder = el.find_parent(["figure", "li", "dl"])
        said = holder.find(["figcaption", "dd"]) if holder is not None else None
        is_own = isinstance(said, Tag) and holder is not None and len(holder.find_all("img")) == 1
        caption = (
            clean_line(said.get_text(" ", strip=True)) if isinstance(said, Tag) and is_own else ""
        )
        kept = self._kept_picture(el, caption)
        return kept if caption else kept.replace(' "")', ")")

    def _kept_picture(self, el: Tag, caption: str) -> str:
        kept = self._kept_at(self._absolute(el)) if el.get("src") else ""
        alt = self.escape(clean_line(str(el.get("alt") or "")), {"_inline"})
        title = re.sub(r'[\\"]', lambda found: f"\\{found[0]}", caption)
        return f'![{alt}]({kept} "{title}")' if kept else ""

    def _standing_link(self, el: Tag, name: str, parent_tags: set[str]) -> str:
        return f"\n\n{self._link(el, self.escape(name, {'_inline'}), parent_tags)}\n\n"

    def _link(self, el: Tag, name: str, parent_tags: set[str]) -> str:
        source = el if el.get("src") else el.find("source")
        if "a" in parent_tags or not isinstance(source, Tag) or not source.get("src"):
            return name
        return f"[{name}]({self._absolute(source)})"

    def _absolute(self, el: Tag) -> str:
        address = str(el.get("href") or el.get("src") or "").strip()
        try:
            address = address if address.startswith("#") else urljoin(self._base, address)
        except ValueError:  # e.g. an unfinished IPv6 host
            return "#"
        return re.sub(r"[\s<>()\\\"]", lambda found: f"%{ord(found[0]):02X}", address)
