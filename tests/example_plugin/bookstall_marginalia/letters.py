"""A buyer writes about an order: what a page for one visitor may ask, and a form of several fields."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import BooleanField, DateTimeLocalField, EmailField, StringField, TextAreaField
from wtforms.validators import Optional

from bookstall_marginalia import notes
from bookstall_marginalia.notes import MarginaliaSettings
from shop.plugins.api import (
    NotFound,
    OrderLineView,
    OrderView,
    ProductView,
    Purchases,
    Refused,
    VariantView,
    Visitor,
    current_settings,
    limit,
    look_up,
    notify,
    order,
    product,
    purchases,
    render_markdown,
    unit_of_work,
    visitor,
)
from shop.plugins.api.forms import (
    Form,
    Required,
    amount,
    email_address,
    one_line,
    refuse_field,
    several_lines,
    typed_moment,
)

bp = Blueprint("marginalia-letters", __name__, template_folder="templates")


class LetterForm(Form):
    """What is written about an order."""

    answer_to = EmailField("Answer to", **email_address())
    subject = StringField("Subject", **one_line(80, required=False))
    words = TextAreaField("Letter", **several_lines(500))
    worth = StringField("What the answer is worth to you", **one_line(20, required=False))
    not_before = DateTimeLocalField("To be read not before", validators=[Optional()])
    is_kind = BooleanField("It is a kind letter", validators=[Required("Only kind letters.")])


@bp.get("/marginalia/orders/<number>")
def write(number: str) -> str:
    """A letter that is not written yet."""
    who, bought = own_order(number)
    return page(bought, LetterForm(data={"answer_to": who.email}))


@bp.post("/marginalia/orders/<number>")
def send(number: str) -> ResponseReturnValue:
    """Write it down, in Markdown."""
    who, bought = own_order(number)
    form = LetterForm()
    if form.validate():
        limit(f"marginalia.letter:{who.id}", "5 per hour")
        try:
            with unit_of_work():
                longest = current_settings(MarginaliaSettings).longest
                worth = amount(form.worth, bought.currency) if form.worth.data else 0
                words = f"{form.words.data} ({worth} cents)" if worth else form.words.data
                if opened := typed_moment(form.not_before):
                    words = f"{words} (from {opened:%Y-%m-%d %H:%M} UTC)"
                notes.write(form.answer_to.data, words, longest=longest)
            notify("Your letter is on its way.")
            return redirect(url_for(".write", number=number), 303)
        except Refused as refusal:
            refuse_field(form, refusal)
    return page(bought, form), 422


def own_order(number: str) -> tuple[Visitor, OrderView]:
    """The visitor and their order.

    Raises:
        NotFound: there is no such order, or it is somebody else's.
    """
    who, bought = visitor(), order(number)
    if who is None or bought is None or not who.is_verified or who.email != bought.email:
        raise NotFound
    return who, bought


def page(bought: OrderView, form: LetterForm) -> str:
    """The page with the form."""
    chosen = [named(line) for line in bought.lines]
    shown = letter(form.words.data or "")
    return render_template(
        "marginalia/letter.html", order=bought, form=form, chosen=chosen, shown=shown
    )


def has_bought(who: Visitor, product_id: int) -> bool:
    """Whether somebody has paid for a product."""
    return who.is_verified and product_id in purchases(who.email)


def number_of_purchases(who: Visitor) -> int:
    """How many different products somebody has paid for."""
    found = look_up(Purchases, who.email)
    return len(found.product_ids) if found else 0


def named(line: OrderLineView) -> str:
    """What was bought, as it is called now."""
    now: ProductView | None = product(line.product_id) if line.product_id else None
    choice: VariantView | None = None
    for each in now.variants if now else ():
        if each.id == line.variant_id:
            choice = each
    return f"{now.title if now else line.title} {choice.title if choice else ''}".strip()


def letter(words: str) -> Markup:
    """A letter as it will be read."""
    return render_markdown(words)
