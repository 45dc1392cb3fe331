"""The owner's day: writing, selling, and naming the place."""

from __future__ import annotations

import re
from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.hands import fill, heading, main, press

pytestmark = pytest.mark.browser


FILES_ARRIVE = """(field, [event, sent]) => {
  const files = new DataTransfer();
  const bytes = Uint8Array.from(atob(sent), (each) => each.charCodeAt(0));
  files.items.add(new File([bytes], "door.png", { type: "image/png" }));
  files.items.add(new File(["no picture"], "bad.png", { type: "image/png" }));
  const { x, y } = field.getBoundingClientRect();
  const carried = { clipboardData: files, dataTransfer: files, clientX: x + 9, clientY: y + 9 };
  const name = event === "DragEvent" ? "drop" : "paste";
  field.dispatchEvent(new window[event](name, { bubbles: true, cancelable: true, ...carried }));
}"""
"""Two files are dropped on the first line of a field, or pasted into it."""
ADDRESS_ARRIVES = """(field, address) => {
  const carried = new DataTransfer();
  carried.setData("text/plain", address);
  const given = { bubbles: true, cancelable: true, clipboardData: carried };
  field.dispatchEvent(new ClipboardEvent("paste", given));
}"""
ADDRESSES = [
    ("a\n\n", "https://youtu.be/dQw4w9WgXcQ", "::embed[https://youtu.be/dQw4w9WgXcQ]"),
    ("See ", "https://example.org/", "<https://example.org/>"),
    ("```\n", "https://example.org/", ""),
]
"""What stands before the caret, what is pasted, what the editor makes of it; in code the browser pastes as always."""
IS_ON_TOP = """(button) => {
  button.scrollIntoView({ block: "end" });
  const { x, y, width, height } = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(x + width / 2, y + height - 2));
}"""
"""Whether a button that comes into sight at the window's foot can be pressed there."""


def test_the_owner_writes_previews_and_publishes_an_article(visitor, another, has_script, look):
    title = "Of doors" if has_script else "Of windows"
    visitor.goto("/articles/")
    expect(visitor.get_by_role("link", name=title)).to_have_count(0)

    desk = another("owner", viewport=DESKTOP)
    desk.goto("/admin/articles/")
    main(desk).get_by_role("link", name="New article").click()
    press(desk, "Save")
    expect(desk.get_by_role("alert")).to_be_visible()
    look(desk, "admin-article-refused")
    desk.get_by_label("Title", exact=True).fill(title)
    text = desk.get_by_label(re.compile("^(Text|Body)"))
    text.fill("It *creaks*.\n\n## 1. Oil it\n\nTonight.")
    if has_script:
        _write_by_keys(desk, text)
        _paste_and_drop_pictures(desk, text)
    if has_script:
        press(desk, "Preview")
        preview = desk.frame_locator("iframe")
    else:
        with desk.expect_popup() as opened:
            press(desk, "Preview")
        preview = opened.value
    expect(preview.get_by_role("emphasis")).to_have_text("creaks")
    look(desk, "admin-article-preview")
    press(desk, "Save")
    heading(desk, title)
    visitor.goto("/articles/")
    expect(visitor.get_by_role("link", name=title)).to_have_count(0)
    press(desk, "Publish now")
    expect(main(desk).get_by_text("Published").first).to_be_visible()
    look(desk, "admin-article-edit")

    visitor.goto("/articles/")
    visitor.get_by_role("link", name=title).click()
    heading(visitor, title)
    expect(visitor.get_by_role("heading", name="Oil it")).to_be_visible()


def _write_by_keys(desk, text):
    """What is typed is marked, goes on as a list, and is undone."""
    text.press("Control+End")
    for keys in ("Enter", "Enter", "-", " ", "a", "Enter", "b", "Shift+ArrowLeft", "Control+b"):
        text.press(keys)
    expect(text).to_have_value(re.compile(r"Tonight\.\n\n- a\n- \*\*b\*\*$"))
    text.press("Control+Shift+Digit5")
    expect(text).to_have_value(re.compile(r"- a\n\n::: note\n- \*\*b\*\*\n:::\s*$"))
    text.press("Control+Shift+Digit6")
    expect(text).to_have_value(re.compile(r"- a\n\n::: pull-quote\n- \*\*b\*\*\n:::\s*$"))
    text.press("Control+Shift+Digit6")
    text.press("Control+Shift+Digit4")
    expect(text).to_have_value(re.compile(r"- \*\*b\*\*\[\^1\]\n\n\[\^1\]: $"))
    tools = desk.get_by_role("toolbar", name="Formatting")
    tools.get_by_role("button", name="Bold").focus()
    desk.keyboard.press("ArrowRight")
    expect(tools.get_by_role("button", name="Italic")).to_be_focused()
    tools.get_by_role("button", name="Find and replace").click()
    desk.get_by_label("Find", exact=True).fill("tonight")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Match 1 of 1")).to_be_visible()
    before = desk.viewport_size
    desk.set_viewport_size(PHONE)
    replace_all = desk.get_by_role("button", name="Replace all")
    assert replace_all.evaluate(IS_ON_TOP), "behind the bar at the foot of a phone's window"
    desk.set_viewport_size(before)


def _door():
    drawn = BytesIO()
    Image.new("RGB", (60, 90), "teal").save(drawn, "PNG")
    return b64encode(drawn.getvalue()).decode()


def _paste_and_drop_pictures(desk, text):
    """A pasted picture goes where the caret is, a dropped one below its line; what is no picture says so."""
    for before, address, pasted in ADDRESSES:
        text.fill(before)
        text.press("Control+End")
        text.evaluate(ADDRESS_ARRIVES, address)
        expect(text).to_have_value(f"{before}{pasted}")
    text.fill("It *creaks*.\n\n## 1. Oil it\n\nTonight.")
    text.press("Control+End")
    sent = desk.get_by_role("dialog", name="Insert images")
    for event in ("ClipboardEvent", "DragEvent"):
        text.evaluate(FILES_ARRIVE, [event, _door()])
        expect(sent.get_by_text("Added to the library.")).to_be_visible()
        expect(sent.get_by_text("Use a JPEG, PNG, WebP, AVIF or GIF image.")).to_be_visible()
        sent.get_by_label("Description").first.fill("A door")
        sent.get_by_role("button", name="Insert").click()
        expect(sent.get_by_label("Description").first).to_be_hidden()
        sent.get_by_role("button", name="Cancel").click()
    picture = r"::picture\[\d+\]"
    below = rf"\*creaks\*\.\n\n{picture}\n\n## 1\. Oil it\n\nTonight\.\n\n{picture}\n\n"
    expect(text).to_have_value(re.compile(rf"{below}$"))
    text.press("Control+End")
    desk.get_by_role("button", name="Insert a gallery").click()
    library = desk.get_by_role("dialog", name="Insert a gallery")
    for each in range(2):
        library.get_by_role("button", name=re.compile(r"\.png")).nth(each).click()
    expect(library.get_by_role("button", pressed=True)).to_have_count(2)
    library.get_by_role("button", name="Done").click()
    expect(text).to_have_value(re.compile(rf"{below}::gallery\[\d+ \d+\]"))


def test_words_that_were_not_saved_are_asked_for_and_kept(another, look):
    desk = another("owner", viewport=DESKTOP)
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.route("**/unsaved", lambda route: route.abort())  # the server keeps nothing meanwhile
    title = desk.get_by_label("Title", exact=True)
    back = desk.get_by_role("button", name="Put them into the form")

    desk.goto("/admin/articles/new")
    expect(back).to_be_hidden()
    title.press_sequentially("Half a thought")
    desk.goto("/admin/")
    assert asked == ["beforeunload"]

    desk.goto("/admin/articles/new")
    look(desk, "admin-article-unsaved")
    expect(
        main(desk).get_by_text(re.compile(r"not saved: \d+ \w+ \d{4}, \d+:\d\d\s[AP]M$"))
    ).to_be_visible()
    back.click()
    expect(title).to_have_value("Half a thought")
    desk.get_by_label(re.compile("^(Text|Body)")).fill("And the rest.")
    press(desk, "Save")
    heading(desk, "Half a thought")
    expect(back).to_be_hidden()
    desk.goto("/admin/articles/new")
    expect(back).to_be_hidden()
    assert asked == ["beforeunload"]


def test_the_owner_puts_a_guide_on_the_shelf(visitor, another, has_script, look):
    title = "The Door Book" if has_script else "The Window Book"
    visitor.goto("/shop/")
    desk = another("owner", viewport=DESKTOP)
    desk.goto("/admin/products/")
    main(desk).get_by_role("link", name="New product").click()
    look(desk, "admin-guide-new")
    fill(desk, Title=title, Summary="How to close it softly.")
    press(desk, "Save as a draft")
    heading(desk, title)
    press(desk, "Publish")
    expect(desk.get_by_role("alert")).to_be_visible()

    main(desk).get_by_role("link", name="Add a variant").first.click()
    fill(desk, Price="twelve")
    main(desk).get_by_label("This is a download (nothing to ship)").check()
    press(desk, "Save")
    expect(main(desk).get_by_label("Price", exact=True)).to_have_value("twelve")
    look(desk, "admin-edition-refused")
    fill(desk, Price="12.00")
    press(desk, "Save")
    heading(desk, title)
    desk.get_by_label("File", exact=True).set_input_files(
        {"name": "doors.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 doors"}
    )
    press(desk, "Add file")
    expect(main(desk).get_by_text("doors.pdf")).to_be_visible()
    main(desk).get_by_role("link", name="not tracked").click()
    desk.get_by_label("Reason for the change").select_option(label="Counted: set the exact number")
    fill(desk, Quantity="2", Note="Counted in the cellar")
    press(desk, "Save change")
    main(desk).get_by_role("link", name="All stock").click()
    desk.goto("/admin/products/")
    main(desk).get_by_role("link", name=title).click()
    press(desk, "Publish")
    expect(main(desk).get_by_text("Published")).to_be_visible()
    look(desk, "admin-guide-edit")

    visitor.goto("/shop/")
    guide = main(visitor).get_by_role("region", name=title)
    expect(guide).to_contain_text("€12.00")
    expect(guide).to_contain_text("Only 2 left")
    guide.get_by_role("link", name=title).click()
    heading(visitor, title)


def test_a_new_name_of_the_site_is_seen_by_the_next_stranger(visitor, another):
    desk = another("owner", viewport=DESKTOP)
    visitor.goto("/")
    for name in ("Bookstall by the bridge", "Bookstall"):
        desk.goto("/admin/settings/")
        desk.get_by_label("Name", exact=True).first.fill(name)
        press(desk, "Save")
        expect(desk.get_by_role("status").filter(has_text="aved")).to_be_visible()
        visitor.goto("/")
        expect(visitor.get_by_role("banner").get_by_role("link").first).to_have_text(name)
        expect(visitor).to_have_title(re.compile(name))


def test_the_rail_opens_on_a_phone(another, look):
    phone = another("owner", viewport=PHONE)
    phone.goto("/admin/")
    phone.get_by_role("button", name="Menu").click()
    rail = phone.get_by_role("navigation", name="Admin")
    rail.get_by_role("link", name="Orders").click()
    heading(phone, "Orders")
    main(phone).get_by_role("row").nth(1).get_by_role("link").first.click()
    heading(phone, re.compile("^Order "))
    look(phone, "admin-order")
