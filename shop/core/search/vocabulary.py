"""The words that pages have, to find the one that somebody meant.

A word is kept with its *pieces*: its first six letters and its last six, whole and with each letter left out. A
mistyped word has a piece in common with the right one, whichever letter was missed, doubled, exchanged or swapped with
its neighbour (Garbe's symmetric deletes, at both ends of a word). So a few look-ups find what to compare it with,
however many words there are: FTS5 on SQLite, an index over arrays on PostgreSQL; neither needs an extension.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, Table, event, select, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database import upsert
from shop.core.database.columns import primary_key
from shop.extensions import Model, db

SHORTEST, LONGEST = 4, 30
LONG = 8
END_LETTERS = 6
MOST_COMPARED = 300
MOST_COUNTED = 6
MOST_PAGES = 100
TIMES_AS_FREQUENT = 10
ROWS_AT_ONCE = 500


class SearchWord(Model):
    """A word that a page has or had. On PostgreSQL a column more has its pieces."""

    __tablename__ = "search_index_vocabulary"

    id: Mapped[primary_key]
    word: Mapped[str] = mapped_column(String(LONGEST), unique=True)
    written: Mapped[str] = mapped_column(String(2 * LONGEST))


TABLE: Table = SearchWord.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class NewWord:
    """A word as it is compared that nobody knows yet, how it is written, and its pieces."""

    word: str
    written: str
    pieces: Sequence[str]


def unknown_words(words: Mapping[str, str], connection: Connection) -> Sequence[NewWord]:
    """Those that are not remembered, of words as they are compared, each with how it is written."""
    known: set[str] = set()
    wanted = sorted(filter(_can_be_meant, words))
    for first in range(0, len(wanted), ROWS_AT_ONCE):
        some = wanted[first : first + ROWS_AT_ONCE]
        known.update(connection.scalars(select(TABLE.c.word).where(TABLE.c.word.in_(some))))
    return [
        NewWord(word, words[word][: 2 * LONGEST], pieces(word))
        for word in wanted
        if word not in known
    ]


def learn_words(words: Sequence[NewWord], connection: Connection) -> None:
    """Remember words, unless somebody has meanwhile. Only inside a unit of work."""
    for first in range(0, len(words), ROWS_AT_ONCE):
        _remember(words[first : first + ROWS_AT_ONCE], connection)


def _remember(words: Sequence[NewWord], connection: Connection) -> None:
    """In one order for everyone, so that two who learn at once seldom wait for each other."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "INSERT INTO search_index_vocabulary (word, written, pieces) VALUES (:word, :written, :pieces) "
                "ON CONFLICT DO NOTHING"
            ),
            [{"word": each.word, "written": each.written, "pieces": each.pieces} for each in words],
        )
        return
    added = connection.execute(
        upsert(TABLE)
        .values([{"word": each.word, "written": each.written} for each in words])
        .on_conflict_do_nothing(index_elements=["word"])
        .returning(TABLE.c.id, TABLE.c.word)
    ).all()
    pieces_of = {each.word: " ".join(each.pieces) for each in words}
    if added:
        connection.execute(
            text("INSERT INTO search_index_pieces (rowid, pieces) VALUES (:id, :pieces)"),
            [{"id": row.id, "pieces": pieces_of[row.word]} for row in added],
        )


def nearest(words: Sequence[str], *, unfinished: str = "") -> dict[str, str]:
    """The known word nearest to each of these, as it is written; left out where none is much more frequent.

    `unfinished` may be the beginning of a word.
    """
    near = {word: _near(word, is_unfinished=word == unfinished) for word in words}
    asked = {each.word for found in near.values() for each in found}
    if not asked:
        return {}
    pages = _pages_with([*asked, *near])
    meant = {word: _meant(word, found, pages) for word, found in near.items()}
    return {word: each.written for word, each in meant.items() if each is not None}


@dataclass(frozen=True, slots=True)
class _Near:
    word: str
    written: str
    distance: int


def _meant(word: str, found: Iterable[_Near], pages: Mapping[str, int]) -> _Near | None:
    enough = max(1, TIMES_AS_FREQUENT * pages.get(word, 0))
    frequent = (each for each in found if pages.get(each.word, 0) >= enough)
    return min(frequent, key=lambda each: (each.distance, -pages[each.word]), default=None)


def _near(word: str, *, is_unfinished: bool) -> list[_Near]:
    """The words that this one may have been, the nearest first."""
    if not _can_be_meant(word):
        return []
    most = 2 if len(word) >= LONG else 1
    found = []
    for other, written in _with_a_piece_of(word):
        away = distance(word, other)
        if is_unfinished and away > 1:
            away = min(away, 1 + distance(word, other, is_beginning=True))
        if 0 < away <= most or (is_unfinished and away == 2 and len(other) > len(word)):
            found.append(_Near(other, written, away))
    found.sort(key=lambda each: (each.distance, each.word[0] != word[0], len(each.word)))
    return found[:MOST_COUNTED]


def distance(typed: str, known: str, *, is_beginning: bool = False) -> int:
    """How many letters were missed, added, exchanged or swapped with a neighbour (optimal string alignment).

    With `is_beginning`: how many, if `typed` is the beginning of the other.
    """
    older: list[int] = []
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, letter in enumerate(typed, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(known, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == known[j - 2] and typed[i - 2] == other:
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return min(row) if is_beginning else row[-1]


def pieces(word: str) -> list[str]:
    """By what a mistyped word is found again; those of its end have a 0 in front."""
    ends = (f"0{piece}" for piece in _with_one_left_out(word[-END_LETTERS:]))
    return sorted({*_with_one_left_out(word[:END_LETTERS]), *ends})


def _with_one_left_out(part: str) -> Iterator[str]:
    yield part
    for at in range(len(part)):
        yield part[:at] + part[at + 1 :]


def _can_be_meant(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


_LIKE = {
    "sqlite": "SELECT word, written FROM search_index_vocabulary WHERE id IN "
    "(SELECT rowid FROM search_index_pieces WHERE search_index_pieces MATCH :pieces LIMIT :most)",
    "postgresql": "SELECT word, written FROM search_index_vocabulary "
    "WHERE pieces && CAST(:pieces AS text[]) LIMIT :most",
}
_COUNTED = {
    "sqlite": "SELECT term, doc FROM search_index_terms WHERE term IN ({})",
    "postgresql": "SELECT word, (SELECT count(*) FROM (SELECT 1 FROM search_index "
    "WHERE words @@ to_tsquery('simple', word) LIMIT 100) AS counted) "
    "FROM unnest(CAST(:words AS text[])) AS word",
}


def _with_a_piece_of(word: str) -> Sequence[Any]:
    dialect, looked_for = db.engine.dialect.name, pieces(word)
    given: Any = looked_for
    if dialect == "sqlite":
        given = " OR ".join(f'"{piece}"' for piece in looked_for)
    return db.session.execute(text(_LIKE[dialect]), {"pieces": given, "most": MOST_COMPARED}).all()


def _pages_with(words: Sequence[str]) -> dict[str, int]:
    """How many pages have each of these words; a hundred is enough to know."""
    if db.engine.dialect.name == "postgresql":
        found = db.session.execute(text(_COUNTED["postgresql"]), {"words": list(words)})
    else:
        names = {f"word{number}": word for number, word in enumerate(words)}
        statement = _COUNTED["sqlite"].format(", ".join(f":{name}" for name in names))
        found = db.session.execute(text(statement), names)
    return {word: min(pages, MOST_PAGES) for word, pages in found}


_DDL = {
    "sqlite": (
        """CREATE VIRTUAL TABLE search_index_pieces USING fts5(
        pieces, content='', detail=none, columnsize=0, tokenize='ascii')""",
        "CREATE VIRTUAL TABLE search_index_terms USING fts5vocab('search_index_words', 'row')",
    ),
    "postgresql": (
        "ALTER TABLE search_index_vocabulary ADD COLUMN pieces text[]",
        "CREATE INDEX ix_search_index_vocabulary_pieces ON search_index_vocabulary USING gin (pieces) "
        "WITH (fastupdate = off)",
    ),
}


@event.listens_for(TABLE, "after_create")
def _create_what_finds_words(_table: Table, connection: Connection, **_: Any) -> None:
    for statement in _DDL[connection.dialect.name]:
        connection.exec_driver_sql(statement)


@event.listens_for(TABLE, "after_drop")
def _drop_what_finds_words(_table: Table, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "sqlite":
        for name in ("search_index_terms", "search_index_pieces"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
