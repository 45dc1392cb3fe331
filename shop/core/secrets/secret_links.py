"""Rows that are opened by knowing their address, such as an order: whoever copies the database can open none.

A row keeps a random key. Its link is that key and a message authentication code of it under the site's secret key, so
that every email can repeat the link although it is stored nowhere. Links of before, which were stored, still open: of
those the row keeps a hash.
"""

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.secrets import tokens


class HasSecretLink:
    """A model with a link. `link_key` names the row and opens nothing; `token` opens it and is not stored."""

    if TYPE_CHECKING:
        __tablename__: str

    # The column has its name from the time when it held what now is `token`.
    link_key: Mapped[str] = mapped_column(
        "token", String(40), unique=True, default=tokens.random_token
    )

    @property
    def token(self) -> str:
        """What stands in the address: 59 URL-safe characters."""
        return self.token_of(self.link_key)

    @classmethod
    def token_of(cls, key: str) -> str:
        """The token of the row with this key."""
        return tokens.link_token(cls.__tablename__, key)

    @classmethod
    def key_of(cls, token: str) -> str:
        """The key of the row that this token opens; empty when the token is none of ours."""
        return tokens.link_key(cls.__tablename__, token)

    @classmethod
    def opened_by(cls, token: str) -> ColumnElement[bool]:
        """The condition that a row is the one that this token opens; no row meets it when the token is none of ours."""
        return cls.link_key == cls.key_of(token)
