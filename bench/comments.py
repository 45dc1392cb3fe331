"""What a page of comments, a page of the queue and an approval cost with a thousand comments and with a million; and
how many comments are posted in a second, beside the bare database's inserts.

python -m bench.comments [--rows 1000000] [--database sqlite|postgresql] [--rounds 40]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from bench import crowd
from bench.harness import table
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation.queue.filters import QueueFilter, QueueOrder
from shop.blueprints.comments.moderation.queue.matching import find_matching
from shop.blueprints.comments.reading.threads import page_of_threads
from shop.core.app_state import state_of
from shop.extensions import db, limiter
from tests import servers

FEW, FEW_WAITING = 1_000, 200
GOAL = 1.3
POSTS = 50
PATIENCE = 5


class Ground:
    """A site with very many comments, and the requests that are measured."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.reader: FlaskClient = app.test_client()
        self.desk: FlaskClient = app.test_client()
        signed_in = self.desk.post(
            "/account/sign-in", data={"email": crowd.EMAIL, "password": crowd.PASSWORD}
        )
        if signed_in.status_code != 303:
            raise RuntimeError("the moderator can't sign in")
        with app.app_context():
            self.thread_cursor = page_of_threads(1).next_cursor or ""
            self.queue_cursor = self._halfway()
            self.waiting = iter(self._singles())
            db.session.remove()

    def _halfway(self) -> str:
        """A cursor deep in the queue."""
        cursor = None
        for _ in range(4):
            cursor = find_matching(QueueFilter(), after=cursor, size=25).next_cursor or cursor
        return cursor or ""

    def _singles(self) -> list[int]:
        query = select(Comment.id).where(Comment.state == State.WAITING, Comment.campaign.is_(None))
        return list(db.session.scalars(query.order_by(Comment.id.desc()).limit(100)))

    def look(self, path: str) -> None:
        """The article's page, made anew."""
        state_of(self.app).purge_board.purge_everything()
        _expect(self.reader.get(path).status_code, 200)

    def moderate(self, path: str) -> None:
        """A page of the admin."""
        _expect(self.desk.get(f"/admin/comments/{path}").status_code, 200)

    def approve(self) -> None:
        """One comment, from the queue."""
        path = f"/admin/comments/{next(self.waiting)}/approve?state=waiting"
        _expect(self.desk.post(path).status_code, 303)

    def questions(self) -> dict[str, Callable[[], None]]:
        """What is measured, by what it is called in the table."""
        further = urlencode({"comments": self.thread_cursor})
        deep = urlencode({"after": self.queue_cursor})
        return {
            "article page, made anew": lambda: self.look("/articles/article-1"),
            "its second page of comments": lambda: self.look(f"/articles/article-1?{further}"),
            "queue, first in, first out": lambda: self.moderate(""),
            "queue, further down": lambda: self.moderate(f"?{deep}"),
            "queue, likely spam last": lambda: self.moderate(f"?order={QueueOrder.SPAM_LAST}"),
            "queue of one article": lambda: self.moderate("?article=article-2"),
            "poll for news": lambda: self.moderate("pulse"),
            "log of decisions": lambda: self.moderate("decisions"),
            "approval": self.approve,
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    limiter.enabled = True  # else it would not bind to a second application
    for backend in [asked.database] if asked.database else ["sqlite", "postgresql"]:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-crowd-")))
            _measure(backend, folder, asked.rows, asked.rounds)


def _measure(backend: str, folder: Path, rows: int, rounds: int) -> None:
    def url() -> str:
        return servers.postgres().new_database() if backend == "postgresql" else ""

    few = crowd.site(folder / "few", FEW, waiting=FEW_WAITING, database_url=url())
    began = time.perf_counter()
    waiting = max(FEW_WAITING, min(50_000, rows // 5))
    many = crowd.site(folder / "many", rows, waiting=waiting, database_url=url())
    print(f"\n{rows:,} comments, {waiting:,} waiting, {rows // 10:,} below one article: ", end="")
    print(f"written in {time.perf_counter() - began:,.0f} s on {backend}")
    limiter.enabled = False
    grounds = Ground(few), Ground(many)
    _compare(backend, grounds, rows, rounds)
    _post(backend, grounds[1])
    for app in (few, many):
        with app.app_context():
            db.engine.dispose()
    limiter.enabled = True


def _compare(backend: str, grounds: tuple[Ground, Ground], rows: int, rounds: int) -> None:
    asked = [ground.questions() for ground in grounds]
    spent: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in asked[0]}
    for turn in range(rounds + PATIENCE):
        for name, both in spent.items():
            for questions, times in zip(asked, both, strict=True):
                began = time.perf_counter()
                questions[name]()
                if turn >= PATIENCE:
                    times.append(time.perf_counter() - began)
    lines = []
    for name, both in spent.items():
        small, large = (statistics.median(times) * 1000 for times in both)
        lines.append((name, f"{small:.1f}", f"{large:.1f}", f"{large / small:.2f}", f"{GOAL}"))
    heading = ("what", f"ms at {FEW:,}", f"ms at {rows:,}", "ratio", "goal at most")
    table(f"Comments on {backend}, one process, medians of {rounds}", lines, heading)


def _post(backend: str, ground: Ground) -> None:
    """Comments through the whole application, and rows into a bare table of the same database, in turn."""
    numbers = count(1)
    with ground.app.app_context(), db.engine.connect() as connection:
        connection.execute(text("CREATE TABLE bare (id INTEGER PRIMARY KEY, words TEXT)"))
        connection.commit()

    def bare() -> None:
        with ground.app.app_context(), db.engine.connect() as connection:
            for number in range(POSTS):
                row = {"id": next(numbers), "words": f"Note {number}"}
                connection.execute(text("INSERT INTO bare (id, words) VALUES (:id, :words)"), row)
                connection.commit()

    def ours() -> None:
        for _ in range(POSTS):
            number = next(numbers)
            form = {
                "author": f"Guest {number}",
                "email": f"guest{number}@example.org",
                "body": f"The {number}th key is one that I would call a truce, and keep {number * 7}.",
            }
            answer = ground.reader.post("/articles/article-1/comments", data=form)
            _expect(answer.status_code, 303)

    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(4):
        for name, work in (("bare", bare), ("ours", ours)):
            began = time.perf_counter()
            work()
            rates[name].append(POSTS / (time.perf_counter() - began))
    plain, posted = (statistics.median(found) for found in rates.values())
    table(
        f"Comments posted a second on {backend}, one process, judged and stored",
        [(f"{posted:,.0f}", f"{plain:,.0f}", f"{posted / plain:.3f}")],
        ("ours, form to redirect", "bare inserts, each committed", "ratio"),
    )


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"answered {found}, not {wanted}")


if __name__ == "__main__":
    main()
