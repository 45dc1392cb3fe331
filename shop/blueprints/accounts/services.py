"""What happens to accounts. Passwords arrive as hashes, because making one takes longer than a unit of work may."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shop.blueprints.accounts import passwords, queries, session_store
from shop.blueprints.accounts.mailed_links import mails
from shop.blueprints.accounts.models import Account, Role
from shop.core import activity, clock, jobs
from shop.core.activity import ActivityKind
from shop.core.mail.mailboxes import normal_address
from shop.core.mail.turns import give_turn_back, take_turn
from shop.core.secrets.tokens import random_token
from shop.core.site import site
from shop.plugins import registry
from shop.plugins.api import JobKind, Refused, db, publish
from shop.plugins.api.events import EmailVerified

REGISTRATION = "accounts.registration"
"""What mails about a registration are limited by."""
SIGN_IN = "sign-in"
"""What the activity log calls it."""
REFUSALS_AN_HOUR = 20
"""So many wrong passwords for one person of the staff are noted."""


def create(
    *,
    email: str,
    name: str,
    role: Role | str = Role.BUYER,
    password: str | None = None,
    verified: bool = False,
) -> Account:
    """Make an account on the word of someone who may: the command line, the admin, the demo.

    Without a password the person can't sign in until a link from us lets them choose one. What someone registered at
    the address and never proved is replaced, its password above all.

    Raises:
        Refused: the address has an account of a person who has shown that it is theirs.
        ValueError: there is no such role.
    """
    wanted = Account(
        email=normal_address(email),
        name=name,
        role=Role(role),
        password_hash=passwords.make_hash(password) if password is not None else None,
    )
    account = _stored(wanted)
    if account is not wanted:
        if account.is_verified:
            raise Refused(_("There is already an account with this email address."), field="email")
        _replace(account, wanted)
    if verified:
        confirm(account)
    return account


def register(*, email: str, name: str, password_hash: str) -> None:
    """Take a visitor's wish for an account, and say the rest by mail: to a free address a link to confirm, to the
    owner of a taken one that someone tried.

    What an unconfirmed registration left is replaced, so that nobody can wait on another's address with a password
    of their own. But within an hour of a registration another of the same mailbox changes nothing: it would make the
    link that was mailed worthless, and a mailbox gets one such mail an hour.
    """
    email = normal_address(email)
    if not take_turn(REGISTRATION, email, every=mails.EVERY):
        return
    wanted = Account(email=email, name=name, role=Role.BUYER, password_hash=password_hash)
    account = _stored(wanted)
    if account is not wanted:
        if account.is_verified or account.is_invited:
            mails.queue_account_mail("taken", account)
            return
        _replace(account, wanted)
    mails.queue_account_mail("confirm", account)


def _stored(wanted: Account) -> Account:
    """This account, inserted; or the one that has the address, perhaps since a moment ago, locked."""
    try:
        with db.session.begin_nested():
            db.session.add(wanted)
    except IntegrityError:
        return db.session.scalars(
            select(Account).where(Account.email == wanted.email).with_for_update()
        ).one()
    return wanted


def _replace(account: Account, wanted: Account) -> None:
    """Let nothing be left of a registration that nobody proved: no password, no link that was mailed."""
    account.name = wanted.name
    account.role = wanted.role
    account.password_hash = wanted.password_hash
    account.link_key = random_token()


def authenticate(email: str, password: str) -> Account | None:
    """The person of this address and password; takes as long when there is none. Changes nothing."""
    account = queries.account_of(email)
    if account is not None and not account.is_verified:
        account = None
    if not passwords.verify(password, account.password_hash if account else None):
        return None
    return account


def note_wrong_password(email: str) -> None:
    """Have the activity log told of it, if it was for somebody among the staff. A job looks, so that the answer takes
    as long for everybody else.
    """
    account = queries.account_of(email)
    jobs.enqueue(WRONG_PASSWORD.name, {"account": account.id if account else None})


def _log_wrong_password(payload: dict[str, Any]) -> None:
    if payload["account"] is None:
        return
    account = db.session.get(Account, payload["account"])
    if account is None or not account.is_staff:
        return
    log_refused_sign_in(account)


def log_refused_sign_in(account: Account) -> None:
    """Let the activity log say so; of one account not without end."""
    if activity.recent_refusals(account.id, SIGN_IN) < REFUSALS_AN_HOUR:
        activity.log_act(ActivityKind.REFUSAL, SIGN_IN, by=account.id)


WRONG_PASSWORD = JobKind("accounts.wrong_password", _log_wrong_password)


def check_new_password(account: Account, password: str) -> None:
    """Make sure that a password is good enough for this person.

    Raises:
        Refused: with `field="password"`.
    """
    passwords.check(password, about=(account.email, account.name, site().name))


def require_password(account: Account, password: str, *, field: str) -> None:
    """Make sure that it is the owner of the account, before something that can't be undone.

    Raises:
        Refused: it is another password.
    """
    if not passwords.verify(password, account.password_hash):
        raise Refused(_("This is not your current password."), field=field)


def confirm(account: Account) -> None:
    """Note that mail to the account's address reaches its person. Confirming twice changes nothing."""
    if account.is_verified:
        return
    account.email_verified_at = clock.now()
    give_turn_back(REGISTRATION, account.email)
    publish(EmailVerified(account_id=account.id, email=account.email))


def vouch_for(account: Account) -> None:
    """Take an address as confirmed on the owner's word, which says nothing of the password that was chosen there: only
    who has the mailbox gets in, by a link that is mailed.
    """
    if account.is_verified:
        return
    confirm(account)
    _invite_anew(account)


def _invite_anew(account: Account) -> None:
    account.password_hash = None
    account.link_key = random_token()
    mails.queue_account_mail("invitation", account)


def set_password(account: Account, password_hash: str) -> None:
    """Give an account a new password. Every session of it ends, and every link that was mailed before."""
    session_store.close_all(account)
    had_one = account.password_hash is not None
    account.password_hash = password_hash
    account.link_key = random_token()
    if had_one:
        mails.queue_account_mail("password-changed", account)


def reset_password(account: Account, password_hash: str) -> None:
    """Give an account a new password by a link that was mailed to it, which confirms its address too."""
    mails.give_mail_back(account)
    set_password(account, password_hash)
    confirm(account)


def rename(account: Account, name: str) -> None:
    """Change a person's name."""
    account.name = name


def ask_for_new_email(account: Account, email: str) -> None:
    """Ask the new address to confirm; until it has, the old one stays. Who has that address already is told. A mailbox
    gets one such mail an hour.
    """
    if not take_turn("accounts.new_email", email, every=mails.EVERY):
        return
    other = queries.account_of(email)
    if other is not None and other.is_verified:
        mails.queue_account_mail("taken", other)
    else:
        mails.queue_account_mail("new-email", account, to=normal_address(email))


def change_email(account: Account, email: str) -> None:
    """Move an account to an address that has confirmed. The old address is told.

    Raises:
        Refused: someone else has confirmed that address in the meantime.
    """
    old = account.email
    if old == email:
        return
    squatter = queries.account_of(email)
    if squatter is not None and not squatter.is_verified and squatter.role == Role.BUYER:
        db.session.delete(squatter)
        db.session.flush()
    try:
        with db.session.begin_nested():
            account.email = email
            account.email_verified_at = clock.now()
    except IntegrityError:
        raise Refused(
            _("Another account already uses this email address."), field="email"
        ) from None
    mails.queue_account_mail("email-changed", account, to=old)
    publish(EmailVerified(account_id=account.id, email=email))


def give_role(account: Account, role: Role | str, *, by: Account) -> None:
    """Give a person another role. Their sessions end, so that nothing goes on with other rights. Who never proved the
    address chooses a password by a mailed link first: the one that was sent with the registration may be a stranger's.

    Raises:
        Refused: it would leave the site without an owner, or someone changes their own role.
    """
    if account.role == role:
        return
    if account.id == by.id:
        raise Refused(_("Ask another owner to change your own role."), field="role")
    keep_an_owner(account)
    account.role = Role(role)
    if not account.is_staff:
        account.given = []
    session_store.close_all(account)
    if not account.is_verified and account.password_hash is not None:
        _invite_anew(account)


def give_permissions(account: Account, names: Iterable[str]) -> None:
    """Let a person do this beyond the role, and nothing else beyond it. Buyers are given nothing.

    Raises:
        Refused: one of them is for owners alone, or unknown.
    """
    wanted = set(names)
    if wanted - {each.name for each in registry().permissions if each.can_be_given}:
        raise Refused(_("Choose from the list."), field="given")
    account.given = sorted(wanted) if account.is_staff else []


def invite(*, email: str, name: str, role: Role | str) -> Account:
    """Make an account for someone, who gets a link to choose a password. What a stranger registered at the address
    before is replaced.

    Raises:
        Refused: the address has an account of a person who has shown that it is theirs.
    """
    account = create(email=email, name=name, role=role)
    mails.queue_account_mail("invitation", account)
    return account


def erase(email: str) -> None:
    """Delete the account of an address.

    Raises:
        Refused: it is the last owner's.
    """
    account = queries.account_of(email)
    if account is not None:
        keep_an_owner(account)
        db.session.delete(account)
        db.session.flush()


def keep_an_owner(account: Account) -> None:
    """Refuse to go on when this is the only owner who can sign in. Locks the owners, so that two can't demote each
    other at once.

    Raises:
        Refused: nobody else could run the site.
    """
    if not account.is_owner:
        return
    owners = db.session.scalars(
        select(Account.id)
        .where(
            Account.role == Role.OWNER,
            Account.password_hash.is_not(None),
            Account.email_verified_at.is_not(None),
        )
        .order_by(Account.id)
        .with_for_update()
    ).all()
    if set(owners) <= {account.id}:
        raise Refused(_("This is the only owner. Make someone else an owner first."), field="role")
