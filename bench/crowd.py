"""A site with as many comments as asked for, written by one statement: a tenth below one article, some waiting.

Whatever columns the table has: those that are not named here stay empty.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Boolean, Integer, LargeBinary, Table, text

from bench import ground
from shop.app import create_app
from shop.blueprints.accounts import services as accounts
from shop.blueprints.accounts.models import Role
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment
from shop.config import Config
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.installed import migrations

EMAIL, PASSWORD = "moderator@example.org", "the words of the bench"
ARTICLES = 50
TABLE: Table = Comment.__table__  # type: ignore[assignment]
SERIES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
BODY = "'We tried the fourth key for a month, and never finished the list. Note ' || i"
VALUES = {
    "id": "i",
    "article_id": f"""CASE WHEN i % 10 = 1 THEN 1 WHEN i % (:one_in * 2) = 0 THEN 2
        ELSE 2 + i % {ARTICLES - 1} END""",
    "author_name": "'Reader ' || i",
    "email": "'reader' || (i % 100000) || '@example.org'",
    "body": BODY,
    "body_html": f"'<p>' || {BODY} || '</p>'",
    "state": "CASE WHEN i % :one_in = 0 THEN 'waiting' ELSE 'approved' END",
    "thread_rank": "-CAST(:start + i AS BIGINT) * 1000000",
    "thread_start": "CAST(:start + i AS BIGINT) * 1000000",
    "score": "i % 20",
    "campaign": "CASE WHEN (i / :one_in) % 10 = 0 THEN 'bench-' || (i / (:one_in * 200)) END",
}
EVIDENCE = """'[{"check": "links", "reason": "No links", "points": 0}]'"""
BY_DIALECT = {
    "sqlite": {
        "posted_at": "strftime('%Y-%m-%d %H:%M:%S.000000', :start + i, 'unixepoch')",
        "evidence": EVIDENCE,
    },
    "postgresql": {
        "posted_at": "to_timestamp(:start + i)",
        "evidence": f"{EVIDENCE}::json",
    },
}


def site(folder: Path, rows: int, *, waiting: int, database_url: str = "") -> Flask:
    """An application with that many comments; article 1 has a tenth of them, article 2 half of what waits."""
    folder.mkdir(parents=True, exist_ok=True)
    app = create_app(Config(data_dir=folder, secret_key=ground.KEY, database_url=database_url))
    with app.app_context():
        migrations.upgrade_all()
        with unit_of_work():
            accounts.create(
                email=EMAIL, name="Mia", role=Role.MODERATOR, password=PASSWORD, verified=True
            )
            for number in range(1, ARTICLES + 1):
                db.session.add(_article(number))
        _crowd(rows, one_in=rows // waiting)
        with unit_of_work():
            tallies.recount()
        with db.engine.connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()
        db.session.remove()
    return app


def _article(number: int) -> Article:
    published_at = clock.now() - timedelta(days=number)
    return Article(
        id=number,
        slug=f"article-{number}",
        title=f"Article {number}",
        body="Trust is the part of a house that nobody photographs. " * 20,
        summary="Trust is the part of a house that nobody photographs.",
        state="published",
        published_at=published_at,
    )


def _crowd(rows: int, *, one_in: int) -> None:
    """The indexes are dropped and built again afterwards: that takes a fifth of the time."""
    values = _values(db.engine.dialect.name)
    names, expressions = ", ".join(values), ", ".join(values.values())
    start = int(clock.now().timestamp()) - rows - 3600
    statement = f"INSERT INTO comment ({names}) {SERIES} SELECT {expressions} FROM n"
    if db.engine.dialect.name == "postgresql":
        statement = f"{SERIES} INSERT INTO comment ({names}) SELECT {expressions} FROM n"
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
        for index in TABLE.indexes:
            index.drop(connection)
        connection.execute(text(statement), {"rows": rows, "one_in": one_in, "start": start})
        for index in TABLE.indexes:
            index.create(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('comment_id_seq', :rows)"), {"rows": rows})
        connection.commit()


def _values(dialect: str) -> dict[str, str]:
    values = {**VALUES, **BY_DIALECT[dialect]}
    for column in TABLE.columns:
        if column.name in values or column.nullable:
            continue
        kind = column.type
        empty = "false" if isinstance(kind, Boolean) else "0" if isinstance(kind, Integer) else "''"
        if isinstance(kind, LargeBinary):
            raise TypeError(f"nobody has said what stands in {column.name}")
        values[column.name] = empty
    return values
