"""Mutes: the list, and the form with its test box, which shows what a rule would have caught before it is made."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments import queries
from shop.blueprints.comments.blueprints import admin_bp
from shop.blueprints.comments.models import Comment
from shop.blueprints.comments.moderation.models import MuteKind
from shop.blueprints.comments.moderation.mutes import rules
from shop.blueprints.comments.moderation.mutes.rules import Rule, Trial
from shop.blueprints.comments.moderation.queue import address
from shop.core import clock
from shop.core.text import as_numbers
from shop.core.web.forms import choices_of
from shop.plugins.api import Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import Form, one_line, refuse_field

LASTS = {"": None, "1": 1, "7": 7, "30": 30, "365": 365}


class MuteForm(Form):
    """A rule. With `like` an address or a range may be that of a comment: `value` is empty, nobody needs to know it."""

    kind = SelectField(_l("What to mute"), choices=choices_of(MuteKind))
    value = StringField(
        _l("Value"),
        **one_line(rules.LONGEST_KEY, required=False),
    )
    lasts = SelectField(
        _l("How long"),
        choices=[
            SelectChoice("7", _l("A week")),
            SelectChoice("1", _l("A day")),
            SelectChoice("30", _l("A month")),
            SelectChoice("365", _l("A year")),
            SelectChoice("", _l("Until someone ends it")),
        ],
    )
    is_spam = BooleanField(
        _l("Mark as spam immediately"),
        description=_l("Otherwise the comment waits for a moderator."),
    )
    note = StringField(_l("Note for other moderators"), **one_line(200, required=False))
    like = HiddenField()


@admin_bp.get("/mutes", endpoint="mutes")
def index() -> ResponseReturnValue:
    """The rules that hold, and the form for a new one; `?like=` begins with what a comment is known by."""
    form = MuteForm()
    comment = _comment(request.args.get("like", ""))
    if comment is not None:
        form.kind.data, form.value.data = MuteKind.EMAIL.value, comment.email
        form.like.data = str(comment.id)
    return _draw(form)


@admin_bp.post("/mutes")
def mute() -> ResponseReturnValue:
    """Try a rule, or make it."""
    form = MuteForm()
    rule = _rule(form) if form.validate() else None
    if rule is None:
        return _draw(form), 422
    if request.form.get("verb") == "try":
        return _draw(form, rules.trial(rule))
    days = LASTS.get(form.lasts.data)
    expires_at = clock.now() + timedelta(days=days) if days else None
    try:
        with unit_of_work():
            rules.mute(
                rule,
                is_spam=bool(form.is_spam.data),
                note=form.note.data or "",
                expires_at=expires_at,
                by=current_account(),
            )
    except Refused as refusal:
        refuse_field(form, refusal)
        return _draw(form), 422
    notify(_("Muted."))
    return redirect(url_for("admin.comments.mutes"), 303)


@admin_bp.post("/mutes/<int:mute_id>/end")
@commits
def unmute(mute_id: int) -> ResponseReturnValue:
    """End a rule."""
    rules.unmute(mute_id, by=current_account())
    notify(_("The mute has ended."))
    return redirect(url_for("admin.comments.mutes"), 303)


def _rule(form: MuteForm) -> Rule | None:
    kind, value = MuteKind(form.kind.data), form.value.data or ""
    comment = _comment(form.like.data or "")
    try:
        if kind in (MuteKind.ADDRESS, MuteKind.NETWORK) and not value and comment is not None:
            return rules.rule_like(comment, kind)
        return rules.rule_of(kind, value)
    except Refused as refusal:
        refuse_field(form, refusal)
        return None


def _comment(given: str) -> Comment | None:
    found = queries.comments_of_ids(as_numbers([given]))
    return found[0] if found else None


def _draw(form: MuteForm, trial: Trial | None = None) -> str:
    if not form.like.data:
        form.value.flags.required = True
    return render_template(
        "admin/comments/mutes.html",
        form=form,
        trial=trial,
        page=rules.mutes(request.args.get("after")),
        kinds=MuteKind,
        labels=address.labels(),
    )
