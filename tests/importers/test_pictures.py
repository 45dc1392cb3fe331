"""Pictures of a WordPress site come along from its uploads; nothing is fetched unless somebody asks for it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.catalog.models import Product
from shop.blueprints.importers.bookstall.library import with_numbers
from shop.blueprints.importers.bookstall.pictures import with_keys
from shop.blueprints.importers.formats import bundles
from shop.blueprints.importers.pictures import Pictures
from shop.blueprints.importers.wordpress import reading
from shop.blueprints.importers.wordpress.drafts import KINDS, post_draft
from shop.blueprints.importers.wordpress.survey import survey_site
from shop.core.files import storage
from shop.core.pictures.drawing import picture_path
from shop.core.pictures.models import Picture
from shop.core.web import outgoing
from shop.core.web.outgoing import Fetched, Unreachable
from shop.extensions import db
from tests.factories.imports import SITE, wp_item, wxr
from tests.importers.conftest import Import

UPLOADS = f"{SITE}/wp-content/uploads/2011/05"


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def attachment(number: int, name: str) -> str:
    address = f"<wp:attachment_url>{UPLOADS}/{name}</wp:attachment_url>"
    return wp_item(number, name, kind="attachment", status="inherit", more=address)


def site(path: Path) -> Path:
    featured = "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>7</wp:meta_value></wp:postmeta>"
    content = (
        f'<p><a href="{UPLOADS}/cat.jpg"><img src="{UPLOADS}/cat-300x200.jpg" alt="A cat"></a></p>'
        f'<p><img src="{UPLOADS}/lost.jpg" alt="Lost"></p>'
    )
    return wxr(
        path / "site.xml",
        wp_item(1, "One", content=content, more=featured),
        attachment(7, "Door.JPG"),
    )


def test_pictures_come_from_the_uploads_in_their_original_size(
    app: Flask,
    client: FlaskClient,
    bring_in: Import,
    tmp_path: Path,
    run_jobs: Callable[[], int],
) -> None:
    uploads = tmp_path / "uploads.zip"
    with zipfile.ZipFile(uploads, "w") as packed:
        packed.writestr("wp-content/uploads/2011/05/cat.jpg", picture("red"))
        packed.writestr("wp-content/uploads/2011/05/cat-300x200.jpg", picture("blue"))
        packed.writestr("wp-content/uploads/2011/05/door.jpg", picture("green"))
        packed.writestr("wp-content/uploads/2011/05/evil.php", b"<?php")
    stored = list(storage.store().names())
    tried = bring_in("wordpress", site(tmp_path), "--uploads", str(uploads), "--dry-run")
    assert "imported 1," in tried.output
    assert list(storage.store().names()) == stored
    assert db.session.scalars(select(Picture)).all() == []
    done = bring_in("wordpress", site(tmp_path), "--uploads", str(uploads))
    assert (
        f"note     {UPLOADS}/lost.jpg: the image stays a link: it is not among the uploads"
        in done.output
    )
    run_jobs()
    article = db.session.scalars(select(Article)).one()
    cat, door = db.session.scalars(select(Picture).order_by(Picture.id))
    assert [(each.name, each.alt) for each in (cat, door)] == [
        ("cat.jpg", "A cat"),
        ("Door.JPG", ""),
    ]
    assert article.body == f"::picture[{cat.id}]\n\n[Lost]({UPLOADS}/lost.jpg)"
    assert article.cover_id == door.id
    drawn = client.get(picture_path(cat, cat.width, "webp")).data
    shown = Image.open(io.BytesIO(drawn)).convert("RGB").getpixel((5, 5))
    assert shown[0] > 200 > shown[2]
    assert "imported 0, unchanged 1" in bring_in("wordpress", site(tmp_path)).output


def test_pictures_are_fetched_only_where_somebody_asks(
    app: Flask, bring_in: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(url: str, **_given: object) -> Fetched:
        asked.append(url)
        if "lost" in url:
            raise Unreachable("not a server of the open internet")
        return Fetched(200, {}, picture("red"), url)

    monkeypatch.setattr(outgoing, "fetch", fetch)
    bring_in("wordpress", site(tmp_path), "--dry-run", "--fetch-images")
    assert not asked
    done = bring_in("wordpress", site(tmp_path), "--fetch-images")
    assert len(asked) == 4
    assert "the image stays a link: not a server of the open internet" in done.output
    bring_in("wordpress", site(tmp_path), "--fetch-images")
    assert len(asked) == 4


def test_a_picture_is_found_by_its_name_alone_where_only_one_has_it(tmp_path: Path) -> None:
    for name in ("one/a.png", "two/a.png", "two/b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    with bundles.opened(tmp_path, max_mb=1) as bundle:
        kept = Pictures(bundle)
        assert kept.content_of(f"{SITE}/elsewhere/b.png") == b"two/b.png"
        assert kept.content_of(f"{SITE}/elsewhere/a.png") == b""


def test_a_featured_picture_that_the_text_shows_is_not_shown_twice(tmp_path: Path) -> None:
    class Kept(Pictures):
        def kept_at(self, address: str) -> str:
            return f"/kept/{address.rpartition('/')[2]}" if address else ""

    file = site(tmp_path)
    file.write_text(file.read_text().replace("lost.jpg", "Door.JPG"))
    [item] = [each for each in reading.items(file) if each.kind == "post"]
    draft = post_draft(item, survey_site(file), Kept(), KINDS)
    assert draft.body.count("/kept/Door.JPG") == 1


def test_a_row_of_pictures_that_are_not_in_the_library_stays_as_it_is() -> None:
    row = "![A](/media/pictures/a.webp) ![B](/media/pictures/b.webp)"
    assert Pictures().in_library(row) == row


def test_the_keys_of_pictures_are_new_where_a_text_shows_them() -> None:
    old, new = "a" * 64, "b" * 64
    shown = (
        f"![A cat](/media/{old}.webp) ![small](/media/{old}-320.webp) {old} /media/{'c' * 64}.webp"
    )
    there = with_keys(shown, {old: new})
    assert there == shown.replace(f"/media/{old}", f"/media/{new}")
    named = "::picture[12 | 12 cats]\n\n::gallery[12 13 14 | of 13]\n\n12"
    assert (
        with_numbers(named, {12: 5, 14: 12})
        == "::picture[5 | 12 cats]\n\n::gallery[5 13 12 | of 13]\n\n12"
    )


def test_the_pictures_of_a_product_come_from_a_folder_in_their_order(
    app: Flask, bring_in: Import, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "mug.jpg").write_bytes(picture("red"))
    for name in ("handle", "saucer"):
        (folder / f"{name}.jpg").write_bytes(picture({"handle": "teal", "saucer": "navy"}[name]))
    (folder / "broken.jpg").write_bytes(b"no picture")
    table = tmp_path / "products.csv"
    table.write_text(
        "Handle,Title,Variant Price,Image Src,Image Position,Image Alt Text\n"
        "mug,Mug,9.00,https://cdn.example/s/files/1/mug.jpg?v=1,1,Red\n"
        "mug,,,https://cdn.example/s/files/1/lost.jpg,4,\n"
        "mug,,,https://cdn.example/s/files/1/saucer.jpg,3,A saucer\n"
        "mug,,,https://cdn.example/s/files/1/handle.jpg,2,\n"
        "jar,Jar,4.00,https://cdn.example/s/files/1/broken.jpg,1,\n",
        encoding="utf-8",
    )
    done = bring_in("shopify", table, "--uploads", str(folder))
    rows = db.session.execute(select(Product.title, Product.image_key))
    pictures = {title: image_key for title, image_key in rows}  # noqa: C416
    assert (bool(pictures["Mug"]), pictures["Jar"]) == (True, None)
    mug = db.session.scalars(select(Product).filter_by(title="Mug")).one()
    further = [db.session.get(Picture, each.picture_id) for each in mug.pictures]
    assert [(each.name, each.alt) for each in further if each] == [
        ("handle.jpg", ""),
        ("saucer.jpg", "A saucer"),
    ]
    assert (
        "mug: its image was not downloaded: https://cdn.example/s/files/1/lost.jpg" in done.output
    )
    assert "jar: its image was left out" in done.output
    assert "imported 0, unchanged 5" in bring_in("shopify", table).output
