"""Files that are meant to harm: refused before they are unpacked, and nothing is fetched for them."""

from __future__ import annotations

import gzip
import io
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from shop.blueprints.articles.models import Article
from shop.blueprints.catalog.models import Product
from shop.extensions import db
from tests import controls
from tests.factories.imports import shopify, shopify_row, wp_item, wxr
from tests.importers.conftest import Import

ENTITY_BOMB = (
    '<!DOCTYPE rss [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


def bomb(path: Path, kind: str) -> Path:
    if kind == "entity bomb":
        return wxr(path, wp_item(title="X").replace("X", "&a9;"), prologue=ENTITY_BOMB)
    if kind == "external entity":
        return wxr(
            path,
            wp_item(title="X").replace("X", "&e;"),
            prologue='<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        )
    if kind == "parameter entity":
        return wxr(
            path,
            wp_item(),
            prologue='<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
        )
    if kind == "document type":
        return wxr(path, wp_item(), prologue='<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">')
    if kind == "zip bomb":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("export.xml", b"0" * 30_000_000)
        path.write_bytes(packed.getvalue())
        return path
    if kind == "gzip bomb":
        path.write_bytes(gzip.compress(b"0" * 30_000_000))
        return path
    with path.open("wb") as file:
        file.truncate(30_000_000)
    return path


REFUSALS = {
    "entity bomb": "declares a document type",
    "external entity": "declares a document type",
    "parameter entity": "declares a document type",
    "document type": "declares a document type",
    "zip bomb": "is a ZIP archive",
    "gzip bomb": "is a gzip archive",
    "30 MB file": "the limit is 25 MB",
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_import_bombs(bring_in: Import, tmp_path: Path, kind: str) -> None:
    file = bomb(tmp_path / "export.xml", kind)
    begun = time.thread_time()
    result = bring_in("wordpress", file)
    assert result.exit_code == 1
    assert REFUSALS[kind] in result.output
    assert len(result.output.splitlines()) == 1
    assert time.thread_time() - begun < 2
    assert db.session.scalar(select(func.count()).select_from(Article)) == 0


@controls.on_sqlite
@pytest.mark.parametrize(
    ("guard", "kind"),
    [("no document types", "document type"), ("look at a file before it is read", "30 MB file")],
)
def test_control_import_bombs(bring_in: Import, tmp_path: Path, guard: str, kind: str) -> None:
    with controls.failing_without(guard):
        test_import_bombs(bring_in, tmp_path, kind)


@pytest.mark.parametrize("kind", ["zip bomb", "gzip bomb", "30 MB file"])
@pytest.mark.parametrize("name", ["shopify", "text"])
def test_import_bombs_of_other_kinds(
    bring_in: Import, tmp_path: Path, name: str, kind: str
) -> None:
    options = ["--title", "A"] if name == "text" else []
    result = bring_in(name, bomb(tmp_path / "export", kind), *options)
    assert result.exit_code == 1
    assert REFUSALS[kind] in result.output


def test_the_limit_can_be_raised(bring_in: Import, tmp_path: Path) -> None:
    file = wxr(tmp_path / "a.xml", wp_item(), f"<!--{' ' * 1_000_000}-->")
    assert "the limit is 1 MB" in bring_in("wordpress", file, "--max-mb", "1").output
    assert bring_in("wordpress", file, "--max-mb", "2").exit_code == 0


@pytest.fixture
def knocks() -> Iterator[Callable[[], int]]:
    """A server on this machine, and how often somebody knocked; its address is `knocks.__doc__`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def count() -> int:
            seen = 0
            while True:
                try:
                    server.accept()[0].close()
                except BlockingIOError:
                    return seen
                seen += 1

        count.__doc__ = f"http://127.0.0.1:{server.getsockname()[1]}"
        yield count


def test_import_bombs_fetch_nothing(
    app: Flask, bring_in: Import, tmp_path: Path, knocks: Callable[[], int]
) -> None:
    at = knocks.__doc__
    item = wp_item(
        content=f'<img src="{at}/a.png"><iframe src="{at}/b"></iframe>[embed]{at}/c[/embed]\n{at}/d\n'
    )
    assert bring_in("wordpress", wxr(tmp_path / "a.xml", item)).exit_code == 0
    row = shopify_row(Image_Src=f"{at}/e.png", Body_HTML=f'<img src="{at}/f.png">')
    assert bring_in("shopify", shopify(tmp_path / "a.csv", row)).exit_code == 0
    assert db.session.scalar(select(func.count()).select_from(Product)) == 1
    assert knocks() == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"hello", "damaged at line 1"),
        (b"<html></html>", "starts with <html>"),
        (b"<rss><channel></channel></rss>", "has no wp:wxr_version"),
        (b'<?xml version="1.0" encoding="nonsense"?><rss/>', "export.xml"),
        (b'<?xml version="1.0" encoding="utf-7"?><rss/>', "export.xml"),
        (b"\xff\xfe\x00\x00<rss/>", "export.xml"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(
    bring_in: Import, tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "export.xml"
    file.write_bytes(content)
    result = bring_in("wordpress", file)
    assert result.exit_code == 1
    assert reason in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("bad", [b"\x00", b"\x0b", b"\xff", b"</item>", b"&nbsp;"])
def test_a_file_that_breaks_off_names_the_line_and_leaves_nothing(
    bring_in: Import, tmp_path: Path, bad: bytes
) -> None:
    file = wxr(tmp_path / "export.xml", wp_item(1), wp_item(2, title="BAD"))
    file.write_bytes(file.read_bytes().replace(b"BAD", bad))
    result = bring_in("wordpress", file)
    assert result.exit_code == 1
    assert "damaged at line 6" in result.output
    assert db.session.scalar(select(func.count()).select_from(Article)) == 0


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero"])
def test_a_device_is_no_file(bring_in: Import, name: str) -> None:
    assert "is not a regular file" in bring_in("wordpress", Path(name)).output
