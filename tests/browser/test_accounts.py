"""Journeys of people with an account, with JavaScript and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from shop.blueprints.accounts import queries
from shop.blueprints.accounts.second_factor.services import has_second_factor
from shop.core.app_state import state_of
from tests.browser.conftest import PATIENCE_MS
from tests.browser.hands import fill, heading, path_of, press
from tests.factories.accounts import make_account

pytestmark = pytest.mark.browser

FIRST = "four quiet willow boats"
SECOND = "seven silver spoon songs"


def test_register_confirm_sign_in_and_reset(visitor, site, has_script, accessible):
    email = f"{'script' if has_script else 'plain'}.journey@example.org"
    visitor.goto("/account/register")
    fill(visitor, Name="Wanda Journey", Email=email, Password="short")
    press(visitor, "Create account")
    expect(visitor.get_by_role("alert")).to_contain_text("Use at least 10 characters")
    accessible(visitor)
    expect(visitor.get_by_role("main").get_by_label("Email")).to_have_value(email)
    fill(visitor, Password=FIRST)
    press(visitor, "Create account")
    heading(visitor, "Check your email")

    visitor.goto(path_of(site.link_in(site.wait_for_mail(email), "/account/confirm/")))
    accessible(visitor)
    fill(visitor, Password=FIRST)
    press(visitor, "Confirm and sign in")
    heading(visitor, "Hello, Wanda Journey")
    expect(visitor.get_by_text("Your email address is confirmed. Welcome!")).to_be_visible()
    accessible(visitor)

    press(visitor, "Sign out")
    heading(visitor, "Sign in")
    fill(visitor, Email=email, Password="not my password")
    press(visitor, "Sign in")
    expect(visitor.get_by_role("alert")).to_contain_text(
        "The email address or the password is wrong"
    )

    visitor.get_by_role("link", name="Forgot your password?").click()
    fill(visitor, Email=email)
    press(visitor, "Send link")
    heading(visitor, "Check your email")
    mail = site.wait_for_mail(email, after=1)
    visitor.goto(path_of(site.link_in(mail, "/account/new-password/")))
    accessible(visitor)
    visitor.get_by_label("New password").fill(SECOND)
    press(visitor, "Save password")
    heading(visitor, "Sign in")
    fill(visitor, Email=email, Password=SECOND)
    press(visitor, "Sign in")
    heading(visitor, "Your orders")


def test_a_member_looks_after_his_account(visitor, site, sign_in, accessible):
    sign_in(visitor, "buyer")
    for path, title in (
        ("/account/details", "Name and email"),
        ("/account/password", "Password"),
        ("/account/data", "My data"),
    ):
        visitor.goto(path)
        heading(visitor, title)
        accessible(visitor)
    visitor.goto("/account/data")
    with visitor.expect_download() as download:
        visitor.get_by_role("link", name="Download as a file").click()
    assert download.value.suggested_filename == "my-data.json"


def test_the_owner_opens_the_back_office(visitor, has_script, sign_in, accessible):
    visitor.set_viewport_size({"width": 1280, "height": 900})
    visitor.goto("/admin/users/")
    heading(visitor, "Sign in")
    visitor.get_by_role("main").get_by_label("Email").wait_for()
    sign_in(visitor, "owner")
    visitor.goto("/admin/")
    heading(visitor, "Today")
    rail = visitor.get_by_role("navigation", name="Admin")
    rail.get_by_role("link", name="Users").click()
    heading(visitor, "Users")
    visitor.get_by_role("link", name="Add a user").click()
    email = f"{'script' if has_script else 'plain'}.invited@example.org"
    fill(visitor, Name="Ines Invited", Email=email)
    visitor.get_by_label("Role").select_option("editor")
    accessible(visitor)
    press(visitor, "Invite")
    expect(visitor.get_by_text(f"{email} has been invited.")).to_be_visible()
    visitor.get_by_role("link", name="Ines Invited").first.click()
    accessible(visitor)
    rail.get_by_role("link", name="Emails").click()
    visitor.get_by_role("main").get_by_role("link", name="Sent", exact=True).click()
    heading(visitor, "Emails")


@pytest.fixture
def passkey_window(browser, site, monkeypatch):
    """A window with a device in it that makes passkeys (CDP, WebAuthn), on a host name that may have some."""
    state = state_of(site.app)
    url = site.url.replace("127.0.0.1", "localhost")
    monkeypatch.setattr(state, "config", state.config.changed(base_url=url))
    context = browser.new_context(base_url=url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()
    state.purge_board.purge_everything()


def test_a_passkey_is_added_opens_the_account_and_is_removed(site, passkey_window, accessible):
    page, email = passkey_window, "passkey.journey@example.org"
    with site.app.app_context():
        make_account("editor", email, password=FIRST)
    page.goto("/account/sign-in?next=/account/second-factor")
    fill(page, Email=email, Password=FIRST)
    press(page, "Sign in")
    page.get_by_label("Name of the passkey").fill("Wanda’s laptop")
    press(page, "Add a passkey")
    heading(page, "Your recovery codes")
    accessible(page)
    page.goto("/account/second-factor")
    expect(page.get_by_text("Wanda’s laptop")).to_be_visible()
    accessible(page)
    page.context.clear_cookies()
    page.goto("/account/sign-in?next=/account/second-factor")
    fill(page, Email=email, Password=FIRST)
    press(page, "Sign in")
    accessible(page)
    press(page, "Use a passkey")
    press(page, "Remove")
    expect(page.get_by_text("The passkey has been removed.")).to_be_visible()
    with site.app.app_context():
        assert not has_second_factor(queries.account_of(email))
