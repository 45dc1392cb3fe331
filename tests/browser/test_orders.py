"""After the sale: a piece is refunded, the rest is packed and sent, and the buyer sees all of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP
from tests.browser.hands import fill, heading, main, press
from tests.browser.test_buying import add, send_to, to_the_checkout

pytestmark = pytest.mark.browser


def buy_a_gift(page: Page, address: str, email: str) -> str:
    """Pay for two pieces as a gift; the order's page."""
    add(page, address, 2)
    to_the_checkout(page)
    fill(page, Email=email, Name="Gerda Guest")
    send_to(page, "Netherlands")
    fill(page, **{"Street and number": "2 Ropewalk", "Postcode": "1011 AB", "City": "Harbour"})
    main(page).get_by_label("This is a gift").check()
    fill(page, **{"Deliver to someone else": "Nora Z", "Gift message": "To many more!"})
    main(page).get_by_role("button", name=re.compile("^Pay €")).click()
    press(page, "Pay")
    heading(page, "Thank you, Gerda Guest")
    return page.url


def find(desk: Page, email: str) -> None:
    desk.goto("/admin/orders/")
    desk.get_by_label("Order number or email").fill(email)
    press(desk, "Show")
    main(desk).get_by_role("table").get_by_role("link").first.click()


def refund_one(desk: Page, look) -> None:
    main(desk).get_by_role("link", name="Refund…").click()
    press(desk, "Calculate the refund")
    expect(desk.get_by_role("alert")).to_be_visible()
    desk.get_by_label(re.compile("^Table for two")).fill("1")
    desk.get_by_label(re.compile("^Reason")).fill("One is enough")
    desk.get_by_label("Return items that were not sent to stock").check()
    press(desk, "Calculate the refund")
    expect(main(desk).get_by_text("Nothing has happened yet.")).to_be_visible()
    look(desk, "admin-refund-sum")
    press(desk, "Refund €22.00")
    expect(desk.get_by_role("status").filter(has_text="has been started")).to_be_visible()


def send_the_rest(desk: Page, look) -> None:
    main(desk).get_by_role("link", name="Send…").click()
    expect(main(desk).get_by_label(re.compile("^Table for two"))).to_have_value("1")
    desk.get_by_label("Tracking link").fill("javascript:alert(1)")
    press(desk, "Mark as sent")
    expect(desk.get_by_role("alert")).to_contain_text("https://")
    look(desk, "admin-send-refused")
    desk.get_by_label("Tracking link").fill("")
    desk.get_by_label("Carrier").select_option(label="DHL")
    desk.get_by_label("Tracking number").fill("00340434")
    press(desk, "Mark as sent")
    expect(main(desk).get_by_text("Fulfilled", exact=True).first).to_be_visible()


def test_a_piece_is_refunded_the_rest_is_sent_and_the_buyer_sees_both(
    visitor, another, shelve, site, has_script, look
):
    email = f"{'script' if has_script else 'plain'}.gift@example.net"
    guide = shelve("Table for two", {"title": "Box", "price_minor": 2200, "left": 4, "sku": "T-2"})
    order = buy_a_gift(visitor, guide, email)
    desk = another("owner", viewport=DESKTOP)
    find(desk, email)
    refund_one(desk, look)
    assert "€22.00" in site.wait_for_mail(email, after=1).get_body(("plain",)).get_content()

    desk.goto("/admin/shipments/")
    expect(main(desk).get_by_role("row").filter(has_text="T-2")).to_contain_text("1")
    look(desk, "admin-picks")
    find(desk, email)
    main(desk).get_by_role("link", name="Packing slip").click()
    slip = desk.get_by_role("article")
    expect(slip).to_contain_text("To many more!")
    expect(slip).to_contain_text("Nora Z")
    expect(slip).not_to_contain_text("€")
    look(desk, "admin-slip")
    find(desk, email)
    send_the_rest(desk, look)
    look(desk, "admin-order-sent")

    mail = site.wait_for_mail(email, after=2)
    assert "tracking-id=00340434" in site.link_in(mail, "dhl")
    visitor.goto(order)
    heading(visitor, "Your order is on its way")
    expect(main(visitor).get_by_role("link", name="Track this parcel")).to_be_visible()
    expect(main(visitor).get_by_role("region", name="Refunds")).to_contain_text("€22.00")
    look(visitor, "order-sent-and-refunded")
