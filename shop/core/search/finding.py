"""Finding pages by their words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, bindparam, text

from shop.core.search import vocabulary
from shop.core.search.rows import Found, is_postgresql, rows_of
from shop.core.search.words import as_written, phrases_of, search_words
from shop.extensions import db

LONGEST_QUERY = 200
MOST_WORDS = 12
MOST_MENDED = 3
MOST_CANDIDATES = 500
MOST_TITLES = 200
_WORD = re.compile(r"[^\W_]+")

Ways = tuple[tuple[str, ...], ...]
"""The ways in which one word may be written, each as the words that follow each other."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What matched, the best first: the id of each row, and its source."""

    pages: tuple[tuple[int, str], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many pages of each source, as far as was looked."""
        return dict(Counter(source for _id, source in self.pages))

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than was looked at."""
        return len(self.pages) >= MOST_CANDIDATES

    def found(self, *, limit: int, offset: int = 0, source: str = "") -> list[Found]:
        """Some of the pages, of one source or of all."""
        ids = [row_id for row_id, of in self.pages if not source or of == source]
        shown = ids[offset : offset + limit]
        rows = rows_of(shown) if shown else {}
        return [rows[row_id] for row_id in shown if row_id in rows]


def find(query: str, sources: Sequence[str], *, limit: int, offset: int = 0) -> list[Found]:
    """Pages of these sources that have all words of `query`, the best first. The last word may be unfinished.

    Whatever is in `query` is words: no operator, quote or wildcard means anything.
    """
    found = matches(query, sources, at_least=offset + limit)
    return found.found(limit=limit, offset=offset)


def matches(query: str, sources: Sequence[str], *, at_least: int) -> Matches:
    """All pages of these sources that have all words of `query`.

    Where whole words find fewer than `at_least`, the last one may be the beginning of another.
    """
    asked = phrases_of(query[:LONGEST_QUERY], MOST_WORDS)
    if not asked or not sources:
        return Matches()
    pages = _ranked(asked, sources)
    if len(pages) < at_least and _may_go_on(asked[-1]):
        longer = _ranked(asked, sources, is_unfinished=True)
        pages = list(dict.fromkeys(pages + longer))
    return Matches(tuple(pages))


def asked_words(query: str) -> list[str]:
    """The words that are looked for, as they are compared, each once."""
    return list(dict.fromkeys(search_words(query[:LONGEST_QUERY])))[:MOST_WORDS]


def nearest_query(query: str) -> str:
    """The query with the words that no page has, or hardly one, as they were probably meant; empty where none are.

    Three words at most are looked at; they are as other pages write them.
    """
    query = query[:LONGEST_QUERY]
    asked = {word: search_words(word) for word in as_written(query)}
    single = {word: words[0] for word, words in asked.items() if len(words) == 1}
    last = single.get(list(asked)[-1], "") if asked else ""
    wanted = list(dict.fromkeys(single.values()))[-MOST_MENDED:]
    meant = vocabulary.nearest(wanted, unfinished=last)
    if not meant:
        return ""
    return _WORD.sub(lambda found: meant.get("".join(search_words(found[0])), found[0]), query)


def _ranked(
    asked: Sequence[Ways], sources: Sequence[str], *, is_unfinished: bool = False
) -> list[tuple[int, str]]:
    statement, match = (
        (_POSTGRESQL, _postgresql_match(asked, is_unfinished))
        if is_postgresql()
        else (_SQLITE, _sqlite_match(asked, is_unfinished))
    )
    found = db.session.execute(
        statement, {"match": match, "limit": MOST_CANDIDATES, "titles": MOST_TITLES}
    )
    # Not `source IN ...`: SQLite would then read the whole index of sources instead of these few rows.
    return [(row_id, source) for row_id, source in found if source in sources]


# Pages with all words in the title stand first; then bm25() decides, which is below zero, and smaller for better. It is
# asked for once, because it counts every page that has the words.
_SQLITE = text(
    """
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
)

# The words stand in the statement itself: only so PostgreSQL knows how many pages have them, and reads no index of all
# of them where nearly every page does.
_POSTGRESQL = text(
    """
SELECT id, source FROM (
  (SELECT id, source, 0 AS tier, words FROM search_index
    WHERE title_words @@ to_tsquery('simple', :match) LIMIT :titles)
  UNION ALL
  (SELECT id, source, 1 AS tier, words FROM search_index
    WHERE words @@ to_tsquery('simple', :match) LIMIT :limit)
) AS candidate
GROUP BY id, source
ORDER BY min(tier), max(ts_rank('{0.1, 0.1, 0.1, 1.0}', words, to_tsquery('simple', :match), 1)) DESC, id DESC
"""
).bindparams(bindparam("match", type_=String(), literal_execute=True))


def _sqlite_match(asked: Sequence[Ways], is_unfinished: bool) -> str:
    *whole, last = ([f'"{" ".join(way)}"' for way in ways] for ways in asked)
    last = [way + "*" * is_unfinished for way in last]
    return " AND ".join(f"({' OR '.join(ways)})" for ways in (*whole, last))


def _postgresql_match(asked: Sequence[Ways], is_unfinished: bool) -> str:
    *whole, last = ([" <-> ".join(f"'{word}'" for word in way) for way in ways] for ways in asked)
    last = [way + ":*" * is_unfinished for way in last]
    return " & ".join(f"({' | '.join(f'({way})' for way in ways)})" for ways in (*whole, last))


def _may_go_on(ways: Ways) -> bool:
    """Whether the last word may be unfinished. One or two Latin letters go on as too much of the dictionary."""
    word = ways[0][-1]
    return len(word) > 2 or not word.isascii()
