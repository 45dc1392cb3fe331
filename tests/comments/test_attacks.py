"""What strangers try with comments."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from shop.blueprints.comments import forms
from shop.blueprints.comments.judging import checks
from shop.blueprints.comments.models import State
from shop.blueprints.comments.reading import threads
from shop.core.app_state import state_of
from shop.core.markdown import render_comment
from tests import controls
from tests.comments.test_judging import draft
from tests.effort import TENTH_OF_A_SECOND, effort
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import GOOD, all_comments, make_article, make_comment, post

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "<svg><style><!--</style><img src=x onerror=alert(1)>",
    '<input autofocus onfocus="alert(1)">',
    '<a href="https://x.example" onfocus="alert(1)" autofocus>x</a>',
    '<blockquote cite="\njavascript:alert(1)">quoted</blockquote>',
    '<p hx-get="/admin/" hx-trigger="load" hx-on:click="alert(1)">x</p>',
    '<form action="/account/sign-out" method="post"><button>x</button></form>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java\tscript:alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](<javascript:alert(1)>)",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:x)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '[x](https://x.example "title\\" onmouseover=alert(1)")',
    '[x](https://x.example/"onmouseover="alert(1))',
    "![x](javascript:alert(1))",
    "![x](https://x.example/pixel.gif)",
    "`<script>alert(1)</script>`",
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "# <script>\n\n<!-- --!> <script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "\u2028<script\u2028>alert(1)</script>",
    "<style>@import '//x.example'</style>",
    "<a id=main name=main>clobbered</a>",
    "{{7*7}} {% raw %} ${7*7} {x.__class__}",
]
TAGS = {"p", "a", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "br"}
INERT = {"href", "rel", "title"}
SAFE_ADDRESS = re.compile(r"(?:https?:|mailto:)|(?![^/?#]*:)", re.IGNORECASE)


class Parsed(HTMLParser):
    """What comes alive when a browser reads some HTML."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.alive = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in TAGS:
            self.alive.append(tag)
        for name, value in attributes:
            if name not in INERT or (name == "href" and not SAFE_ADDRESS.match(value or "")):
                self.alive.append((tag, name, value))

    def handle_comment(self, words):
        self.alive.append(("comment", words))

    handle_decl = unknown_decl = handle_pi = handle_comment


def test_the_control_sees_what_is_alive():
    for html in ("<svg>", "<p onfocus=x>", '<a href="java script:x">', '<a href=" javascript:x">'):
        assert Parsed(html).alive
    assert Parsed('<p><a href="/x" rel="ugc">x</a></p>').alive == []


@pytest.mark.parametrize("bodies", [HOSTILE], ids=["all"])
def test_comment_xss(client, bodies):
    article = make_article()
    for body in bodies:
        answer = post(client, article, body=body, author="<b onfocus=alert(1) autofocus>Eve</b>")
        assert answer.status_code == 303, body
    comments = all_comments()
    assert len(comments) == len(bodies)
    for comment in comments:
        assert Parsed(comment.body_html).alive == [], comment.body
    for page in _pages_that_show(client, article, comments):
        assert "<script>alert" not in page
        assert "<b onfocus" not in page
        assert "&lt;b onfocus=alert(1) autofocus&gt;Eve" in page
        for comment in comments:
            assert "<title>Decisions" in page or comment.body_html in page


@controls.on_sqlite
def test_control_comment_xss(client):
    """Two guards, one behind the other: each alone holds."""
    with controls.failing_without("no HTML in Markdown", "allow-list of tags"):
        test_comment_xss(client, HOSTILE[:1])


def _pages_that_show(client, article, comments):
    sign_in(client, make_account("moderator"))
    yield client.get("/admin/comments/").text
    ids = [str(comment.id) for comment in comments]
    client.post("/admin/comments/decisions?state=waiting", data={"ids": ids, "verb": "approve"})
    yield client.get(f"/articles/{article.slug}").text
    yield client.get(f"/articles/{article.slug}?reply={ids[0]}").text
    yield client.get("/admin/comments/decisions").text


def test_comment_xss_in_a_refused_form(client):
    answer = post(
        client,
        make_article(),
        author='"><script>alert(1)</script>',
        email='"><svg onload=alert(1)>',
        body="</textarea><script>alert(1)</script>" + "x" * 10_000,
        parent='"><script>alert(1)</script>',
    )
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<svg onload" not in answer.text


def test_links_vouch_for_nothing(app):
    html = render_comment("[a](https://x.example)")
    assert 'rel="ugc nofollow noopener"' in html


REDOS = [
    "a" * 100_000,
    "a@" * 50_000,
    "@" * 100_000,
    "a.b-c+d_" * 12_500,
    "1" * 100_000,
    "1 " * 50_000,
    "1.-(" * 25_000,
    "+" * 100_000,
    "[](" * 33_000,
    "http" * 25_000,
    "https://" * 12_500,
    "contact " * 12_500,
    "contact   him   " * 6_000,
    "whats" * 20_000,
    "wats" + "ap" * 50_000,
    " \t" * 50_000,
    "at " * 33_000,
    "dot " * 25_000,
    "( at ) " * 14_000,
    "one two " * 12_500,
    "@a_" * 33_000,
    "аa " * 33_000,
    "𝐚" * 100_000,
    "a\u200b" * 50_000,
    "doctor a " * 11_000,
    "brought back " * 8_000,
    "hack into my " * 8_000,
    "i saw a aaaaaaaaaaa " * 5_000,
    "if you need a a " * 6_000,
    "check out my a a " * 6_000,
    "a . " * 25_000,
    "1 . 2 " * 16_000,
    "tg a" * 25_000,
    "tg a0." * 16_000,
    "great " * 16_000,
    "text me on " * 9_000,
    "type h0 l1 9 " * 8_000,
    "ab-1.x loan " * 8_000,
    "é" * 100_000,
    "\u0301" * 100_000,
]


def test_redos(app):
    for body in REDOS:
        given = draft(body=body, author=body, honeypot=body)
        with app.test_request_context():
            for check in checks.SHIPPED:
                taken = effort(lambda check=check, given=given: list(check.judge(given)))
                assert taken < TENTH_OF_A_SECOND, (check.name, body[:12])
        assert effort(lambda body=body: threads.initials(body)) < TENTH_OF_A_SECOND, body[:12]
        assert effort(lambda body=body: forms._SECONDS.fullmatch(body)) < TENTH_OF_A_SECOND, body[
            :12
        ]


MARKDOWN = [
    "[",
    "![",
    "*",
    "*a_ ",
    "_a*",
    "**a *b ",
    "> ",
    "- ",
    "1. ",
    "* a\n  ",
    "`",
    "`a``b```c",
    "[a](",
    "[[]](",
]
MARKDOWN += ["<", "<a@b", "&", "&#", "\\", "\\[", "a\n> ", "[" * 999 + "](x)"]


@pytest.mark.parametrize("part", MARKDOWN, ids=lambda part: ascii(part[:9]))
def test_redos_markdown(part):
    body = (part * 10_000)[:10_000]
    assert effort(lambda: render_comment(body)) < TENTH_OF_A_SECOND


def test_control_redos():
    with controls.failing_without("limit on brackets"):
        test_redos_markdown("[")


def test_a_megabyte_is_refused(client):
    article = make_article()
    assert post(client, article, body="x" * 900_000).status_code == 422
    assert post(client, article, body="x" * 1_100_000).status_code == 413
    assert all_comments() == []


def test_control_characters_do_not_hide_in_the_text(client):
    post(client, make_article(), body="one\x00\x08\u202etwo\x1b[31m")
    [comment] = all_comments()
    assert comment.body == "onetwo[31m"


def test_cache_poison(app, client):
    article = make_article()
    make_comment(article, State.WAITING, body="hidden")
    client.get(f"/articles/{article.slug}", headers={"X-Forwarded-Host": "evil.example"})
    post(client, article)
    state_of(app).purge_board.purge_everything()  # the page is made anew, for whom it has a message
    assert "Thanks for your comment" in client.get(f"/articles/{article.slug}").text
    page = app.test_client().get(f"/articles/{article.slug}").text
    assert "Thanks for your comment" not in page
    assert GOOD["body"] not in page
    assert "evil.example" not in page


@controls.on_sqlite
def test_control_cache_poison(app, client):
    """Four guards, one behind the other."""
    with controls.failing_without("a page of one visitor is not kept"):
        test_cache_poison(app, client)
