"""The demo site, served for real, and visitors with and without JavaScript."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from shop.app import create_app
from shop.config import Config
from shop.core.jobs import EmbeddedRunner
from shop.demo.planting import plant
from shop.extensions import limiter
from shop.plugins import migrations
from tests import servers

ARTEFACTS = Path(__file__).parent.parent / "artefacts"
PASSWORD = "the demo's own words"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


class DemoSite:
    """A site with the demo's content: its address, its application, its mails."""

    def __init__(self, app: Flask, url: str, mail_folder: Path) -> None:
        self.app = app
        self.url = url
        self._mails = mail_folder

    def mails_to(self, recipient: str) -> list[EmailMessage]:
        """What was sent to somebody, oldest first."""
        found = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(self._mails.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        ]
        return [mail for mail in found if mail["To"] == recipient]

    def wait_for_mail(self, recipient: str, *, after: int = 0) -> EmailMessage:
        """The first mail to somebody beyond the `after` he had; the job runner needs a moment."""
        for _ in range(100):
            mails = self.mails_to(recipient)
            if len(mails) > after:
                return mails[after]
            threading.Event().wait(0.1)
        raise AssertionError(f"no mail to {recipient}")

    def link_in(self, mail: EmailMessage, part: str) -> str:
        """The address in a mail's text that contains `part`."""
        text = mail.get_body(("plain",)).get_content()
        return next(url for url in re.findall(r"https?://\S+", text) if part in url)


@pytest.fixture(scope="session")
def site() -> Iterator[DemoSite]:
    """The demo site, made once for each worker; journeys use names of their own."""
    folder = Path(tempfile.mkdtemp(prefix="shop-browser-"))
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(
        Config(
            data_dir=folder,
            base_url=url,
            smtp_url=f"file://{folder}/mail",
            secret_key="for browser tests",
        )
    )
    with app.app_context():
        migrations.upgrade_all()
        plant(PASSWORD, lambda _line: None)
    limiter.enabled = False
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    runner = EmbeddedRunner(app, poll_seconds=0.2)
    runner.start()
    yield DemoSite(app, url, folder / "mail")
    runner.stop()
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """The Chromium that dev.py found, started so that it asks nobody but us."""
    return {
        **browser_type_launch_args,
        "executable_path": os.environ.get("SHOP_TEST_CHROMIUM", "/usr/bin/chromium"),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(params=["js", "no-js"])
def visitor(request: pytest.FixtureRequest, browser: Browser, site: DemoSite) -> Iterator[Page]:
    """A visitor's window, with JavaScript and without in turn. A request to anywhere else fails the test."""
    with _Window(browser, site, java_script_enabled=request.param == "js", viewport=PHONE) as page:
        yield page


@pytest.fixture
def window(browser: Browser, site: DemoSite) -> Iterator[Page]:
    """A window with JavaScript on a desktop."""
    with _Window(browser, site, viewport=DESKTOP) as page:
        yield page


@pytest.fixture
def has_script(request: pytest.FixtureRequest) -> bool:
    """Whether the visitor of this test has JavaScript."""
    return "no-js" not in request.node.name


class _Window:
    """A browser window of its own, whose requests are watched."""

    def __init__(self, browser: Browser, site: DemoSite, **options: object) -> None:
        self._context: BrowserContext = browser.new_context(base_url=site.url, **options)
        self._strangers: list[str] = []
        self._site = site

    def __enter__(self) -> Page:
        self._context.on("request", self._note)
        self._context.set_default_timeout(8000)
        return self._context.new_page()

    def __exit__(self, *_error: object) -> None:
        self._context.close()
        assert not self._strangers, f"asked somebody else: {self._strangers}"

    def _note(self, request: object) -> None:
        if not request.url.startswith((self._site.url, "data:", "blob:")):
            self._strangers.append(request.url)


@pytest.fixture
def sign_in(site: DemoSite) -> Callable[[Page, str], None]:
    """Sign a window in as one of the demo's people: owner, moderator or buyer."""

    def sign(page: Page, role: str) -> None:
        page.goto("/account/sign-in")
        page.get_by_label("Email").first.fill(f"{role}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()

    return sign


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Hold the page in a window against axe's rules of WCAG 2.2 A and AA."""

    def check(page: Page) -> None:
        options = {
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        }
        results = Axe().run(page, options=options)
        assert results.violations_count == 0, results.generate_report()

    return check
