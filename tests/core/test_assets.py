"""Stylesheets and scripts as they are served: lighter than their source, and the same to a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shop.core.web.assets import Assets


@pytest.fixture
def served(tmp_path):
    """A function that says what is served for a file of this name and content."""

    def serve(name: str, content: str) -> str:
        source = tmp_path / name
        source.write_text(content, encoding="utf-8")
        assets = Assets(tmp_path / "served")
        assets.add_bundle(name, [source])
        return (tmp_path / "served" / assets.url(name).rpartition("/")[2]).read_text("utf-8")

    return serve


@pytest.mark.parametrize(
    ("source", "lighter"),
    [
        (".a {\n  color : red ;\n}\n", ".a{color : red;}"),
        (
            ".a { p :hover, & .b > c { width: calc(1px + 2px) } }",
            ".a{p :hover,& .b > c{width: calc(1px + 2px)}}",
        ),
        ("/* one */ .a { color: red /* two */ } /* ; */ .b { }", ".a{color: red}.b{}"),
        (
            r"""a { content: "a ; /* b */ \" , x" ; quotes: ' { ' }""",
            r"""a{content: "a ; /* b */ \" , x";quotes: ' { '}""",
        ),
        (".a/* and */.b /* in */ .c { }", ".a/**/.b .c{}"),
        (r".a\ ,  .b { }", r".a\ ,.b{}"),
    ],
    ids=("declarations", "nested", "comments", "strings", "parted", "escaped"),
)
def test_a_stylesheet_loses_what_only_people_read(served, source, lighter):
    assert served("some.css", source) == lighter


def test_a_script_loses_its_comments_but_nothing_that_looks_like_one(served):
    script = "// a note\nconst address = `https://a/*b*/c` // why\nconst slash = /\\/\\*/g\n/*! a licence */\n"
    lighter = served("some.js", script)
    assert "`https://a/*b*/c`" in lighter
    assert "/\\/\\*/g" in lighter
    assert "a licence" in lighter
    assert "note" not in lighter
    assert "why" not in lighter


def test_two_processes_may_begin_in_one_empty_folder(tmp_path, monkeypatch):
    """The second builds the same files just before the first gives one its name."""
    source = tmp_path / "site.css"
    source.write_text(".a { }", encoding="utf-8")
    rename, is_second = Path.replace, []

    def build():
        Assets(tmp_path / "served").add_bundle("site.css", [source])

    def be_interrupted(part, target):
        if not is_second:
            is_second.append(True)
            with monkeypatch.context() as other:
                other.setattr(os, "getpid", lambda: 1)
                build()
        return rename(part, target)

    monkeypatch.setattr(Path, "replace", be_interrupted)
    build()
    assert {each.suffix for each in (tmp_path / "served").iterdir()} == {".css", ".br", ".gz"}
