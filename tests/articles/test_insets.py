"""What stands in a text apart from its paragraphs: pull quotes, notes, code, captions, footnotes and embeds."""

from __future__ import annotations

import re
from html import unescape

import pytest

from shop.blueprints.articles.insets.addresses import EMBEDDED_HOSTS
from shop.blueprints.articles.insets.embeds import embed_of
from shop.core import highlighting
from shop.core.highlighting import highlighted
from tests.factories.articles import make_article

FILM = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
BODY = f"""
::: pull-quote[Leila]
I mind *knowing*.
:::

::: warning[Hot]
Mind the pan.
:::

::: note
Beans do too.
:::

![A door](/media/door.webp "The <back> door")

```python
def tonight():
    return "you"
```

::embed[{FILM} | The film]

::embed[https://news.example/story]

::embed[javascript:alert(1)]

Once[^1] and again[^1].

[^1]: A note.
"""


def test_a_text_has_pull_quotes_notes_captions_code_and_footnotes(client):
    make_article(slug="all", body=BODY)
    page = client.get("/articles/all").text
    assert '<figure class="pull-quote"><blockquote><p>I mind <em>knowing</em>.</p>' in page
    assert "<figcaption>Leila</figcaption>" in page
    assert re.search(r'inset--warning"><p class="inset__title">Hot</p>\s*<p>Mind the pan.', page)
    assert '<p class="inset__title">Note</p>' in page
    assert "<figcaption>The &lt;back&gt; door</figcaption></figure>" in page
    assert '<span class="hl-k">def</span> <span class="hl-f">tonight</span>' in page
    assert re.search(r'<link rel="stylesheet" href="/static/code\.', page)
    assert page.count("/static/plugins/insets.") == 1
    assert ">[1]</a></sup> and again" in page
    assert page.count('class="footnote-backref" aria-label="Back to the text"') == 2
    make_article(slug="plain", body="Text with `code` in a line.")
    assert not re.search(r"/static/(code|plugins/insets)\.", client.get("/articles/plain").text)


def test_nothing_is_loaded_from_elsewhere_until_a_frame_of_ours_is_asked_for(client):
    make_article(slug="all", body=BODY)
    answer = client.get("/articles/all")
    page = answer.text
    assert "<iframe" not in page
    assert "javascript:" not in page
    assert "youtube" not in answer.headers["Content-Security-Policy"]
    assert f'href="{FILM}"' in page
    assert 'href="https://news.example/story"' in page
    [address] = re.findall(r'data-frame="([^"]+)"', page)
    frame = client.get(unescape(address))
    policy = frame.headers["Content-Security-Policy"]
    assert "frame-src https://www.youtube-nocookie.com;" in policy
    assert "frame-ancestors 'self'" in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert 'src="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"' in frame.text
    other = unescape(address).replace("dQw4w9WgXcQ", "aaaaaaaaaaa")
    assert client.get(other).status_code == 404  # nobody shows something else under our name


def test_feeds_say_the_same_in_plain_html(client):
    make_article(slug="all", body=BODY)
    feed = unescape(client.get("/feed.xml").text)
    assert "<blockquote><p>I mind <em>knowing</em>.</p>" in feed
    assert "<p><strong>Hot</strong></p>" in feed
    assert f'<p><a href="{FILM}">The film</a></p>' in feed
    assert "/static/" not in feed


@pytest.mark.parametrize(
    "address",
    [
        "youtube.com/watch?v=dQw4w9WgXcQ",
        "youtu.be/dQw4w9WgXcQ",
        "vimeo.com/76979871",
        "dailymotion.com/video/x7tgad0",
        "archive.org/details/night-trains",
        "open.spotify.com/track/11dFghVXANMlKmJXsNCbNl",
        "soundcloud.com/somebody/a-song",
    ],
)
def test_hosts_whose_addresses_become_embeds_where_they_are_pasted_are_known(address):
    assert address.split("/")[0] in EMBEDDED_HOSTS
    assert embed_of(f"https://{address}").frame


@pytest.mark.parametrize(
    ("address", "frame"),
    [
        ("https://youtu.be/dQw4w9WgXcQ?t=3", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"),
        ("https://player.vimeo.com/video/76979871?h=1", "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1"),
        ("https://w.soundcloud.com/player/?url=https%3A%2F%2Fapi.soundcloud.com%2Ftracks%2F293", "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/293&auto_play=true"),
        ("https://framatube.org/w/9db9f3f1-9b54-44ed", "https://framatube.org/videos/embed/9db9f3f1-9b54-44ed?autoplay=1"),
        ("https://mastodon.social/@Gargron/111111111111", "https://mastodon.social/@Gargron/111111111111/embed"),
    ],
)  # fmt: skip
def test_addresses_of_other_sites_are_known_by_their_shape(address, frame):
    assert embed_of(address).frame == frame


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://localhost/w/abcdefghijkl", "https://127.0.0.1/w/abcdefghijkl",
     "https://a.example:8080/w/abcdefghijkl", f"{FILM}more", "https://[::1", "/articles/all"],
)  # fmt: skip
def test_other_addresses_have_no_frame(address):
    assert embed_of(address) is None


def test_code_that_takes_long_to_mark_is_shown_without_marks(monkeypatch):
    assert highlighted("<b>", "no-such-language") == "&lt;b&gt;"
    assert highlighted("x = 1", "python") == 'x = <span class="hl-m">1</span>'
    monkeypatch.setattr(highlighting, "MOST_SECONDS", -1)
    assert highlighted("x = 1", "python") == "x = 1"
