"""Full-text search: one interface over SQLite's FTS5 and PostgreSQL's tsvector.

The rows are in an ordinary table, `search_index`, written by features through `index` and `remove`. What finds them is
kept beside it: on SQLite an FTS5 table filled by triggers, on PostgreSQL two tsvector columns under GIN indexes. Both
fold case and accents and know nothing of grammar, so that every language is treated alike.

Looking costs the same however many pages hold a word: the newest 500 that match, and 200 that have it in the title,
are ranked; nobody reads further. Only where whole words find less than was asked for is the last one taken as the
beginning of others: to gather all pages of a thousand words costs a hundred times what those of one do.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    event,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database import upsert
from shop.core.database.columns import primary_key
from shop.extensions import Model, db

LONGEST_QUERY = 200
MOST_WORDS = 12
MOST_CANDIDATES = 500
MOST_TITLES = 200
ROWS_AT_ONCE = 200
BODY_CHARACTERS = 200_000
_WORD = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]")


class SearchRow(Model):
    """What is remembered of one page. `key` is unique within its source."""

    __tablename__ = "search_index"
    __table_args__ = (UniqueConstraint("source", "key"),)

    id: Mapped[primary_key]
    source: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


TABLE: Table = SearchRow.__table__  # type: ignore[assignment]


_FOUND = tuple(TABLE.c[name] for name in ("source", "key", "url", "title", "summary", "body"))


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """What the search remembers of one page.

    Attributes:
        key: unique within its source.
        title: plain text; words in it count more.
        body: plain text; 200,000 characters at most are remembered.
        url: a path of this site.
        summary: plain text, shown where no words of the body match.
    """

    key: str
    title: str
    body: str
    url: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page that matched."""

    source: str
    key: str
    url: str
    title: str
    summary: str
    body: str


def index(source: str, document: SearchDocument) -> None:
    """Remember a page, or what it has become. Only inside a unit of work; doing it twice changes nothing."""
    values = {
        "source": source,
        "key": document.key,
        "url": document.url,
        "title": document.title,
        "summary": document.summary,
        "body": document.body[:BODY_CHARACTERS],
    }
    changed = {name: values[name] for name in ("url", "title", "summary", "body")}
    row_id = db.session.scalar(
        upsert(TABLE)
        .values(**values)
        .on_conflict_do_update(index_elements=["source", "key"], set_=changed)
        .returning(TABLE.c.id)
    )
    if _is_postgresql():
        db.session.execute(
            text(
                "UPDATE search_index SET title_words = to_tsvector('simple', :title), "
                "words = setweight(to_tsvector('simple', :title), 'A') || to_tsvector('simple', :body) "
                "WHERE id = :id"
            ),
            {
                "id": row_id,
                "title": " ".join(words_of(document.title)),
                "body": " ".join(words_of(f"{document.summary} {values['body']}")),
            },
        )


def remove(source: str, key: str) -> None:
    """Forget a page. Only inside a unit of work."""
    db.session.execute(delete(TABLE).where(TABLE.c.source == source, TABLE.c.key == key))


def rebuild(source: str, documents: Iterable[SearchDocument]) -> int:
    """Forget all of a source and remember these instead; how many. Only inside a unit of work."""
    db.session.execute(delete(TABLE).where(TABLE.c.source == source))
    count = 0
    for document in documents:
        index(source, document)
        count += 1
    return count


def find(query: str, sources: Sequence[str], *, limit: int, offset: int = 0) -> list[Found]:
    """Pages of these sources that have all words of `query`, the best first. The last word may be unfinished.

    Whatever is in `query` is words: no operator, quote or wildcard means anything.
    """
    words = words_of(query[:LONGEST_QUERY])[:MOST_WORDS]
    if not words or not sources:
        return []
    wanted = _ranked(words, sources)
    if len(wanted) < offset + limit and _may_go_on(words[-1]):
        whole = set(wanted)
        longer = _ranked(words, sources, is_unfinished=True)
        wanted += [row_id for row_id in longer if row_id not in whole]
    shown = wanted[offset : offset + limit]
    rows = _rows_of(shown) if shown else {}
    return [rows[row_id] for row_id in shown]


def known(pages: Sequence[tuple[str, str]], sources: Sequence[str]) -> list[Found]:
    """What is remembered of these pages, each by its source and key, in their order; nothing of those that are not."""
    wanted = [page for page in pages if page[0] in sources]
    if not wanted:
        return []
    rows = db.session.execute(
        select(*_FOUND).where(tuple_(TABLE.c.source, TABLE.c.key).in_(wanted))
    )
    by_page = {(row.source, row.key): Found(*row) for row in rows}
    return [by_page[page] for page in dict.fromkeys(wanted) if page in by_page]


def indexed_pages(source: str) -> Iterator[SearchDocument]:
    """All that the search remembers of a source, for an index elsewhere."""
    last = 0
    while True:
        query = select(SearchRow).where(SearchRow.source == source, SearchRow.id > last)
        rows = db.session.scalars(query.order_by(SearchRow.id).limit(ROWS_AT_ONCE)).all()
        for row in rows:
            yield SearchDocument(row.key, row.title, row.body, row.url, row.summary)
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1].id


def _ranked(
    words: Sequence[str], sources: Sequence[str], *, is_unfinished: bool = False
) -> list[int]:
    statement, match = (
        (_POSTGRESQL, _postgresql_match(words, is_unfinished))
        if _is_postgresql()
        else (_SQLITE, _sqlite_match(words, is_unfinished))
    )
    found = db.session.execute(
        text(statement), {"match": match, "limit": MOST_CANDIDATES, "titles": MOST_TITLES}
    )
    # Not `source IN ...`: SQLite would then read the whole index of sources instead of these few rows.
    return [row_id for row_id, source in found if source in sources]


def words_of(value: str) -> list[str]:
    """The words of a text as they are compared: lower case, without accents."""
    value = unicodedata.normalize("NFD", value)
    value = unicodedata.normalize("NFC", _ACCENTS.sub("", value))
    return _WORD.findall(value.lower())


def _rows_of(ids: Sequence[int]) -> dict[int, Found]:
    rows = db.session.execute(select(TABLE.c.id, *_FOUND).where(TABLE.c.id.in_(ids)))
    return {row.id: Found(*row[1:]) for row in rows}


# Pages with all words in the title stand first; then bm25() decides, which is below zero, and smaller for better. It is
# asked for once, because it counts every page that has the words.
_SQLITE = """
SELECT id, (SELECT source FROM search_index WHERE search_index.id = candidate.id) FROM (
  SELECT * FROM (
    SELECT rowid AS id, 0 AS tier, 0.0 AS score
    FROM search_index_words WHERE search_index_words MATCH 'title : (' || :match || ')'
    ORDER BY rowid DESC LIMIT :titles)
  UNION ALL SELECT * FROM (
    SELECT rowid AS id, 1 AS tier, bm25(search_index_words, 8.0, 2.0, 1.0) AS score
    FROM search_index_words WHERE search_index_words MATCH :match
    ORDER BY rowid DESC LIMIT :limit)
) AS candidate GROUP BY id ORDER BY min(tier), min(score), id DESC
"""

_POSTGRESQL = """
WITH query AS (SELECT to_tsquery('simple', :match) AS wanted)
SELECT id, source FROM (
  (SELECT id, source, 0 AS tier, words FROM search_index, query WHERE title_words @@ wanted LIMIT :titles)
  UNION ALL
  (SELECT id, source, 1 AS tier, words FROM search_index, query WHERE words @@ wanted LIMIT :limit)
) AS candidate, query
GROUP BY id, source
ORDER BY min(tier), max(ts_rank('{0.1, 0.1, 0.1, 1.0}', words, wanted, 1)) DESC, id DESC
"""


def _sqlite_match(words: Sequence[str], is_unfinished: bool) -> str:
    return " AND ".join(f'"{word}"' for word in words) + "*" * is_unfinished


def _postgresql_match(words: Sequence[str], is_unfinished: bool) -> str:
    return " & ".join(f"'{word}'" for word in words) + ":*" * is_unfinished


def _may_go_on(word: str) -> bool:
    """Whether the last word may be unfinished. One or two Latin letters go on as too much of the dictionary."""
    return len(word) > 2 or not word.isascii()


def _is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


_ADD = """INSERT INTO search_index_words(rowid, title, summary, body)
VALUES (new.id, new.title, new.summary, new.body);"""
_TAKE = """INSERT INTO search_index_words(search_index_words, rowid, title, summary, body)
VALUES ('delete', old.id, old.title, old.summary, old.body);"""
_DDL = {
    "sqlite": (
        """CREATE VIRTUAL TABLE search_index_words USING fts5(
        title, summary, body, content='search_index', content_rowid='id',
        tokenize='unicode61 remove_diacritics 2', prefix='3 4')""",
        f"CREATE TRIGGER search_index_added AFTER INSERT ON search_index BEGIN {_ADD} END",
        f"CREATE TRIGGER search_index_removed AFTER DELETE ON search_index BEGIN {_TAKE} END",
        f"CREATE TRIGGER search_index_changed AFTER UPDATE ON search_index BEGIN {_TAKE} {_ADD} END",
    ),
    "postgresql": (
        "ALTER TABLE search_index ADD COLUMN title_words tsvector, ADD COLUMN words tsvector",
        "CREATE INDEX ix_search_index_title_words ON search_index USING gin (title_words)",
        "CREATE INDEX ix_search_index_words ON search_index USING gin (words)",
    ),
}


def create_index_tables(connection: Connection) -> None:
    """Make the tables of the search, for a migration. `create_all` makes them by itself."""
    TABLE.create(connection)


@event.listens_for(TABLE, "after_create")
def _create_what_finds(_table: Table, connection: Connection, **_: Any) -> None:
    for statement in _DDL[connection.dialect.name]:
        connection.exec_driver_sql(statement)


@event.listens_for(TABLE, "after_drop")
def _drop_what_finds(_table: Table, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE IF EXISTS search_index_words")
