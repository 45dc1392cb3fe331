"""Posts of Beehiiv and of Wix come in from their tables, with text, pictures, states and old addresses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.importers.html.conversion import html_to_markdown
from shop.blueprints.importers.magazines import ricos
from shop.extensions import db
from tests.importers.conftest import Import


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def articles() -> dict[str, Article]:
    db.session.rollback()
    return {article.slug: article for article in db.session.scalars(select(Article))}


def words(text: str, *decorations: object) -> dict[str, object]:
    return {"type": "TEXT", "textData": {"text": text, "decorations": list(decorations)}}


def test_a_beehiiv_email_is_read_without_the_tables_that_place_it(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    email = (
        "<html><style>p{}</style><div style='display:none'>seen in lists only</div><table><tr id='content-blocks'><td>"
        "<table><tr><td><p>Some <b>words</b></p></td></tr></table>"
        "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"
        "<p style='color:red; display: none'>seen in lists only</p></td></tr></table></html>"
    )
    post = {
        "id": "a1", "web_title": "One", "status": "confirmed", "audience": "free", "web_subtitle": "Sub",
        "url": "https://e.beehiiv.com/p/one", "content_html": email, "thumbnail_url": "uploads/1.png",
        "created_at": "2023-01-18 21:25:27",
    }  # fmt: skip
    paid = post | {"id": "a2", "web_title": "Paid", "audience": "premium", "url": "x/p/paid"}
    file = table(tmp_path / "posts.csv", post, paid, post | {"id": ""})
    told = bring_in("beehiiv", file).output
    assert "read 3, imported 2, unchanged 0, refused 1" in told
    assert "cdn-cgi/image/uploads/1.png" in told
    found = articles()
    assert found["one"].body == "Some **words**\n\n| 1 | 2 |\n| --- | --- |\n| 3 | 4 |"
    assert (found["one"].excerpt, found["one"].is_public, found["paid"].is_public) == (
        "Sub",
        True,
        False,
    )
    assert client.get("/p/one").location == "/articles/one"
    assert "unchanged 2" in bring_in("beehiiv", file).output
    assert "It seems to be another kind" in bring_in("ghost", file).output


def test_a_wix_post_is_read_from_its_tree_and_one_without_keeps_its_words(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    tree = {
        "nodes": [{"type": "PARAGRAPH", "nodes": [words("Hello "), words("you", {"type": "BOLD"})]}]
    }
    first = {
        "Author": "Jane", "Title": "One", "ID": "p1", "Slug": "one", "Tags": '["62f1c0e5aa11bb22cc33dd44", "tea"]',
        "Published Date": "2025-10-01T10:00:00Z", "Rich Content": json.dumps(tree), "Plain Content": "",
        "Post Page URL": "/post/one",
    }  # fmt: skip
    second = {
        "Title": "Two",
        "ID": "p2",
        "Plain Content": "Plain words",
        "Rich Content": "no",
        "Post Page URL": "/post/two",
    }
    told = bring_in("wix", table(tmp_path / "posts.csv", first, second)).output
    assert "read 2, imported 2, unchanged 0, refused 0" in told
    assert "only its words could be read" in told
    assert "it had no date" not in told, "a draft there is a draft here"
    found = articles()
    assert found["one"].body == "Hello **you**"
    assert [tag.name for tag in found["one"].tags] == ["tea"]
    assert (found["two"].body, found["two"].is_public) == ("Plain words", False)
    assert client.get("/post/one").location == "/articles/one"
    assert bring_in("wix", table(tmp_path / "x.csv", {"a": "b"})).exit_code == 1
    (tmp_path / "x.csv").write_text('ID,Rich Content\n"a"x,1\n')
    assert "x.csv is damaged" in bring_in("wix", tmp_path / "x.csv").output


def test_each_node_of_ricos_says_something_or_is_named():
    left_out: list[str] = []
    tree = {
        "nodes": [
            {"type": "HEADING", "headingData": {"level": 3}, "nodes": [words("Head")]},
            {"type": "IMAGE", "imageData": {"image": {"src": {"id": "sea.jpg"}}, "altText": "Sea", "caption": "Cap"}},
            {"type": "GALLERY", "galleryData": {"items": [
                {"image": {"media": {"src": {"url": "/1.jpg"}}}}, {"image": {"media": {"src": {"id": "2.jpg"}}}},
            ]}},
            {"type": "VIDEO", "videoData": {"video": {"src": {"url": "https://v.example/1"}}}},
            {"type": "BUTTON", "buttonData": {"text": "Go", "link": {"url": "https://g.example"}}},
            {"type": "POLL", "pollData": {}},
        ]
    }  # fmt: skip
    html = ricos.ricos_as_html(json.dumps(tree), left_out)
    written = html_to_markdown(html, kept_at=lambda address: f"/kept/{address.rpartition('/')[2]}")
    assert written == (
        '### Head\n\n![Sea](/kept/sea.jpg "Cap")\n\n![](/kept/1.jpg) ![](/kept/2.jpg)\n\n'
        "[https://v.example/1](https://v.example/1)\n\n[Go](https://g.example)"
    )
    assert left_out == ["poll"]


def test_a_picture_that_a_script_fills_in_is_there_once():
    plain = '<noscript><img src="/a.jpg" alt="A"></noscript>'
    for waits in (
        f'{plain}<img class="x" data-src="/a.jpg">',
        f'<img src="data:image/gif;base64,R0lGOD" data-lazy-src="/a.jpg" alt="B">{plain}',
        '<img data-src="/a.jpg" alt="A">',
        '<img src="data:image/gif;base64,R0lGOD" alt="A" data-lazy-src="/a.jpg">',
        '<img data-src="/a.jpg" src="data:image/svg+xml,%3Csvg%20/%3E" alt="A">',
        '<img src="/a.jpg" data-src="/b.jpg" alt="A">',
    ):
        assert html_to_markdown(waits, kept_at=lambda address: address) == "![A](/a.jpg)", waits


def test_a_film_that_a_script_fills_in_is_there():
    for waits in (
        'data-src="https://f.example/1"',
        'src="about:blank" data-src="https://f.example/1"',
    ):
        assert (
            html_to_markdown(f"<iframe {waits}></iframe>")
            == "[https://f.example/1](https://f.example/1)"
        )
