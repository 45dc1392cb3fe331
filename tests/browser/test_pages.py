"""Every page: held against axe, on a phone and on a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP
from tests.browser.hands import press

pytestmark = pytest.mark.browser

PUBLIC = {
    "home": "/",
    "articles": "/articles/",
    "article": "/articles/eight-keys-to-trust",
    "article-reply": "/articles/eight-keys-to-trust?reply=1#comment-form",
    "tag": "/articles/tag/trust",
    "page": "/pages/about",
    "shop": "/shop/",
    "guide": "/shop/the-repair-notebook",
    "guide-variants": "/shop/table-questions",
    "guide-sold-out": "/shop/the-unsent-box",
    "cart-empty": "/cart",
    "contact": "/contact",
    "newsletter": "/newsletter",
    "search": "/search?q=trust",
    "search-nothing": "/search?q=zzzz",
    "sign-in": "/account/sign-in",
    "register": "/account/register",
    "reset": "/account/reset",
    "order-find": "/orders/",
    "downloads-find": "/downloads/",
    "imprint": "/pages/imprint",
    "not-found": "/nowhere",
}


FIELDS = {
    "article": ("Name", "Email", "Comment"),
    "contact": ("Name", "Email", "Message"),
    "guide": ("Quantity",),
}


def fits_the_narrowest(page: Page) -> None:
    """Nothing scrolls sideways at 320 pixels, which are 1280 at 400 % (WCAG 2.2, 1.4.10)."""
    before = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 568})
    root = "document.documentElement"
    beyond = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    assert beyond <= 0, f"{page.url} lies {beyond} pixels beside a window of 320"
    page.set_viewport_size(before)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_found_by_the_words_of_its_label(name, passer_by):
    """Whoever says "Email" to a voice control, or finds fields by a part of their label, means one field."""
    passer_by.goto(PUBLIC[name])
    for label in FIELDS[name]:
        assert passer_by.get_by_role("main").get_by_label(label).count() == 1, label


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_is_accessible_and_fits_its_screen(name, passer_by, look):
    passer_by.goto(PUBLIC[name])
    look(passer_by, name)
    fits_the_narrowest(passer_by)


def test_every_admin_page_is_accessible_and_fits_its_screen(window, sign_in, look):
    sign_in(window, "owner")
    window.goto("/admin/")
    links = window.locator("#admin-nav a").evaluate_all("links => links.map(link => link.pathname)")
    sections = [link for link in links if link.startswith("/admin/")]
    assert len(sections) > 10
    for path in sections:
        window.goto(path)
        name = path.removeprefix("/admin/").strip("/") or "today"
        look(window, f"admin-{name}", part="html" if name == "today" else "main")
        fits_the_narrowest(window)


def test_every_page_of_ones_own_account_is_accessible_and_fits_its_screen(window, sign_in, look):
    sign_in(window, "owner")
    window.goto("/account/")
    links = window.locator(".side-nav a").evaluate_all("links => links.map(link => link.pathname)")
    assert {"/account/sessions", "/account/second-factor"} <= set(links)
    for path in dict.fromkeys(links):
        window.goto(path)
        look(window, f"own-{path.strip('/').replace('/', '-')}")
        fits_the_narrowest(window)


def test_a_shop_that_does_not_sell_yet_is_accessible_and_fits_its_screen(window, look, monkeypatch):
    window.goto(PUBLIC["guide"])
    with window.expect_response("**/cart/items"):
        press(window, "Add to cart")
    monkeypatch.setattr(
        "shop.blueprints.payments_stripe.keys.is_for_this_machine_alone", lambda _config: False
    )
    window.goto("/cart")
    expect(window.get_by_role("main").get_by_text("We are not selling yet.")).to_be_visible()
    look(window, "cart-not-selling")


def test_the_first_link_leads_past_the_banner(window):
    window.goto("/")
    window.keyboard.press("Tab")
    first = window.locator(":focus")
    assert first.inner_text() == "Skip to main content"
    first.press("Enter")
    assert window.evaluate("document.activeElement.id") == "main"


def test_the_contents_beside_an_article_are_open_without_a_button(passer_by):
    """What the keyboard reaches is seen: beside the text there is nothing to open."""
    passer_by.goto(PUBLIC["article"])
    expect(passer_by.get_by_role("navigation", name="In this article")).to_be_visible()
    expect(passer_by.get_by_text("In this article", exact=True)).to_be_hidden()


@pytest.mark.parametrize(
    ("slug", "lines"), [("eight-keys-to-trust", "3"), ("thamaniyat-mafatih-lil-thiqa", "normal")]
)
def test_a_first_letter_is_set_large_unless_it_is_joined_to_the_next(slug, lines, passer_by):
    passer_by.goto(f"/articles/{slug}")
    first = "words => getComputedStyle(words, '::first-letter').initialLetter"
    assert passer_by.locator(".prose--opening > p").first.evaluate(first) == lines


def test_no_box_is_reached_on_a_phone_that_it_does_not_show(another):
    desk = another("owner")
    desk.goto("/admin/orders/")
    every_row = desk.get_by_label("Select all")
    expect(every_row).to_be_hidden()
    desk.set_viewport_size(DESKTOP)
    expect(every_row).to_be_visible()


def test_an_articles_first_visit_is_light_and_sets_no_cookie(window):
    sizes, hosts = [], set()

    def note(response):
        sizes.append(int(response.headers.get("content-length", 0)))
        hosts.add(response.url.split("/")[2])

    window.on("response", note)
    window.goto("/articles/eight-keys-to-trust", wait_until="networkidle")
    assert window.context.cookies() == []
    assert len(hosts) == 1
    assert len(sizes) <= 5
    assert sum(sizes) <= 25_000, sizes
