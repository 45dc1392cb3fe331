"""Medium's export (ZIP): one HTML file for each post, draft and response."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from click import Option
from flask_babel import gettext as _

from shop.blueprints.importers import pictures
from shop.blueprints.importers.formats import bundles, files
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines.arriving import (
    ArticleArrival,
    AuthorArrival,
    Magazine,
    moment_in,
)
from shop.blueprints.importers.magazines.mending import ArticleCorrections, article_map_option
from shop.core import text
from shop.plugins.api import ImportReport, Refused

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

options = (
    article_map_option,
    pictures.uploads_option,
    pictures.fetch_option,
    Option(
        ["--site"], default="", help="The address of the former site, for links between its pages."
    ),
    files.max_mb,
)
_NUMBERED = re.compile(r"[-_]([0-9a-f]{8,14})\.html$")


def run(
    file: Path,
    report: ImportReport,
    *,
    max_mb: int,
    site: str = "",
    mapping: Path | None = None,
    uploads: str | None = None,
    fetch_images: bool = False,
) -> None:
    """Bring a Medium export in, and its pictures from the folder or ZIP `uploads`, or with `fetch_images`.

    Raises:
        Refused: the file is no use as a whole.
    """
    with (
        bundles.opened(file, max_mb=max_mb) as bundle,
        pictures.pictures_from(uploads, fetches=fetch_images) as kept,
    ):
        posts = [name for name in bundle.names if PurePosixPath(name).match("posts/*.html")]
        if not posts:
            raise Refused(
                _("%(name)s is not a Medium export: it has no folder named posts.", name=file.name)
            )
        magazine = Magazine("medium", site, report, ArticleCorrections(mapping).put_right, kept)
        for name in posts:
            label = PurePosixPath(name).name[:100]
            try:
                arrival = _arrival(label, bundle.text(name), magazine)
            except Refused as refused:
                magazine.refuse(label, refused.message)
            else:
                magazine.bring_in(arrival)
        magazine.finish("/feed/")


def _arrival(label: str, source: str, magazine: Magazine) -> ArticleArrival:
    if len(source) > conversion.MAX_HTML:
        raise Refused(_("it has more than %(limit)s characters", limit=f"{conversion.MAX_HTML:,}"))
    # Imported here, because what parses HTML takes a twentieth of a start.
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(source, "html.parser")
    body = soup.select_one('[data-field="body"]')
    if body is None:
        raise Refused(_("it is no post of Medium"))
    title = _words(soup, ".p-name")
    _drop_repeated_title(body, title)
    _drop_repeated_title(body, _words(soup, '[data-field="subtitle"]'))
    _gather_rows(soup, body)
    _link_scripts(soup, body)
    if first := body.select_one(".section-divider"):
        first.decompose()
    is_draft = label.startswith("draft")
    key = f"medium:{_number(label)}"
    return ArticleArrival(
        label=label,
        key=key,
        title=title,
        slug=text.slugify(title, max_length=100),
        body=conversion.html_to_markdown(str(body), kept_at=magazine.pictures_of(key).kept_at),
        excerpt=_words(soup, '[data-field="subtitle"]'),
        is_public=not is_draft,
        published_at=None if is_draft else moment_in(_of(soup, "time.dt-published", "datetime")),
        author=AuthorArrival(_words(soup, ".p-author")),
        tags={
            conversion.to_plain(tag.get_text()): _path(str(tag.get("href")))
            for tag in soup.select("a.p-tag")
        },
        old=tuple(each for each in (_path(_of(soup, "a.p-canonical", "href")),) if each),
    )


def _number(label: str) -> str:
    """Medium's own number of a post, with which the name of its file ends; else the name."""
    found = _NUMBERED.search(label)
    return found[1] if found else label


def _drop_repeated_title(body: Tag, title: str) -> None:
    first = body.find(["h1", "h2", "h3", "h4", "p"])
    if (
        first is not None
        and title
        and conversion.to_plain(first.get_text()).casefold() == title.casefold()
    ):
        first.decompose()


def _link_scripts(soup: BeautifulSoup, body: Tag) -> None:
    """A gist is drawn by its script there; here its address stands in the text."""
    for script in body.select('script[src^="https://gist.github.com/"]'):
        address = str(script["src"]).removesuffix(".js")
        link = soup.new_tag("a", attrs={"href": address})
        link.string = address
        script.replace_with(link)


def _gather_rows(soup: BeautifulSoup, body: Tag) -> None:
    """Pictures that stood beside each other are a gallery; one continues the row of the one before."""
    for figure in body.select("figure.graf--layoutOutsetRow"):
        row = soup.new_tag("div", attrs={"class": "gallery"})
        figure.insert_before(row)
        row.append(figure)
        following = row.find_next_sibling()
        while following is not None and _continues_row(following):
            row.append(following)
            following = row.find_next_sibling()


def _continues_row(el: Tag) -> bool:
    return "graf--layoutOutsetRowContinue" in el.get_attribute_list("class")


def _words(soup: BeautifulSoup, selector: str) -> str:
    found = soup.select_one(selector)
    return text.clean_line(found.get_text(" ", strip=True)) if found is not None else ""


def _of(soup: BeautifulSoup, selector: str, name: str) -> str:
    found = soup.select_one(selector)
    return str(found.get(name) or "") if found is not None else ""


def _path(address: str) -> str:
    """The path of an address on one's own domain; whoever asks medium.com never asks us."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return "" if (parts.hostname or "").endswith("medium.com") else parts.path
