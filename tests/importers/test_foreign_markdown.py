"""Markdown and HTML of other systems, as strangers write them, become ours without losing words or pictures."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.importers.formats import front_matter
from shop.blueprints.importers.html.conversion import html_to_markdown
from shop.blueprints.importers.magazines import foreign_markdown, liquid, substack_html
from shop.blueprints.importers.magazines.arriving import moment_in
from shop.blueprints.media import services as media
from shop.core.pictures.models import Picture
from shop.extensions import db
from tests.importers.conftest import Import


def drawn(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("{% raw %}a {{ b }}{% endraw %} {{ c }}", "a {{ b }} "),
        ("{% raw %}\n```\n{{ x }}\n```\n{% endraw %}", "\n```\n{{ x }}\n```\n"),
        ("```\n{% raw %}{% for a in b %}{% endraw %}\n```", "```\n{% for a in b %}\n```"),
        ("![a]({{ '/a.png' | relative_url }}){: .wide}", "![a](/a.png)"),
        ("a{% comment %} b {% endcomment %}c", "ac"),
        ("{% raw %}open", "open"),
        ('{% include youtube.html id="abcdefghijk" %}', "\n\n::embed[https://www.youtube.com/watch?v=abcdefghijk]\n\n"),
    ],
)  # fmt: skip
def test_what_liquid_shows_stays_and_what_it_works_out_goes(source: str, kept: str) -> None:
    assert liquid.without_tags(source)[0] == kept


def test_to_hugo_braces_without_an_arrow_are_text():
    source = '`{{ .Title }}` {{</* note */>}} [a]({{< ref path="two.md#x" >}}) {% x %}'
    kept, notes = liquid.without_tags(
        source, is_hugo=True, page_of=lambda file: "/two/" if file == "two.md" else ""
    )
    assert kept == "`{{ .Title }}` {{< note >}} [a](/two/#x) {% x %}"
    assert notes == ()


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("A <b>bold</b> <a href='/x/'>link</a> `<b>`", "A **bold** [link](/x/) `<b>`"),
        ("H<sub>2</sub>O<br>\nnext", "H₂O\\\nnext"),
        ("<div markdown='1'>\n\n**in**\n\n</div>", "\n\n**in**\n\n"),
        ("<script>\na\n\nb\n</script>\nrest", "\nrest"),
        ("a <img src='/i.png' alt='I'> b", "a ![I](/media/i) b"),
        ("<table><tr><td>1</td></tr>\n\n<tr><td>2</td></tr></table>", "| 1 |\n| --- |\n| 2 |"),
        ("````\n```\n<b>\n```\n````", "````\n```\n<b>\n```\n````"),
        ("- x\n  ```\n  <b>\n  ```", "- x\n  ```\n  <b>\n  ```"),
        ("<b>Note:</b>text x<i>“q”</i>y", "**Note**:text x“*q*”y"),
        ("<p>a <b>one\n\ntwo</b></p>", "a **one**\n\ntwo"),
        ("See <video src='/v.mp4'></video>.", "See [Video](/v.mp4)."),
        (
            "a <iframe src='https://youtu.be/dQw4w9WgXcQ'></iframe>",
            "a \n\n::embed[https://youtu.be/dQw4w9WgXcQ]\n\n",
        ),
    ],
)
def test_html_inside_markdown_is_markdown(source: str, kept: str) -> None:
    def kept_at(address: str) -> str:
        return "/media/i" if address == "/i.png" else ""

    assert foreign_markdown.with_plain_html(source, kept_at) == kept


def test_pictures_and_links_that_name_files_lead_to_what_became_of_them():
    written = foreign_markdown.with_files(
        '![A](a.png "Cap") ![B](<b c.png>) ![I](</img/i.png>) [t](two.md#x) [e](https://x.example/two.md)\n\n'
        "[![A](a.png)](a.png)\n\n[r]: a.png\n\n```\n![A](a.png)\n```",
        lambda file: "/two/" if file == "two.md" else "",
        lambda address: "/media/a" if address == "a.png" else "",
    )
    assert written == (
        '![A](/media/a "Cap") [B](<b c.png>) [I](/img/i.png) [t](/two/#x) [e](https://x.example/two.md)\n\n'
        "![A](/media/a)\n\n[r]: /media/a\n\n```\n![A](a.png)\n```"
    )


@pytest.mark.parametrize(
    "bomb",
    ["[" * 40_000, "![a](" * 20_000, "<a " * 20_000, "```a\n" * 20_000, "<table>\n\n" * 9_000],
)
def test_redos_foreign_markdown(bomb: str) -> None:
    import time

    begun = time.process_time()
    foreign_markdown.with_files(bomb, str, str)
    foreign_markdown.with_plain_html(bomb)
    liquid.without_tags("{% raw %}" * 20_000)
    assert time.process_time() - begun < 2.0


def test_a_date_that_is_none_refuses_no_text():
    said, body = front_matter.read_front_matter(
        "---\n# remark\n\ntitle: A\ndate: 0000-00-00\n---\nB"
    )
    assert (said, body) == ({"title": "A", "date": None}, "B")
    assert front_matter.read_front_matter("---\n---\nB") == ({}, "B")


@pytest.mark.parametrize(
    "written",
    [
        "2021-03-09T10:00:00Z",
        "2021-03-09 11:00 +0100",
        "2021-03-09 10:00:00 UTC",
        "Tue, 9 Mar 2021 10:00:00 GMT",
    ],
)
def test_moments_are_read_as_they_are_written(written: str) -> None:
    moment = moment_in(written)
    assert moment is not None
    assert moment.isoformat() == "2021-03-09T10:00:00+00:00"


def test_a_date_may_be_written_in_english():
    assert {str(moment_in(each))[:10] for each in ("March 9, 2021", "9 Mar 2021")} == {"2021-03-09"}
    assert moment_in("soon") is None


def test_what_substack_keeps_in_attributes_is_said():
    def attributes(**said: object) -> str:
        return json.dumps(said).replace('"', "&quot;")

    gallery = {"images": [{"src": "/1.png"}, {"src": "/2.png"}], "caption": "Two"}
    source = (
        '<p>Words<a href="#footnote-1">1</a></p>'
        f'<div class="tweet" data-attrs="{attributes(url="https://x.example/1", full_text="Hello")}"></div>'
        f'<div data-attrs="{attributes(gallery=gallery)}"></div>'
        f'<div data-attrs="{attributes(url="https://x.example/2")}"><p>Said.</p></div>'
        '<div class="footnote"><a id="footnote-1" class="footnote-number">1</a><p>The note.</p></div>'
    )
    written = html_to_markdown(
        substack_html.said_plainly(source), kept_at=lambda address: f"/m{address}"
    )
    assert written == (
        "Words[^1]\n\n[Hello](https://x.example/1)\n\n![](/m/1.png) ![](/m/2.png)\n\nTwo\n\nSaid.\n\n[^1]: The note."
    )
    assert html_to_markdown("<pre>a<br>  b</pre>") == "```\na\n  b\n```"


def test_pictures_of_a_folder_come_along_with_covers_galleries_and_translations(
    bring_in: Import, tmp_path: Path, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, long = tmp_path / "site", "So long a caption " * 12
    row = '<div class="gallery"><img src="/img/a.png" alt="A"><img src="door.png" alt="Door"></div>'
    files: dict[str, bytes] = {
        "static/img/a.png": drawn("red"),
        "content/posts/one/door.png": drawn("blue"),
        "content/posts/one/index.md": (
            f"---\ntitle: One\ndate: 2021-01-01\ncover: {{image: /img/a.png}}\n---\n![Door](door.png \"Shut\")\n\n{row}"
        ).encode(),
        "content/posts/two.md": f"---\ntitle: Two\n---\n![Other](/img/a.png \"{long.strip()}\")".encode(),
        "content/posts/one/index.de.md": b"---\ntitle: Eins\ndate: 2021-01-01\n---\nText.",
    }  # fmt: skip
    for name, content in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
    assert "imported 3" in bring_in("folder", site).output
    run_jobs()
    found = {each.title: each for each in db.session.scalars(select(Article))}
    pictures = {each.name: each for each in db.session.scalars(select(Picture))}
    red, door = pictures["a.png"], pictures["door.png"]
    assert found["One"].cover_id == red.id
    assert found["One"].body == f"::picture[{door.id} | Shut]\n\n::gallery[{red.id} {door.id}]"
    assert (red.alt, door.alt) == ("A", "Door")
    assert found["Eins"].language == "de"
    assert found["Eins"].translation_of_id == found["One"].id
    assert found["Two"].body == f"::picture[{red.id}]\n\n{long.strip()}"
    monkeypatch.setattr(media, "add_picture", lambda *_given: pytest.fail("it is here already"))
    assert "imported 0, unchanged 3, refused 0" in bring_in("folder", site).output


def test_a_picture_that_leads_to_a_page_still_does_and_no_gallery_lacks_one():
    def kept_at(address: str) -> str:
        return "" if "lost" in address else f"/m{address}"

    assert html_to_markdown('<a href="/page/"><img src="/a.png" alt="A"></a>', kept_at=kept_at) == (
        "[![A](/m/a.png)](/page/)"
    )
    row = '<div class="gallery"><p><img src="/a.png" alt="A"></p><p><img src="/lost.png" alt="B"></p></div>'
    assert html_to_markdown(row, kept_at=kept_at) == "![A](/m/a.png)\n\n[B](/lost.png)"
