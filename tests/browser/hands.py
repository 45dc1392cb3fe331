"""What a visitor does with a page, in the words of the page: all of it inside `main`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect


def main(page: Page) -> Locator:
    """The page's own part, without banner and footer."""
    return page.get_by_role("main")


def fill(page: Page, **fields: str) -> None:
    """Write into fields by their labels."""
    for label, value in fields.items():
        main(page).get_by_label(label, exact=True).fill(value)


def press(page: Page, name: str) -> None:
    """Press the button of that name."""
    main(page).get_by_role("button", name=name, exact=True).click()


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    """The page's heading says this."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def path_of(url: str) -> str:
    """An address within the site, as mails give it in full."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def said(page: Page, text: str) -> None:
    """The one-time message stands there, announced; a reload does not repeat it."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()
    page.reload()
    expect(page.get_by_text(text)).to_have_count(0)
