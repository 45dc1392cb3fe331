"""An article's page: warm beside the bare server, cold beside the smallest Flask application, and what a first visit
weighs.

python -m bench.article
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import brotli
from flask import Flask
from sqlalchemy import event, select

from bench import ground
from bench.harness import Measured, Served, fetch, hammer, in_turn, serving, table
from shop.app import create_app
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.services import save_article
from shop.blueprints.comments import decisions
from shop.blueprints.comments.services import import_comment
from shop.config import Config
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

REQUESTS_WARM, REQUESTS_COLD = 16_000, 100

GRANIAN = """
from granian.constants import Interfaces
from granian.server import Server
Server({target!r}, factory={factory}, address="127.0.0.1", port=PORT, interface=Interfaces.WSGI, workers=1,
       blocking_threads=1, backpressure=48, log_enabled=False, websockets=False).serve()
"""

RAW = '''
"""The limit: a callable that returns the same bytes under the same headers."""
import json, pathlib
kept = json.loads(pathlib.Path(__file__).with_name("kept.json").read_text())
headers = [tuple(pair) for pair in kept["headers"]]
body = pathlib.Path(__file__).with_name("body").read_bytes()
def application(environ, start_response):
    start_response("200 OK", headers)
    return [body]
'''

REFERENCE = '''
"""The least that Flask can do: one query by SQLAlchemy and a 30 kB page by Jinja, nothing else."""
import pathlib
from flask import Flask, render_template_string
from sqlalchemy import create_engine, text
here = pathlib.Path(__file__).parent
engine = create_engine(f"sqlite:///{here / 'reference.sqlite3'}")
with engine.begin() as connection:
    connection.execute(text("create table if not exists comment (id integer primary key, author text, body text)"))
    if not connection.execute(text("select count(*) from comment")).scalar():
        for number in range(50):
            connection.execute(text("insert into comment (author, body) values (:a, :b)"),
                               {"a": f"Reader {number}", "b": "We tried the fourth key for a month. " * 6})
app = Flask(__name__)
words = "An apology with an explanation in it is a negotiation. " * 140
page = app.jinja_env.from_string("""<!doctype html><html><head><title>{{ title }}</title></head><body>
<nav>{% for item in menu %}<a href="{{ item[1] }}">{{ item[0] }}</a>{% endfor %}</nav>
<article><h1>{{ title }}</h1>{{ words }}</article>
{% for comment in comments %}<article class="comment" id="comment-{{ comment.id }}">
<header><span>{{ comment.author[:2] }}</span><h3>{{ comment.author }}</h3>
<time datetime="2026-11-22T10:00:00+00:00">{{ comment.id }} hours ago</time></header>
<p>{{ comment.body }}</p><a href="?reply={{ comment.id }}#comment-form">Reply</a></article>
{% endfor %}</body></html>""")
@app.get("/article")
def article():
    with engine.connect() as connection:
        comments = connection.execute(text("select id, author, body from comment order by id")).all()
    return page.render(title="Eight keys", words=words, comments=comments, menu=[("Articles", "/articles/")] * 6)
@app.get("/healthz")
def healthz():
    return ""
'''


def main() -> None:
    """Measure and print."""
    with ground.site() as folder, tempfile.TemporaryDirectory() as scratch:
        ours = serving(
            GRANIAN.format(target="bench.served:kept_pages", factory=True),
            environment=ground.environment(folder),
        )
        with ours as shop:
            _write_peers(shop, Path(scratch))
            raw = serving(
                f"import sys; sys.path.insert(0, {scratch!r})\n"
                + GRANIAN.format(target="raw:application", factory=False),
                environment={"PYTHONPATH": scratch},
            )
            reference = serving(
                GRANIAN.format(target="reference:app", factory=False),
                environment={"PYTHONPATH": scratch},
            )
            with raw as limit, reference as least:
                _warm(shop, limit)
                _cold(shop, least, folder)
            _weight(shop)


def _write_peers(shop: Served, scratch: Path) -> None:
    import json

    body, headers = fetch(shop.port, ground.ARTICLE, Accept_Encoding="br")
    kept = [pair for pair in headers.items() if pair[0] not in {"server", "date", "connection"}]
    (scratch / "body").write_bytes(body)
    (scratch / "kept.json").write_text(json.dumps({"headers": kept}))
    (scratch / "raw.py").write_text(RAW)
    (scratch / "reference.py").write_text(REFERENCE)


def _warm(shop: Served, limit: Served) -> None:
    accept = ["Accept-Encoding: br"]
    found = in_turn(
        {
            "ours": lambda: hammer(shop, ground.ARTICLE, requests=REQUESTS_WARM, headers=accept),
            "raw": lambda: hammer(limit, "/", requests=REQUESTS_WARM, headers=accept),
        },
        rounds=9,
    )
    _print(
        "Article, warm, one process, brotli", found, "raw", "raw WSGI callable, same bytes, granian"
    )
    ratio = found["raw"].cpu_ms / found["ours"].cpu_ms
    print(
        f"\nOurs does {ratio:.2f} of the raw callable's requests for the same CPU time (goal: at least 0.8)."
    )


def _cold(shop: Served, least: Served, folder: Path) -> None:
    app = create_app(Config(data_dir=folder, secret_key=ground.KEY))
    with app.app_context():
        statements = {name: _statements(app, change) for name, change in CHANGES.items()}
        contenders = {name: partial(_hammer_cold, shop, change) for name, change in CHANGES.items()}
        plain = partial(hammer, least, "/article", requests=REQUESTS_COLD, before_each=_correct)
        found = in_turn({**contenders, REFERENCE_NAME: plain}, rounds=3)
        db.engine.dispose()
    rows = [
        (name, f"{each.cpu_ms:.2f}", str(statements.get(name, 1))) for name, each in found.items()
    ]
    table(
        "Article, cold, 50 comments, one process; the page is asked for after each change",
        rows,
        ("what was changed", "CPU ms/page", "statements"),
    )
    dearest = max(CHANGES, key=lambda name: found[name].cpu_ms)
    ratio = found[dearest].cpu_ms / found[REFERENCE_NAME].cpu_ms
    print(f"\nThe dearest, {dearest}, costs {ratio:.2f} times the reference (goal: at most 7).")


def _hammer_cold(shop: Served, change: Callable[[], str]) -> Measured:
    """Ask for the page after each change.

    Raises:
        RuntimeError: the last change is not on the page.
    """
    written: list[str] = []

    def changed() -> None:
        written[:] = [change()]

    found = hammer(shop, ground.ARTICLE, requests=REQUESTS_COLD, before_each=changed)
    if written[0] not in fetch(shop.port, ground.ARTICLE)[0].decode():
        raise RuntimeError(f"{written[0]!r} is not on the page")
    return found


def _statements(app: Flask, change: Callable[[], str]) -> int:
    """How many statements the page asks for after a change, in a process that has drawn it before."""
    client, asked = app.test_client(), list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    client.get(ground.ARTICLE)
    change()
    event.listen(db.engine, "before_cursor_execute", note)
    client.get(ground.ARTICLE)
    event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


def _article() -> Article:
    slug = ground.ARTICLE.rsplit("/", 1)[1]
    return db.session.scalars(select(Article).where(Article.slug == slug)).one()


def _correct() -> str:
    """An author corrects the last words of the text; what is written now."""
    said = f"This is the {next(_numbers)}th correction."
    with unit_of_work():
        article = _article()
        save_article(article, body=f"{_CORRECTION.sub('', article.body)}\n\n{said}")
    return said


def _rename() -> str:
    """An author gives it another title, which other pages show; the title."""
    title = f"Eight keys, number {next(_numbers)}"
    with unit_of_work():
        save_article(_article(), title=title)
    return title


def _approve() -> str:
    """A comment is approved; what it says."""
    said = f"I am the {next(_numbers)}th to be approved."
    with unit_of_work():
        comment, _is_new = import_comment(
            import_key=said,
            article_id=_article().id,
            author_name="Reader",
            email="reader@example.org",
            body=said,
            posted_at=clock.now(),
            state="waiting",
        )
    with unit_of_work():
        decisions.approve(comment, by=None)
    return said


_numbers = count(1)
_CORRECTION = re.compile(r"\n\nThis is the \d+th correction\.")

REFERENCE_NAME = "Flask + Jinja 30 kB + one query"
CHANGES = {"the text": _correct, "the title": _rename, "a comment approved": _approve}


def _print(title: str, found: dict[str, Measured], peer: str, peer_name: str) -> None:
    rows = [
        ("ours", f"{found['ours'].per_second:,.0f}", f"{found['ours'].cpu_ms:.3f}"),
        (peer_name, f"{found[peer].per_second:,.0f}", f"{found[peer].cpu_ms:.3f}"),
    ]
    table(title, rows, ("what", "requests/s", "CPU ms/request"))


def _weight(shop: Served) -> None:
    page, headers = fetch(shop.port, ground.ARTICLE, Accept_Encoding="br")
    html = brotli.decompress(page).decode()
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+|/shop/[^"]+cover\.svg[^"]*)"', html)
    rows, total = [("page", f"{len(page):,}")], len(page)
    for address in dict.fromkeys(loaded):
        body, _ = fetch(shop.port, address.replace("&amp;", "&"), Accept_Encoding="br")
        rows.append((re.sub(r"\.[0-9a-f]{10}", "", address.split("?")[0]), f"{len(body):,}"))
        total += len(body)
    rows.append(("in all", f"{total:,}"))
    table("First visit of an article, bytes over the wire", rows, ("file", "bytes"))
    print(
        f"\n{len(rows) - 1} requests, {total / 1000:.1f} kB (goals: at most 5 and 25 kB); "
        f"cookies set: {'yes' if 'set-cookie' in headers else 'none'}."
    )


if __name__ == "__main__":
    main()
