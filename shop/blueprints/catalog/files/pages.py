"""The admin pages of a product's files: each has a page with its versions."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.catalog import queries
from shop.blueprints.catalog.admin import act, back_to_product, bp, product_page
from shop.blueprints.catalog.files import uploads
from shop.blueprints.catalog.files.forms import FileForm, VersionForm
from shop.blueprints.catalog.forms import UploadForm
from shop.blueprints.catalog.models import ProductFile
from shop.core.web.forms import is_too_large, too_large
from shop.plugins.api import Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

__all__ = ["bp"]

MAX_FILE = 50_000_000


@bp.post("/<int:product_id>/files")
def attach(product_id: int) -> ResponseReturnValue:
    """Give buyers a file."""
    product = queries.product_or_404(product_id)
    if is_too_large(MAX_FILE):
        form = UploadForm(formdata=None)
        refuse_field(form, too_large("file", MAX_FILE))
        return product_page(product, upload=form), 413
    form = UploadForm()
    sent = form.file.data
    if not form.validate():
        return product_page(product, upload=form), 422
    is_stamped = bool(form.is_stamped.data)
    try:
        taken = uploads.take_in(sent.read(), name=sent.filename, is_stamped=is_stamped)
        with unit_of_work():
            uploads.attach(
                product,
                taken,
                name=sent.filename,
                version=form.version.data or "",
                is_stamped=is_stamped,
            )
    except Refused as refusal:
        refuse_field(form, refusal)
        return product_page(product, upload=form), 422
    notify(_("Added. Buyers find it on their order page."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/files/<int:file_id>/removed")
def detach(product_id: int, file_id: int) -> ResponseReturnValue:
    """Remove a file; those who bought it keep it."""
    return act(
        product_id,
        lambda product: uploads.detach(product, queries.file_of(product, file_id)),
        _("Removed. Buyers who have paid for it keep it."),
    )


@bp.get("/<int:product_id>/files/<int:file_id>")
def show_file(product_id: int, file_id: int) -> ResponseReturnValue:
    """A file, its versions, and the form for the next one."""
    return _page(_file(product_id, file_id))


def _file(product_id: int, file_id: int) -> ProductFile:
    return queries.file_of(queries.product_or_404(product_id), file_id)


def _page(
    file: ProductFile, *, form: FileForm | None = None, upload: VersionForm | None = None
) -> str:
    return render_template(
        "admin/products/file.html",
        file=file,
        product=file.product,
        form=form or FileForm.of(file, formdata=None),
        upload=upload or VersionForm(formdata=None),
    )


@bp.post("/<int:product_id>/files/<int:file_id>")
def save_file(product_id: int, file_id: int) -> ResponseReturnValue:
    """Change its name, or whether it is stamped."""
    file = _file(product_id, file_id)
    form = FileForm.of(file)
    if not form.validate():
        return _page(file, form=form), 422
    try:
        with unit_of_work():
            uploads.describe(file, name=form.name.data or "", is_stamped=bool(form.is_stamped.data))
    except Refused as refusal:
        refuse_field(form, refusal)
        return _page(file, form=form), 422
    notify(_("Saved."))
    return _back_to(product_id, file_id)


@bp.post("/<int:product_id>/files/<int:file_id>/versions")
def add_version(product_id: int, file_id: int) -> ResponseReturnValue:
    """Add a new version, and email its buyers if the box is ticked."""
    file = _file(product_id, file_id)
    if is_too_large(MAX_FILE):
        form = VersionForm(formdata=None)
        refuse_field(form, too_large("file", MAX_FILE))
        return _page(file, upload=form), 413
    form = VersionForm()
    sent = form.file.data
    if not form.validate():
        return _page(file, upload=form), 422
    try:
        taken = uploads.take_in(sent.read(), name=file.name, is_stamped=file.is_stamped)
        with unit_of_work():
            version = uploads.replace(
                file,
                taken,
                version=form.version.data or "",
                changes=form.changes.data or "",
            )
            told = bool(form.announce.data) and uploads.announce_version(version)
    except Refused as refusal:
        refuse_field(form, refusal)
        return _page(file, upload=form), 422
    notify(
        _("Buyers get this version now. We are sending them an email.")
        if told
        else _("Buyers get this version now.")
    )
    return _back_to(product_id, file_id)


@bp.post("/<int:product_id>/files/<int:file_id>/announcement")
@commits
def announce_version(product_id: int, file_id: int) -> ResponseReturnValue:
    """Tell its buyers of the newest version after all."""
    uploads.announce_newest(_file(product_id, file_id))
    notify(_("We are sending an email to the buyers."))
    return _back_to(product_id, file_id)


@bp.post("/<int:product_id>/files/<int:file_id>/up")
def move_file_up(product_id: int, file_id: int) -> ResponseReturnValue:
    """Move it up in the list."""
    return act(
        product_id,
        lambda product: uploads.move_file_up(queries.file_of(product, file_id)),
        _("Saved."),
        then=url_for("admin.products.edit", product_id=product_id) + "#files",
    )


def _back_to(product_id: int, file_id: int) -> ResponseReturnValue:
    return redirect(
        url_for("admin.products.show_file", product_id=product_id, file_id=file_id), 303
    )
