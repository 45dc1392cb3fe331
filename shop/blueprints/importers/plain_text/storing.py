"""Brings one plain-text article in."""

from __future__ import annotations

import hashlib
from pathlib import Path

from click import Option
from flask_babel import gettext as _

from shop.blueprints.articles import services
from shop.blueprints.articles.authors.services import write_author
from shop.blueprints.articles.models import TITLE_LENGTH, ArticleState, Author
from shop.blueprints.importers import queries
from shop.blueprints.importers.formats import files, front_matter
from shop.blueprints.importers.plain_text import converting
from shop.core import text
from shop.core.web.security import absolute_url
from shop.plugins.api import ImportReport, Refused, unit_of_work

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
        raise Refused(_("Use 1 to %(limit)s characters for the title.", limit=TITLE_LENGTH))
    read = files.read_decoded(file, max_mb=max_mb)
    head, written = front_matter.split(read.content)
    body = converting.text_to_markdown(written, title=title)
    if not body:
        raise Refused(_("%(name)s contains no text.", name=file.name))
    key = f"text:{hashlib.sha256(title.casefold().encode()).hexdigest()}"
    with unit_of_work():
        known = queries.article_brought_in(key)
        if known is not None:
            report.accept(is_new=False)
            if known.body != body:
                report.note(
                    title, _("it was imported before with a different text; edit it in the admin")
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
    report.note(
        title,
        _("it will be at %(where)s", where=where)
        if draft
        else _("it is at %(where)s", where=where),
    )
    if read.guessed:
        report.note(
            title,
            _(
                "the file is not Unicode; it was read as %(guessed)s. Check its accents",
                guessed=read.guessed,
            ),
        )
    if head:
        report.note(title, _("the front matter at its beginning was left out"))


def _author(name: str) -> Author | None:
    name = text.clean_line(name)[:80]
    if not name:
        return None
    slug = text.slugify(name) or "author"
    return queries.author_of_slug(slug) or write_author(name=name, slug=slug)
