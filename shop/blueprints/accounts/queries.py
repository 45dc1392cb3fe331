"""Questions about people."""

from __future__ import annotations

from flask_login import current_user
from sqlalchemy import func, or_, select

from shop.blueprints.accounts.models import Account, Role
from shop.core.errors import or_404
from shop.core.mail.mailboxes import normal_address
from shop.core.site import site
from shop.core.web.pagination import Page, newest_first
from shop.plugins import registry
from shop.plugins.api import Permission, db

PAGE_SIZE = 50


def current_account() -> Account | None:
    """The person who is signed in, or None; never for pages that are the same for everyone."""
    if not current_user:  # outside a request
        return None
    account: Account | None = current_user._get_current_object()  # noqa: SLF001 - a proxy's documented way out
    return account if account is not None and account.is_authenticated else None


def may(account: Account | None, permission: str) -> bool:
    """Whether this person may do that, by role or because the owner gave it. The owner may everything; someone who is
    not signed in, nothing.
    """
    if account is None:
        return False
    if account.is_owner:
        return True
    declared = {each.name: each for each in registry().permissions}
    if permission not in declared:
        return False
    wider = declared[permission].comes_with
    return any(_has(account, declared[name]) for name in (permission, *wider))


def _has(account: Account, permission: Permission) -> bool:
    if account.role in permission.roles:
        return True
    return permission.can_be_given and account.is_staff and permission.name in account.given


def account_or_404(account_id: int) -> Account:
    """One account.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Account, account_id))


def account_of(email: str) -> Account | None:
    """The account of an address, verified or not."""
    return db.session.scalar(select(Account).where(Account.email == normal_address(email)))


def accounts(*, search: str = "", role: str = "", after: str | None = None) -> Page[Account]:
    """Accounts, newest first; `search` is a part of the name or address."""
    query = select(Account)
    if search:
        part = search.lower()
        query = query.where(
            or_(
                Account.email.contains(part, autoescape=True),
                func.lower(Account.name).contains(part, autoescape=True),
            )
        )
    if role:
        query = query.where(Account.role == role)
    return newest_first(query, Account.id, after=after, size=PAGE_SIZE)


def has_owner() -> bool:
    """Whether the site has an owner yet."""
    return (
        db.session.scalar(select(Account.id).where(Account.role == Role.OWNER).limit(1)) is not None
    )


def address_of_owner() -> str:
    """Where the shop's own messages go: as the settings say, or else to its first owner; empty without either."""
    oldest = select(Account.email).where(Account.role == Role.OWNER).order_by(Account.id).limit(1)
    return site().owner_email or db.session.scalar(oldest) or ""


def newest(limit: int) -> list[Account]:
    """The account that was made last."""
    return list(db.session.scalars(select(Account).order_by(Account.id.desc()).limit(limit)))
