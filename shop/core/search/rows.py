"""What is remembered of each page, and what finds it: FTS5 on SQLite, tsvector columns on PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database import upsert
from shop.core.database.columns import primary_key
from shop.core.search import vocabulary
from shop.core.search.words import joined, search_words, spaced, written_words
from shop.core.text import is_path
from shop.extensions import Model, db

ROWS_AT_ONCE = 200
BODY_CHARACTERS = 200_000


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


@dataclass(frozen=True, slots=True)
class _Words:
    """Of a row: those of its title and of its text as PostgreSQL is told them, and those that nobody knows yet."""

    title: str
    body: str
    new: Sequence[vocabulary.NewWord]


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A page whose words were looked for, ready to be written down."""

    document: SearchDocument
    columns: Mapping[str, str]
    words: _Words

    def index(self) -> None:
        """Remember the page, or what it has become. Only inside a unit of work; doing it twice changes nothing."""
        changed = {name: self.columns[name] for name in ("url", "title", "summary", "body")}
        row_id = db.session.scalar(
            upsert(TABLE)
            .values(**self.columns)
            .on_conflict_do_update(index_elements=["source", "key"], set_=changed)
            .returning(TABLE.c.id)
        )
        _make_findable(row_id, self.words, db.session.connection())


def index(source: str, document: SearchDocument) -> None:
    """Remember a page, or what it has become. Only inside a unit of work; doing it twice changes nothing.

    Raises:
        ValueError: its address is none of this site.
    """
    prepare_document(source, document).index()


def prepare_document(source: str, document: SearchDocument) -> PreparedDocument:
    """Look for the words of a page, while others can write: before the unit of work that is to remember it.

    Raises:
        ValueError: its address is none of this site.
    """
    if not is_path(document.url):
        raise ValueError(f"{document.url[:60]!r} is no path on this site")
    values = {
        "source": source,
        "key": document.key,
        "url": document.url,
        "title": spaced(document.title),
        "summary": spaced(document.summary),
        "body": spaced(document.body[:BODY_CHARACTERS]),
    }
    return PreparedDocument(document, values, _words_of(values, db.session.connection()))


def _words_of(row: Mapping[str, str], connection: Connection) -> _Words:
    text_below = f"{row['summary']} {row['body']}"
    is_spelt_out = connection.dialect.name == "postgresql"
    return _Words(
        title=" ".join(search_words(row["title"])) if is_spelt_out else "",
        body=" ".join(search_words(text_below)) if is_spelt_out else "",
        new=vocabulary.unknown_words(written_words(f"{row['title']} {text_below}"), connection),
    )


def _make_findable(row_id: int, words: _Words, connection: Connection) -> None:
    """Let the words of a row be found, and be meant by a mistyped one. On SQLite triggers have done the first."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "UPDATE search_index SET title_words = to_tsvector('simple', :title), "
                "words = setweight(to_tsvector('simple', :title), 'A') || to_tsvector('simple', :body) "
                "WHERE id = :id"
            ),
            {
                "id": row_id,
                "title": words.title,
                "body": words.body,
            },
        )
    vocabulary.learn_words(words.new, connection)


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


def known(pages: Sequence[tuple[str, str]], sources: Sequence[str]) -> list[Found]:
    """What is remembered of these pages, each by its source and key, in their order; nothing of those that are not."""
    wanted = [page for page in pages if page[0] in sources]
    if not wanted:
        return []
    rows = db.session.execute(
        select(*_FOUND).where(tuple_(TABLE.c.source, TABLE.c.key).in_(wanted))
    )
    by_page = {(row.source, row.key): _found(row) for row in rows}
    return [by_page[page] for page in dict.fromkeys(wanted) if page in by_page]


def indexed_pages(source: str) -> Iterator[SearchDocument]:
    """All that the search remembers of a source, for an index elsewhere.

    Args:
        source: the name of a `SearchSource`: ours are `articles`, `pages`, `guides` (products), `tags` and `authors`.
    """
    last = 0
    while True:
        query = select(SearchRow).where(SearchRow.source == source, SearchRow.id > last)
        rows = db.session.scalars(query.order_by(SearchRow.id).limit(ROWS_AT_ONCE)).all()
        for row in rows:
            title, body, summary = (joined(each) for each in (row.title, row.body, row.summary))
            yield SearchDocument(row.key, title, body, row.url, summary)
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1].id


def learn_all_words(connection: Connection) -> None:
    """Make the table of known words and fill it from what the search remembers, for a migration."""
    vocabulary.TABLE.create(connection)
    make_all_findable(connection)


def make_all_findable(connection: Connection) -> None:
    """Let what the search remembers be found by its words, as if each page had just been told to it."""
    names = ("title", "summary", "body")
    last = 0
    while True:
        wanted = select(TABLE).where(TABLE.c.id > last).order_by(TABLE.c.id).limit(ROWS_AT_ONCE)
        rows = connection.execute(wanted).all()
        for row in rows:
            values = {name: spaced(joined(getattr(row, name))) for name in names}
            if any(values[name] != getattr(row, name) for name in names):
                connection.execute(update(TABLE).where(TABLE.c.id == row.id).values(values))
            _make_findable(row.id, _words_of(values, connection), connection)
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1].id


def rows_of(ids: Sequence[int]) -> dict[int, Found]:
    """What is remembered of some pages, by the ids of their rows."""
    rows = db.session.execute(select(TABLE.c.id, *_FOUND).where(TABLE.c.id.in_(ids)))
    return {row.id: _found(row[1:]) for row in rows}


def _found(values: Sequence[str]) -> Found:
    return Found(*values[:3], *(joined(each) for each in values[3:]))


def is_postgresql() -> bool:
    """Whether it is PostgreSQL that finds."""
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
        # Without `fastupdate`: what is not sorted in yet, up to 4 MB, would be read from end to end by each search.
        "CREATE INDEX ix_search_index_title_words ON search_index USING gin (title_words) WITH (fastupdate = off)",
        "CREATE INDEX ix_search_index_words ON search_index USING gin (words) WITH (fastupdate = off)",
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
