"""The admin pages of the media library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from shop.blueprints.media import choosing, in_text, into_text, queries, services
from shop.blueprints.media.forms import DescribePictureForm, UploadPicturesForm
from shop.blueprints.media.queries import PictureShelf
from shop.core.pictures import drawing
from shop.core.pictures.models import Picture, PictureState
from shop.core.web.forms import is_too_large, too_large
from shop.plugins.api import AdminFound, Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("media", __name__)
bp.post("/for-text")(into_text.take_for_text)
bp.post("/for-text/<int:picture_id>")(into_text.describe_for_text)

MOST_BYTES = 90_000_000
"""Of all pictures that are sent at once."""
MOST_AT_ONCE = 30


@bp.get("/")
def index() -> ResponseReturnValue:
    """The library, newest first; `?shelf=` and `?q=` narrow it down."""
    return _list_page(UploadPicturesForm(formdata=None))


@bp.post("/")
def add() -> ResponseReturnValue:
    """Add pictures. Those that can't be read are named, and the others are added all the same."""
    if is_too_large(MOST_BYTES):
        form = UploadPicturesForm(formdata=None)
        refuse_field(form, too_large("pictures", MOST_BYTES))
        return _list_page(form), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    form = UploadPicturesForm()
    if not form.validate():
        return _list_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    added = _add_each(form, form.pictures.data[:MOST_AT_ONCE])
    if added:
        notify(ngettext("%(num)d image added.", "%(num)d images added.", added))
    if form.pictures.errors:
        return _list_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("admin.media.index"), HTTPStatus.SEE_OTHER)


def _add_each(form: UploadPicturesForm, files: Sequence[FileStorage]) -> int:
    """Add what can be added, each in a unit of work of its own; what was refused stands beside the field."""
    added = 0
    for file in files:
        name, content = file.filename or "", file.read()
        try:
            with unit_of_work():
                services.add_picture(content, name)
            added += 1
        except Refused as refusal:
            refuse_field(form, Refused(f"{name[:60]}: {refusal.message}", field="pictures"))
    return added


@bp.get("/choice")
def choice() -> ResponseReturnValue:
    """The pictures to choose from in a form, newest first, without a page around them; `?q=` and `?after=`."""
    search = request.args.get("q", "")[:80]
    page = queries.pictures_on(PictureShelf.ALL, search=search, after=request.args.get("after"))
    return render_template(
        "admin/media/choice.html", offered=choosing.offered(page.items), search=search, page=page
    )


def _list_page(form: UploadPicturesForm) -> str:
    given = request.args.get("shelf")
    shelf = PictureShelf(given) if given in set(PictureShelf) else PictureShelf.ALL
    search = request.args.get("q", "")[:80]
    page = queries.pictures_on(shelf, search=search, after=request.args.get("after"))
    return render_template(
        "admin/media/index.html",
        form=form,
        shelf=shelf,
        shelves=list(PictureShelf),
        search=search,
        page=page,
        thumbs={picture.id: choosing.thumb_of(picture) for picture in page.items},
    )


def find_pictures(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their name, description or caption."""
    for picture in queries.pictures_on(PictureShelf.ALL, search=typed).items[:limit]:
        url = url_for("admin.media.edit", picture_id=picture.id)
        yield AdminFound(picture.name, url, picture.alt[:60])


@bp.get("/<int:picture_id>")
def edit(picture_id: int) -> ResponseReturnValue:
    """A picture: what it shows, and where it is shown."""
    picture = queries.picture_or_404(picture_id)
    form = DescribePictureForm(formdata=None, obj=picture)
    return _picture_page(picture, form)


@bp.post("/<int:picture_id>")
def save(picture_id: int) -> ResponseReturnValue:
    """Describe a picture."""
    form = DescribePictureForm()
    if not form.validate():
        return _picture_page(queries.picture_or_404(picture_id), form), 422
    with unit_of_work():
        services.describe_picture(
            queries.picture_or_404(picture_id),
            alt=form.alt.data or "",
            caption=form.caption.data or "",
            focus=(form.focus_x.data or 0, form.focus_y.data or 0),
        )
    notify(_("Saved."))
    return redirect(url_for("admin.media.edit", picture_id=picture_id), HTTPStatus.SEE_OTHER)


def _picture_page(picture: Picture, form: DescribePictureForm) -> str:
    is_ready = picture.state == PictureState.READY
    return render_template(
        "admin/media/edit.html",
        picture=picture,
        form=form,
        drawn=drawing.drawn(picture, in_text.WIDEST_IN_TEXT) if is_ready else None,
        thumb=choosing.thumb_of(picture),
        used_in=queries.uses().get(picture.id, ()),
    )


@bp.post("/<int:picture_id>/removal")
@commits
def remove(picture_id: int) -> ResponseReturnValue:
    """Delete a picture; the message has a button that undoes it."""
    services.delete_picture(queries.picture_or_404(picture_id))
    undo_url = url_for("admin.media.restore", picture_id=picture_id)
    notify(_("Image deleted. It can be restored for 30 days."), undo_url=undo_url)
    return redirect(url_for("admin.media.index"), HTTPStatus.SEE_OTHER)


@bp.post("/<int:picture_id>/restoration")
@commits
def restore(picture_id: int) -> ResponseReturnValue:
    """Undo that it was deleted."""
    services.undelete_picture(queries.picture_or_404(picture_id))
    notify(_("Image restored."))
    return redirect(url_for("admin.media.edit", picture_id=picture_id), HTTPStatus.SEE_OTHER)
