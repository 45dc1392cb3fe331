"""A folder of Markdown or HTML files with front matter, as Hugo and Jekyll have it, or a zip of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from click import Option
from flask_babel import gettext as _

from shop.blueprints.importers import pictures
from shop.blueprints.importers.formats import bundles, files, front_matter
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines import foreign_markdown, liquid
from shop.blueprints.importers.magazines.arriving import (
    ArticleArrival,
    AuthorArrival,
    Magazine,
    moment_in,
)
from shop.blueprints.importers.magazines.folder_files import (
    Files,
    language_of_file,
    page_of_file,
)
from shop.blueprints.importers.magazines.mending import ArticleCorrections, article_map_option
from shop.core import text
from shop.core.languages.names import OF_TEXTS
from shop.plugins.api import ImportReport, Refused

options = (
    article_map_option,
    pictures.uploads_option,
    pictures.fetch_option,
    Option(
        ["--site"], default="", help="The address of the former site, for links between its pages."
    ),
    files.max_mb,
)
_HUGO = {"hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "archetypes/default.md"}
_COVERS = (
    "cover", "featured_image", "featuredimage", "feature_image", "image", "images", "coverimage", "hero", "banner",
    "thumbnail", "header", "img", "photo",
)  # fmt: skip
"""Where front matter names the picture of a text, the surest first."""
_IN_COVER = ("image", "path", "src", "feature", "teaser", "url", "filename")
_TEXTS = {".md", ".markdown", ".mdown", ".html", ".htm"}
_NOT_CONTENT = {
    "_site", "_layouts", "_includes", "_sass", "node_modules", "public", "resources", "themes", "layouts", "archetypes",
}  # fmt: skip
_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+)")
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
"""Jekyll's own patterns of addresses."""
_PLACE = re.compile(r":([a-z_]+)")
_HEADING = re.compile(r"\A\s*# +(.+)\n?")


def run(
    file: Path,
    report: ImportReport,
    *,
    site: str,
    max_mb: int,
    mapping: Path | None = None,
    uploads: str | None = None,
    fetch_images: bool = False,
) -> None:
    """Bring the texts of a folder in, with the pictures that are in it, those of the folder or ZIP `uploads`, or with
    `fetch_images` those of other sites.

    Raises:
        Refused: it is neither a folder nor a zip, or holds no text.
    """
    with (
        bundles.opened(file, max_mb=max_mb) as bundle,
        pictures.pictures_from(uploads, fetches=fetch_images, beside=bundle) as kept,
    ):
        # What names no language is the original of its translations, and comes first.
        names = sorted(
            (name for name in bundle.names if _is_content(PurePosixPath(name))),
            key=lambda name: (bool(language_of_file(PurePosixPath(name))), name),
        )
        if not names:
            raise Refused(_("%(name)s holds no Markdown and no HTML files.", name=file.name))
        magazine = Magazine(
            f"folder:{file.stem}", site, report, ArticleCorrections(mapping).put_right, kept
        )
        folder = FormerFolder(
            bundle, magazine, Files(bundle.names, names), _permalink(bundle), _is_hugo(bundle)
        )
        for name in names:
            try:
                arrival = _arrival(f"folder:{file.stem}:{name}", name, folder)
            except Refused as refused:
                magazine.refuse(name[:120], refused.message)
            else:
                magazine.bring_in(arrival)
        magazine.finish("/index.xml", "/feed/", "/atom.xml")


def _is_content(path: PurePosixPath) -> bool:
    folders = set(path.parts[:-1])
    return (
        path.suffix.lower() in _TEXTS
        and not folders & _NOT_CONTENT
        and not any(part.startswith(".") for part in path.parts)
        and path.stem.lower() not in {"readme", "index", "_index"}
    ) or (path.stem == "index" and path.suffix == ".md" and len(path.parts) > 1)


def _permalink(bundle: Bundle) -> str:
    """How Jekyll makes the addresses of posts, as `_config.yml` says it; empty where nobody does."""
    name = next((each for each in bundle.names if PurePosixPath(each).name == "_config.yml"), None)
    try:
        said, _body = (
            front_matter.read_front_matter(f"---\n{bundle.text(name)}\n---\n") if name else ({}, "")
        )
    except Refused:
        return ""
    written = _text(said.get("permalink"))
    return _STYLES.get(written, written if written.startswith("/") else "")


def _is_hugo(bundle: Bundle) -> bool:
    names = set(bundle.names)
    has_content = any(name.startswith("content/") for name in names)
    is_jekyll = any(PurePosixPath(name).name == "_config.yml" for name in names)
    return not is_jekyll and (has_content or bool(names & _HUGO))


@dataclass(frozen=True, slots=True)
class FormerFolder:
    """What a text of a folder needs to know of the others. `permalink` is Jekyll's pattern of addresses."""

    bundle: Bundle
    magazine: Magazine
    files: Files
    permalink: str
    is_hugo: bool


def _arrival(key: str, name: str, folder: FormerFolder) -> ArticleArrival:
    said, written = front_matter.read_front_matter(folder.bundle.text(name))
    path = PurePosixPath(name)
    slug, day, language = _name_and_day(path, said)
    kept = folder.magazine.pictures_of(key)

    def page_of(named: str) -> str:
        return folder.files.page_of(named, path)

    def picture_at(address: str) -> str:
        return kept.kept_at(folder.files.picture_of(address, path))

    is_hugo = folder.is_hugo and "_posts" not in path.parts
    body, notes = liquid.without_tags(written, page_of=page_of, is_hugo=is_hugo)
    title = conversion.to_plain(str(said.get("title") or ""))
    if path.suffix.lower() in {".html", ".htm"}:
        body = conversion.html_to_markdown(body, kept_at=picture_at)
    else:
        led = foreign_markdown.with_files(body, page_of, picture_at)
        body = text.clean_block(foreign_markdown.with_plain_html(led, picture_at))
        title, body = _own_title(title, body)
    cover = _cover_of(said) or folder.files.cover_beside(path)
    published_at = moment_in(_text(said.get("date"))) or day
    is_draft = (
        said.get("draft") is True or said.get("published") is False or "_drafts" in path.parts
    )
    return ArticleArrival(
        label=name[:120],
        key=key,
        title=title,
        slug=slug,
        body=body,
        excerpt=conversion.to_plain(
            _text(said.get("description") or said.get("summary") or said.get("excerpt"))
        ),
        is_page=_is_page(path, said, has_date=published_at is not None),
        is_public=not is_draft,
        published_at=published_at,
        author=AuthorArrival(_first(said.get("author") or said.get("authors"))),
        tags=dict.fromkeys(_subjects(said), ""),
        old=tuple(_old_addresses(path, said, slug, published_at, folder.permalink)),
        cover=folder.files.picture_of(cover, path) if cover else "",
        language=language,
        translations=_text(said.get("translationkey") or said.get("ref"))
        or _without_language(name, language),
        notes=list(notes),
    )


def _cover_of(said: Mapping[str, Any]) -> str:
    """The picture that front matter names, in one of the shapes that themes have for it."""
    for name in _COVERS:
        value = said.get(name)
        one = value[0] if isinstance(value, list) and value else value
        if isinstance(one, dict):
            one = next((one[each] for each in _IN_COVER if one.get(each)), "")
        if isinstance(one, str) and one.strip():
            return one.strip()
    return ""


def _without_language(name: str, language: str) -> str:
    """What the translations of a text share: the path of its file, without what names the language."""
    parts = PurePosixPath(name).with_suffix("").as_posix().removesuffix(f".{language}").split("/")
    return "/".join(part for part in parts if part != language)


def _language_of(path: PurePosixPath, said: Mapping[str, Any]) -> str:
    """The language that its front matter says, or its file."""
    written = _text(said.get("lang") or said.get("language") or said.get("locale"))
    tag = re.split("[-_]", written)[0].lower()
    return tag if tag in OF_TEXTS else language_of_file(path)


def _name_and_day(path: PurePosixPath, said: Mapping[str, Any]) -> tuple[str, datetime | None, str]:
    """Its part of the address, the day that the name of a Jekyll file says, and its language."""
    language = _language_of(path, said)
    stem = path.stem.removesuffix(f".{language}")
    stem = path.parent.name if stem == "index" else stem
    dated = _DATED.fullmatch(stem)
    day = None
    if dated is not None:
        stem = dated[4]
        day = moment_in(f"{dated[1]}-{int(dated[2]):02}-{int(dated[3]):02}")
    return _text(said.get("slug") or said.get("basename")) or stem, day, language


def _own_title(title: str, body: str) -> tuple[str, str]:
    """The title, which a text without front matter says in its first heading; there it is not said again."""
    heading = _HEADING.match(body)
    if heading is None or (title and heading[1].strip().casefold() != title.casefold()):
        return title, body
    return title or heading[1].strip(), body[heading.end() :].lstrip("\n")


def _is_page(path: PurePosixPath, said: Mapping[str, Any], *, has_date: bool) -> bool:
    kind = _text(said.get("type") or said.get("layout")).casefold()
    if kind in {"page", "post"}:
        return kind == "page"
    return not has_date and not {"posts", "_posts", "post", "_drafts", "blog"} & set(path.parts)


def _subjects(said: Mapping[str, Any]) -> Iterator[str]:
    return _of_names(said, ("categories", "category", "tags", "tag"))


def _of_names(said: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = said.get(name)
        # Jekyll splits these at spaces where they are one line, and takes the singular as one name.
        each = value if isinstance(value, list) else [value]
        for words in each:
            plain = _text(words)
            is_many = not isinstance(value, list) and name in {"categories", "tags"}
            yield from (
                part for part in (re.split(r",\s*|\s+", plain) if is_many else [plain]) if part
            )


def _old_addresses(
    path: PurePosixPath,
    said: Mapping[str, Any],
    slug: str,
    published_at: datetime | None,
    permalink: str,
) -> Iterator[str]:
    """Where its front matter says that it was, and where Hugo and Jekyll put it when nobody says otherwise.

    Links that name its file lead there, whatever its front matter says.
    """
    aliases = said.get("aliases") or said.get("redirect_from") or []
    yield from map(_text, aliases if isinstance(aliases, list) else [aliases])
    own = _text(said.get("url") or said.get("permalink"))
    if own and ":" not in own:
        yield own
    folders = [
        part for part in path.parts[:-1] if part not in {"content", "_posts", "_pages", "_drafts"}
    ]
    if path.stem.partition(".")[0] == "index":
        folders = folders[:-1]
    language = language_of_file(path)
    if language and language not in folders:
        folders.insert(0, language)
    yield "/" + "/".join([*folders, slug]) + "/"
    yield page_of_file(path)
    if published_at is not None:
        day = f"/{published_at:%Y/%m/%d}/{slug}"
        yield from (f"{day}/", f"{day}.html")
        categories = "/".join(
            text.slugify(each) for each in _of_names(said, ("categories", "category"))
        )
        yield _filled_in(permalink or _STYLES["date"], categories, published_at, slug)


def _filled_in(permalink: str, categories: str, day: datetime, slug: str) -> str:
    """The address that Jekyll makes of a pattern (https://jekyllrb.com/docs/permalinks/)."""
    parts = {
        "categories": categories,
        "year": f"{day:%Y}",
        "short_year": f"{day:%y}",
        "month": f"{day:%m}",
        "i_month": str(day.month),
        "day": f"{day:%d}",
        "i_day": str(day.day),
        "y_day": f"{day:%j}",
        "title": slug,
        "slug": text.slugify(slug),
        "output_ext": ".html",
    }
    return _PLACE.sub(lambda found: parts.get(found[1], ""), permalink)


def _first(value: object) -> str:
    one = value[0] if isinstance(value, list) and value else value
    return _text(one.get("name") if isinstance(one, dict) else one)


def _text(value: object) -> str:
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    return text.clean_line(value.isoformat() if hasattr(value, "isoformat") else str(value))
