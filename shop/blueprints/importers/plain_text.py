"""A plain-text article: paragraphs, and numbered headings standing alone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from click import Option

from shop.blueprints.articles import services
from shop.blueprints.articles.models import TITLE_LENGTH, ArticleState, Author
from shop.blueprints.importers import files, queries
from shop.core import text
from shop.core.errors import Refused
from shop.core.security import absolute_url
from shop.core.unit_of_work import unit_of_work
from shop.plugins.types import ImportReport

LONGEST_HEADING = 100
LONGEST_RUN_IN = 60
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s+(\S.*)")
_RULE = re.compile(r"([-=*_~])(?: ?\1){2,}")
_BLANK_LINES = re.compile(r"\n[ \t]*\n[ \t\n]*")

options = (
    Option(["--title"], required=True, help="The title of the article."),
    Option(["--author"], default="", help="The author’s name."),
    Option(["--draft"], is_flag=True, help="Save as a draft instead of publishing it."),
    files.max_mb,
)


def run(
    file: Path, report: ImportReport, *, title: str, author: str, draft: bool, max_mb: int
) -> None:
    """Bring one text in. It is known again by its title.

    Raises:
        Refused: the file is no text, or the title is empty or too long.
    """
    title = text.clean_line(title)
    if not 0 < len(title) <= TITLE_LENGTH:
        raise Refused(f"Use 1 to {TITLE_LENGTH} characters for the title.")
    body = text_to_markdown(files.read_text(file, max_mb=max_mb))
    if not body:
        raise Refused(f"{file.name} contains no text.")
    key = f"text:{hashlib.sha256(title.casefold().encode()).hexdigest()}"
    with unit_of_work():
        known = queries.article_brought_in(key)
        if known is not None:
            report.accept(is_new=False)
            if known.body != body:
                report.note(
                    title, "it was imported before with a different text; edit it in the admin"
                )
            return
        article = services.write_article(
            import_key=key,
            title=title,
            body=body,
            author=_author(author),
            state=ArticleState.DRAFT if draft else ArticleState.PUBLISHED,
        )
        slug = article.slug
    report.accept(is_new=True)
    where = absolute_url("articles.show", slug=slug)
    report.note(title, f"it will be at {where}" if draft else f"it is at {where}")


def text_to_markdown(written: str) -> str:
    """A plain text as Markdown: `1. Own it` or `1) Own it` alone is a heading, a row of dashes a break."""
    lines = [line.strip() for line in text.clean_block(written).split("\n")]
    blocks = _BLANK_LINES.split("\n".join(_set_apart(lines)).strip())
    return "\n\n".join(made for block in blocks for made in _blocks(block))


def _set_apart(lines: list[str]) -> list[str]:
    apart: list[str] = []
    for line in lines:
        apart.extend(["", "---", ""] if _RULE.fullmatch(line) else [line])
    return apart


def _blocks(block: str) -> list[str]:
    first, _, rest = block.partition("\n")
    if not _is_heading(first, rest):
        return [block] if block else []
    number, title = _NUMBERED.fullmatch(first).groups()  # type: ignore[union-attr]
    heading = f"## {number}. {title}"
    return [heading, rest] if rest else [heading]


def _is_heading(first: str, rest: str) -> bool:
    if _NUMBERED.fullmatch(first) is None or first.endswith((".", ",", ";", ":")):
        return False
    if not rest:
        return len(first) <= LONGEST_HEADING
    # Text right below it: a heading only if it can't be the first entry of a list, or a line that goes on.
    goes_on = rest[0].islower() or _NUMBERED.match(rest) is not None
    return len(first) <= LONGEST_RUN_IN and not goes_on


def _author(name: str) -> Author | None:
    name = text.clean_line(name)[:80]
    if not name:
        return None
    slug = text.slugify(name) or "author"
    return queries.author_of_slug(slug) or services.write_author(name=name, slug=slug)
