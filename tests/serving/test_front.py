"""The web server in front: its shipped configuration is valid and says what we say, and its files go with a change."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import urllib.request
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import brotli
import pytest

from shop.app import create_app
from shop.cli import commands
from shop.config import Config
from shop.core.app_state import state_of
from shop.core.changes.purge import PurgeBoard, slot_of
from shop.core.pages.front import HTML, FrontPages, folder_of
from shop.core.pages.page import KeptPage
from shop.core.pages.page_cache import PUBLIC
from shop.core.pages.store import PageStore
from shop.core.web import security
from tests import servers
from tests.serving.test_run import ask

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = DEPLOY / "nginx"
SELF_SIGNED = [
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
    *("-nodes", "-subj", "/CN=shop.example"),
]
HEADERS = {"X-Frame-Options": "DENY", "Cache-Control": PUBLIC}


@pytest.fixture
def board(tmp_path):
    return PurgeBoard(tmp_path / "board")


@pytest.fixture
def front(tmp_path, board):
    return FrontPages(tmp_path / "front", HEADERS, board)


def page(board, *tags, body=b"a page " * 50, **more):
    headers = [*HEADERS.items(), ("Content-Type", HTML), *more.get("headers", ())]
    return KeptPage(body, headers, {slot_of(tag) for tag in tags}, board.sequence)


def files(tmp_path, folder):
    top = tmp_path / "front" / folder
    return sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())


def test_a_kept_page_lies_there_in_three_codings_for_any_user_to_read(front, board, tmp_path):
    front.show("/articles/", page(board, "articles"))
    folder = tmp_path / "front" / "fresh" / "articles"
    assert (folder / ".html").read_bytes() == b"a page " * 50
    assert gzip.decompress((folder / ".html.gz").read_bytes()) == b"a page " * 50
    assert brotli.decompress((folder / ".html.br").read_bytes()) == b"a page " * 50
    assert (folder / ".html").stat().st_mode & 0o777 == 0o644
    assert folder.stat().st_mode & 0o777 == 0o755
    assert files(tmp_path, "fresh") == files(tmp_path, "last")


def test_a_change_takes_its_pages_out_before_the_commit_in_whatever_process(front, board, tmp_path):
    front.show("/one", page(board, "article:1", "settings"))
    front.show("/two", page(board, "article:2", "settings"))
    another = PurgeBoard(tmp_path / "board")
    FrontPages(tmp_path / "front", HEADERS, another)
    another.announce(["article:1"])
    assert files(tmp_path, "fresh") == ["two.html", "two.html.br", "two.html.gz"]
    assert "one.html" in files(tmp_path, "last")
    another.purge_everything()
    assert files(tmp_path, "fresh") == []


def test_a_command_by_hand_that_knows_nothing_of_nginx_takes_the_pages_out_too(
    front, board, tmp_path, monkeypatch
):
    monkeypatch.delenv("SHOP_FRONT_DIR", raising=False)
    data = tmp_path / "data"
    data.mkdir()
    folder_of(data, tmp_path / "front")  # as a site does that is told where they lie
    front.show("/one", page(board, "article:1"))
    by_hand = create_app(Config(data_dir=data, secret_key="a key that a command has"))
    state_of(by_hand).purge_board.announce(["article:1"])
    assert files(tmp_path, "fresh") == []


def test_where_the_pages_lay_and_lie_no_more_nothing_is_made(tmp_path):
    folder_of(tmp_path, tmp_path / "front")
    assert folder_of(tmp_path, None) is None
    assert folder_of(tmp_path / "nothing here", None) is None
    assert not (tmp_path / "front").exists()


def test_a_page_that_was_changed_while_it_was_made_is_not_shown(front, board, tmp_path):
    made = page(board, "article:1")
    board.purge(["article:1"])
    front.show("/one", made)
    assert files(tmp_path, "fresh") == []


def test_where_the_index_is_broken_a_change_takes_out_everything(front, board, tmp_path):
    front.show("/one", page(board, "article:1"))
    front._index().execute("DROP TABLE part")
    board.purge(["article:2"])
    assert files(tmp_path, "fresh") == []


@pytest.mark.parametrize("path", ["/../x", "/a//b", "/x\n", "no", "/" + "x" * 300, "/a/./b"])
def test_what_is_no_name_of_a_file_is_left_out(front, board, tmp_path, path):
    front.show(path, page(board, "article:1"))
    assert files(tmp_path, "last") == []


def test_a_page_that_says_something_of_its_own_is_left_to_the_application(front, board, tmp_path):
    front.show("/one", page(board, "a", headers=[("X-Robots-Tag", "noindex")]))
    front.show("/two", page(board, "a", headers=[("X-Request-ID", "1")]))
    assert "two.html" in files(tmp_path, "last")
    assert "one.html" not in files(tmp_path, "last")


def test_what_is_older_than_a_minute_is_taken_out_and_kept_as_the_last_good_one(
    front, board, tmp_path, monkeypatch
):
    front.show("/one", page(board, "article:1"))
    monkeypatch.setattr("shop.core.pages.front.KEEP_SECONDS", -1)
    front.sweep()
    assert files(tmp_path, "fresh") == []
    assert "one.html" in files(tmp_path, "last")


def test_nginx_says_of_a_kept_page_what_the_application_says(app):
    policy = security.content_security_policy(["https://checkout.stripe.com"])
    expected = {**security.fixed_headers(policy, https=True), "Cache-Control": PUBLIC}
    told = (NGINX / "bookstall" / "headers.conf").read_text()
    assert dict(re.findall(r'^add_header (\S+) "(.*)";$', told, re.MULTILINE)) == expected


needs_nginx = pytest.mark.skipif(
    shutil.which("nginx") is None, reason="the shipped block is tried where nginx is"
)


class Unwell(BaseHTTPRequestHandler):
    """An application that can't make a page."""

    def do_GET(self):
        self.send_error(503)

    def log_message(self, *_said):
        """Nothing."""


@contextmanager
def nginx_before(upstream, folder):
    """nginx with the shipped files before an application; its port. Pages lie in the front of the folder."""
    port = servers.free_port()
    shutil.copytree(NGINX / "bookstall", folder / "bookstall")
    for file in (folder / "bookstall").iterdir():
        text = file.read_text().replace("/var/cache/nginx/bookstall", str(folder / "cache"))
        file.write_text(text.replace("/var/cache/bookstall", str(folder / "front")))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log; {user} events {{}} http {{ "
        "include /etc/nginx/mime.types; default_type application/octet-stream; "  # as on Debian
        f"upstream bookstall {{ server 127.0.0.1:{upstream}; }} include bookstall/maps.conf; "
        f"server {{ listen 127.0.0.1:{port}; include bookstall/site.conf; }} }}"
    )
    with subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"]) as nginx:
        try:
            servers.until(lambda: servers.listens(port), "nginx")
            yield port
        finally:
            nginx.terminate()


@needs_nginx
@pytest.mark.parametrize("is_there", [True, False], ids=["answers 503", "is away"])
def test_nginx_has_the_last_good_page_of_an_application_that_is_away_or_unwell(tmp_path, is_there):
    upstream = servers.free_port()
    (tmp_path / "front" / "last").mkdir(parents=True)
    (tmp_path / "front" / "last" / "one.html").write_text("the last good page")
    with ExitStack() as ending:
        if is_there:
            site = ending.enter_context(ThreadingHTTPServer(("127.0.0.1", upstream), Unwell))
            Thread(target=site.serve_forever, daemon=True).start()
            ending.callback(site.shutdown)
        port = ending.enter_context(nginx_before(upstream, tmp_path))
        assert ask(port, "/one?fbclid=x") == (200, "the last good page")
        assert ask(port, "/two")[0] == 503


@needs_nginx
@pytest.mark.parametrize("path", ["/", "/articles/", "/articles/one"])
def test_nginx_says_that_a_kept_page_is_a_page(front, board, tmp_path, path):
    """Also of one whose file has no name before its ending: a browser would offer it as a download."""
    front.show(path, page(board))
    with (
        nginx_before(servers.free_port(), tmp_path) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        assert (answer.headers["Content-Type"], answer.read()) == (HTML, b"a page " * 50)


@needs_nginx
@pytest.mark.parametrize("file", ["bookstall.conf", "front.conf"])
def test_nginx_takes_the_shipped_configuration(tmp_path, file):
    prefix = tmp_path / "nginx"
    shutil.copytree(NGINX, prefix)
    shutil.copy(NGINX.parent / "compose" / "front.conf", prefix)
    key, certificate = prefix / "key.pem", prefix / "cert.pem"
    subprocess.run(
        [*SELF_SIGNED, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    for each in prefix.rglob("*.conf"):
        text = each.read_text()
        text = text.replace("/etc/letsencrypt/live/shop.example/fullchain.pem", str(certificate))
        text = text.replace("/etc/letsencrypt/live/shop.example/privkey.pem", str(key))
        text = text.replace("/var/cache/nginx/bookstall", str(prefix / "cache"))
        text = re.sub(r"server web-\d:", "server 127.0.0.1:", text)  # names of containers
        each.write_text(text)
    whole = f"pid {prefix}/pid; error_log {prefix}/log; events {{}} http {{ include {file}; }}"
    (prefix / "nginx.conf").write_text(whole)
    tried = subprocess.run(
        ["nginx", "-t", "-p", prefix, "-c", prefix / "nginx.conf"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 0, tried.stderr


def test_a_page_that_is_taken_away_while_nginx_opens_it_is_no_404():
    # Between `try_files` and opening lies a moment in which a change may take the file away.
    lines = (NGINX / "bookstall" / "site.conf").read_text().splitlines()
    looked_up = [at for at, line in enumerate(lines) if line.strip().startswith("try_files")]
    assert looked_up
    for number in looked_up:
        otherwise = lines[number].split()[-1]
        assert lines[number + 1].split() == ["error_page", "404", "=", otherwise]


def test_after_an_upgrade_the_pages_of_before_are_only_a_last_resort(board, tmp_path):
    before, after = (PageStore(tmp_path, maker=lambda name=name: name) for name in ("1.0", "1.1"))
    before.keep("/one", page(board))
    for found, is_good in ((before.find("/one"), True), (after.find("/one"), False)):
        assert found is not None
        assert board.is_fresh((slot_of("settings"),), found.sequence) is is_good
        assert (found.age < 60) is is_good


def test_a_site_begins_with_the_pages_that_were_read_before(board, tmp_path):
    store = PageStore(tmp_path / "pages")
    store.keep("/one", page(board, "article:1"))
    found = PageStore(tmp_path / "pages").find("/one")
    assert found is not None
    assert (found.body, found.slots) == (b"a page " * 50, (slot_of("article:1"),))
    store.drop("/one")
    assert store.find("/one") is None


def test_a_crawl_throws_out_of_the_store_what_was_written_first(board, tmp_path):
    store = PageStore(tmp_path / "pages", keep_bytes=20_000)
    for number in range(60):
        store.keep(f"/{number}", page(board, "a"))
    assert store.find("/0") is None
    assert store.find("/59") is not None


def test_settings_stand_in_the_file_that_a_command_by_hand_reads_too():
    # What stands in a unit alone is unknown to `shop` as the guide calls it.
    units = "".join(path.read_text() for path in (DEPLOY / "systemd").glob("*.service"))
    assert not re.findall(r"^Environment=.*\bSHOP_\w+", units, re.MULTILINE)
    by_hand = (DEPLOY / "systemd" / "shop").read_text()
    read = {*re.findall(r"^EnvironmentFile=(\S+)$", units, re.MULTILINE)}
    assert {*re.findall(r'EnvironmentFile="\$\{SETTINGS:-(\S+)}"', by_hand)} == read
    assert "--setenv" not in by_hand


def test_what_is_shipped_for_deploying_starts_commands_that_there_are(app):
    units = "".join(path.read_text() for path in (DEPLOY / "systemd").glob("*.service"))
    compose = (DEPLOY / "compose" / "compose.yaml").read_text()
    started = {*re.findall(r"^ExecStart=\S+/shop (\w+)", units, re.MULTILINE)}
    started |= {*re.findall(r"command: \[shop, (\w+)", compose)}
    assert started == {"run", "worker", "db"}
    assert started <= set(commands(app).commands)
    mounted = re.findall(r"- (\.[^:]+):", compose)
    assert mounted
    assert all((DEPLOY / "compose" / source).exists() for source in mounted)
