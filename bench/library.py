"""Search, the list of articles and an article, cold, among a thousand articles and among a hundred thousand.

python -m bench.library [postgresql]
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import Table, insert, text

from bench import ground
from bench.harness import table
from shop.app import create_app
from shop.blueprints.articles.models import Article, ArticleState, Author
from shop.config import Config
from shop.core import clock
from shop.core.app_state import state_of
from shop.core.search import TABLE, vocabulary
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugins.installed import migrations
from tests import servers

SIZES = (1_000, 100_000)
WORDS, LENGTH, CHUNK = 5_000, 120, 5_000
CONSONANTS, VOWELS = "bdfghklmnprstv", "aeiou"
SEARCHES = 200
GOAL, SEARCH_GOAL = 1.3, 30
ARTICLES: Table = Article.__table__  # type: ignore[assignment]


def main() -> None:
    """Measure and print."""
    backend = "postgresql" if "postgresql" in sys.argv[1:] else "sqlite"
    found = []
    for size in SIZES:
        url = servers.postgres().new_database() if backend == "postgresql" else ""
        with library(size, url) as (app, words):
            found.append(_measure(app, words, size))
    rows = [
        (name, *(f"{each[name]:.1f}" for each in found), f"{found[1][name] / found[0][name]:.2f}")
        for name in found[0]
    ]
    table(
        f"{backend}: milliseconds among {SIZES[0]:,} and {SIZES[1]:,} articles"
        f" (goals: {GOAL} times; search below {SEARCH_GOAL} ms)",
        rows,
        ("page", *(f"{size:,}" for size in SIZES), "ratio"),
    )


@contextmanager
def library(size: int, url: str) -> Iterator[tuple[Flask, Sequence[str]]]:
    """A site with so many articles, and the words in them, the commonest first."""
    chance = random.Random(1)
    known = [_word(number) for number in range(WORDS)]
    often = [1 / (rank + 1) for rank in range(WORDS)]  # as words are in any language
    limiter.enabled = False
    with TemporaryDirectory(prefix="shop-bench-") as name:
        app = create_app(Config(data_dir=Path(name), secret_key=ground.KEY, database_url=url))
        with app.app_context():
            migrations.upgrade_all()
            with unit_of_work() as session:
                session.add(Author(id=1, slug="ines", name="Ines Marlow"))
            for first in range(0, size, CHUNK):
                texts = [
                    " ".join(chance.choices(known, often, k=LENGTH))
                    for _ in range(min(CHUNK, size - first))
                ]
                _write(first, texts)
            _index_words(known)
            yield app, known
            db.session.remove()
            db.engine.dispose()


def _write(first: int, texts: Sequence[str]) -> None:
    now = clock.now()
    with unit_of_work() as session:
        session.execute(
            insert(Article),
            [
                {
                    "slug": f"article-{number}",
                    "title": " ".join(words.split()[:4]),
                    "body": words,
                    "author_id": 1,
                    "state": ArticleState.PUBLISHED,
                    "published_at": now - timedelta(minutes=number + 1),
                }
                for number, words in enumerate(texts, first)
            ],
        )
        session.execute(
            insert(TABLE),
            [
                {
                    "source": "articles",
                    "key": f"{number + 1}",
                    "url": f"/articles/article-{number}",
                    "title": " ".join(words.split()[:4]),
                    "summary": "",
                    "body": words,
                }
                for number, words in enumerate(texts, first)
            ],
        )


def _word(number: int) -> str:
    """A word of six letters, one for each number; neighbours are not alike."""
    rest, letters = number * 7_919 % 70**3, ""
    for _ in range(3):
        rest, syllable = divmod(rest, 70)
        letters += CONSONANTS[syllable // 5] + VOWELS[syllable % 5]
    return letters


def _index_words(known: Sequence[str]) -> None:
    """What `search.index` does for each page, for all at once; on SQLite triggers have done the most of it."""
    with unit_of_work() as session:
        connection = session.connection()
        new = vocabulary.unknown_words({word: word for word in known}, connection)
        vocabulary.learn_words(new, connection)
        if db.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(
                text(
                    "UPDATE search_index SET title_words = to_tsvector('simple', title),"
                    " words = setweight(to_tsvector('simple', title), 'A') || to_tsvector('simple', body)"
                )
            )
        session.execute(text("ANALYZE"))


def _measure(app: Flask, words: Sequence[str], size: int) -> dict[str, float]:
    client = app.test_client()
    board = state_of(app).purge_board
    chance = random.Random(2)

    def ask(path: str) -> float:
        board.purge_everything()
        started = time.perf_counter()
        if client.get(path).status_code != 200:
            raise RuntimeError(path)
        return (time.perf_counter() - started) * 1000

    def search(query: Callable[[], str]) -> list[float]:
        return sorted(ask(f"/search?q={query()}") for _ in range(SEARCHES))

    def two_words() -> str:
        return "+".join(chance.sample(words[: WORDS // 5], 2))

    mixed, common = search(two_words), search(lambda: chance.choice(words[:20]))
    return {
        "article, cold": _median(lambda: ask(f"/articles/article-{chance.randrange(size)}")),
        "list of articles, cold": _median(lambda: ask("/articles/")),
        "search, two words, median": statistics.median(mixed),
        "search, two words, p95": mixed[int(SEARCHES * 0.95)],
        "search, the commonest words, p95": common[int(SEARCHES * 0.95)],
    }


def _median(measure: Callable[[], float]) -> float:
    measure()
    return statistics.median(measure() for _ in range(21))


if __name__ == "__main__":
    main()
