"""Full-text search: one interface over SQLite's FTS5 and PostgreSQL's tsvector.

The rows are in an ordinary table, `search_index`, written by features through `index` and `remove`. What finds them is
kept beside it: on SQLite an FTS5 table filled by triggers, on PostgreSQL two tsvector columns under GIN indexes. Both
fold case and accents and know nothing of grammar, so that every language is treated alike. What else a word may be
written as stands in `words`; which known word a mistyped one is nearest to, `vocabulary` tells on either database
without an extension.

Looking costs the same however many pages hold a word: the newest 500 that match, and 200 that have it in the title,
are ranked; nobody reads further. Only where whole words find less than was asked for is the last one taken as the
beginning of others: to gather all pages of a thousand words costs a hundred times what those of one do.
"""

from __future__ import annotations

from shop.core.search.finding import (
    LONGEST_QUERY,
    MOST_CANDIDATES,
    MOST_WORDS,
    Matches,
    asked_words,
    find,
    matches,
    nearest_query,
)
from shop.core.search.rows import (
    TABLE,
    Found,
    PreparedDocument,
    SearchDocument,
    SearchRow,
    create_index_tables,
    index,
    indexed_pages,
    known,
    learn_all_words,
    make_all_findable,
    prepare_document,
    rebuild,
    remove,
)
from shop.core.search.words import search_words, spellings

__all__ = [
    "LONGEST_QUERY",
    "MOST_CANDIDATES",
    "MOST_WORDS",
    "TABLE",
    "Found",
    "Matches",
    "PreparedDocument",
    "SearchDocument",
    "SearchRow",
    "asked_words",
    "create_index_tables",
    "find",
    "index",
    "indexed_pages",
    "known",
    "learn_all_words",
    "make_all_findable",
    "matches",
    "nearest_query",
    "prepare_document",
    "rebuild",
    "remove",
    "search_words",
    "spellings",
]
