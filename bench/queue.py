"""A sitting at the moderation queue: what its page costs with 500 waiting, and how long they take by keys in a browser.

python -m bench.queue [--waiting 500] [--browser /usr/bin/chromium-headless-shell]

A key is pressed as soon as the page has taken the last one: so the figure is what the machine needs for a decision,
not what a person needs to read. Most of it the browser needs: it reads, lays out and paints a page of 50 cards for each
decision, in half a second of processor time; so a sitting of 500 takes minutes, and its progress is printed. Ends with
an error where fewer comments were decided on than keys were pressed; and before, as a control, where a key that means
nothing decides on one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import event, func, select, update
from werkzeug.serving import WSGIRequestHandler, make_server

from bench import crowd
from bench.harness import cpu_seconds_of, free_port, table
from shop.blueprints.comments.models import Comment, State
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter

QUEUE = "/admin/comments/"
MEANS_NOTHING = "y"
PRESSES = (*"a" * 10, "s", "r")
"""In turn: most are approved, one is spam, one is rejected."""
ROUNDS = 20
PATIENCE_MS = 120_000
"""For one decision, on a machine on which much else is at work."""
TOLD_EVERY = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=500)
    parser.add_argument(
        "--browser", default=os.environ.get("SHOP_TEST_CHROMIUM", "/usr/bin/chromium")
    )
    asked = parser.parse_args()
    limiter.enabled = True  # else it would not bind to the application
    with tempfile.TemporaryDirectory(prefix="shop-queue-") as folder:
        app = crowd.site(Path(folder), asked.waiting * 4, waiting=asked.waiting)
        limiter.enabled = False
        with app.app_context(), unit_of_work():
            db.session.execute(
                update(Comment).values(campaign=None)
            )  # each is a decision of its own
        _page(app, asked.waiting)
        with _served(app) as url, sync_playwright() as playwright:
            options = {"executable_path": asked.browser, "args": ["--no-sandbox", "--disable-gpu"]}
            browser = playwright.chromium.launch(**options)
            page = browser.new_page(base_url=url)
            page.set_default_timeout(PATIENCE_MS)
            _sign_in(page)
            _refuse_idle_keys(app, page)
            _sit(app, page, asked.waiting)
            browser.close()
        with app.app_context():
            db.engine.dispose()


def _page(app: Flask, waiting: int) -> None:
    desk = app.test_client()
    desk.post("/account/sign-in", data={"email": crowd.EMAIL, "password": crowd.PASSWORD})
    statements: list[str] = []
    with app.app_context():
        event.listen(
            db.engine,
            "before_cursor_execute",
            lambda _c, _cur, said, *_more: statements.append(said),
        )
    spent = []
    for _round in range(ROUNDS):
        statements.clear()
        began = time.process_time()
        answer = desk.get(QUEUE)
        spent.append((time.process_time() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"The queue answered {answer.status_code}.")
    asked = [each for each in statements if not each.startswith("BEGIN")]
    row = (str(len(asked)), f"{len(answer.data) / 1000:.0f}", f"{statistics.median(spent):.1f}")
    table(
        f"The queue's first page with {waiting} waiting", [row], ("statements", "kB", "ms of CPU")
    )


class _Quiet(WSGIRequestHandler):
    def log(self, *_said: object) -> None:
        """Nothing: the tables are what is read."""


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    port = free_port()
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


def _sign_in(page: Page) -> None:
    page.goto("/account/sign-in")
    page.locator("#email").fill(crowd.EMAIL)
    page.locator("#password").fill(crowd.PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url("**/admin/**")


def _refuse_idle_keys(app: Flask, page: Page) -> None:
    """The control: a key that means nothing decides on nothing, and is counted as nothing."""
    page.goto(QUEUE)
    page.keyboard.press("j")
    before = _waiting(app)
    for _press in range(3):
        page.keyboard.press(MEANS_NOTHING)
    page.wait_for_load_state("networkidle")
    if _waiting(app) != before:
        raise SystemExit("A key that means nothing decided on a comment: nothing here is measured.")


def _sit(app: Flask, page: Page, waiting: int) -> None:
    spent = []
    page.goto(QUEUE)
    page.keyboard.press("j")
    cpu, began = cpu_seconds_of(os.getpid()), time.perf_counter()
    for number in range(waiting):
        row = page.locator(".queue__row:focus")
        comment = row.get_attribute("id")
        pressed = time.perf_counter()
        page.keyboard.press(PRESSES[number % len(PRESSES)])
        page.locator(f"#{comment}").wait_for(state="detached")
        spent.append(time.perf_counter() - pressed)
        if (number + 1) % TOLD_EVERY == 0:
            told = (
                f"{number + 1} decided, the last {TOLD_EVERY} in {sum(spent[-TOLD_EVERY:]):.0f} s"
            )
            print(told, flush=True)
    total, cpu = time.perf_counter() - began, cpu_seconds_of(os.getpid()) - cpu
    decided = waiting - _waiting(app)
    table(
        f"A sitting: {waiting} comments, decided on by keys in Chromium",
        [
            (
                str(decided),
                f"{statistics.median(spent):.3f}",
                f"{sorted(spent)[int(len(spent) * 0.95)]:.3f}",
                f"{total:.0f}",
                f"{cpu:.0f}",
            )
        ],
        ("decided", "seconds a decision, median", "95th percentile", "seconds in all", "of CPU"),
    )
    if decided != waiting:
        raise SystemExit(f"{waiting} keys were pressed, and {decided} comments decided on.")


def _waiting(app: Flask) -> int:
    with app.app_context():
        query = select(func.count()).where(Comment.state == State.WAITING)
        return db.session.scalar(query) or 0


if __name__ == "__main__":
    main()
