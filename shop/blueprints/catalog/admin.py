"""The back office of the shop: guides with their editions and files, and the stock."""

from __future__ import annotations

from pathlib import PurePath

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.catalog import cards, queries, services, stock
from shop.blueprints.catalog.forms import (
    PictureForm,
    ProductForm,
    StockForm,
    UploadForm,
    VariantForm,
)
from shop.blueprints.catalog.models import MovementKind, Product, Variant
from shop.core.errors import Refused
from shop.core.forms import refuse_field
from shop.core.notices import notify
from shop.core.site import site
from shop.core.unit_of_work import commits, unit_of_work

products = Blueprint("products", __name__)
shelf = Blueprint("stock", __name__)

MAX_UPLOAD = 100_000_000


@products.get("/")
def index() -> ResponseReturnValue:
    """All guides."""
    state, search = request.args.get("state", ""), request.args.get("q", "")[:100]
    page = queries.products(state=state, search=search, after=request.args.get("after"))
    return render_template("admin/products/index.html", page=page, state=state, search=search)


@products.get("/new")
def new() -> ResponseReturnValue:
    """The empty form."""
    return render_template("admin/products/new.html", form=ProductForm())


@products.post("/new")
def write() -> ResponseReturnValue:
    """Write a new guide, as a draft."""
    form = ProductForm()
    if form.validate():
        try:
            with unit_of_work():
                product = services.write_product(form.text(site().currency))
                product_id = product.id
        except Refused as refusal:
            refuse_field(form, refusal)
        else:
            notify(_("Written as a draft. Add an edition with a price, then publish it."))
            return redirect(url_for("admin.products.edit", product_id=product_id), 303)
    return render_template("admin/products/new.html", form=form), 422


@products.get("/<int:product_id>")
def edit(product_id: int) -> ResponseReturnValue:
    """A guide, its editions, files and picture."""
    return _page(queries.product_or_404(product_id))


def _page(product: Product, form: ProductForm | None = None) -> str:
    return render_template(
        "admin/products/edit.html",
        product=product,
        guide=cards.guide(product) if cards.on_sale(product) else None,
        cover_url=cards.cover_url(product),
        form=form or ProductForm.of(product),
        upload=UploadForm(formdata=None),
        picture=PictureForm(formdata=None),
    )


@products.post("/<int:product_id>")
def save(product_id: int) -> ResponseReturnValue:
    """Write a guide anew."""
    product = queries.product_or_404(product_id)
    form = ProductForm.of(product)
    if form.validate():
        try:
            with unit_of_work():
                services.write_product(form.text(product.currency), product=product)
        except Refused as refusal:
            refuse_field(form, refusal)
        else:
            notify(_("Saved."))
            return _back_to(product_id)
    return _page(product, form), 422


@products.post("/<int:product_id>/published")
@commits
def publish(product_id: int) -> ResponseReturnValue:
    """Put it on the shelf."""
    try:
        services.put_on_shelf(queries.product_or_404(product_id))
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        notify(_("Published."))
    return _back_to(product_id)


@products.post("/<int:product_id>/hidden")
@commits
def hide(product_id: int) -> ResponseReturnValue:
    """Take it off the shelf."""
    services.take_off_shelf(queries.product_or_404(product_id))
    notify(_("Taken off the shelf."))
    return _back_to(product_id)


@products.post("/<int:product_id>/removed")
@commits
def remove(product_id: int) -> ResponseReturnValue:
    """Take it away for good."""
    services.remove(queries.product_or_404(product_id))
    notify(_("Removed. Its orders stay as they are."))
    return redirect(url_for("admin.products.index"), 303)


@products.post("/<int:product_id>/files")
def attach(product_id: int) -> ResponseReturnValue:
    """Give buyers a file."""
    request.max_content_length = MAX_UPLOAD
    product = queries.product_or_404(product_id)
    form = UploadForm()
    sent = request.files.get("file")
    if sent is None or not sent.filename or not form.validate():
        notify(_("Choose a file, and say which version it is."), "error")
        return _back_to(product_id)
    try:
        with unit_of_work():
            services.attach_file(
                product,
                name=PurePath(sent.filename.replace("\\", "/")).name[:160],
                content=sent.read(),
                media_type=(sent.mimetype or "application/octet-stream")[:80],
                version=form.version.data or "1.0",
            )
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        notify(_("Added. Buyers find it on their order's page."))
    return _back_to(product_id)


@products.post("/<int:product_id>/picture")
def picture(product_id: int) -> ResponseReturnValue:
    """Show a picture in place of the drawn cover; none goes back to the cover."""
    request.max_content_length = MAX_UPLOAD
    product = queries.product_or_404(product_id)
    sent = request.files.get("picture")
    try:
        with unit_of_work():
            services.set_picture(product, sent.read() if sent and sent.filename else None)
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        notify(_("The cover has changed."))
    return _back_to(product_id)


@products.route("/<int:product_id>/variants/new", methods=["GET", "POST"])
def new_variant(product_id: int) -> ResponseReturnValue:
    """Add an edition."""
    return _variant_page(queries.product_or_404(product_id), None, VariantForm())


@products.route("/<int:product_id>/variants/<int:variant_id>", methods=["GET", "POST"])
def edit_variant(product_id: int, variant_id: int) -> ResponseReturnValue:
    """Change the terms of an edition."""
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
                return _back_to(product.id)
    return render_template(
        "admin/products/variant.html", product=product, variant=variant, form=form
    ), status


@products.post("/<int:product_id>/variants/<int:variant_id>/retired")
@commits
def retire_variant(product_id: int, variant_id: int) -> ResponseReturnValue:
    """Sell an edition no longer, or again."""
    variant = queries.variant_of(queries.product_or_404(product_id), variant_id)
    if variant.is_retired:
        services.revive_variant(variant)
    else:
        services.retire_variant(variant)
    notify(_("Saved."))
    return _back_to(product_id)


def _back_to(product_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.products.edit", product_id=product_id), 303)


@shelf.get("/")
def overview() -> ResponseReturnValue:
    """What there is of every edition."""
    page = queries.tracked_variants(after=request.args.get("after"))
    return render_template("admin/stock/index.html", page=page)


@shelf.get("/<int:variant_id>")
def show(variant_id: int) -> ResponseReturnValue:
    """One edition's numbers and ledger."""
    return _ledger(queries.any_variant_or_404(variant_id), StockForm(formdata=None))


@shelf.post("/<int:variant_id>")
def move(variant_id: int) -> ResponseReturnValue:
    """Note what came in, went out or was counted."""
    variant = queries.any_variant_or_404(variant_id)
    form = StockForm()
    if form.validate():
        account = current_account()
        try:
            with unit_of_work():
                _move(variant, form, by=account.id if account else None)
        except Refused as refusal:
            refuse_field(form, refusal)
        else:
            notify(_("Noted."))
            return redirect(url_for("admin.stock.show", variant_id=variant_id), 303)
    return _ledger(variant, form), 422


def _move(variant: Variant, form: StockForm, *, by: int | None) -> None:
    quantity, reason = form.quantity.data or 0, form.reason.data or ""
    match form.change.data:
        case "received":
            stock.restock(variant, quantity, reason=reason, by=by)
        case "written_off":
            stock.restock(variant, -quantity, reason=reason, by=by, kind=MovementKind.WRITTEN_OFF)
        case "counted":
            stock.set_on_hand(variant, quantity, reason=reason, by=by)
        case _:
            stock.set_on_hand(variant, None, reason=reason, by=by)


def _ledger(variant: Variant, form: StockForm) -> str:
    return render_template(
        "admin/stock/show.html", variant=variant, form=form, movements=stock.movements(variant.id)
    )
