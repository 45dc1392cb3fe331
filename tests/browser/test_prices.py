"""Journeys of buyers whose total changes on the way: a code, another country; with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import fill, heading, main, press
from tests.browser.test_buying import add, send_to, to_the_checkout

pytestmark = pytest.mark.browser


def enter_code(page: Page, code: str) -> None:
    field = main(page).get_by_label("Discount code")
    if not field.is_visible():
        main(page).get_by_text("Have a code?").click()
    field.fill(code)
    press(page, "Apply")


def bill(page: Page):
    return page.get_by_role("complementary")


def test_a_code_and_another_country_count_through_to_the_order(visitor, shelve, has_script, look):
    guide = shelve("A dear parcel", {"title": "Box", "price_minor": 2000, "left": 9})
    add(visitor, guide)
    visitor.goto("/cart")
    enter_code(visitor, "nonsense")
    expect(main(visitor).get_by_label("Discount code")).to_have_accessible_description(
        re.compile("We don’t know this code")
    )
    look(visitor, "cart-code-refused")
    enter_code(visitor, "welcome")
    expect(main(visitor).get_by_text("−€2.00")).to_be_visible()
    look(visitor, "cart-code")

    to_the_checkout(visitor)
    expect(main(visitor).get_by_role("button", name="Pay €22.90")).to_be_visible()
    fill(visitor, Name="Gerda Guest", City="Wellington")
    fill(visitor, Email=f"{'script' if has_script else 'plain'}.far@example.net")
    fill(visitor, **{"Street and number": "2 Ropewalk"})
    send_to(visitor, "New Zealand")
    fill(visitor, Postcode="6011", Phone="+64 4 123 4567")
    expect(bill(visitor)).to_contain_text("By air mail")
    expect(main(visitor).get_by_label("City")).to_have_value("Wellington")
    look(visitor, "checkout-abroad")
    main(visitor).get_by_role("button", name="Pay €30.90").click()
    expect(main(visitor).get_by_text("30.90").first).to_be_visible()
    press(visitor, "Pay")
    heading(visitor, "Thank you, Gerda Guest")
    for amount in ("€20.00", "−€2.00", "€12.90", "€30.90"):
        expect(bill(visitor)).to_contain_text(amount)


def test_enter_in_the_code_s_field_takes_the_code_and_pays_nothing(visitor, has_script):
    add(visitor, "/shop/the-repair-notebook")
    to_the_checkout(visitor)
    fill(visitor, Name="Gerda Guest")
    main(visitor).get_by_text("Have a code?").click()
    main(visitor).get_by_label("Discount code").fill("welcome")
    visitor.keyboard.press("Enter")
    expect(bill(visitor)).to_contain_text("WELCOME (10%)")
    heading(visitor, "Checkout")
    expect(main(visitor).get_by_label("Name", exact=True)).to_have_value("Gerda Guest")
    press(visitor, "Remove the code")
    expect(bill(visitor)).not_to_contain_text("WELCOME")
