"""What Markdown can't say of a page, brought into a shape that it can: tables, footnotes, links within the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from shop.core.text import slugify

MOST_COLUMNS = 60
MOST_CELLS = 20_000
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_HOLDS_A_NOTE = {"li", "p", "div", "span", "dd", "td", "aside"}
_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡§¶]|[a-z])[\])]?")
_NOTES = re.compile(r"\b(?:footnotes|endnotes)\b")
_SPACE = re.compile(r"^\s*$")
_BACK = re.compile(r"[\s↩↑⤴^︎\ufe0e\ufe0f]*|back|return", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Footnote:
    """A note by its number, and the element that holds its text, taken out of the page."""

    number: int
    text: Tag


def square_tables(soup: BeautifulSoup) -> None:
    """Give each row of a table the same number of cells: Markdown knows no cell that spans several."""
    for table in soup.find_all("table"):
        _name_apart(table)
        if _only_places(table):
            _open(table)
            continue
        for part in table.find_all(["tbody", "tfoot"]):
            part.unwrap()  # the writer would take the first row of each for a heading
        covered: dict[int, int] = {}
        rows = [_spread(soup, row, covered) for row in table.find_all("tr")]
        width = max(map(len, rows), default=0)
        if width * len(rows) > MOST_CELLS:
            continue
        for row, cells in zip(table.find_all("tr"), rows, strict=True):
            for space in row.find_all(string=_SPACE, recursive=False):
                space.extract()  # it would stand before the cells, as a line of its own
            row.extend([*cells, *(soup.new_tag("td") for _ in range(width - len(cells)))])


def _name_apart(table: Tag) -> None:
    """What a table is called stands below it."""
    for caption in table.find_all("caption"):
        if caption.find_parent("table") is table:
            caption.name = "p"
            table.insert_after(caption.extract())


def _only_places(table: Tag) -> bool:
    """Whether a table is there for the look of what stands in it: a cell of ours holds one line and no block."""
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    is_narrow = max(map(len, rows), default=0) == 1
    return table.find(["table", "pre"]) is not None or (
        is_narrow and table.find(["p", "div", "ul", "ol", *_HEADINGS]) is not None
    )


def _open(table: Tag) -> None:
    parts = table.find_all(["tbody", "thead", "tfoot", "tr", "td", "th"])
    for part in [each for each in parts if each.find_parent("table") is table]:
        part.name = "div"
    table.name = "div"


def _spread(soup: BeautifulSoup, row: Tag, covered: dict[int, int]) -> list[Tag]:
    """The cells of a row, empty ones included. `covered` are rows still covered from above, by column."""
    cells: list[Tag] = []
    for cell in row.find_all(["td", "th"], recursive=False):
        _fill(soup, cells, covered)
        across, down = _span(cell, "colspan"), _span(cell, "rowspan")
        for column in range(len(cells), len(cells) + across):
            if down > 1:
                covered[column] = down - 1
        cells += [cell, *(soup.new_tag("td") for _ in range(across - 1))]
    _fill(soup, cells, covered)
    return cells


def _fill(soup: BeautifulSoup, cells: list[Tag], covered: dict[int, int]) -> None:
    while covered.get(len(cells), 0) > 0:
        covered[len(cells)] -= 1
        cells.append(soup.new_tag("td"))


def _span(cell: Tag, name: str) -> int:
    written = str(cell.attrs.pop(name, "1"))
    return (
        max(1, min(MOST_COLUMNS, int(written))) if written.isdecimal() and len(written) < 5 else 1
    )


def take_footnotes(soup: BeautifulSoup) -> list[Footnote]:
    """Take the footnotes out, and leave an element `fnref` with its number where each is referred to.

    Links to a heading of the page follow it to its address here; any other link within the page is only its words,
    because nothing has its name here.
    """
    named = {str(each["id"]): each for each in soup.find_all(id=True)}
    notes: dict[int, Footnote] = {}
    for link in soup.find_all("a", href=re.compile("^#")):
        target = named.get(str(link["href"])[1:])
        if _BACK.fullmatch(link.get_text(strip=True)):
            link.decompose()
        elif target is None:
            link.unwrap()
        elif target.name in _HEADINGS:
            link["href"] = f"#{slugify(target.get_text(' ', strip=True))}"
        elif _is_reference(link, target):
            note = notes.setdefault(id(target), Footnote(len(notes) + 1, target))
            _refer(soup, link, note)
        else:
            link.unwrap()
    return [_taken(note) for note in notes.values()]


def _is_reference(link: Tag, target: Tag) -> bool:
    mark = link.get_text(strip=True)
    is_inside = any(parent is target for parent in link.parents)
    return bool(
        _MARK.fullmatch(mark)
        and target.name in _HOLDS_A_NOTE
        and not is_inside
        and _is_before(link, target)
    )


def _is_before(link: Tag, target: Tag) -> bool:
    return (link.sourceline or 0, link.sourcepos or 0) < (
        target.sourceline or 0,
        target.sourcepos or 0,
    )


def _refer(soup: BeautifulSoup, link: Tag, note: Footnote) -> None:
    mark = soup.new_tag("fnref")
    mark["n"] = str(note.number)
    parent = link.parent
    is_alone = parent is not None and parent.name == "sup" and len(parent.get_text(strip=True)) < 6
    (parent if is_alone and parent is not None else link).replace_with(mark)


def _taken(note: Footnote) -> Footnote:
    """The note without its list, and without what leads back from it."""
    holder = note.text.parent
    note.text.extract()
    note.text.name = "div"
    if (
        holder is not None
        and holder.name in {"ol", "ul", "section"}
        and not holder.get_text(strip=True)
    ):
        frame = holder.parent
        holder.decompose()
        _drop_heading_of_notes(frame)
    return note


def _drop_heading_of_notes(frame: Tag | None) -> None:
    """Drop what held the list of notes, where only its heading is left: here they get one by themselves."""
    if frame is None or not _NOTES.search(" ".join(map(str, frame.get_attribute_list("class")))):
        return
    if all(each.name in {*_HEADINGS, "hr"} for each in frame.find_all(recursive=False)):
        frame.decompose()
