"""The media library: uploads are drawn anew in sizes, described, shown in articles, deleted and restored."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from shop.blueprints.media import queries, services
from shop.blueprints.newsletter.models import Campaign
from shop.core.files import images, storage
from shop.core.pictures import sizes
from shop.core.pictures.models import Picture
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article

PLACE = b"48.8584 N 2.2945 E"


def photo(width=700, height=350, colour="teal", kind="JPEG"):
    picture, out = Image.new("RGB", (width, height), colour), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()
    exif[0x0112] = 6  # taken with the camera turned
    picture.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.fixture
def editor(client):
    sign_in(client, make_account(role="editor"))
    return client


def send(client, *files):
    pictures = [(io.BytesIO(content), name) for name, content in files]
    return client.post("/admin/media/", data={"pictures": pictures})


def stored():
    return db.session.scalars(select(Picture).order_by(Picture.id)).all()


def test_several_pictures_become_sizes_without_their_metadata(editor, run_jobs):
    before = set(storage.store().names())
    answer = send(editor, ("photos/one.jpg", photo()), ("two.png", photo(200, 100, "red")))
    assert answer.status_code == 303
    assert "Being prepared" in editor.get("/admin/media/").text
    uploads = set(storage.store().names()) - before
    run_jobs()
    one, two = stored()
    assert (one.name, one.width, one.height) == ("one.jpg", 350, 700)  # upright
    assert {one.state, two.state} == {"ready"}
    assert uploads
    assert uploads.isdisjoint(storage.store().names())
    for width in (320, 350):
        for kind in ("webp", "avif"):
            answer = editor.get(f"/media/pictures/{one.key}-{width}.{kind}")
            assert answer.status_code == 200
            assert answer.mimetype == f"image/{kind}"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"  # in letters
            assert PLACE not in answer.data
            with Image.open(io.BytesIO(answer.data)) as drawn:
                assert drawn.width == width
                assert not drawn.getexif()
    assert editor.get(f"/media/pictures/{one.key}-640.webp").status_code == 404  # never enlarged


def test_what_is_no_picture_is_named_and_the_others_are_added(editor, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 600 * 600)
    answer = send(
        editor, ("page.png", b"<html>"), ("bomb.png", photo(1300, 900)), ("good.jpg", photo())
    )
    assert answer.status_code == 422
    assert "page.png: Use a JPEG, PNG, WebP, AVIF or GIF image." in answer.text
    assert "bomb.png: This image has too many pixels." in answer.text
    assert [each.name for each in stored()] == ["good.jpg"]


def test_a_picture_that_cannot_be_decoded_is_said_to_be_unreadable(editor, run_jobs):
    send(editor, ("cut.jpg", photo()[:700]))
    run_jobs()
    [picture] = stored()
    assert picture.state == "failed"
    assert "can’t be read" in editor.get(f"/admin/media/{picture.id}").text


def test_the_same_bytes_are_the_same_picture(editor, run_jobs):
    for _twice in range(2):
        send(editor, ("one.jpg", photo()))
        run_jobs()
    assert len(stored()) == 1
    assert f"media/uploads/{stored()[0].key}" not in set(storage.store().names())


def described(editor, run_jobs, **said):
    send(editor, ("sea.jpg", photo()))
    run_jobs()
    [picture] = stored()
    form = {"alt": "The sea", "caption": "Brest, 2026", "focus_x": "20", "focus_y": "100"}
    assert editor.post(f"/admin/media/{picture.id}", data=form | said).status_code == 303
    return picture


def show(body):
    make_article(slug="by-the-sea", body=body)


def test_an_article_shows_a_picture_with_its_caption_until_it_is_deleted(editor, client, run_jobs):
    picture = described(editor, run_jobs)
    show(f"Before.\n\n::picture[{picture.id}]\n\n::gallery[{picture.id} 99 | All of it]\n\nAfter.")
    text = client.get("/articles/by-the-sea").text
    assert "<figcaption>Brest, 2026</figcaption>" in text
    assert "<figcaption>All of it</figcaption>" in text
    assert 'alt="The sea" width="350" height="700"' in text
    assert f"{picture.key}-320.avif 320w" in text
    assert "focus-x-25 focus-y-100" in text
    assert "by-the-sea" in editor.get(f"/admin/media/{picture.id}").text
    editor.post(
        f"/admin/media/{picture.id}", data={"alt": "A lake", "focus_x": "0", "focus_y": "0"}
    )
    assert 'alt="A lake"' in client.get("/articles/by-the-sea").text
    editor.post(f"/admin/media/{picture.id}/removal")
    assert "<figure" not in client.get("/articles/by-the-sea").text
    editor.post(f"/admin/media/{picture.id}/restoration")
    assert "<figure" in client.get("/articles/by-the-sea").text


def test_lists_say_what_is_unused_and_what_lacks_a_description(editor, run_jobs):
    picture = described(editor, run_jobs, alt="")
    marked = f"::picture[{picture.id}]"
    assert marked in editor.get("/admin/media/?shelf=unused").text
    show(marked)
    assert marked not in editor.get("/admin/media/?shelf=unused").text
    assert marked in editor.get("/admin/media/?shelf=without-alt").text
    assert marked in editor.get("/admin/media/?q=BREST").text
    assert marked not in editor.get("/admin/media/?q=Paris").text


def test_a_deleted_picture_is_forgotten_with_its_files_after_30_days(editor, run_jobs, monkeypatch):
    picture = described(editor, run_jobs)
    editor.post(f"/admin/media/{picture.id}/removal")
    with unit_of_work():
        services.forget_removed()
    key = stored()[0].key
    with unit_of_work():
        stored()[0].removed_at -= timedelta(days=31)
    with unit_of_work():
        services.forget_removed()
    assert not stored()
    assert not [each for each in storage.store().names() if key in each]


def test_only_those_who_may_see_the_library(client):
    assert client.get("/admin/media/").status_code in {302, 303, 403, 404}
    sign_in(client, make_account(role="moderator"))
    assert client.get("/admin/media/").status_code in {403, 404}


def test_a_picture_has_its_own_width_and_those_below():
    assert sizes.widths_of(100) == (100,)
    assert sizes.widths_of(640) == (320, 640)
    assert sizes.widths_of(5000) == sizes.WIDTHS


def test_numbers_of_a_directive_end_at_its_caption():
    assert queries.numbers_in("12 14, 12 | in 1999") == [12, 14]


def test_a_picture_of_a_letter_is_used_there(editor, run_jobs):
    picture = described(editor, run_jobs)
    with unit_of_work():
        db.session.add(Campaign(subject="Of the sea", body=f"::picture[{picture.id}]"))
    assert f"::picture[{picture.id}]" not in editor.get("/admin/media/?shelf=unused").text
    page = editor.get(f"/admin/media/{picture.id}").text
    assert re.search(r'<a href="/admin/newsletter/letters/\d+">Of the sea</a>', page)


def test_more_bytes_than_a_picture_may_have_are_refused(editor, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 500)
    assert "big.jpg: Use an image" in send(editor, ("big.jpg", photo())).text
