"""The pages of staff: tiers, members, letters."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from bookstall_membership import members
from bookstall_membership.models import Member
from bookstall_membership.settings import MembershipSettings
from shop.plugins.api import (
    NotFound,
    Refused,
    commits,
    current_settings,
    db,
    end_subscription,
    notify,
    unit_of_work,
)
from shop.plugins.api.forms import Form, amount, one_line, refuse_field, several_lines

bp = Blueprint("membership_desk", __name__, template_folder="templates")


class TierForm(Form):
    """Something new to pay for."""

    name = StringField(_l("Name"), **one_line(80))
    text = StringField(_l("What it brings"), **one_line(500, required=False))
    amount = StringField(_l("Amount, with its tax"), **one_line(20))
    every = SelectField(
        _l("How often"),
        choices=[SelectChoice("month", _l("every month")), SelectChoice("year", _l("every year"))],
    )


class LetterForm(Form):
    """An email to all members, in Markdown."""

    subject = StringField(_l("Subject"), **one_line(150))
    body = TextAreaField(_l("Letter"), **several_lines(50_000))


@bp.get("/")
def index() -> str:
    """Tiers and members."""
    return _page(TierForm(), LetterForm())


@bp.post("/tiers")
def add_tier() -> ResponseReturnValue:
    """Offer a tier."""
    form = TierForm()
    if form.validate():
        try:
            with unit_of_work():
                currency = current_settings(MembershipSettings).currency.upper()
                minor = amount(form.amount, currency, least=1)
                members.write_tier(
                    form.name.data or "", form.text.data or "", minor, every=form.every.data
                )
            notify(_("The tier is offered."))
            return redirect(url_for(".index"), 303)
        except Refused as refusal:
            refuse_field(form, refusal)
    return _page(form, LetterForm(formdata=None)), 422


@bp.post("/tiers/<int:tier_id>/end")
@commits
def end_tier(tier_id: int) -> ResponseReturnValue:
    """Take a tier off sale."""
    members.take_off_sale(members.tier_or_error(tier_id))
    notify(_("The tier is offered no more. Its members keep it."))
    return redirect(url_for(".index"), 303)


@bp.post("/letters")
def write() -> ResponseReturnValue:
    """Send a letter to all members."""
    form = LetterForm()
    if not form.validate():
        return _page(TierForm(formdata=None), form), 422
    with unit_of_work():
        count = members.write_letter(form.subject.data or "", form.body.data or "")
    notify(ngettext("The letter goes to one member.", "The letter goes to %(num)d members.", count))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:member_id>/end")
def end(member_id: int) -> ResponseReturnValue:
    """End a membership now and give the last payment back."""
    member = db.session.get(Member, member_id)
    paid = members.paid_by_member(member) if member is not None else None
    if paid is None:
        raise NotFound
    end_subscription(paid.id, at_once=True, refund_last=True)
    notify(_("The membership has ended, and its last payment goes back."))
    return redirect(url_for(".index"), 303)


def _page(tier_form: TierForm, letter_form: LetterForm) -> str:
    return render_template(
        "membership/desk.html",
        tiers=members.offered(),
        members=members.all_members(),
        count=len(members.present()),
        tier_form=tier_form,
        letter_form=letter_form,
    )
