"""Pictures of products: beside the cover in their order, and as pages to look inside."""

from __future__ import annotations

import json
import re

from shop.blueprints.catalog.models import Product
from shop.core.pictures.models import Picture
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.catalog import make_product
from tests.media.test_article_covers import PLACE, add


def test_a_product_shows_its_pictures_in_the_order_that_was_chosen(app, client, run_jobs):
    first, second, page = (add(run_jobs, width) for width in (700, 800, 900))
    product = make_product(title="Doors")
    product_id = product.id
    assert "slides" not in client.get("/shop/doors").text
    editor = sign_in(app.test_client(), make_account(role="owner"))

    def save(**said):
        form = {"title": "Doors", "slug": "doors", "cover_pattern": "rings"}
        tones = {"ground": "#8c2f2b", "figure": "#f2e6d8"}
        return editor.post(f"/admin/products/{product_id}", data=form | tones | said)

    refused = save(pictures="999")
    assert (refused.status_code, "no image with this number" in refused.text) == (422, True)
    assert save(pictures=f"{second} {first}", pages=str(page)).status_code == 303
    shown = client.get("/shop/doors").text
    [data] = re.findall(r'<script type="application/ld\+json">(.+?)</script>', shown)
    images = json.loads(data)["@graph"][0]["image"]
    chosen = [each for each in db.session.get(Product, product_id).pictures if not each.is_page]
    keys = [db.session.get(Picture, number).key for number in (second, first)]
    assert [each.picture.key for each in chosen] == keys
    assert [key in image for key, image in zip(keys, images[1:], strict=True)] == [True, True]
    assert re.search(r'id="look-inside-title">Look inside</h2>', shown)
    assert PLACE not in client.get(images[1].removeprefix("http://localhost")).data
    assert "Doors" in editor.get(f"/admin/media/{page}").text
    assert save().status_code == 303  # a form without the fields keeps them
    assert len(db.session.get(Product, product_id).pictures) == 3
    assert save(pictures="", pages="").status_code == 303
    assert "slides" not in client.get("/shop/doors").text
