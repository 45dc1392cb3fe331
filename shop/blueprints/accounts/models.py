"""People."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core import clock
from shop.core.database.changed_rows import UNLOGGED
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Model, Visitor, created, primary_key


class Role(LabelledEnum):
    """What someone is here. What each role may, its features declare; the owner may everything, a buyer nothing."""

    OWNER = "owner", _l("Owner")
    EDITOR = "editor", _l("Editor")
    BOOKKEEPER = "bookkeeper", _l("Bookkeeper")
    MODERATOR = "moderator", _l("Moderator")
    PACKER = "packer", _l("Packer")
    AUTHOR = "author", _l("Author")
    BUYER = "buyer", _l("Buyer")


class Account(Model):
    """A person who can sign in.

    `email` is written as `core.mailboxes` does. `password_hash` is None until the person has chosen a password. Every
    link that we mail carries a fingerprint of `link_key`, which is new with each password. `given` are names of
    permissions that the person has beyond the role. Flask-Login asks for `is_authenticated` and the like.
    """

    __tablename__ = "account"

    id: Mapped[primary_key]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20), default=Role.BUYER, index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    link_key: Mapped[str] = mapped_column(String(40), default=random_token)
    given: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    created_at: Mapped[created]

    is_active = True
    is_authenticated = True
    is_anonymous = False

    @property
    def as_visitor(self) -> Visitor:
        """Who this is, as plugins see it."""
        return Visitor(self.id, self.email, self.name, self.role, self.is_verified)

    @property
    def is_staff(self) -> bool:
        """Whether this person works here."""
        return self.role != Role.BUYER

    @property
    def is_verified(self) -> bool:
        """Whether mail to its address has reached the person."""
        return self.email_verified_at is not None

    @property
    def is_invited(self) -> bool:
        """Whether staff made it, and its person has chosen no password yet."""
        return self.password_hash is None

    @property
    def is_owner(self) -> bool:
        """Whether this is an owner of the site."""
        return self.role == Role.OWNER

    @property
    def role_label(self) -> str:
        """The role in words."""
        return Role(self.role).label

    def get_id(self) -> str:
        """What Flask-Login would remember; `sessions.begin` puts a token there instead."""
        return ""


class AccountSession(Model):
    """A browser in which a person is signed in. The browser has the token, the row its hash."""

    __tablename__ = "account_session"
    __table_args__ = ({"info": {UNLOGGED: {"added", "changed"}}},)

    id: Mapped[primary_key]
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship(lazy="joined")
