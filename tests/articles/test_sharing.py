"""What networks show where a page is shared: a picture of its own, at an address that changes with it."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from shop.core.covers import sharing
from shop.core.unit_of_work import purge, unit_of_work
from tests.factories.articles import make_article
from tests.factories.catalog import make_product


def shared_picture(page) -> str:
    [address] = re.findall(
        r'<meta property="og:image" content="http://localhost([^"]+)">', page.text
    )
    return address.replace("&amp;", "&")


def test_an_article_a_guide_and_the_site_have_a_picture_that_may_be_kept_for_ever(app, client):
    with unit_of_work():
        article, product = make_article(title="On doors"), make_product(title="The Notebook")
        addresses = ["/", "/articles/", f"/articles/{article.slug}", f"/shop/{product.slug}"]
    for address in addresses:
        page = client.get(address)
        assert 'name="twitter:card" content="summary_large_image"' in page.text
        picture = client.get(shared_picture(page))
        assert (picture.status_code, picture.mimetype) == (200, "image/png")
        assert "immutable" in picture.headers["Cache-Control"]
        assert Image.open(io.BytesIO(picture.data)).size == (1200, 630)
    for address in addresses[2:]:
        link = f'<a href="http://localhost{address}">'
        assert re.search(rf"<copy-link [^>]+>{link}", client.get(address).text)


def test_a_new_title_has_a_new_picture_and_the_old_address_leads_to_it(app, client):
    with unit_of_work():
        article = make_article(title="On doors")
        slug = article.slug
    before = shared_picture(client.get(f"/articles/{slug}"))
    with unit_of_work():
        article.title = "On windows"
        purge(f"article:{article.id}")
    after = shared_picture(client.get(f"/articles/{slug}"))
    assert after != before
    assert client.get(before).headers["Location"] == after
    assert client.get(f"/articles/{slug}/share.png?v=made-up").headers["Location"] == after


def test_a_draft_has_no_picture(app, client):
    with unit_of_work():
        slug = make_article(state="draft").slug
    assert client.get(f"/articles/{slug}/share.png").status_code == 404


@pytest.mark.parametrize(("ground", "figure"), sharing.TONES)
def test_colours_can_be_read(ground, figure):
    def light(tone: str) -> float:
        parts = [int(tone[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert (light(figure) + 0.05) / (light(ground) + 0.05) >= 6.5
