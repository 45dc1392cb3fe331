"""What happens to the files of products: new versions, their order, and whether each buyer gets a personal copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from flask_babel import gettext as _
from sqlalchemy import update

from shop.blueprints.catalog.models import FileVersion, Product, ProductFile
from shop.blueprints.catalog.services import note_change
from shop.core import clock
from shop.core.database import rows_changed
from shop.core.files import pdf, storage
from shop.core.files.file_kinds import media_type_of
from shop.core.text import clean_line
from shop.plugins.api import Refused, db, publish
from shop.plugins.api.events import NewVersionAnnounced

LONGEST_NAME = 160
FIRST_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was uploaded and stored, and belongs to no product yet."""

    storage_key: str
    size: int
    media_type: str
    can_be_stamped: bool


def take_in(content: bytes, *, name: str, is_stamped: bool = False) -> Upload:
    """Store what was sent. Before a unit of work, because reading a PDF takes longer than others wait to write.

    Raises:
        Refused: the file is empty, is not what the ending of `name` says, or is to be stamped and can't be.
    """
    if not content:
        raise Refused(_("This file is empty."), field="file")
    kind = media_type_of(name, content)
    if is_stamped and not _can_be_stamped(kind, content):
        raise _not_stampable()
    return Upload(storage.keep(content), len(content), kind, can_be_stamped=is_stamped)


def attach(
    product: Product,
    upload: Upload,
    *,
    name: str,
    version: str = FIRST_VERSION,
    is_stamped: bool = False,
) -> ProductFile:
    """Give buyers of a product a file. `name` is what they save it as; a folder before it is left out.

    Raises:
        Refused: it is to be stamped, and was not taken in for that.
    """
    if is_stamped and not upload.can_be_stamped:
        raise _not_stampable()
    file = ProductFile(
        name=_file_name(name) or product.slug,
        position=len(product.files),
        is_stamped=is_stamped,
        **_columns(upload, version),
    )
    product.files.append(file)
    file.versions.append(_version_of(file))
    db.session.flush()
    note_change(product)
    return file


def replace(file: ProductFile, upload: Upload, *, version: str, changes: str = "") -> FileVersion:
    """Put a new version in a file's place. Buyers of an older one get it too, and keep what they have.

    Raises:
        Refused: it is one of its versions already, or is to be stamped and was not taken in for that.
    """
    db.session.refresh(file, with_for_update={"of": ProductFile})
    if file.is_stamped and not upload.can_be_stamped:
        raise _not_stampable()
    known = {each.storage_key: each for each in file.versions}
    if not known:  # brought in from elsewhere, without its history
        first = _version_of(file)
        file.versions.append(first)
        known[file.storage_key] = first
    if upload.storage_key in known:
        same = known[upload.storage_key].version
        raise Refused(_("This is the same file as version %(name)s.", name=same), field="file")
    for name, value in _columns(upload, version).items():
        setattr(file, name, value)
    newest = _version_of(file, changes=changes)
    file.versions.append(newest)
    db.session.flush()
    note_change(file.product)
    return newest


def announce_version(version: FileVersion) -> bool:
    """Have those who bought a file told about its new version: once. False when it had been done.

    Raises:
        Refused: a newer version is there.
    """
    if version.storage_key != version.file.storage_key:
        raise Refused(_("There is already a newer version of this file."))
    marked = rows_changed(
        update(FileVersion)
        .where(FileVersion.id == version.id, FileVersion.announced_at.is_(None))
        .values(announced_at=clock.now())
    )
    if marked != 1:
        return False
    publish(NewVersionAnnounced(version_id=version.id))
    return True


def announce_newest(file: ProductFile) -> bool:
    """Have those who bought a file told about the version that is in its place. False when it had been done.

    Raises:
        Refused: it is the first version, which nobody bought before.
    """
    newest = next((each for each in file.versions if each.storage_key == file.storage_key), None)
    if newest is None or len(file.versions) < 2:
        raise Refused(_("There is no new version to announce."))
    return announce_version(newest)


def describe(file: ProductFile, *, name: str, is_stamped: bool) -> None:
    """Say what buyers save a file as, and whether each gets a copy with their name on its pages.

    Raises:
        Refused: it is to be stamped and can't be, or would have another ending than now.
    """
    if is_stamped and not file.is_stamped:
        content = storage.content_of(file.storage_key)
        if not _can_be_stamped(file.media_type, content):
            raise _not_stampable()
    name = _file_name(name) or file.name
    _require_same_ending(name, file.name)
    file.name = name
    file.is_stamped = is_stamped
    note_change(file.product)


def move_file_up(file: ProductFile) -> None:
    """Show a file before the one that it is behind."""
    order = list(file.product.files)
    place = order.index(file)
    if place:
        order[place - 1 : place + 1] = [file, order[place - 1]]
    for position, each in enumerate(order):
        each.position = position
    note_change(file.product)


def detach(product: Product, file: ProductFile) -> None:
    """Remove a file from a product. Those who paid for it keep it."""
    product.files.remove(file)
    note_change(product)


def _can_be_stamped(media_type: str, content: bytes) -> bool:
    return media_type == "application/pdf" and pdf.is_writable(content)


def _require_same_ending(name: str, former: str) -> None:
    ending = PurePath(former).suffix
    if PurePath(name).suffix.lower() != ending.lower():
        raise Refused(_("Keep the ending of the name: %(ending)s", ending=ending), field="name")


def _not_stampable() -> Refused:
    return Refused(
        _("A name can only be printed on a PDF that is not password-protected."), field="is_stamped"
    )


def _columns(upload: Upload, version: str) -> dict[str, str | int]:
    return {
        "version": version or FIRST_VERSION,
        "storage_key": upload.storage_key,
        "size": upload.size,
        "media_type": upload.media_type,
    }


def _version_of(file: ProductFile, changes: str = "") -> FileVersion:
    return FileVersion(
        version=file.version,
        storage_key=file.storage_key,
        size=file.size,
        media_type=file.media_type,
        changes=changes,
    )


def _file_name(said: str) -> str:
    name = clean_line(PurePath(said.replace("\\", "/")).name).strip(". ")
    if len(name) <= LONGEST_NAME:
        return name
    suffix = PurePath(name).suffix[:20]
    return name[: LONGEST_NAME - len(suffix)] + suffix
