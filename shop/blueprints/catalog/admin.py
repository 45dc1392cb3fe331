"""The admin pages of products: their text, variants and covers."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.catalog import cards, queries, services
from shop.blueprints.catalog.covers import design
from shop.blueprints.catalog.forms import (
    PictureForm,
    ProductForm,
    UploadForm,
    VariantForm,
)
from shop.blueprints.catalog.models import Product, Variant
from shop.core import images
from shop.core.errors import Refused
from shop.core.forms import refuse_field
from shop.core.notices import notify
from shop.core.site import site
from shop.core.unit_of_work import commits, unit_of_work

bp = Blueprint("products", __name__)

FORM_ROOM = 100_000


@bp.get("/")
def index() -> ResponseReturnValue:
    """All products."""
    state, search = request.args.get("state", ""), request.args.get("q", "")[:100]
    page = queries.products(state=state, search=search, after=request.args.get("after"))
    return render_template("admin/products/index.html", page=page, state=state, search=search)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The empty form."""
    return _new_page(ProductForm())


def _new_page(form: ProductForm, drawing: Markup | None = None) -> str:
    return render_template("admin/products/new.html", form=form, drawing=drawing)


@bp.post("/new")
def write() -> ResponseReturnValue:
    """Make a product, as a draft; or only show the cover that it would have."""
    form = ProductForm()
    if not form.validate():
        return _new_page(form), 422
    text = form.text(site().currency)
    if "preview" in request.form:
        return _new_page(form, design.drawing(text))
    try:
        with unit_of_work():
            product_id = services.write_product(text).id
    except Refused as refusal:
        refuse_field(form, refusal)
        return _new_page(form), 422
    notify(_("Saved as a draft. Add a variant with a price, then publish the product."))
    return back_to_product(product_id)


@bp.get("/<int:product_id>")
def edit(product_id: int) -> ResponseReturnValue:
    """A product, its variants, files and picture."""
    return product_page(queries.product_or_404(product_id))


def product_page(
    product: Product,
    *,
    form: ProductForm | None = None,
    upload: UploadForm | None = None,
    picture: PictureForm | None = None,
    drawing: Markup | None = None,
) -> str:
    """The admin page of a product, with the form that was refused, where one was."""
    return render_template(
        "admin/products/edit.html",
        product=product,
        picture_url=cards.cover_url(product) if product.image_key else "",
        drawing=drawing or design.drawing(product),
        is_preview=drawing is not None,
        form=form or ProductForm.of(product),
        upload=upload or UploadForm(formdata=None),
        picture=picture or PictureForm(formdata=None),
    )


@bp.post("/<int:product_id>")
def save(product_id: int) -> ResponseReturnValue:
    """Change a product; or only show the cover that it would have."""
    product = queries.product_or_404(product_id)
    form = ProductForm.of(product)
    if not form.validate():
        return product_page(product, form=form), 422
    text = form.text(product.currency)
    if "preview" in request.form:
        return product_page(product, form=form, drawing=design.drawing(text))
    try:
        with unit_of_work():
            services.write_product(text, product=product)
    except Refused as refusal:
        refuse_field(form, refusal)
        return product_page(product, form=form), 422
    notify(_("Saved."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/published")
@commits
def publish(product_id: int) -> ResponseReturnValue:
    """Publish it."""
    try:
        services.put_on_shelf(queries.product_or_404(product_id))
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        notify(_("Published."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/hidden")
@commits
def hide(product_id: int) -> ResponseReturnValue:
    """Unpublish it."""
    services.take_off_shelf(queries.product_or_404(product_id))
    notify(_("Unpublished."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/removed")
@commits
def remove(product_id: int) -> ResponseReturnValue:
    """Delete it."""
    services.remove_product(queries.product_or_404(product_id))
    notify(
        _("Deleted. Its orders stay as they are."),
        undo_url=url_for("admin.products.restore", product_id=product_id),
    )
    return redirect(url_for("admin.products.index"), 303)


@bp.post("/<int:product_id>/restored")
@commits
def restore(product_id: int) -> ResponseReturnValue:
    """Restore a deleted one, as a draft."""
    services.take_off_shelf(queries.any_product_or_404(product_id))
    notify(_("Restored as a draft."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/picture")
def show_picture(product_id: int) -> ResponseReturnValue:
    """Show a picture in place of the drawn cover."""
    request.max_content_length = images.MAX_BYTES + FORM_ROOM
    product = queries.product_or_404(product_id)
    form = PictureForm()
    if not form.validate():
        return product_page(product, picture=form), 422
    try:
        with unit_of_work():
            services.set_picture(product, form.picture.data.read())
    except Refused as refusal:
        refuse_field(form, refusal)
        return product_page(product, picture=form), 422
    notify(_("The image is now the cover."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/picture/removed")
@commits
def remove_picture(product_id: int) -> ResponseReturnValue:
    """Go back to the drawn cover."""
    services.set_picture(queries.product_or_404(product_id), None)
    notify(_("The generated cover is in use again."))
    return back_to_product(product_id)


@bp.route("/<int:product_id>/variants/new", methods=["GET", "POST"])
def new_variant(product_id: int) -> ResponseReturnValue:
    """Add a variant."""
    return _variant_page(queries.product_or_404(product_id), None, VariantForm())


@bp.route("/<int:product_id>/variants/<int:variant_id>", methods=["GET", "POST"])
def edit_variant(product_id: int, variant_id: int) -> ResponseReturnValue:
    """Change the terms of a variant."""
    product = queries.product_or_404(product_id)
    variant = queries.variant_of(product, variant_id)
    return _variant_page(product, variant, VariantForm.of(variant))


def _variant_page(
    product: Product, variant: Variant | None, form: VariantForm
) -> ResponseReturnValue:
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with unit_of_work():
                    services.write_variant(product, form.terms(product.currency), variant=variant)
            except Refused as refusal:
                refuse_field(form, refusal)
            else:
                notify(_("Saved."))
                return back_to_product(product.id)
    return render_template(
        "admin/products/variant.html", product=product, variant=variant, form=form
    ), status


@bp.post("/<int:product_id>/variants/<int:variant_id>/retired")
@commits
def retire_variant(product_id: int, variant_id: int) -> ResponseReturnValue:
    """Stop selling a variant, or sell it again."""
    variant = queries.variant_of(queries.product_or_404(product_id), variant_id)
    try:
        if variant.is_retired:
            services.revive_variant(variant)
        else:
            services.retire_variant(variant)
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        notify(_("Saved."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/variants/<int:variant_id>/up")
@commits
def move_variant_up(product_id: int, variant_id: int) -> ResponseReturnValue:
    """Move a variant up in the list."""
    services.move_variant_up(queries.variant_of(queries.product_or_404(product_id), variant_id))
    notify(_("Saved."))
    return back_to_product(product_id)


def back_to_product(product_id: int) -> ResponseReturnValue:
    """On to its page again, as it is now."""
    return redirect(url_for("admin.products.edit", product_id=product_id), 303)
