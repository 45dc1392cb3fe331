"""What a search costs among ten thousand articles: milliseconds of the processor, and statements.

python -m bench.search [postgresql]
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from bench.harness import table
from bench.library import library
from shop.core.app_state import state_of
from tests import servers
from tests.factories.articles import counted_queries

ARTICLES, SEARCHES = 10_000, 60


def main() -> None:
    """Measure and print."""
    backend = "postgresql" if "postgresql" in sys.argv[1:] else "sqlite"
    url = servers.postgres().new_database() if backend == "postgresql" else ""
    with library(ARTICLES, url) as (app, words):
        client, board = app.test_client(), state_of(app).purge_board

        def ask(path: str) -> tuple[float, int]:
            board.purge_everything()
            with counted_queries() as statements:
                started = time.thread_time()
                status = client.get(path).status_code
                spent = time.thread_time() - started
            if status != 200:
                raise RuntimeError(path)
            return spent * 1000, len(statements)

        rows = []
        for name, query in _queries(words).items():
            ask(f"/search?q={query()}")
            found = [ask(f"/search?q={query()}") for _ in range(SEARCHES)]
            spent = sorted(each for each, _statements in found)
            most = max(statements for _spent, statements in found)
            p95 = spent[int(SEARCHES * 0.95)]
            rows.append((name, f"{statistics.median(spent):.1f}", f"{p95:.1f}", str(most)))
    table(
        f"{backend}: a page of results among {ARTICLES:,} articles",
        rows,
        ("asked", "median, ms", "p95, ms", "statements"),
    )


def _queries(words: Sequence[str]) -> dict[str, Callable[[], str]]:
    chance = random.Random(3)

    def mistyped() -> str:
        word = chance.choice(words[:500])
        at = chance.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return {
        "two words": lambda: "+".join(chance.sample(words[:1_000], 2)),
        "the commonest words": lambda: chance.choice(words[:20]),
        "the beginning of a word": lambda: chance.choice(words[:500])[:4],
        "a mistyped word": mistyped,
        "a word that nothing has": lambda: f"{chance.choice(words)}quux",
    }


if __name__ == "__main__":
    main()
