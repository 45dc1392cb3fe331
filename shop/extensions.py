"""Flask extensions: instances only. `create_app` binds them to an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


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


db = SQLAlchemy(model_class=Base)
"""Flask-SQLAlchemy: `db.session` reads anywhere, and writes inside a unit of work only."""

login_manager = LoginManager()
babel = Babel()
limiter = Limiter(key_func=get_remote_address, headers_enabled=True)

if TYPE_CHECKING:
    Model = Base
    """Parent of every table of yours. Name the table `plugin_<name>_...`; constraints get names by themselves."""
else:
    Model = db.Model
