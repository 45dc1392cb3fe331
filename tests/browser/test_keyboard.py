"""Everything without a mouse: Tab, Enter and Space, and the focus to be seen wherever it is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import heading

pytestmark = pytest.mark.browser

SEEN = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect(), style = getComputedStyle(here);
  const label = here.closest("label");
  const outlined = [here, label, label && label.parentElement].some((each) => each
    && getComputedStyle(each).outlineStyle !== "none" && parseFloat(getComputedStyle(each).outlineWidth) >= 2);
  const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return (here === document.body || (outlined && within)) ? "" : here.outerHTML.slice(0, 160);
}"""


class Keys:
    """Hands on a keyboard; looks at the focus after each press of Tab."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator, *, most: int = 60) -> None:
        """Tab until the focus is on the target."""
        for _step in range(most):
            self.page.keyboard.press("Tab")
            unseen = self.page.evaluate(SEEN)
            assert not unseen, f"the focus cannot be seen on {unseen}"
            if target.count() and target.first.evaluate("each => each === document.activeElement"):
                return
        raise AssertionError(f"{target} is not reached by {most} presses of Tab")

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Go there and press the key."""
        self.reach(target)
        self.page.keyboard.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Go there and type."""
        self.reach(target)
        self.page.keyboard.type(text)


def test_a_purchase_needs_no_mouse(window):
    keys = Keys(window)
    window.goto("/")
    keys.press(window.get_by_role("link", name="Skip to main content"))
    expect(window.get_by_role("main")).to_be_focused()
    keys.press(
        window.get_by_role("main").get_by_role("link", name="The Repair Notebook", exact=True)
    )
    heading(window, "The Repair Notebook")
    keys.reach(window.get_by_label("Quantity"))
    window.keyboard.press("Control+A")
    window.keyboard.type("2")
    keys.press(window.get_by_role("button", name="Add to cart"), "Space")

    drawer = window.get_by_role("dialog", name="Your Cart")
    expect(drawer.get_by_role("heading", name="Your Cart")).to_be_focused()
    last = drawer.get_by_role("link", name="Continue shopping")
    keys.reach(last)
    keys.press(
        drawer.get_by_role("button", name="Close")
    )  # goes round, and never behind the drawer
    expect(window.get_by_role("button", name="Add to cart")).to_be_focused()
    window.keyboard.press("Enter")
    expect(drawer.get_by_role("heading", name="Your Cart")).to_be_focused()
    keys.press(drawer.get_by_role("button", name="Decrease by one"), "Space")
    expect(drawer.get_by_label("Quantity")).to_have_value("3")
    expect(drawer.get_by_role("status")).to_contain_text("3 items")
    keys.press(drawer.get_by_role("button", name="Check out"))

    heading(window, "Checkout")
    keys.press(window.get_by_role("button", name=re.compile("^Pay")))
    summary = window.get_by_role("alert")
    expect(summary).to_be_focused()
    keys.press(summary.get_by_role("link", name=re.compile("^Email")))
    email = window.get_by_role("main").get_by_label("Email", exact=True)
    expect(email).to_be_focused()
    window.keyboard.type("keys.alone@example.net")
    keys.write(window.get_by_label("Name", exact=True), "Kees Keys")
    keys.press(window.get_by_label("Deliver my downloads right away"), "Space")
    keys.press(window.get_by_role("button", name=re.compile("^Pay")))
    expect(window.get_by_text("This is a TEST payment")).to_be_visible()
    keys.press(window.get_by_role("button", name="Pay", exact=True), "Space")
    heading(window, "Thank you, Kees Keys")
    with window.expect_download() as download:
        keys.press(window.get_by_role("link", name=re.compile("^Download")))
    assert download.value.suggested_filename.endswith(".pdf")


def test_the_palette_leads_anywhere(window, sign_in):
    desk = window
    sign_in(desk, "owner")  # a session of its own, since the palette ends it
    desk.goto("/admin/")
    desk.keyboard.press("Control+k")
    palette = desk.get_by_role("dialog", name="Find or go to")
    expect(palette.get_by_label("Find or go to")).to_be_focused()
    desk.keyboard.type("nothing of the kind")
    expect(palette.get_by_role("status")).to_have_text("Nothing found.")
    desk.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    desk.keyboard.press("Control+k")
    desk.keyboard.type("plug")
    desk.keyboard.press("Enter")
    heading(desk, "Plugins")
    desk.keyboard.press("Control+k")
    desk.keyboard.type("questions about saying")
    thing = palette.get_by_role(
        "link", name="Six questions about saying sorry Articles · Published"
    )
    expect(thing).to_be_visible()
    desk.keyboard.press("ArrowDown")
    expect(thing).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Title", exact=True)).to_have_value("Six questions about saying sorry")
    desk.keyboard.press("Control+k")
    desk.keyboard.type("sign out")
    desk.keyboard.press("Enter")
    heading(desk, "Sign in")


def test_the_search_opens_beside_the_page_and_shows_what_is_found_while_one_types(another):
    reader = another(viewport={"width": 1280, "height": 900})
    reader.goto("/articles/")
    reader.keyboard.press("/")
    panel = reader.get_by_role("dialog", name="Search")
    expect(panel.get_by_label("Search")).to_be_focused()
    reader.keyboard.type("sayng sorry")
    found = panel.get_by_role("link", name="Article Six questions about saying sorry")
    expect(found).to_be_visible()
    expect(panel).to_contain_text("These results are for “saying sorry”.")
    reader.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    reader.keyboard.press("Enter")
    heading(reader, "Six questions about saying sorry")
    reader.keyboard.press("/")
    expect(panel.get_by_label("Search")).to_be_focused()
    reader.keyboard.type("sorry")
    reader.keyboard.press("Enter")
    reader.wait_for_url("**/search?q=sorry")
    reader.go_back()
    expect(reader.get_by_role("dialog", name="Search")).to_be_hidden()
