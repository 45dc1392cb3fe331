"""Journeys of buyers: into the cart, through the checkout, to the download or the parcel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP
from tests.browser.hands import fill, heading, main, path_of, press

pytestmark = pytest.mark.browser

NOTEBOOK = "/shop/the-repair-notebook"


def add(page: Page, address: str, quantity: int = 1) -> None:
    page.goto(address)
    main(page).get_by_label("Quantity").fill(str(quantity))
    with page.expect_response("**/cart/items"):
        press(page, "Add to cart")


def in_cart(page: Page, has_script: bool, title: str) -> None:
    """It lies in the drawer, or on the cart's page where no script opens one."""
    cart = page.get_by_role("dialog", name="Your Cart") if has_script else main(page)
    expect(cart.get_by_role("link", name=title)).to_be_visible()


def has_been_told(page: Page, message: str, quantity: str) -> None:
    expect(main(page).get_by_role("status").filter(has_text=message)).to_be_visible()
    expect(main(page).get_by_label("Quantity")).to_have_value(quantity)


def send_to(page: Page, country: str) -> None:
    """Choose the country of the address; its fields follow, without JavaScript after a press."""
    main(page).get_by_label("Country").select_option(label=country)
    update = main(page).get_by_role("button", name="Update the total")
    if update.is_visible():
        update.click()
    expect(main(page).get_by_label("Postcode")).to_be_visible()


def to_the_checkout(page: Page) -> None:
    page.goto("/cart")
    press(page, "Check out")
    heading(page, "Checkout")


SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  const add = (list) => list.getEntries().forEach((each) => { if (!each.hadRecentInput) sum += each.value; });
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => done(sum), 50));
})"""
"""What has moved on a page by itself since it was opened: web.dev/articles/cls."""


def agree(page: Page) -> None:
    """Ask for immediate delivery, where there is a download."""
    consent = main(page).get_by_label("Deliver my downloads right away")
    if consent.count():
        consent.check()


def to_the_payment(page: Page, email: str) -> None:
    to_the_checkout(page)
    fill(page, Email=email, Name="Gerda Guest")
    agree(page)
    main(page).get_by_role("button", name=re.compile("^Pay")).click()
    expect(main(page).get_by_text("This is a TEST payment")).to_be_visible()


def test_an_empty_cart_says_so_and_leads_to_the_shop(visitor, has_script, look):
    visitor.goto("/")
    visitor.get_by_role("banner").get_by_role("link", name="Cart").click()
    cart = visitor.get_by_role("dialog", name="Your Cart") if has_script else main(visitor)
    expect(cart.get_by_role("heading", name="Your Cart")).to_be_visible()
    expect(cart.get_by_text("Your cart is currently empty.")).to_be_visible()
    onward = cart.get_by_role("link", name="Click here to continue shopping.")
    expect(onward).to_have_attribute("href", "/shop/")
    look(visitor, "cart-drawer-empty")
    onward.click()
    expect(visitor).to_have_url(re.compile(r"/shop/$"))


def test_the_drawer_opens_is_announced_and_gives_the_focus_back(window, shelve, look):
    window.goto(shelve("Printed twice", {"left": 9}))
    button = main(window).get_by_role("button", name="Add to cart")
    button.click()
    drawer = window.get_by_role("dialog", name="Your Cart")
    expect(drawer.get_by_role("link", name="Printed twice")).to_be_visible()
    expect(drawer.get_by_role("status")).to_have_text("Printed twice was added to your cart.")
    look(window, "cart-drawer")
    window.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(button).to_be_focused()

    opener = window.get_by_role("banner").get_by_role("link", name=re.compile("Cart"))
    expect(opener).to_have_accessible_name(re.compile(r"Cart\s*1 item"))
    opener.click()
    expect(drawer).to_be_visible()
    drawer.get_by_role("button", name="Increase by one").click()
    expect(drawer.get_by_role("status")).to_contain_text("Your cart has 2 items")
    drawer.get_by_role("button", name="Close").click()
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()


def test_what_was_put_in_counts_when_the_visitor_goes_on_at_once(window):
    window.goto(NOTEBOOK)
    press(window, "Add to cart")
    window.goto("/articles/")
    window.wait_for_function("document.cookie.includes('cart_count=1')")


def test_an_articles_card_sells_its_guide(visitor, has_script):
    visitor.goto("/articles/eight-keys-to-trust")
    card = main(visitor).get_by_role("region", name="The Repair Notebook").first
    card.get_by_role("button", name="Add to cart").click()
    in_cart(visitor, has_script, "The Repair Notebook")


def test_what_does_not_fit_is_said_and_nothing_is_added(visitor, shelve, look):
    guide = shelve("Three copies", {"left": 3})
    add(visitor, guide, 5)
    has_been_told(visitor, "There are only 3 items left to add to the cart", "3")
    add(visitor, guide, 2)
    add(visitor, guide, 2)
    has_been_told(visitor, "There is only one item left to add to the cart", "1")
    look(visitor, "guide-refused")
    add(visitor, guide)
    add(visitor, guide)
    has_been_told(visitor, "The max number of items have already been added", "1")
    visitor.goto("/cart")
    line = main(visitor).get_by_role("group", name="Three copies")
    expect(line.get_by_label("Quantity")).to_have_value("3")


def test_a_line_raised_beyond_the_stock_is_lowered_and_says_so(visitor, shelve, has_script, look):
    add(visitor, shelve("Two copies", {"left": 2}))
    visitor.goto("/cart")
    quantity = main(visitor).get_by_label("Quantity")
    quantity.fill("7")
    if has_script:
        quantity.blur()
    else:
        press(visitor, "Update")
    expect(quantity).to_have_value("2")
    line = main(visitor).get_by_role("listitem").filter(has_text="Two copies")
    left = "There is only one item left to add to the cart"
    expect(line.get_by_role("status")).to_have_text(left)
    look(visitor, "cart-line-lowered")
    press(visitor, "Remove")
    expect(main(visitor).get_by_text("Your cart is currently empty.")).to_be_visible()


def test_a_guest_buys_a_guide_and_has_it_at_once(visitor, site, has_script, look):
    email = f"{'script' if has_script else 'plain'}.guest@example.net"
    add(visitor, NOTEBOOK)
    visitor.goto("/cart")
    look(visitor, "cart")
    to_the_checkout(visitor)
    expect(main(visitor).get_by_label("Street and number")).to_have_count(0)
    fill(visitor, Email="gerda", Name="")
    agree(visitor)
    main(visitor).get_by_role("button", name="Pay €14.00").click()
    expect(visitor.get_by_role("alert")).to_be_visible()
    expect(main(visitor).get_by_label("Email", exact=True)).to_have_value("gerda")
    look(visitor, "checkout-refused")
    to_the_payment(visitor, email)
    look(visitor, "payment-test")
    press(visitor, "Pay")

    heading(visitor, "Thank you, Gerda Guest")
    look(visitor, "order-paid")
    order = visitor.url
    with visitor.expect_download() as download:
        main(visitor).get_by_role("link", name=re.compile("^Download")).click()
    assert download.value.suggested_filename == "The Repair Notebook.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    mail = site.wait_for_mail(email)
    assert site.link_in(mail, "/orders/") == order
    visitor.goto("/")
    again = visitor.request.get(site.link_in(mail, "/downloads/"))
    assert again.body().startswith(b"%PDF-")
    visitor.goto("/cart")
    expect(main(visitor).get_by_text("Your cart is currently empty.")).to_be_visible()


def test_who_is_declined_may_try_again(visitor, has_script, look):
    email = f"{'script' if has_script else 'plain'}.declined@example.net"
    add(visitor, "/shop/the-money-hour")
    to_the_payment(visitor, email)
    press(visitor, "Decline the card")
    expect(visitor.get_by_role("alert")).to_contain_text("Your card was declined.")
    look(visitor, "payment-declined")
    press(visitor, "Ask the bank (3-D Secure)")
    look(visitor, "payment-bank")
    press(visitor, "Refuse")
    expect(visitor.get_by_role("alert")).to_contain_text("Nothing was charged.")
    main(visitor).get_by_role("link", name="Back to the shop without paying").click()
    heading(visitor, "You have not paid")
    look(visitor, "payment-left")
    visitor.go_back()
    press(visitor, "Let it expire")
    heading(visitor, "Checkout")
    expect(visitor.get_by_role("alert")).to_contain_text("The payment failed.")
    look(visitor, "checkout-declined")
    to_the_payment(visitor, email)
    press(visitor, "Pay")
    heading(visitor, "Thank you, Gerda Guest")


def test_a_parcel_needs_an_address_and_its_shipping_is_added(visitor, shelve, has_script, look):
    email = f"{'script' if has_script else 'plain'}.parcel@example.net"
    guide = shelve(
        "A parcel of cards",
        {"title": "Box", "price_minor": 2200, "left": 4},
        {"title": "Band", "price_minor": 1600, "left": 4},
    )
    visitor.goto(guide)
    main(visitor).get_by_role("radio", name=re.compile("Band")).check()
    press(visitor, "Add to cart")
    in_cart(visitor, has_script, "A parcel of cards")
    to_the_checkout(visitor)
    if has_script:
        assert visitor.evaluate(SHIFTS) < 0.01
    fill(visitor, Email=email, Name="Gerda Guest")
    pay = main(visitor).get_by_role("button", name="Pay €20.90")
    pay.click()
    street = main(visitor).get_by_label("Street and number")
    expect(street).to_have_accessible_description(re.compile(r"\w"))
    look(visitor, "checkout-address-refused")
    send_to(visitor, "Netherlands")
    fill(visitor, **{"Street and number": "2 Ropewalk", "Postcode": "1011 AB", "City": "Harbour"})
    pay.click()
    press(visitor, "Pay")
    heading(visitor, "Thank you, Gerda Guest")
    bill = visitor.get_by_role("complementary")
    expect(bill).to_contain_text("€4.90")
    expect(bill).to_contain_text("€20.90")
    expect(bill).to_contain_text("2 Ropewalk")
    look(visitor, "order-parcel")


def test_a_slow_payment_is_waited_for(visitor, has_script, look):
    add(visitor, NOTEBOOK)
    to_the_payment(visitor, f"{'script' if has_script else 'plain'}.slow@example.net")
    press(visitor, "Pay, but slowly (10 seconds)")
    heading(visitor, "Waiting for your payment")
    look(visitor, "order-waiting")
    expect(main(visitor).get_by_role("link", name="Check again")).to_be_visible()


def test_who_waits_for_a_guide_is_told_once_when_it_is_back(
    visitor, another, site, shelve, has_script, look
):
    name = "Waited for with scripts" if has_script else "Waited for without"
    email = f"{'script' if has_script else 'plain'}.waits@example.net"
    guide = shelve(name, {"title": "Box", "left": 0})
    visitor.goto(guide)
    expect(main(visitor).get_by_role("button", name="Add to cart")).to_have_count(0)
    fill(visitor, Email="not one")
    press(visitor, "Notify me")
    expect(main(visitor).get_by_label("Email", exact=True)).to_have_value("not one")
    look(visitor, "guide-notify-refused")
    fill(visitor, Email=email)
    press(visitor, "Notify me")
    told = "Thanks! We will notify you when it becomes available!"
    expect(visitor.get_by_role("status").filter(has_text=told)).to_be_visible()

    desk = another("owner", viewport=DESKTOP)
    desk.goto("/admin/stock/")
    main(desk).get_by_role("link", name=name).click()
    main(desk).get_by_label("Reason for the change").select_option(label="Received")
    fill(desk, Quantity="5", Note="Dry at last")
    press(desk, "Save change")
    expect(main(desk).get_by_text("+5")).to_be_visible()
    look(desk, "admin-stock-variant")

    mail = site.wait_for_mail(email)
    visitor.goto(path_of(site.link_in(mail, guide)))
    heading(visitor, name)
    press(visitor, "Add to cart")
    main(desk).get_by_label("Reason for the change").select_option(label="Received")
    fill(desk, Quantity="1")
    press(desk, "Save change")
    expect(main(desk).get_by_text("+1", exact=True)).to_be_visible()
    assert len(site.mails_to(email)) == 1
