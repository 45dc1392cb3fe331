"""Flask extensions: instances only. `create_app` binds them to an application."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from flask import request
from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shop.loading import without

# The library of counters has everything a second time for asyncio, which nobody here uses.
with without("limits.aio", in_its_place=ModuleType("limits.aio")):
    from flask_limiter import Limiter


class Base(DeclarativeBase):
    """Base class of every table. Constraints are named, so that SQLite's batch migrations find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


HELD = "shop.held"
"""In the `info` of a session whose transaction nobody may end just now."""


class HeldSession(Session):
    """A session whose transaction can be held together while code of others runs in it."""

    def commit(self) -> None:
        """Write for good.

        Raises:
            RuntimeError: the transaction is held.
        """
        self._require_free("commit")
        super().commit()

    def rollback(self) -> None:
        """Undo.

        Raises:
            RuntimeError: the transaction is held.
        """
        self._require_free("rollback")
        super().rollback()

    def close(self) -> None:
        """Undo, and forget all rows.

        Raises:
            RuntimeError: the transaction is held.
        """
        self._require_free("close")
        super().close()

    def _require_free(self, act: str) -> None:
        if self.info.get(HELD):
            raise RuntimeError(
                f"no {act}() here: others have written in this transaction, and who began it ends it"
            )


db = SQLAlchemy(model_class=Base, session_options={"class_": HeldSession})
"""Flask-SQLAlchemy: `db.session` reads anywhere, and writes inside a unit of work only."""
for _parent in db.Model.__mro__:
    # Annotations of the library, none of a column, stand there as text that SQLAlchemy compiles for each table anew.
    if _parent.__module__.startswith("flask_sqlalchemy."):
        _parent.__annotations__ = {}

login_manager = LoginManager()
babel = Babel()
NETWORK = "shop.network"
"""Where the WSGI environment says which network a request comes from (`shop.core.web.networks`)."""


def network_of_visitor() -> str:
    """What limits count by: the visitor's IPv4 address, or the /64 of an IPv6 one."""
    return str(request.environ.get(NETWORK) or "unknown")


class ViewLimits(Limiter):
    """Limits of single views. The library also looks before each request for those of all pages; there are none."""

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


limiter = ViewLimits(key_func=network_of_visitor, headers_enabled=True)

if TYPE_CHECKING:
    Model = Base
    """Parent of every table of yours. Name the table `plugin_<name>_...`; constraints get names by themselves."""
else:
    Model = db.Model
