"""An article's page: warm beside the bare server, cold beside the smallest Flask application, and what a first visit
weighs.

python -m bench.article
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import brotli

from bench import ground
from bench.harness import Measured, Served, fetch, hammer, in_turn, serving, table

REQUESTS_WARM, REQUESTS_COLD = 8_000, 400

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
            GRANIAN.format(target="shop.app:create_app", factory=True),
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
                _cold(shop, least)
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
        }
    )
    _print(
        "Article, warm, one process, brotli", found, "raw", "raw WSGI callable, same bytes, granian"
    )
    ratio = found["raw"].cpu_ms / found["ours"].cpu_ms
    print(
        f"\nOurs does {ratio:.2f} of the raw callable's requests for the same CPU time (goal: at least 0.8)."
    )


def _cold(shop: Served, least: Served) -> None:
    found = in_turn(
        {
            # A request for a fragment is never answered from kept pages, so the page is made each time. No product
            # changes meanwhile, so that the cards beside the article stand (`shop.core.pages.shared_work`).
            "ours": lambda: hammer(
                shop, ground.ARTICLE, requests=REQUESTS_COLD, headers=["X-Fragment: none"]
            ),
            "least": lambda: hammer(least, "/article", requests=REQUESTS_COLD),
        },
        rounds=3,
    )
    _print(
        "Article, cold, 50 comments, one process", found, "least", "Flask + Jinja 30 kB + one query"
    )
    ratio = found["ours"].cpu_ms / found["least"].cpu_ms
    print(f"\nOurs costs {ratio:.2f} times the CPU of the reference (goal: at most 7).")


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
