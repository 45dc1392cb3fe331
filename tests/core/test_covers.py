"""Drawn covers: words that fit, drawings that vary, nothing that runs."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from shop.blueprints.catalog import cards, services
from shop.blueprints.catalog.services import ProductText
from shop.core.covers import design, lettering, sharing
from shop.core.covers.patterns import PATTERNS
from shop.core.unit_of_work import unit_of_work
from tests.factories.catalog import make_product

SVG = "{http://www.w3.org/2000/svg}"

TITLES = [
    "Trust",
    "The Repair Notebook",
    "A Very Long Title That Goes On And On And On, And Then Goes On A Little More Than Anybody Reads",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "W" * 160,
    "رسائل لم نرسلها",
    "手紙の箱送らなかった言葉のために作られた箱とその使い方",
    "🗝️ Keys 🗝️",
    '<script>alert(1)</script> & "quotes" {{7*7}}',
]


def book(title: str = "The Repair Notebook", **more: object) -> ProductText:
    return ProductText(**{"title": title, "currency": "EUR", "subtitle": "Twelve evenings", **more})


def drawn(**more: object) -> ET.Element:
    return ET.fromstring(design.svg(book(**more)))  # noqa: S314 - our own drawing


def words(cover: ET.Element) -> list[str]:
    return [span.text or "" for span in cover.iter(f"{SVG}tspan")]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_draws_something_and_the_same_again(pattern):
    first = design.svg(book(cover_pattern=pattern))
    assert first == design.svg(book(cover_pattern=pattern))
    field = ET.fromstring(first).find(f"{SVG}g/{SVG}svg")  # noqa: S314 - our own drawing
    assert field is not None
    assert len(field) >= 5


def test_all_words_of_a_cover_begin_at_the_side_where_its_title_begins():
    shared = sharing.of_words("كيف تعيد بناء الثقة", "Trust", "Bookstall", "seed")
    starts = re.findall(r'<text x="(\d+)"( text-anchor="end")?', sharing.picture_svg(shared))
    assert set(starts) == {("1116", ' text-anchor="end"')}
    shared = sharing.of_words("How to rebuild trust", "ثقة", "Bookstall", "seed")
    starts = re.findall(r'<text x="(\d+)"( text-anchor="end")?', sharing.picture_svg(shared))
    assert set(starts) == {("84", "")}
    subtitle = list(drawn(title="رسائل لم نرسلها").iter(f"{SVG}text"))[-1]
    assert (subtitle.get("x"), subtitle.get("text-anchor")) == ("274", "end")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_two_books_of_one_pattern_look_different(pattern):
    drawings = {design.svg(book(slug=slug, cover_pattern=pattern)) for slug in "abcdef"}
    assert len(drawings) > 1


@pytest.mark.parametrize("title", TITLES)
def test_a_title_stays_within_its_frame(title):
    lines = words(drawn(title=title))
    assert 1 <= len(lines) <= lettering.MOST_LINES
    assert all(lines)


def test_a_title_that_fits_is_whole():
    assert " ".join(words(drawn(title="The Repair Notebook"))) == "The Repair Notebook"


def test_a_title_that_does_not_fit_says_so():
    assert words(drawn(title=TITLES[2]))[-1].endswith("…")


def test_right_to_left_begins_at_the_right():
    cover = drawn(title="رسائل لم نرسلها", subtitle="اثنتا عشرة")
    assert {text.get("direction") for text in cover.iter(f"{SVG}text")} == {"rtl"}
    assert {span.get("x") for span in cover.iter(f"{SVG}tspan")} == {str(design.RIGHT)}


def test_words_stay_words():
    hostile = "</text><script>alert(1)</script>\x07{{7*7}}"
    cover = design.svg(book(title=hostile, subtitle=hostile))
    assert "<script" not in cover
    assert "{{7*7}}" in design.svg(book(title="{{7*7}}"))
    ET.fromstring(cover)  # noqa: S314 - our own drawing


@pytest.mark.parametrize(
    "tones", [("red", "#ffffff"), ("#fff", "#ffffff"), ('#ffffff"/><script>', "#ffffff")]
)
def test_a_tone_that_is_none_is_refused(app, tones):
    from shop.core.errors import Refused

    with pytest.raises(Refused), unit_of_work():
        services.write_product(book(cover_tones=tones))


def test_a_cover_is_kept_for_ever_under_the_mark_of_what_is_on_it(client):
    product = make_product(title="The Repair Notebook")
    answer = client.get(cards_url(client, product))
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_cover_comes_compressed(client):
    url = cards_url(client, make_product())
    assert client.get(url, headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"


def test_without_the_mark_a_cover_is_kept_for_a_minute(client):
    product = make_product()
    answer = client.get(f"/shop/{product.slug}/cover.svg?v=nonsense")
    assert answer.headers["Cache-Control"] == "public, max-age=60"


def test_another_title_is_another_address(client):
    product = make_product()
    before = cards_url(client, product)
    with unit_of_work():
        services.write_product(
            ProductText(title="Anew", slug=product.slug, currency="EUR"), product=product
        )
    assert cards_url(client, product) != before


def test_a_draft_shows_its_cover_to_nobody_who_does_not_know_what_is_on_it(client):
    product = make_product(published=False)
    assert client.get(f"/shop/{product.slug}/cover.svg").status_code == 404
    assert client.get(f"/shop/{product.slug}/cover.svg?v=123456789abc").status_code == 404
    assert client.get(cards_url(client, product)).status_code == 200


def test_a_cover_of_nothing_is_not_there(client):
    assert client.get("/shop/nothing/cover.svg").status_code == 404


def cards_url(client, product) -> str:
    with client.application.test_request_context():
        return cards.cover_url(product)
