"""Reads a WXR file once from end to end before anything is stored: one that breaks off leaves nothing half-done.

What is said here of the whole site is needed for its items, such as where its categories stood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask_babel import gettext as _

from shop.blueprints.importers.linked_folders import LinkedFolders
from shop.blueprints.importers.wordpress import elements
from shop.plugins.api import Refused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST_SITE = 120
FURTHEST_ZONE = timedelta(hours=14)


@dataclass(slots=True)
class SiteSurvey:
    """What the file says of the whole site.

    Attributes:
        address: of the site, e.g. `https://old.example/blog`.
        authors: names by login.
        staff: the ids of their accounts.
        pictures: addresses of attachments by their number.
        pictures_of: the numbers of the attachments of a post, by its number.
        parents: the number of what an attachment belongs to, and where its own page was, by its own number.
        reusable: blocks that several texts share, as HTML, by their numbers.
        terms: categories, tags and others by their ids, each as taxonomy, slug and name.
        above: the slugs of categories that stand above others, by the slugs of those.
        subjects: the slugs of the subjects of its texts, by their taxonomies.
        folders: those that its links name.
        products: where products were, by their numbers.
        tops: the first folders of the addresses of posts; empty for a post that stood in none.
        ahead: how far the site's clock was ahead of UTC, for dates that the file has in its time only.
    """

    address: str = ""
    authors: dict[str, str] = field(default_factory=dict)
    staff: set[str] = field(default_factory=set)
    pictures: dict[int, str] = field(default_factory=dict)
    pictures_of: dict[int, list[int]] = field(default_factory=dict)
    parents: dict[int, tuple[int, str]] = field(default_factory=dict)
    reusable: dict[int, str] = field(default_factory=dict)
    terms: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, set[str]] = field(default_factory=dict)
    folders: LinkedFolders = field(default_factory=LinkedFolders)
    products: dict[int, str] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    ahead: timedelta = timedelta()

    @property
    def front(self) -> str:
        """A folder in which all posts stood, such as `/blog`; empty where there was none."""
        only = next(iter(self.tops)) if len(self.tops) == 1 else ""
        return f"/{only}" if only and not only.isdecimal() else ""

    def path_of(self, slug: str) -> str:
        """Where a category stood in its folder: below those above it."""
        steps = [slug]
        while (above := self.above.get(steps[0])) and above not in steps:
            steps.insert(0, above)
        return "/".join(steps)

    def folders_of(self, domain: str) -> list[str]:
        """How its owner called the folders of categories or tags, as far as its links say."""
        return self.folders.of({slug: self.path_of(slug) for slug in self.subjects.get(domain, ())})

    @property
    def names(self) -> tuple[str, str]:
        """What makes its numbers unique: host and folder, and the same with the `www.` that may come and go."""
        try:
            parts = urlsplit(self.address)
            host, folder = parts.hostname or "wordpress", parts.path.rstrip("/")
        except ValueError:
            host, folder = "wordpress", ""
        bare = host.removeprefix("www.")
        return f"{bare}{folder}"[:LONGEST_SITE], f"www.{bare}{folder}"[:LONGEST_SITE]


def survey_site(*paths: Path) -> SiteSurvey:
    """Read all files of an export once.

    Raises:
        Refused: it is not a WXR, is broken (says where), or declares a document type.
    """
    found = SiteSurvey()
    for path in paths:
        _survey(path, found)
    return found


def _survey(path: Path, found: SiteSurvey) -> None:
    is_wxr = False
    for name, element in elements.channel_elements(path):
        if name == "item":
            _note_item(found, element)
        elif name == "wp:wxr_version":
            is_wxr = True
        elif name == "wp:base_blog_url" or (name == "link" and not found.address):
            found.address = elements.element_text(element)
        elif name == "wp:author":
            _note_author(found, element)
        elif name in {"wp:category", "wp:tag", "wp:term"}:
            _note_term(found, name, element)
    if not is_wxr:
        raise Refused(
            _("%(name)s is not a WordPress export: it has no wp:wxr_version.", name=path.name)
        )


def _note_author(found: SiteSurvey, element: Element) -> None:
    values = elements.child_texts(element)
    login = values.get("wp:author_login", "")
    if login:
        found.authors[login] = values.get("wp:author_display_name") or login
        found.staff.add(values.get("wp:author_id", ""))


def _note_term(found: SiteSurvey, kind: str, element: Element) -> None:
    values = elements.child_texts(element)
    number = elements.wxr_number(values.get("wp:term_id", ""))
    if number is None:
        return
    taxonomy, slug, name = {
        "wp:category": ("category", "wp:category_nicename", "wp:cat_name"),
        "wp:tag": ("post_tag", "wp:tag_slug", "wp:tag_name"),
    }.get(kind, (values.get("wp:term_taxonomy", ""), "wp:term_slug", "wp:term_name"))
    plain = unquote(values.get(slug, ""))
    found.terms[number] = (taxonomy, plain, values.get(name, ""))
    if above := values.get("wp:category_parent"):
        found.above[plain] = unquote(above)


def _top_of(address: str, site: str) -> str | None:
    """The first folder of a post's address below its site; None for an address that names a number."""
    try:
        parts, top = urlsplit(address), urlsplit(site).path.rstrip("/")
    except ValueError:
        return None
    folders = parts.path.removeprefix(top).strip("/").split("/")
    if parts.query or not folders[0]:
        return None
    return folders[0] if len(folders) > 1 and folders[0] != "index.php" else ""


def _note_item(found: SiteSurvey, element: Element) -> None:
    values = elements.child_texts(element)
    number = elements.wxr_number(values.get("wp:post_id", ""))
    address = values.get("wp:attachment_url", "")
    parent = elements.wxr_number(values.get("wp:post_parent", "")) or 0
    if values.get("wp:post_type") == "attachment" and number is not None and address:
        found.pictures[number] = address
        found.pictures_of.setdefault(parent, []).append(number)
    if values.get("wp:post_type") == "attachment" and number is not None and parent:
        found.parents[number] = parent, values.get("link", "")
    if values.get("wp:post_type") == "wp_block" and number is not None:
        found.reusable[number] = values.get("content", "")
    if values.get("wp:post_type") == "post" and values.get("wp:status") == "publish":
        top = _top_of(values.get("link", ""), found.address)
        found.tops |= {top} if top is not None else set()
    if values.get("wp:post_type") == "product" and number is not None and values.get("link"):
        found.products[number] = values["link"]
    _note_folders(found, element, values)
    there, here = (
        elements.mysql_moment(values.get("wp:post_date", "")),
        elements.mysql_moment(values.get("wp:post_date_gmt", "")),
    )
    if there is not None and here is not None and abs(there - here) <= FURTHEST_ZONE:
        found.ahead = there - here


def _note_folders(found: SiteSurvey, element: Element, values: Mapping[str, str]) -> None:
    found.folders.note_text(values.get("link", ""), found.address)
    found.folders.note_links(values.get("content", ""), found.address)
    if values.get("wp:post_type") == "nav_menu_item":
        linked = elements.item_meta(element).get("_menu_item_url", "")
        found.folders.note_links(f'href="{linked}"', found.address)
    for term in elements.item_terms(element):
        found.subjects.setdefault(term.domain, set()).add(term.slug)
