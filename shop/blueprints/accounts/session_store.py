"""The browsers in which people are signed in: a row each, so that a session ends here and not only in the browser.

The browser has a random token, the row its SHA-256: who reads the database can't use a session.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update

from shop.blueprints.accounts.models import Account, AccountSession
from shop.blueprints.accounts.settings import LONGEST_DAYS, AccountSettings
from shop.core import clock, settings
from shop.core.secrets.tokens import hashed_token, random_token
from shop.plugins.api import db

PROOF_LASTS = timedelta(minutes=15)
"""So long after a password was shown it is not asked for again before something important."""
SEEN_EVERY = timedelta(minutes=5)
"""A visit is noted at most so often: each note is a write."""


def start_session(account: Account, device: str) -> tuple[str, timedelta]:
    """Sign a person in; returns the token for the browser, which is kept nowhere else, and how long it will do."""
    token, now = random_token(), clock.now()
    begun = AccountSession(
        account=account,
        token_hash=hashed_token(token),
        device=device[:80],
        created_at=now,
        seen_at=now,
        proved_at=now,
    )
    db.session.add(begun)
    return token, lasts_for(begun)


def session_of_token(token: str) -> AccountSession | None:
    """The session of a token, unless it has ended."""
    found = db.session.scalar(
        select(AccountSession).where(AccountSession.token_hash == hashed_token(token))
    )
    return found if found is not None and is_on(found) else None


def was_of(token: str, account: Account) -> bool:
    """Whether a token is or was of a session of this person, as far as we still have it."""
    return account_id_of(token) == account.id


def account_id_of(token: str) -> int | None:
    """Whose session a token is or was, as far as we still have it: not by signing out, which deletes it."""
    query = select(AccountSession.account_id).where(
        AccountSession.token_hash == hashed_token(token)
    )
    return db.session.scalar(query)


def is_on(one: AccountSession) -> bool:
    """Whether a session has not ended by itself, and its person may have one."""
    if not one.account.is_verified:
        return False
    idle, longest = _limits(one.account)
    now = clock.now()
    return one.seen_at + idle > now and one.created_at + longest > now


def lasts_for(one: AccountSession) -> timedelta:
    """How long a session will go on from a visit now, without another one."""
    idle, longest = _limits(one.account)
    return min(idle, one.created_at + longest - clock.now())


def _limits(account: Account) -> tuple[timedelta, timedelta]:
    chosen = settings.current(AccountSettings)
    if not account.is_staff:
        return timedelta(hours=chosen.idle_hours), timedelta(days=chosen.longest_days)
    return timedelta(hours=chosen.staff_idle_hours), timedelta(days=chosen.staff_longest_days)


def is_to_be_noted(one: AccountSession) -> bool:
    """Whether the last visit that was noted is a while ago."""
    return one.seen_at + SEEN_EVERY <= clock.now()


def note_visit(session_id: int) -> None:
    """Remember that a person was here just now."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id)
        .values(seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def was_proved(token: str) -> bool:
    """Whether the person of a session showed the password within the last minutes."""
    found = session_of_token(token)
    at = found.proved_at if found else None
    return at is not None and at + PROOF_LASTS > clock.now()


def note_proof(token: str) -> None:
    """Remember that the person of a session showed the password just now."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.token_hash == hashed_token(token))
        .values(proved_at=clock.now())
    )


def sessions_of(account: Account) -> Sequence[AccountSession]:
    """Where a person is signed in, the last visit first."""
    rows = db.session.scalars(
        select(AccountSession)
        .where(AccountSession.account_id == account.id)
        .order_by(AccountSession.seen_at.desc(), AccountSession.id.desc())
    )
    return [each for each in rows if is_on(each)]


def close_session(token: str) -> None:
    """End the session of a token. Ending it twice changes nothing, and is nothing for the activity log."""
    if account_id_of(token) is None:
        return
    db.session.execute(
        delete(AccountSession).where(AccountSession.token_hash == hashed_token(token))
    )


def close_one(account: Account, session_id: int) -> None:
    """End one session of a person; somebody else's stays."""
    db.session.execute(
        delete(AccountSession).where(
            AccountSession.id == session_id, AccountSession.account_id == account.id
        )
    )


def close_all(account: Account, *, but: str | None = None) -> None:
    """End every session of a person, except that of the token `but`."""
    statement = delete(AccountSession).where(AccountSession.account_id == account.id)
    if but is not None:
        statement = statement.where(AccountSession.token_hash != hashed_token(but))
    db.session.execute(statement)


def is_of(one: AccountSession, token: str) -> bool:
    """Whether this is the session of a token."""
    return one.token_hash == hashed_token(token)


def forget_ended() -> None:
    """Delete sessions that are over whatever the settings say, or become."""
    longest = clock.now() - timedelta(days=LONGEST_DAYS)
    db.session.execute(delete(AccountSession).where(AccountSession.created_at < longest))
