"""Imports: seconds and memory of long files, and how much of real files arrives.

    python -m bench.import [--posts 20000] [--rows 100000] [--real FOLDER]

Long files are made up: a WordPress export in which each post links to the one before, a Shopify CSV with four variants
a product, and a list of subscribers. Each is brought into an empty site by a process of its own; a row that does not
arrive fails the command. `--real` (or `SHOP_REAL_FILES`) is a folder of exports of other systems: the words of each
source are looked for in the pages that it becomes, and their links between pages are followed. Below 99 % of the words
the command fails.
"""  # noqa: N999 - `python -m bench.import`; nothing imports it

from __future__ import annotations

import argparse
import contextlib
import csv
import html
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from click import Option
from flask import Flask
from sqlalchemy import select

from bench.harness import ROOT, table
from shop.app import create_app
from shop.blueprints.articles.models import Article
from shop.blueprints.importers.formats import front_matter
from shop.blueprints.importers.wordpress import mending
from shop.blueprints.importers.wordpress import reading as wordpress
from shop.config import Config
from shop.core import markdown
from shop.core.errors import Refused
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.installed import migrations
from shop.plugins.types import ImportReport
from tests.factories.imports import SITE, wp_item, wxr

KEY = "a key for benchmarks only, long enough"
FEWEST_WORDS = 0.99
TEXTS = {".html", ".md", ".markdown"}
WORD = re.compile(r"[^\W_]+")
PICTURE_ADDRESS = re.compile(
    r"<img\b[^<>]*?\bsrc=[\"']?(?!data:)([^\"'<> ]+)|!\[[^\]]*\]\(([^)\s]+)"
)
PICTURE = re.compile(r'<img\b[^<>]*\balt="([^"<>]*)"[^<>]*>')
WIDGET = re.compile(r'<p class="button-wrapper".*?</p>', re.DOTALL)
MARKS = re.compile(
    r"\]\([^()]*\)|\[\^\w+\]:?|^\s*\d+\.\s|^\[[^\]]+\]: .*$|^```\w+",
    re.MULTILINE,
)
TAG = re.compile(r"<[^<>]*>")
RAISED = re.compile(r"</?su[bp]\b[^<>]*>")
SHORTCODE = re.compile(r"\[/?[a-z_]+(?:\s[^\[\]]*?(?:\bcaption=\"([^\"]*)\"[^\[\]]*)?)?\]")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LOCAL_LINK = re.compile(r'href="(/[^"#?]*)')
PROSE = (
    "It takes two to hear one bell, and one to ring it. <em>Ask first</em>, then listen to the end. "
    * 12
)
REAL = {
    "wordpress": ("wordpress/*.xml", "movers/wp-xml/*.xml", "movers/squarespace-xml/*.xml"),
    "ghost": ("movers/ghost/ghost*.json",),
    "substack": ("movers/substack",),
    "medium": ("movers/medium-export",),
    "folder": ("movers/jekyll-export", "movers/buttondown"),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Imports of long and of real files.")
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--real", type=Path, default=os.environ.get("SHOP_REAL_FILES"))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        bring_in_alone(*given.one)
        return
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as name:
        long_files(Path(name), given.posts, given.rows)
        kept = real_files(Path(name), Path(given.real)) if given.real else []
    if any(share < FEWEST_WORDS for share in kept):
        raise SystemExit(f"fewer than {FEWEST_WORDS:.0%} of the words arrived")


def long_files(folder: Path, posts: int, rows: int) -> None:
    """Bring each long file in, in a process of its own."""
    made = {
        "wordpress": (wxr(folder / "long.xml", *_posts(posts)), posts),
        "shopify": (_products(folder / "long.csv", rows), rows),
        "subscribers": (_subscribers(folder / "list.csv", rows), rows),
    }
    lines = []
    for importer, (path, count) in made.items():
        done = subprocess.run(
            [sys.executable, "-m", "bench.import", "--one", importer, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode or f"imported {count} " not in done.stdout:
            raise SystemExit(f"{importer}: {done.stdout[-300:]}{done.stderr[-2000:]}")
        seconds, cpu, memory = done.stdout.split()[-3:]
        size = f"{path.stat().st_size / 1_000_000:.0f}"
        lines.append(
            (importer, f"{count:,}", size, seconds, f"{float(cpu) * 1000 / count:.1f}", memory)
        )
    table(
        "Long files",
        lines,
        ("importer", "rows", "MB", "seconds", "ms of CPU a row", "MB of memory"),
    )


def bring_in_alone(importer: str, path: str) -> None:
    """Bring one file into an empty site; the last line says seconds and the most memory that the process had."""
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as name, _site(Path(name)):
        began, cpu_began = time.perf_counter(), time.process_time()
        report = _import(importer, Path(path))
        seconds = time.perf_counter() - began
        cpu = time.process_time() - cpu_began
        print(f"read {report.read} imported {report.imported} refused {report.refusals[:3]}")
        print(
            f"{seconds:.1f} {cpu:.1f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"
        )


def _import(importer: str, path: Path) -> ImportReport:
    report = ImportReport()
    found = next(each for each in registry().importers if each.name == importer)
    given = {str(option.name): _given(option) for option in found.parameters}
    found.run(path, report, **{**given, "max_mb": 2000})
    return report


def _given(option: Option) -> str | int | bool | None:
    """An option as somebody leaves it who has a damaged file mended."""
    if option.is_flag:
        return option.name == "mend"
    return option.default if isinstance(option.default, (str, int)) else None


@contextlib.contextmanager
def _site(folder: Path) -> Iterator[Flask]:
    """An empty site as the present application."""
    app = create_app(Config(data_dir=folder, secret_key=KEY, database_url=""))
    with app.app_context():
        migrations.upgrade_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def _posts(count: int) -> Iterator[str]:
    for number in range(1, count + 1):
        before = f'<p><a href="{SITE}/2011/05/post-{number - 1}/">before</a></p>'
        yield wp_item(
            number,
            f"Post {number}",
            slug=f"post-{number}",
            content=f"<p>{PROSE}</p>{before if number > 1 else ''}",
            more=f"<link>{SITE}/2011/05/post-{number}/</link>",
        )


def _products(path: Path, rows: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Handle", "Title", "Body (HTML)", "Option1 Value", "Variant Price", "Variant Grams"]
        )
        for number in range(rows):
            is_first = number % 4 == 0
            product = number // 4
            writer.writerow(
                [f"mug-{product}", f"Mug {product}" if is_first else "", "<p>A mug.</p>" if is_first else "",
                 f"Size {number % 4}", "1,234.50", "300"]
            )  # fmt: skip
    return path


def _subscribers(path: Path, rows: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Email Address", "CONFIRM_TIME"])
        writer.writerows(
            [f"reader{number}@example.org", "2023-04-21 11:16:57"] for number in range(rows)
        )
    return path


def real_files(folder: Path, real: Path) -> list[float]:
    """Bring each real export in, and compare its pages with its source; returns the shares of words that are there."""
    lines, shares = [], []
    for importer, patterns in REAL.items():
        for path in sorted(each for pattern in patterns for each in real.glob(pattern)):
            with tempfile.TemporaryDirectory(dir=folder) as name, _site(Path(name)) as app:
                try:
                    report = _import(importer, path)
                except Refused as refused:
                    lines.append((importer, path.name, "", "", refused.message[:90], "", ""))
                    continue
                share, pictures, links = _compared(app, importer, path)
            shares += [share] if report.imported else []
            counts = f"{report.read:,}", f"{report.imported:,}"
            lines.append((importer, path.name, *counts, f"{share:.1%}", pictures, links))
    heading = (
        "importer",
        "file",
        "read",
        "imported",
        "words kept",
        "pictures there or linked",
        "links within that answer",
    )
    table("Real files", lines, heading)
    return shares


def _compared(app: Flask, importer: str, path: Path) -> tuple[float, str, str]:
    """The share of the source's words that the pages show; how many of its pictures they show or name; and how many of
    their links within the site answer.
    """
    articles = db.session.scalars(select(Article)).all()
    pages = [str(markdown.render_article(each.body).html) for each in articles]
    above = (
        f"{each.title} {_subtitle(importer, each.excerpt, page)}"
        for each, page in zip(articles, pages, strict=True)
    )
    written = [*pages, *map(html.escape, above)]
    shown = Counter(word for page in written for word in _words(page))
    sources = list(_sources(importer, path))
    source = Counter(word for each in sources for word in _words(each))
    share = (source & shown).total() / max(source.total(), 1)
    return share, _pictures(sources, "\n".join(pages)), _links(app, pages)


def _subtitle(importer: str, excerpt: str, page: str) -> str:
    """An excerpt that stood in the text of the source, and stands above it here; empty where it would count twice."""
    is_in_text = " ".join(_words(excerpt)) in " ".join(_words(page))
    return excerpt if importer == "medium" and not is_in_text else ""


def _pictures(sources: list[str], shown: str) -> str:
    found = {
        html.unescape(one or other).rpartition("/")[2].partition("?")[0]
        for each in sources
        for one, other in PICTURE_ADDRESS.findall(each)
    }
    there = sum(html.escape(name) in shown or quote(name) in shown for name in found)
    return f"{there} of {len(found)}"


def _links(app: Flask, pages: list[str]) -> str:
    links = {link for page in pages for link in LOCAL_LINK.findall(page)}
    client = app.test_client()
    answered = sum(client.get(link).status_code < HTTPStatus.BAD_REQUEST for link in links)
    return f"{answered} of {len(links)}"


def _words(page: str) -> list[str]:
    plain = TAG.sub(" ", RAISED.sub("", PICTURE.sub(r" \1 ", page)))
    return WORD.findall(unicodedata.normalize("NFKC", html.unescape(plain)).lower())


def _sources(importer: str, path: Path) -> Iterator[str]:
    """The texts of what can come in, as HTML or Markdown."""
    if importer == "wordpress":
        with mending.mended(path, ImportReport()) as readable:
            for item in wordpress.items(readable):
                if item.kind in {"post", "page"} and item.status != "trash":
                    yield SHORTCODE.sub(r" \1 ", COMMENT.sub(" ", item.content))
    elif importer == "ghost":
        export = json.loads(path.read_text())
        holder = export["db"][0] if "db" in export else export
        yield from (str(post.get("html") or "") for post in holder["data"]["posts"])
    else:
        pattern = {"substack": "posts/*.html", "medium": "posts/*.html", "folder": "**/*.*"}[
            importer
        ]
        for file in path.glob(pattern):
            if file.suffix in TEXTS and "thread" not in file.name:
                body = front_matter.split(file.read_text())[1]
                inner = body.partition('data-field="body" class="e-content">')[2]
                plain = COMMENT.sub(" ", inner.partition("<footer")[0] or body)
                yield WIDGET.sub(" ", MARKS.sub(" ", plain) if importer == "folder" else plain)


if __name__ == "__main__":
    main()
