"""Switch a feature off, and its pages, links, admin pages and jobs are gone; everything else works."""

from __future__ import annotations

import pytest

from shop.app import FEATURES, create_app
from shop.config import Config
from shop.core import jobs
from shop.core.app_state import state_of
from shop.plugins import manager
from shop.plugins.manager import Registry
from tests import data_folders
from tests.factories.cart import add
from tests.factories.catalog import make_product

PUBLIC = (
    "/",
    "/articles/",
    "/shop/",
    "/cart",
    "/contact",
    "/newsletter",
    "/search",
    "/feed.xml",
    "/sitemap.xml",
    "/robots.txt",
    "/account/sign-in",
    "/healthz",
    "/admin/",
)


def started(folder, *off):
    """An application with these features off, on the data of a site that ran with them."""
    data_folders.made("sqlite", folder)
    return create_app(
        Config(
            data_dir=folder, secret_key="a key for tests only", features_off=off, database_url=""
        )
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The application with everything on: the names of what it has."""
    return started(tmp_path_factory.mktemp("whole"))


def switched_on(app):
    return {plugin.name for plugin in state_of(app).part(Registry).plugins}


def endpoints(app):
    return {rule.endpoint.split(".")[0] for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_that_is_off_leaves_nothing_behind(feature, tmp_path, whole):
    app = started(tmp_path, feature)
    gone = switched_on(whole) - switched_on(app)
    assert feature in gone
    assert not gone & endpoints(app)
    with app.app_context():
        assert not [name for name in jobs.job_registry().periodic if name.split(".")[0] in gone]
    client = app.test_client()
    for path in PUBLIC:
        assert client.get(path).status_code in {200, 302, 303, 404}, path
    for page in ("/", "/contact", "/articles/", "/shop/"):
        text = client.get(page).text
        for name in gone & LINKS.keys():
            assert f'href="{LINKS[name]}"' not in text, f"{page} still leads to {name}"
            assert f'action="{LINKS[name]}"' not in text, f"{page} still posts to {name}"


LINKS = {
    "catalog": "/shop/",
    "cart": "/cart",
    "contact": "/contact",
    "newsletter": "/newsletter",
    "search": "/search",
    "articles": "/articles/",
    "feeds": "/feed.xml",
}


def test_what_needs_it_goes_with_it(tmp_path):
    app = started(tmp_path, "catalog")
    names = switched_on(app)
    assert not names & {"catalog", "cart", "checkout", "orders", "downloads", "stock_alerts"}
    assert {"articles", "comments", "newsletter", "contact"} <= names


def test_without_the_cart_a_product_is_shown_and_no_form_leads_to_one(tmp_path):
    app = started(tmp_path, "cart")
    with app.app_context():
        product = make_product({"title": "Linen"}, title="Letters")
        address = f"/shop/{product.slug}"
    client = app.test_client()
    for page in (client.get(address).text, client.get("/shop/").text):
        assert "Letters" in page
        assert "/cart" not in page


def test_without_stock_alerts_nothing_offers_one(tmp_path):
    app = started(tmp_path, "stock_alerts")
    with app.app_context():
        product = make_product({"left": 0}, title="Letters")
        address = f"/shop/{product.slug}"
    client = app.test_client()
    for page in (client.get(address).text, client.get("/shop/").text):
        assert "Letters" in page
        assert "notify" not in page.lower()


def test_without_the_checkout_the_cart_offers_no_way_to_it(tmp_path):
    app = started(tmp_path, "checkout")
    with app.app_context():
        variant = make_product({}, title="Letters").variants[0]
        client = app.test_client()
        add(client, variant)
    page = client.get("/cart").text
    assert "Letters" in page
    assert "Check out" not in page
    assert client.post("/cart", data={"note": "hello"}).status_code == 405


def test_an_unknown_feature_stops_the_start(tmp_path):
    with pytest.raises(manager.PluginError, match="there is no feature named 'nonsense'"):
        started(tmp_path, "nonsense")
