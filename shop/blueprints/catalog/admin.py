"""The admin pages of products: their text, variants and covers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.catalog import cards, queries, services
from shop.blueprints.catalog.forms import (
    PictureForm,
    ProductForm,
    UploadForm,
    VariantForm,
)
from shop.blueprints.catalog.models import Product, Variant
from shop.core.covers import design
from shop.core.files import images
from shop.core.site import site
from shop.core.web.forms import is_too_large, too_large
from shop.plugins.api import AdminFound, ProductView, Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field
from shop.plugins.fields.custom_fields import keep_custom_fields

bp = Blueprint("products", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """All products; `?state=` published, draft or removed, and `?q=` narrow them down."""
    state, search = request.args.get("state", ""), request.args.get("q", "")[:100]
    page = queries.products(state=state, search=search, after=request.args.get("after"))
    return render_template("admin/products/index.html", page=page, state=state, search=search)


def find_products(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their title."""
    for product in queries.products(search=typed).items[:limit]:
        url = url_for("admin.products.edit", product_id=product.id)
        yield AdminFound(product.title, url, _("Published") if product.is_published else _("Draft"))


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The empty form."""
    return _new_page(ProductForm.new())


def _store(form: ProductForm, product: Product) -> Product:
    """Keep what was entered into the fields of plugins, and which pictures were chosen, beside what the product has."""
    for name in ("pictures", "pages"):
        if (numbers := form.numbers(name)) is not None:
            services.show_pictures(product, numbers, as_pages=name == "pages")
    keep_custom_fields(ProductView, product.id, form.custom())
    return product


def _new_page(form: ProductForm, drawing: Markup | None = None) -> str:
    return render_template("admin/products/new.html", form=form, drawing=drawing)


@bp.post("/new")
def write() -> ResponseReturnValue:
    """Make a product, as a draft; or only show the cover that it would have."""
    form = ProductForm.new()
    if not form.validate():
        return _new_page(form), 422
    text = form.text(site().currency)
    if "preview" in request.form:
        return _new_page(form, design.drawing(text))
    try:
        with unit_of_work():
            product_id = _store(form, services.write_product(text)).id
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
        form=form or ProductForm.of(product, formdata=None),
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
            _store(form, services.write_product(text, product=product))
    except Refused as refusal:
        refuse_field(form, refusal)
        return product_page(product, form=form), 422
    notify(_("Saved."))
    return back_to_product(product_id)


@bp.post("/<int:product_id>/published")
def publish(product_id: int) -> ResponseReturnValue:
    """Publish it, as it was typed."""
    return act(product_id, services.put_on_shelf, _("Published."))


@bp.post("/<int:product_id>/hidden")
def hide(product_id: int) -> ResponseReturnValue:
    """Unpublish it."""
    return act(product_id, services.take_off_shelf, _("Unpublished."))


@bp.post("/<int:product_id>/removed")
def remove(product_id: int) -> ResponseReturnValue:
    """Delete it."""
    return act(
        product_id,
        services.remove_product,
        _("Deleted. Its orders stay as they are."),
        undo_url=url_for("admin.products.restore", product_id=product_id),
        then=url_for("admin.products.index"),
    )


def act(
    product_id: int,
    action: Callable[[Product], None],
    said: str,
    *,
    undo_url: str = "",
    then: str = "",
) -> ResponseReturnValue:
    """Do something to a product, and save what its page sent along, both or neither: no button loses typed words."""
    product = queries.product_or_404(product_id)
    form = ProductForm.of(product) if "title" in request.form else None
    if form is not None and not form.validate():
        return product_page(product, form=form), 422
    try:
        with unit_of_work():
            if form is not None:
                text = form.text(product.currency)
                _store(form, services.write_product(text, product=product))
            action(product)
    except Refused as refusal:
        if form is None:
            notify(refusal.message, "error")
            return back_to_product(product_id)
        refuse_field(form, refusal)
        return product_page(queries.product_or_404(product_id), form=form), 422
    notify(said, undo_url=undo_url)
    return redirect(then, 303) if then else back_to_product(product_id)


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
    product = queries.product_or_404(product_id)
    if is_too_large(images.MAX_BYTES):
        form = PictureForm(formdata=None)
        refuse_field(form, too_large("picture", images.MAX_BYTES))
        return product_page(product, picture=form), 413
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
def remove_picture(product_id: int) -> ResponseReturnValue:
    """Go back to the drawn cover."""
    return act(
        product_id,
        lambda product: services.set_picture(product, None),
        _("The generated cover is in use again."),
    )


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
                    terms = form.terms(product.currency)
                    services.require_own_names(product, terms, variant)
                    services.write_variant(product, terms, variant=variant)
            except Refused as refusal:
                refuse_field(form, refusal)
            else:
                notify(_("Saved."))
                return back_to_product(product.id)
    return render_template(
        "admin/products/variant.html", product=product, variant=variant, form=form
    ), status


@bp.post("/<int:product_id>/variants/<int:variant_id>/retired")
def retire_variant(product_id: int, variant_id: int) -> ResponseReturnValue:
    """Stop selling a variant, or sell it again."""

    def change(product: Product) -> None:
        variant = queries.variant_of(product, variant_id)
        if variant.is_retired:
            services.revive_variant(variant)
        else:
            services.retire_variant(variant)

    return act(product_id, change, _("Saved."))


@bp.post("/<int:product_id>/variants/<int:variant_id>/up")
def move_variant_up(product_id: int, variant_id: int) -> ResponseReturnValue:
    """Move a variant up in the list."""
    return act(
        product_id,
        lambda product: services.move_variant_up(queries.variant_of(product, variant_id)),
        _("Saved."),
    )


def back_to_product(product_id: int) -> ResponseReturnValue:
    """On to its page again, as it is now."""
    return redirect(url_for("admin.products.edit", product_id=product_id), 303)
