"""A copy of the public site needs no server: each page is a file, and each link leads to one."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from shop import cli
from shop.blueprints.articles import services as articles
from shop.blueprints.exporters import static_copy
from shop.blueprints.redirects import services as redirects
from shop.core.pages.page_cache import private_page, public_page
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.comments import make_article, make_comment

LINK = re.compile(r' (?:href|src)="([^"#?]+)')


def test_every_link_of_the_copy_leads_to_a_file_of_it(app: Flask, tmp_path: Path) -> None:
    talked = make_article(slug="talked")
    comment = make_comment(talked)
    with unit_of_work():
        for number in range(1, 14):
            articles.write_article(
                title=f"Key {number}", body=f"[about](/pages/about) {number}", state="published"
            )
        articles.write_article(title="A hidden draft", body="Not yet.")
        gone = "[hidden](/articles/a-hidden-draft) [yours](/comments/mine) [moved](/2011/key/#end)"
        articles.write_article(title="Links", body=gone, state="published")
        articles.write_article(kind="page", title="About", body="We.", state="published")
        redirects.lead_on("/2011/key/", "/articles/key-1")
    path = tmp_path / "copy.zip"
    done = CliRunner().invoke(
        cli.commands(app), ["export", "--static", str(path)], obj=app, catch_exceptions=False
    )
    db.session.rollback()
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(path) as packed:
        names = set(packed.namelist())
        pages = {name: packed.read(name).decode() for name in names if name.endswith(".html")}
    assert {
        "index.html",
        "articles/key-13/index.html",
        "pages/about/index.html",
        "404.html",
    } <= names
    assert {"feed.xml", "sitemap.xml", "_redirects"} <= names
    assert "Not yet." not in "".join(pages.values())
    assert 'hidden yours <a href="../key-1/index.html#end">' in pages["articles/links/index.html"]
    assert not [name for name in names if name.startswith(("admin", "account", "cart", "checkout"))]
    assert f'href="#comment-{comment.id}"' in pages["articles/talked/index.html"]
    assert "url=../../articles/key-1/index.html" in pages["2011/key/index.html"]
    assert not [name for name in names if name.endswith(".js") or name.startswith("search")]
    for name, page in pages.items():
        assert not re.search(
            r"<form|<script src|<button[^>]*\sform=|href=\"(?:/admin/|\?reply=)", page
        ), name
        if name.startswith(("articles", "pages", "index")):
            assert not re.search(r'<a\s[^>]*\bhref="[/?]', page), name
            for link in LINK.findall(page):
                if not link.startswith(("/", "http", "mailto:")):
                    assert (
                        posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) in names
                    )


def test_what_one_page_says_of_its_visitor_is_nothing_to_the_next(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page(slug: str) -> str:
        """Says of itself what its name says; `mine` says nothing."""
        if slug.startswith("everyones"):
            public_page()
        if slug == "hers":
            private_page()
        return f"<title>{slug}</title>"

    with unit_of_work():
        for title in ("Everyones", "Hers", "Everyones too", "Mine", "Everyones as well"):
            articles.write_article(title=title, body="Text.", state="published")
    monkeypatch.setitem(app.view_functions, "articles.show", page)
    # The client of the tests gives each visit a context of its own; that of the command shares the command's.
    monkeypatch.setattr(app, "test_client_class", None)
    static_copy.write_static_copy(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as packed:
        names = packed.namelist()
    copied = {
        name for name in names if re.fullmatch("articles/(everyones.*|hers|mine)/index.html", name)
    }
    assert copied == {
        f"articles/{slug}/index.html"
        for slug in ("everyones", "everyones-too", "everyones-as-well")
    }
