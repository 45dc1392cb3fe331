"""The demo site, served for real, and visitors with and without JavaScript."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from shop.app import create_app
from shop.blueprints.catalog import services
from shop.blueprints.catalog.models import Product
from shop.config import Config
from shop.core.jobs.runner import EmbeddedRunner
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from tests import servers
from tests.factories.accounts import PASSWORD
from tests.factories.catalog import make_product
from tests.planted import settled

PICTURES = os.environ.get("SHOP_TEST_PICTURES")
"""The folder for pictures of the pages. Nobody looks at them in CI, and they take most of the time."""
PATIENCE_MS = 30_000
"""A page answers in a tenth of a second, but a busy machine may stall."""
expect.set_options(timeout=PATIENCE_MS)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
RULES_OF_LOOKS = {
    "runOnly": {
        "type": "rule",
        "values": [
            *("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"),
            *("aria-hidden-focus", "frame-focusable-content"),
        ],
    },
    "resultTypes": ["violations"],
}
"""What a wider window or other colours can change. Names, roles and the order of headings stay what they were."""
WHAT_AXE_FINDS_WRONG = (
    "([part, rules]) => axe.run(part, rules).then(({violations}) => ({violations}))"
)
"""What a page does well is neither gathered nor sent: of each of its elements, it took most of the time."""
FRESH_SECONDS = 600.0
LONG_AGO = 300
"""Days. What a journey writes for itself must not push the demo off the front page."""
_numbers = count(1)


class DemoSite:
    """A site with the demo's content: its address, its application, its mails."""

    def __init__(self, app: Flask, url: str, mail_folder: Path) -> None:
        self.app = app
        self.url = url
        self._mails = mail_folder
        self._read: dict[Path, EmailMessage] = {}

    def mails_to(self, recipient: str) -> list[EmailMessage]:
        """What was sent to somebody, oldest first."""
        paths = sorted(self._mails.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        for path in paths:
            if path not in self._read:
                self._read[path] = message_from_bytes(path.read_bytes(), policy=policy.default)
        return [self._read[path] for path in paths if self._read[path]["To"] == recipient]

    def wait_for_mail(self, recipient: str, *, after: int = 0) -> EmailMessage:
        """The first mail to somebody after the first `after`; the job runner needs a moment."""
        servers.until(lambda: len(self.mails_to(recipient)) > after, f"mail to {recipient}")
        return self.mails_to(recipient)[after]

    def link_in(self, mail: EmailMessage, part: str) -> str:
        """The address in a mail's text that contains `part`."""
        text = mail.get_body(("plain",)).get_content()
        return next(url for url in re.findall(r"https?://\S+", text) if part in url)


@pytest.fixture(scope="package")
def site() -> Iterator[DemoSite]:
    """The demo site, made once for each worker; journeys use names of their own. It ends before the other tests: its
    jobs would be looked for beside them, five times a second.
    """
    folder = Path(tempfile.mkdtemp(prefix="shop-browser-"))
    settled(folder)
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(
        Config(
            data_dir=folder,
            base_url=url,
            smtp_url=f"file://{folder}/mail",
            secret_key="a key for tests only",
        )
    )
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


class _Window:
    """A browser window of its own, whose requests are watched."""

    def __init__(self, browser: Browser, site: DemoSite, **options: object) -> None:
        calm = {"base_url": site.url, "reduced_motion": "reduce"}  # nothing is caught half-way
        self._context: BrowserContext = browser.new_context(**calm, **options)
        self._strangers: list[str] = []
        self._site = site

    def __enter__(self) -> Page:
        self._context.on("request", self._note)
        self._context.set_default_timeout(PATIENCE_MS)
        return self._context.new_page()

    def __exit__(self, *_error: object) -> None:
        self._context.close()
        assert not self._strangers, f"asked somebody else: {self._strangers}"

    def _note(self, request: object) -> None:
        if not request.url.startswith((self._site.url, "data:", "blob:")):
            self._strangers.append(request.url)


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


@pytest.fixture(scope="module")
def passer_by(browser: Browser, site: DemoSite) -> Iterator[Page]:
    """Such a window for all tests of a file that only look: to open one takes as long as to look at a small page."""
    with _Window(browser, site, viewport=DESKTOP) as page:
        yield page


@pytest.fixture
def has_script(request: pytest.FixtureRequest) -> bool:
    """Whether the visitor of this test has JavaScript."""
    return "no-js" not in request.node.name


@pytest.fixture
def shelve(site: DemoSite) -> Iterator[Callable[..., str]]:
    """Put a guide of this test's own on the shelf: called with its title and editions, answers with its address.

    No two tests sell the same pieces, and afterwards the shelf is as it was.
    """
    shelved: list[int] = []

    def put(title: str, *editions: dict[str, object]) -> str:
        with site.app.app_context():
            slug = f"{title.lower().replace(' ', '-')}-{next(_numbers)}"
            product = make_product(*editions, title=title, slug=slug)
            shelved.append(product.id)
            return f"/shop/{product.slug}"

    yield put
    with site.app.app_context(), unit_of_work():
        for product_id in shelved:
            services.take_off_shelf(db.session.get_one(Product, product_id))


@pytest.fixture(autouse=True)
def nothing_fails_unseen(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """A part of a page that fails is left out and written to the log; here it fails the journey."""
    yield
    errors = [line for line in capfd.readouterr().err.splitlines() if '"level": "error"' in line]
    assert not errors, "\n".join(errors)


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    """Sign a window in as one of the demo's people: owner, moderator or buyer."""
    return _sign_in


def _sign_in(page: Page, role: str) -> None:
    page.goto("/account/sign-in")
    page.get_by_label("Email").first.fill(f"{role}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture(scope="package")
def keyring(browser: Browser, site: DemoSite) -> Callable[[str], object]:
    """The signed-in session of one of the demo's people, for all windows; made anew before the password would be asked
    for again.
    """
    kept: dict[str, tuple[float, object]] = {}

    def session_of(role: str) -> object:
        made_at, session = kept.get(role, (-FRESH_SECONDS, None))
        if time.monotonic() - made_at >= FRESH_SECONDS:
            with _Window(browser, site, java_script_enabled=False) as page:
                _sign_in(page, role)
                session = page.context.storage_state()
            kept[role] = (time.monotonic(), session)
        return session

    return session_of


@pytest.fixture
def another(
    browser: Browser, site: DemoSite, has_script: bool, keyring: Callable[[str], object]
) -> Iterator[Callable[..., Page]]:
    """Open one more window, with JavaScript if this test's visitor has it: a stranger's, or one of the demo's people's.

    Called with the role to sign in as, if any, and further options of a browser context; a phone unless said otherwise.
    """
    with ExitStack() as windows:

        def opened(role: str = "", **options: object) -> Page:
            given = {"viewport": PHONE, "java_script_enabled": has_script, **options}
            if role:
                given["storage_state"] = keyring(role)
            return windows.enter_context(_Window(browser, site, **given))

        yield opened


@pytest.fixture
def accessible(has_script: bool) -> Callable[..., None]:
    """Hold the page in a window against axe's rules of WCAG 2.2 A and AA.

    Axe is a script itself: where there is none, the other run of the journey has looked.
    """

    def check(page: Page, rules: dict[str, object] = RULES, *, part: str = "html") -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        results = AxeResults(page.evaluate(WHAT_AXE_FINDS_WRONG, [part, rules]))
        assert results.violations_count == 0, results.generate_report()

    return check if has_script else lambda *_: None


@pytest.fixture
def look(has_script: bool, accessible: Callable[..., None]) -> Callable[..., None]:
    """Hold a page against axe, on a phone and on a desk; nothing scrolls sideways. It takes pictures where asked.

    Axe looks at the phone by day with every rule, and at the desk by night with those that a look can break. A journey
    without JavaScript leaves it to the one with it. `part` is what the desk's window shows that other pages don't.
    """

    def looked_at(page: Page, name: str, *, part: str = "html") -> None:
        before = page.viewport_size
        for width, viewport, checked, rules, checked_part in (
            ("390", PHONE, "light", RULES, "html"),
            ("1280", DESKTOP, "dark", RULES_OF_LOOKS, part),
        ):
            page.set_viewport_size(viewport)
            for scheme in ("light", "dark") if PICTURES else (checked,):
                page.emulate_media(color_scheme=scheme)
                if PICTURES:
                    picture = Path(PICTURES) / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=picture, full_page=True)
                if scheme == checked:
                    accessible(page, rules, part=checked_part)
            beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(beyond) <= 0, f"{name} scrolls sideways at {width}"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(before)

    return looked_at if has_script else lambda _page, _name, **_part: None
