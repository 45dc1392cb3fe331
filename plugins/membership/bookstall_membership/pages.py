"""What readers see: what there is to pay for, their own membership, and how to end it in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from bookstall_membership import members
from bookstall_membership.models import Member, Tier
from bookstall_membership.settings import MembershipSettings
from shop.plugins.api import (
    ArticleView,
    NotFound,
    Refused,
    SubscriptionView,
    Visitor,
    commits,
    cross_site_allowed,
    current_settings,
    db,
    end_subscription,
    keep_subscription,
    limit,
    made_of,
    notify,
    private_page,
    public_page,
    unsign,
    visitor,
)

bp = Blueprint("membership", __name__, template_folder="templates", static_folder=None)


@bp.get("/membership")
def index() -> str:
    """What there is to pay for: the same for everyone."""
    public_page(members.TAG, "settings")
    return render_template(
        "membership/index.html",
        tiers=members.offered(),
        settings=current_settings(MembershipSettings),
    )


@bp.post("/membership/<int:tier_id>")
def join(tier_id: int) -> ResponseReturnValue:
    """On to the payment page; who is not signed in does that first."""
    private_page()
    tier, who = members.tier_or_error(tier_id), visitor()
    if who is None:
        return redirect(f"/account/sign-in?next={url_for('.index')}", 303)
    limit(f"membership.join:{who.id}", "10 per hour")
    try:
        return redirect(members.join(who, tier), 303)
    except Refused as refusal:
        notify(refusal.message, "error")
        return redirect(url_for(".mine"), 303)


@bp.get("/membership/mine")
def mine() -> ResponseReturnValue:
    """One's own membership."""
    who = visitor()
    if who is None:
        return redirect(f"/account/sign-in?next={url_for('.mine')}", 303)
    return render_template(
        "membership/mine.html",
        paid=members.subscription_of(who.id),
        member=members.of_account(who.id),
        is_member=members.is_member(who),
        others=_others(who),
    )


def _others(who: Visitor) -> list[Tier]:
    """The tiers that somebody may change to."""
    paid = members.subscription_of(who.id)
    if paid is None or paid.state != "active" or paid.ends_at is not None:
        return []
    return [
        each
        for each in members.offered()
        if members.may_change_to(each, paid) and each.amount_minor != paid.amount_minor
    ]


@bp.post("/membership/mine/tiers/<int:tier_id>")
def change(tier_id: int) -> ResponseReturnValue:
    """Another tier from now on."""
    who, _paid = _own()
    limit(f"membership.change:{who.id}", "10 per hour")
    try:
        members.change_tier(who, members.tier_or_error(tier_id))
        notify(_("Your membership has changed."))
    except Refused as refusal:
        notify(refusal.message, "error")
    return redirect(url_for(".mine"), 303)


@bp.post("/membership/mine/end")
def end() -> ResponseReturnValue:
    """Pay no more: one press. What is paid already is kept until its end."""
    end_subscription(_own()[1].id)
    notify(
        _("Your membership will not be renewed. You keep it until the end of what you have paid.")
    )
    return redirect(url_for(".mine"), 303)


@bp.post("/membership/mine/keep")
def keep() -> ResponseReturnValue:
    """Stay a member after all."""
    keep_subscription(_own()[1].id)
    notify(_("Your membership goes on."))
    return redirect(url_for(".mine"), 303)


@bp.post("/membership/mine/letters")
@commits
def letters() -> ResponseReturnValue:
    """Get letters, or none."""
    who, _paid = _own()
    member = members.of_account(who.id)
    if member is None:
        raise NotFound
    member.gets_letters = not member.gets_letters
    notify(_("You get our letters.") if member.gets_letters else _("You get no more letters."))
    return redirect(url_for(".mine"), 303)


@bp.get("/membership/letters-off/<token>")
def letters_off(token: str) -> str:
    """Asks once more, because programs open links too."""
    private_page()
    _member_in(token)
    return render_template("membership/letters_off.html", token=token)


@bp.post("/membership/letters-off/<token>")
@cross_site_allowed
@commits
def turn_letters_off(token: str) -> ResponseReturnValue:
    """No more letters (RFC 8058: mail programs post here themselves)."""
    _member_in(token).gets_letters = False
    notify(_("You get no more letters."))
    return redirect(url_for(".index"), 303)


def _member_in(token: str) -> Member:
    number = unsign(members.OFF, token)
    member = db.session.get(Member, number) if number is not None else None
    if member is None:
        raise NotFound
    return member


def _own() -> tuple[Visitor, SubscriptionView]:
    who = visitor()
    paid = members.subscription_of(who.id) if who is not None else None
    if who is None or paid is None:
        raise NotFound
    return who, paid


def why_behind(article: ArticleView) -> Mapping[str, Any]:
    """What stands below the beginning of an article for members."""
    made_of(members.TAG, "settings", f"article:{article.id}")
    names = members.tiers_of(article)
    tiers = [each for each in members.offered() if not names or each.name in names]
    return {"settings": current_settings(MembershipSettings), "tiers": tiers, "names": names}
