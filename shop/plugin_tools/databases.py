"""A database of PostgreSQL for one trial, made on a server that somebody names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from shop.core.errors import Refused


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """The address of a new and empty database, which is dropped afterwards.

    Raises:
        Refused: the server does not answer, or lets us make none.
    """
    try:
        url = make_url(server)
    except ArgumentError:
        raise Refused(f"{server!r} is no address of a database.") from None
    if url.get_backend_name() != "postgresql":
        raise Refused("Name a PostgreSQL server: postgresql://name:password@host/postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"shop_check_{token_hex(6)}"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    except SQLAlchemyError as error:
        engine.dispose()
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise Refused(f"No database can be made on that server: {reason}") from None
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        engine.dispose()
