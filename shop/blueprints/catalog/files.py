"""What happens to the files of products: new versions, their order, and whether each buyer gets a copy of his own."""

from __future__ import annotations

import re
from pathlib import PurePath

from flask_babel import gettext as _
from sqlalchemy import update

from shop.blueprints.catalog.events import NewVersionAnnounced, ProductChanged
from shop.blueprints.catalog.models import FileVersion, Product, ProductFile
from shop.core import clock, pdf, storage
from shop.core.errors import Refused
from shop.core.events import publish
from shop.core.text import clean_line
from shop.core.unit_of_work import purge
from shop.extensions import db

LONGEST_NAME = 160
FIRST_VERSION = "1.0"
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,39}/[a-z0-9][a-z0-9!#$&^_.+-]{0,38}")


def attach(
    product: Product,
    *,
    name: str,
    content: bytes,
    media_type: str,
    version: str = FIRST_VERSION,
    is_stamped: bool = False,
) -> ProductFile:
    """Give buyers of a product a file. `name` is what they save it as; a folder before it is left out.

    Raises:
        Refused: the file is empty, or is to be stamped and can't be.
    """
    said = clean_line(PurePath(name.replace("\\", "/")).name).strip(". ")
    file = ProductFile(
        name=_short_name(said) or product.slug,
        position=len(product.files),
        is_stamped=is_stamped,
        **_kept(content, media_type, version, is_stamped=is_stamped),
    )
    product.files.append(file)
    file.versions.append(_version_of(file))
    db.session.flush()
    _changed(product)
    return file


def replace(
    file: ProductFile, *, content: bytes, media_type: str, version: str, changes: str = ""
) -> FileVersion:
    """Put a new version in a file's place. Buyers of an older one get it too, and keep what they have.

    Raises:
        Refused: the file is empty, is one of its versions already, or is to be stamped and can't be.
    """
    kept = _kept(content, media_type, version, is_stamped=file.is_stamped)
    db.session.refresh(file, with_for_update={"of": ProductFile})
    known = {each.storage_key: each for each in file.versions}
    if not known:  # brought in from elsewhere, without its history
        first = _version_of(file)
        file.versions.append(first)
        known[file.storage_key] = first
    if kept["storage_key"] in known:
        same = known[kept["storage_key"]].version
        raise Refused(_("This is the same file as version %(name)s.", name=same), field="file")
    for name, value in kept.items():
        setattr(file, name, value)
    newest = _version_of(file, changes=changes)
    file.versions.append(newest)
    db.session.flush()
    _changed(file.product)
    return newest


def announce(version: FileVersion) -> bool:
    """Have those who bought a file told of its new version: once. False when it had been done.

    Raises:
        Refused: a newer version is there.
    """
    if version.storage_key != version.file.storage_key:
        raise Refused(_("There is a newer version of this file by now."))
    marked = db.session.execute(
        update(FileVersion)
        .where(FileVersion.id == version.id, FileVersion.announced_at.is_(None))
        .values(announced_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if marked.rowcount != 1:  # type: ignore[attr-defined]
        return False
    publish(NewVersionAnnounced(version_id=version.id))
    return True


def describe(file: ProductFile, *, name: str, is_stamped: bool) -> None:
    """Say what buyers save a file as, and whether each gets a copy with his name on its pages.

    Raises:
        Refused: it is to be stamped and can't be.
    """
    if is_stamped and not file.is_stamped:
        _require_stampable(file.media_type, storage.path_of(file.storage_key).read_bytes())
    said = clean_line(PurePath(name.replace("\\", "/")).name).strip(". ")
    file.name = _short_name(said) or file.name
    file.is_stamped = is_stamped
    _changed(file.product)


def move_up(file: ProductFile) -> None:
    """Show a file before the one that it stands behind."""
    order = list(file.product.files)
    place = order.index(file)
    if place:
        order[place - 1 : place + 1] = [file, order[place - 1]]
    for position, each in enumerate(order):
        each.position = position
    _changed(file.product)


def detach(product: Product, file: ProductFile) -> None:
    """Hand a file to no more buyers. Those who paid for it keep it."""
    product.files.remove(file)
    _changed(product)


def _kept(
    content: bytes, media_type: str, version: str, *, is_stamped: bool
) -> dict[str, str | int]:
    if not content:
        raise Refused(_("This file is empty."), field="file")
    kind = media_type.lower().strip()
    kind = kind if MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
    if is_stamped:
        _require_stampable(kind, content)
    return {
        "version": version or FIRST_VERSION,
        "storage_key": storage.keep(content),
        "size": len(content),
        "media_type": kind,
    }


def _require_stampable(media_type: str, content: bytes) -> None:
    if media_type != "application/pdf" or not pdf.is_writable(content):
        raise Refused(
            _("A name can only be written on a PDF that is not locked."), field="is_stamped"
        )


def _version_of(file: ProductFile, changes: str = "") -> FileVersion:
    return FileVersion(
        version=file.version,
        storage_key=file.storage_key,
        size=file.size,
        media_type=file.media_type,
        changes=changes,
    )


def _short_name(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    suffix = PurePath(name).suffix[:20]
    return name[: LONGEST_NAME - len(suffix)] + suffix


def _changed(product: Product) -> None:
    product.updated_at = clock.now()
    purge(f"product:{product.id}", "catalog")
    publish(ProductChanged(product_id=product.id))
