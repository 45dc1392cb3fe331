"""WordPress sites are made with plugins: their fields, authors, taxonomies and damages come in too, or are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.importers.wordpress import mending
from shop.blueprints.importers.wordpress.fields import fields_as_html
from shop.blueprints.importers.wordpress.markup import post_to_markdown
from shop.extensions import db
from shop.plugins.types import ImportReport
from tests.factories.imports import SITE, wp_item, wxr
from tests.importers.conftest import Import


def meta(**fields: str) -> str:
    return "".join(
        f"<wp:postmeta><wp:meta_key>{name}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
        for name, value in fields.items()
    )


def test_fields_authors_taxonomies_and_summaries_of_plugins_come_in_or_are_named(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    fields = meta(
        intro="Some words", _intro="field_1", layout="wide", _layout="field_2", edited="Not shown"
    )
    guests = "".join(
        f'<category domain="author" nicename="cap-{slug}">{name}</category>'
        for slug, name in (("bo-li", "Bo Li"), ("cy", "Cy"))
    )
    link = "<link>{}</link>"
    told = bring_in("wordpress", wxr(
        tmp_path / "1.xml",
        wp_item(1, "Fields", kind="page", content="<!-- wp:acf/x /-->[xy z=1]", slug="fields",
                more=fields + link.format("https://elsewhere.example/outside/")),
        wp_item(2, "Beside", content="Words.", slug="beside", more=fields + guests + link.format(f"{SITE}/beside/")
                + meta(_yoast_wpseo_metadesc="For search engines.")),
        wp_item(3, "Bricks", kind="page", content="", slug="bricks", more=meta(_bricks_page_content_2="a:0:{}")),
        wp_item(4, "Genre", slug="genre", content=f'<a href="{SITE}/writers/ruth/">Ruth</a>'
                ' <a href="part/">part</a>',
                terms=[("genre", "Tales"), ("post_format", "aside"), ("category", "News")],
                more=link.format(f"{SITE}/genre/") + meta(rank_math_description="%excerpt% or not")),
        wp_item(5, "Picture", kind="attachment", status="inherit", more=link.format(f"{SITE}/beside/picture/")
                + f"<wp:post_parent>2</wp:post_parent><wp:attachment_url>{SITE}/p.png</wp:attachment_url>"),
    )).output  # fmt: skip
    found = {each.title: each for each in db.session.scalars(select(Article))}
    assert found["Fields"].body == "Some words"
    assert (found["Beside"].body, found["Beside"].excerpt) == ("Words.", "For search engines.")
    assert found["Beside"].author.name == "Bo Li"
    assert (found["Bricks"].is_public, found["Genre"].excerpt) == (False, "")
    assert f"[part]({SITE}/genre/part/)" in found["Genre"].body
    assert [tag.name for tag in found["Genre"].tags] == ["News", "Tales"]
    for words in (
        "own fields were left out: intro, layout",
        "several authors",
        "the page builder Bricks",
    ):
        assert words in told
    for old, new in (
        ("/writers/ruth/", "/authors/ruth"), ("/author/ruth/", "/authors/ruth"), ("/author/bo-li/", "/authors/bo-li"),
        ("/genre/tales/", "/articles/tag/tales"), ("/outside/", None), ("/beside/picture/", "/articles/beside"),
    ):  # fmt: skip
        assert (old, client.get(old).location) == (old, new)


def test_fields_show_pictures_and_say_nothing_of_the_machine() -> None:
    fields = (
        ("hero_image", "3"), ("gallery", 'a:2:{i:0;s:1:"3";i:1;s:1:"4";}'), ("rows", 'a:1:{i:0;s:9:"some text";}'),
        ("said", "One\n\nTwo"), ("wide", "1"), ("colour", "#fff"), ("title", "Three"),
    )  # fmt: skip
    shown = fields_as_html(fields, {3: "/3.png", 4: "/4.png"})
    assert shown.count('src="/3.png"') == 2
    assert shown.count('src="/4.png"') == 1
    assert post_to_markdown(shown, base="").markdown.endswith(")\n\nOne\n\nTwo\n\nThree")


def test_an_image_that_is_written_into_the_text_is_named_and_the_words_stay() -> None:
    converted = post_to_markdown(f'a <img src="data:image/png;base64,{"A" * 600_000}"> b', base="")
    assert converted.markdown.split() == ["a", "b"]
    assert "written into the text itself" in converted.notes[0]


ITEM = "<item><title><![CDATA[Één &]]></title></item>"
FILE = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss><channel>{ITEM}{{}}</channel></rss>\n'


@pytest.mark.parametrize(
    ("damaged", "mended", "note"),
    [
        (b"\n\n  " + FILE.format("").encode(), FILE.format(""), ""),
        (b"<br />\n<b>Warning</b>: x in /y\n" + FILE.format("").encode(), FILE.format(""), "line 1: what stood before"),
        (FILE.format("é").replace("UTF-8", "ISO-8859-1").encode("latin-1"), FILE.format("é"), ""),
        (FILE.format("“é”").encode("cp1252"), FILE.format("“é”"), "line 2: bytes that are not UTF-8"),
        (FILE.format("<item><title><![CDATA[Half").encode().partition(b"</channel>")[0],
         FILE.format("").replace("</channel>", "\n</channel>\n"), "line 2: the file breaks off here"),
    ],
    ids=["blank", "warning", "declared", "windows", "half"],
)  # fmt: skip
def test_what_servers_and_plugins_do_to_a_file_is_mended(
    tmp_path: Path, damaged: bytes, mended: str, note: str
) -> None:
    (tmp_path / "a.xml").write_bytes(damaged)
    report = ImportReport()
    with mending.mended(tmp_path / "a.xml", report) as path:
        assert path.read_text(encoding="utf-8") == mended
    assert (report.notes or [""])[0].startswith(note)
    assert bool(report.notes) == bool(note)
