"""After the sale: what a buyer can download, the invoices, and the admin page of a product's file."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_a_buyer_finds_downloads_and_papers(window, sign_in, look):
    sign_in(window, "buyer")
    window.goto("/account/downloads")
    window.get_by_text("Earlier versions of The Repair Notebook.pdf").first.click()
    look(window, "downloads")
    with window.expect_download() as download:
        window.get_by_role("link", name="Download The Repair Notebook.pdf, version 1.1").click()
    assert download.value.suggested_filename == "The Repair Notebook.pdf"
    window.locator("section.own-section h2 a").last.click()
    window.get_by_role("link", name="Invoice").click()
    look(window, "invoice")
    with window.expect_download() as download:
        window.get_by_role("link", name="Download as PDF").click()
    assert download.value.suggested_filename.startswith("invoice-")


def test_the_desk_of_a_file_is_accessible(window, sign_in, look):
    sign_in(window, "owner")
    window.goto("/admin/products/")
    window.get_by_role("link", name="The Repair Notebook").click()
    window.get_by_role("link", name="The Repair Notebook.pdf").click()
    look(window, "admin-file")
    window.goto("/admin/orders/export")
    look(window, "admin-orders-export")
