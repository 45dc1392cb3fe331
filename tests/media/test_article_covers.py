"""Covers of articles: a picture of the library, or one drawn from the title."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image

from shop.blueprints.articles.models import Article
from shop.blueprints.media.services import add_picture
from shop.core.covers import initials
from shop.core.covers.sharing import of_words
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article

PLACE = b"48.8584 N 2.2945 E"


def add(run_jobs, width=1600, height=900):
    """The number of a picture in the library, drawn in its sizes."""
    picture, out = Image.new("RGB", (width, height), "teal"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()
    picture.save(out, "JPEG", exif=exif)
    with unit_of_work():
        number = add_picture(out.getvalue(), "sea.jpg").id
    run_jobs()
    return number


def test_a_chosen_cover_is_shown_on_cards_at_the_head_and_to_networks(app, client, run_jobs):
    number = add(run_jobs)
    article_id = make_article(title="On doors", slug="doors").id
    editor = sign_in(app.test_client(), make_account(role="editor"))
    assert "/articles/doors/cover.svg" in client.get("/articles/").text

    def save(**said):
        form = {"title": "On doors", "slug": "doors", "body": "Text.", "state": "published"}
        version = db.session.get(Article, article_id).version
        return editor.post(f"/admin/articles/{article_id}", data=form | said | {"version": version})

    answer = save(cover="999")
    assert (answer.status_code, "no image with this number" in answer.text) == (422, True)
    save(cover=str(number))

    for address in ("/", "/articles/", "/articles/doors"):
        assert "-640.webp" in client.get(address).text, address
    page = client.get("/articles/doors").text
    [shared] = re.findall(r'property="og:image" content="http://localhost([^"]+)"', page)
    picture = client.get(shared)
    assert picture.mimetype == "image/webp"
    assert Image.open(io.BytesIO(picture.data)).width == 1280
    assert PLACE not in picture.data
    [data] = re.findall(r'<script type="application/ld\+json">(.+?)</script>', page)
    assert json.loads(data)["@graph"][0]["image"] == f"http://localhost{shared}"
    assert "On doors" in editor.get(f"/admin/media/{number}").text

    save()  # a form without the field keeps it
    assert db.session.get(Article, article_id).cover_id == number
    editor.post(f"/admin/media/{number}/removal")
    assert "/articles/doors/cover.svg" in client.get("/").text
    assert "-640.webp" not in client.get("/articles/doors").text


def test_a_page_has_a_cover_too_and_a_title_may_be_wrapped(app, client, run_jobs):
    number = add(run_jobs, 700, 400)
    editor = sign_in(app.test_client(), make_account("editor"))
    form = {"title": "On\r\ndoors", "slug": "doors", "body": "Text.", "state": "published"}
    assert editor.post("/admin/pages/new", data=form | {"cover": str(number)}).status_code == 303
    page = client.get("/pages/doors").text
    assert "<h1>On doors</h1>" in page
    assert '<figure class="article__cover">' in page
    [shared] = re.findall(r'property="og:image" content="http://localhost([^"]+)"', page)
    assert client.get(shared).mimetype == "image/webp"


def test_a_drawn_cover_may_be_kept_until_the_title_changes(app, client):
    make_article(title="12 <keys>", slug="keys")
    [address] = re.findall(r'src="(/articles/keys/cover\.svg[^"]+)"', client.get("/articles/").text)
    drawn = client.get(address)
    assert "immutable" in drawn.headers["Cache-Control"]
    assert ">12</text>" in drawn.text
    assert "<title>12 &lt;keys&gt;</title>" in drawn.text
    assert (
        "immutable" not in client.get("/articles/keys/cover.svg?v=other").headers["Cache-Control"]
    )
    make_article(slug="draft", state="draft")
    assert client.get("/articles/draft/cover.svg").status_code == 404


@pytest.mark.parametrize(
    ("title", "initial"),
    [
        ("8 keys to trust", "8"),
        ("“12 rules”", "12"),
        ("2026 in review", "2"),
        ("éclairs", "É"),
        ("שלום", "ש"),
        ("…", ""),
    ],
)
def test_a_title_is_known_by_its_number_or_its_first_letter(title, initial):
    assert initials.initial_of(title) == initial
    assert f">{initial}</text>" in initials.initial_svg(of_words(title, "", "", "a")) or not initial
