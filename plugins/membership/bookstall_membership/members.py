"""Who is a member, and what happens to members, tiers and letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from bookstall_membership.models import Letter, Member, Tier
from bookstall_membership.settings import ForMembers, MembershipSettings
from shop.plugins.api import (
    ArticleView,
    NotFound,
    Refused,
    SubscriptionOffer,
    SubscriptionView,
    Visitor,
    change_subscription,
    current_settings,
    db,
    enqueue,
    external_url,
    field_values,
    look_up,
    now,
    prepare_mail,
    purge,
    render_markdown,
    sign,
    subscribe,
    unit_of_work,
)
from shop.plugins.api.events import SubscriptionChanged, SubscriptionEnded, SubscriptionStarted

PREFIX = "membership:"
TAG = "membership"
OFF = "membership.letters-off"
SHOWN = 200
RHYTHMS = frozenset({"month", "year"})


def subscription_of(account_id: int) -> SubscriptionView | None:
    """What somebody pays, or last paid; None when they never began."""
    return look_up(SubscriptionView, f"{PREFIX}{account_id}")


def is_member(who: Visitor | None) -> bool:
    """Whether somebody may read what is for members: they pay, or a renewal failed and its days of grace go on."""
    return _paid_by(who) is not None


def _paid_by(who: Visitor | None) -> SubscriptionView | None:
    found = subscription_of(who.id) if who is not None else None
    return found if found is not None and found.state in {"active", "past_due"} else None


def lets_in(article: ArticleView, who: Visitor | None) -> bool:
    """Whether a reader may read all of an article: with any tier, or with one of those that the article names."""
    paid, names = _paid_by(who), tiers_of(article)
    if paid is None or not names:
        return paid is not None
    tier = _tier_of(paid)
    return tier is not None and tier.name in names


def tiers_of(article: ArticleView) -> frozenset[str]:
    """The names of the tiers that an article is for; none for all."""
    lines = field_values(ForMembers, article.id).tiers.splitlines()
    return frozenset(line.strip() for line in lines if line.strip())


def join(who: Visitor, tier: Tier) -> str:
    """Where somebody pays to become a member. Talks to the provider, so never in a unit of work.

    Raises:
        Refused: they are a member, their address is not confirmed, or nobody can pay at present.
    """
    if not who.is_verified:
        raise Refused(_("Confirm your email address first: we have sent you a link."))
    settings, page = current_settings(MembershipSettings), external_url("membership.mine")
    offer = SubscriptionOffer(
        subject=f"{PREFIX}{who.id}",
        title=_title_of(tier),
        amount_minor=tier.amount_minor,
        currency=tier.currency,
        every="year" if tier.every == "year" else "month",
        email=who.email,
        name=who.name,
        account_id=who.id,
        tax_label=settings.tax_label,
        tax_rate=settings.tax_rate * 1000,
        country=settings.country.upper(),
    )
    tier_id = tier.id
    address = subscribe(offer, return_url=page, cancel_url=external_url("membership.index"))
    with unit_of_work():
        _member_of(who, tier_id)
    return address


def change_tier(who: Visitor, tier: Tier) -> None:
    """Pay for another tier from now on. Talks to the provider, so never in a unit of work.

    What it costs more for the rest of what is paid is charged at once; what it costs less comes off the next payments.

    Raises:
        NotFound: they pay for nothing.
        Refused: it is paid in another currency or rhythm, or the change can't be made now.
    """
    paid = _paid_by(who)
    if paid is None:
        raise NotFound
    if not may_change_to(tier, paid):
        raise Refused(_("End your membership first, and join again when it is over."))
    change_subscription(paid.id, title=_title_of(tier), amount_minor=tier.amount_minor)


def may_change_to(tier: Tier, paid: SubscriptionView) -> bool:
    """Whether a tier is paid as often, and in the same currency."""
    return (tier.currency, tier.every) == (paid.currency, paid.every)


def _title_of(tier: Tier) -> str:
    return str(_("Membership: %(tier)s", tier=tier.name))


def _tier_of(paid: SubscriptionView) -> Tier | None:
    """What is paid for: tiers of one price have different names, and the title of a payment ends with that."""
    asked = (Tier.amount_minor == paid.amount_minor, Tier.currency == paid.currency)
    query = select(Tier).where(*asked, Tier.every == paid.every).order_by(Tier.id.desc())
    found = db.session.scalars(query).all()
    return next((each for each in found if paid.title.endswith(each.name)), None)


def _member_of(who: Visitor, tier_id: int) -> None:
    found = of_account(who.id) or _from_elsewhere(who.email)
    if found is None:
        db.session.add(Member(account_id=who.id, email=who.email, tier_id=tier_id))
    else:
        found.account_id, found.tier_id, found.email = who.id, tier_id, who.email


def note_started(event: SubscriptionStarted) -> Callable[[], None] | None:
    """The first payment has come: welcome."""
    member, _paid = _told(event.subscription_id)
    if member is None:
        return None
    page = external_url("membership.mine")
    member_id = member.id
    queue_welcome = prepare_mail(
        "membership-welcome", member.email, {"member": member, "page": page}
    )

    def begin() -> None:
        welcomed = db.session.get(Member, member_id)
        if welcomed is not None:
            welcomed.joined_at, welcomed.ended_at = now(), None
            queue_welcome()

    return begin


def note_ended(event: SubscriptionEnded) -> None:
    """Nothing more is paid."""
    member, _paid = _told(event.subscription_id)
    if member is not None:
        member.ended_at = now()


def note_changed(event: SubscriptionChanged) -> Callable[[], None] | None:
    """Another tier is paid for."""
    member, paid = _told(event.subscription_id)
    tier = _tier_of(paid) if paid is not None else None
    if member is None or tier is None:
        return None
    page = external_url("membership.mine")
    member_id, tier_id = member.id, tier.id
    queue_news = prepare_mail("membership-changed", member.email, {"tier": tier, "page": page})

    def change() -> None:
        changed = db.session.get(Member, member_id)
        if changed is not None:
            changed.tier_id = tier_id
            queue_news()

    return change


def _told(subscription_id: int) -> tuple[Member | None, SubscriptionView | None]:
    found = look_up(SubscriptionView, subscription_id)
    if found is None or not found.subject.startswith(PREFIX) or found.account_id is None:
        return None, found
    return of_account(found.account_id), found


def write_tier(name: str, text: str, amount_minor: int, *, every: str) -> Tier:
    """Offer something new to pay for."""
    currency = current_settings(MembershipSettings).currency.upper()
    tier = Tier(name=name, text=text, amount_minor=amount_minor, currency=currency, every=every)
    db.session.add(tier)
    db.session.flush()
    purge(TAG)
    return tier


def take_off_sale(tier: Tier) -> None:
    """Offer a tier no more. Whoever has it keeps it."""
    tier.is_offered = False
    purge(TAG)


def write_letter(subject: str, body: str) -> int:
    """Send an email to all members who want letters; a job each. Returns to how many."""
    letter = Letter(subject=subject, body=body)
    db.session.add(letter)
    db.session.flush()
    members = [each for each in present() if each.gets_letters]
    for member in members:
        payload = {"letter_id": letter.id, "member_id": member.id}
        enqueue(
            "membership.letter", payload, unique_key=f"membership.letter:{letter.id}:{member.id}"
        )
    return len(members)


def send_letter(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: one letter to one member, if they still are one and want it."""
    letter = db.session.get(Letter, payload["letter_id"])
    member = db.session.get(Member, payload["member_id"])
    if letter is None or member is None or not _wants_letters(member):
        return None
    off = external_url("membership.letters_off", token=sign(OFF, member.id))
    queue_letter = prepare_mail(
        "membership-letter",
        member.email,
        {"letter": letter, "html": render_markdown(letter.body), "off": off},
        headers={
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )

    def send() -> None:
        reader = db.session.get(Member, payload["member_id"])
        if reader is not None and _wants_letters(reader):
            queue_letter()

    return send


def _wants_letters(member: Member) -> bool:
    return member.gets_letters and member.ended_at is None


# Questions


def offered() -> Sequence[Tier]:
    """What can be paid for, the cheapest first."""
    query = select(Tier).where(Tier.is_offered).order_by(Tier.amount_minor, Tier.id)
    return db.session.scalars(query).all()


def tier_or_error(tier_id: int) -> Tier:
    """A tier that is offered.

    Raises:
        NotFound: it is not.
    """
    tier = db.session.get(Tier, tier_id)
    if tier is None or not tier.is_offered:
        raise NotFound
    return tier


def of_account(account_id: int) -> Member | None:
    """The member that an account is or was."""
    return db.session.scalar(select(Member).where(Member.account_id == account_id))


def _from_elsewhere(email: str) -> Member | None:
    """Who was a member on the site that this one was moved from, by an address that is confirmed."""
    moved = (Member.account_id.is_(None), Member.email == email)
    return db.session.scalar(select(Member).where(*moved).limit(1))


def present() -> Sequence[Member]:
    """Who pays at present, the newest first."""
    query = select(Member).where(Member.joined_at.is_not(None), Member.ended_at.is_(None))
    return db.session.scalars(query.order_by(Member.id.desc())).all()


def all_members() -> Sequence[tuple[Member, SubscriptionView | None]]:
    """Who pays or paid, the newest first, with how that stands."""
    query = select(Member).where(Member.joined_at.is_not(None)).order_by(Member.id.desc())
    found = db.session.scalars(query.limit(SHOWN)).all()
    return [(each, paid_by_member(each)) for each in found]


def paid_by_member(member: Member) -> SubscriptionView | None:
    """What a member pays, or last paid here."""
    return subscription_of(member.account_id) if member.account_id is not None else None


def export(email: str) -> Sequence[dict[str, Any]]:
    """What is kept about one person."""
    query = select(Member).where(Member.email == email.lower())
    return [
        {
            "tier": each.tier.name,
            "joined": each.joined_at.isoformat() if each.joined_at else "",
            "letters": each.gets_letters,
        }
        for each in db.session.scalars(query)
    ]


def erase(email: str) -> None:
    """Forget one person. The subscription is ended by the shop, which keeps it."""
    for each in db.session.scalars(select(Member).where(Member.email == email.lower())):
        db.session.delete(each)
