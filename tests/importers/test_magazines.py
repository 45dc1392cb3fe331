"""Articles come in from Ghost, Substack, Medium and folders of Markdown, each with its old address."""

from __future__ import annotations

import json
import lzma
import re
import stat
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.importers.formats import bundles, front_matter
from shop.blueprints.importers.magazines import foreign_markdown, lexical, liquid, ricos
from shop.core.errors import Refused
from shop.extensions import db
from tests.importers.conftest import Import


def articles() -> dict[str, Article]:
    db.session.rollback()
    return {article.slug: article for article in db.session.scalars(select(Article))}


def packed(path: Path, entries: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def post(number: int, slug: str, **more: object) -> dict[str, object]:
    return {
        "id": str(number), "title": slug.title(), "slug": slug, "html": "<p>Words.</p>", "type": "post",
        "status": "published", "visibility": "public", "published_at": "2025-01-01T00:00:00.000Z",
    } | more  # fmt: skip


def test_a_ghost_export_comes_in_with_its_subjects_authors_and_links(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    tree = {"root": {"children": [
        {"type": "paragraph", "children": [{"type": "text", "text": "Bold", "format": 1}]},
        {"type": "codeblock", "language": "py", "code": "a < b"},
    ]}}  # fmt: skip
    export = {
        "posts": [
            post(1, "one", html='<p><a href="__GHOST_URL__/two/">two</a></p>'
                 '<div class="kg-card"><div class="kg-audio-player">1:20</div></div>', feature_image="https://x.example/a.png"),
            post(2, "two", html=None, lexical=json.dumps(tree)),
            post(3, "about", type="page"),
            post(4, "paid", visibility="paid"),
            post(5, "broken", html=None, lexical="["),
            {"title": "No id"},
            post(6, "letter"),
        ],
        "posts_meta": [{"post_id": "6", "email_only": "1"}],
        "tags": [{"id": "t", "name": "News", "slug": "news"}, {"id": "a", "name": "Zeal", "slug": "zeal"},
                 {"id": "h", "name": "#hidden", "slug": "hash-hidden"}],
        "posts_tags": [
            {"post_id": "1", "tag_id": "h", "sort_order": 0}, {"post_id": "1", "tag_id": "t", "sort_order": 1},
            {"post_id": "2", "tag_id": "t", "sort_order": 1}, {"post_id": "2", "tag_id": "a", "sort_order": 0},
        ],
        "users": [
            {"id": "u", "name": "Alice", "slug": "al", "bio": "She walks.", "website": "https://al.example"},
        ],
        "posts_authors": [{"post_id": "1", "author_id": "u"}],
    }  # fmt: skip
    file = tmp_path / "ghost.json"
    file.write_text(json.dumps({"db": [{"data": export}]}))
    result = bring_in("ghost", file)
    assert result.output.splitlines()[-1] == "read 7, imported 5, unchanged 0, refused 2"
    found = articles()
    assert found["one"].body == "[two](/articles/two)"
    assert [tag.name for tag in found["one"].tags] == ["News"]
    author = found["one"].author
    assert author is not None
    assert (author.slug, author.bio, author.links) == ("al", "She walks.", ["https://al.example"])
    assert found["two"].body == "**Bold**\n\n```py\na < b\n```"
    assert [tag.name for tag in found["two"].tags] == ["Zeal", "News"]
    assert found["about"].is_page
    assert not found["paid"].is_public
    assert not found["letter"].is_public
    for old, new in (
        ("/two/", "/articles/two"),
        ("/about/", "/pages/about"),
        ("/tag/news/", "/articles/tag/news"),
    ):
        assert client.get(old).location == new
    assert "read 7, imported 0, unchanged 5, refused 2" in bring_in("ghost", file).output


def test_substack_and_medium_archives_come_in(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    table = (
        "post_id,post_date,is_published,type,audience,title,subtitle,podcast_url\n"
        "12.plain,2019-07-26T20:48:19.814Z,TRUE,newsletter,everyone,Plain,Short &#x201C;x&#x201D;,\n"
        "13.paid,2019-07-26T20:48:19.814Z,TRUE,newsletter,only_paid,Paid,,https://a.example/x.mp3\n"
        "14.talk,2019-07-26T20:48:19.814Z,TRUE,thread,everyone,Talk,,\n"
    )
    widget = '<p class="button-wrapper"><a href="https://x.substack.com">Sign up now</a></p>'
    substack = packed(
        tmp_path / "s.zip",
        {"export/posts.csv": table, "export/posts/12.plain.html": f"<p>Words.</p>{widget}"},
    )
    right = tmp_path / "map.csv"
    right.write_text(
        'post 12.plain,author,Ines Marlow\npost 12.plain,tags,"One, Two"\n'
        "post 13.paid,title,Paid for\npost 13.paid,date,soon\n",
        encoding="utf-8",
    )
    done = bring_in("substack", substack, "--map", str(right))
    assert "post 13.paid: --map: soon is not a date" in done.output
    assert "read 3, imported 1, unchanged 0, refused 2" in done.output
    assert articles()["plain"].author.name == "Ines Marlow"
    assert [tag.name for tag in articles()["plain"].tags] == ["One", "Two"]
    right.write_text("post 12.plain,colour,red\n", encoding="utf-8")
    assert bring_in("substack", substack, "--map", str(right)).exit_code == 1
    assert "read 3, imported 1, unchanged 1, refused 1" in bring_in("substack", substack).output
    assert articles()["plain"].body == "Words."
    assert articles()["plain"].excerpt == "Short “x”"
    assert not articles()["paid"].is_public
    assert client.get("/p/plain").location == "/articles/plain"

    page = (
        '<article><h1 class="p-name">Basic</h1><section data-field="subtitle">Sub</section>'
        '<section data-field="body"><h3>Basic</h3><h4>Sub</h4><p>Text.</p>'
        '<script src="https://gist.github.com/j/1.js"></script>'
        '<figure class="graf--layoutOutsetRow"><img src="https://cdn.example/1*a.png"></figure>'
        '<figure class="graf--layoutOutsetRowContinue"><img src="https://cdn.example/1*b.png"></figure>'
        "</section><footer>"
        '<a class="p-tag" href="https://blog.example/tag/things">Things</a><a class="p-author">Joe</a>'
        '<time class="dt-published" datetime="2018-08-11T11:23:34.123Z"></time>'
        '<a class="p-canonical" href="https://blog.example/basic-efefef121212">x</a></footer></article>'
    )
    medium = packed(
        tmp_path / "m.zip",
        {
            "posts/a.html": page,
            "posts/draft_b.html": page.replace("Basic", "Draft").replace("121212", "99"),
            "posts/c.html": "x",
        },
    )
    images = tmp_path / "images"
    images.mkdir()
    for name, colour in (("1*a.png", "red"), ("1*b.png", "blue")):
        Image.new("RGB", (20, 10), colour).save(images / name)
    told = bring_in("medium", medium, "--uploads", str(images)).output
    assert "read 3, imported 2, unchanged 0, refused 1" in told
    assert re.fullmatch(
        r"Text\.\n\n\[(https://gist\.github\.com/j/1)\]\(\1\)\n\n::gallery\[\d+ \d+\]",
        articles()["basic"].body,
    ), articles()["basic"].body
    assert not articles()["draft"].is_public
    assert client.get("/basic-efefef121212").location == "/articles/basic"
    for name in ("substack", "medium"):
        assert bring_in(name, packed(tmp_path / "x.zip", {"a": "b"})).exit_code == 1


def test_a_folder_of_markdown_comes_in_as_hugo_and_jekyll_mean_it(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    files = {
        "_posts/2021-08-23-basic-post.md": "---\ntitle: Basic\ntags: [dolor, Simet Amet]\ncategory: News\n---\n"
        "See [about](/about/), [there](/stays/there).\n\n<div><p>Raw <b>html</b>.</p></div>\n\n"
        "{% highlight ruby %}\na\n\n<b>\n{% endhighlight %}",
        "content/posts/hugo.md": "+++\ntitle = 'Hugo'\ndate = 2022-06-06T10:00:00Z\ndraft = true\n"
        "aliases = ['/was/here/']\n"
        "+++\n{{< youtube abcdef12345 >}} {{< tabs a b >}}",
        "content/about.md": "---\ntitle: About\n---\n# About\n\nUs.",
        "no-matter.md": "# A title\n\nWords.",
        "_posts/2022-01-01-bad.md": "---\na: &a [x]\nb: *a\n---\n",
        "_layouts/default.html": "<html>{{ content }}</html>",
        "README.md": "no",
        ".github/request.md": "no",
    }
    for name, content in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(content)
    (tmp_path / "secret.md").write_text("secret")
    (site / "link.md").symlink_to(tmp_path / "secret.md")
    result = bring_in("folder", site, "--site", "https://old.example")
    assert result.output.splitlines()[-1] == "read 5, imported 4, unchanged 0, refused 1"
    assert "its front matter refers to itself" in result.output
    assert "left out of its text: tabs" in result.output
    found = articles()
    assert found["basic-post"].body == (
        "See [about](/pages/about), [there](https://old.example/stays/there).\n\n"
        "Raw **html**.\n\n```ruby\na\n\n<b>\n```"
    )
    assert {tag.name for tag in found["basic-post"].tags} == {"News", "dolor", "Simet Amet"}
    assert found["basic-post"].published_at == datetime(2021, 8, 23, tzinfo=UTC)
    assert not found["hugo"].is_public
    assert found["hugo"].body == "::embed[https://www.youtube.com/watch?v=abcdef12345]"
    assert (found["about"].is_page, found["about"].body) == (True, "Us.")
    assert (found["no-matter"].title, found["no-matter"].body) == ("A title", "Words.")
    for old, new in (
        ("/2021/08/23/basic-post.html", "/articles/basic-post"),
        ("/was/here/", "/articles/hugo"),
        ("/posts/hugo/", "/articles/hugo"),
    ):
        assert client.get(old).location == new
    assert "unchanged 4" in bring_in("folder", site).output


def test_import_bombs_in_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "LONGEST_ENTRY", 1_000)
    monkeypatch.setattr(bundles, "MOST_IN_ALL", 1_500)
    monkeypatch.setattr(bundles, "MOST_ENTRIES", 4)
    file = packed(tmp_path / "a.zip", {"a": "x" * 100_000, "../b": "x" * 900, "c": "y" * 900})
    with bundles.opened(file, max_mb=1) as bundle:
        for name, reason in (("a", "more than"), ("../b", "already"), ("c", "already")):
            with pytest.raises(Refused, match=reason):
                bundle.text(name)
    assert [each.name for each in tmp_path.parent.glob("b")] == []
    crowded = packed(tmp_path / "b.zip", {str(number): "" for number in range(5)})
    with pytest.raises(Refused, match="more than 4 files"), bundles.opened(crowded, max_mb=1):
        pass
    large = tmp_path / "c.zip"
    large.write_bytes(b"x" * 1_100_000)
    for path in (large, tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(Refused), bundles.opened(path, max_mb=1):
            pass


def test_a_link_in_an_archive_is_no_file_of_it(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("secret.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.md", "b")
    with bundles.opened(tmp_path / "a.zip", max_mb=1) as bundle:
        assert bundle.names == ["b.md"]


def test_control_import_bombs_in_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(bundles.Bundle, "_bytes", lambda *_given: b"x")
        with pytest.raises(pytest.fail.Exception):
            test_import_bombs_in_archives(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "head",
    ["a: [", "- a", "a: &a [x]\nb: *a", "a: " + "x" * 60_000, "a: !!python/object:os.system x"],
)
def test_front_matter_that_is_none_or_a_bomb_is_refused(head: str) -> None:
    with pytest.raises(Refused):
        front_matter.read_front_matter(f"---\na: b\n{head}\n---\n") if head[
            0
        ] == "-" else front_matter.read_front_matter(f"---\n{head}\n---\n")


def test_a_tree_that_is_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(Refused):
        lexical.as_html('{"root":' + '{"children":[' * 150 + "]}" * 150 + "}", [])
    with pytest.raises(Refused):
        ricos.ricos_as_html('{"nodes":[' * 150 + "]}" * 150, [])


@pytest.mark.parametrize(
    "bomb", ["{% " * 20_000, "{{< " * 20_000, "```\n" * 20_000, "<!--" * 20_000, "{{" * 40_000]
)
def test_redos_liquid(bomb: str) -> None:
    import time

    begun = time.process_time()
    liquid.without_tags(bomb)
    foreign_markdown.with_plain_html(bomb)
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    "error",
    [OSError(22, "Invalid argument"), ValueError("x"), struct.error("x"), lzma.LZMAError("x")],
)
def test_a_damaged_zip_is_refused_whatever_it_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_given: object) -> None:
        raise error

    file = packed(tmp_path / "a.zip", {"a": "x"})
    with bundles.opened(file, max_mb=1) as bundle:
        monkeypatch.setattr(zipfile.ZipFile, "open", fail)
        with pytest.raises(Refused, match="unpacked"):
            bundle.text("a")
    monkeypatch.setattr(zipfile, "ZipFile", fail)
    with pytest.raises(Refused, match="neither"), bundles.opened(file, max_mb=1):
        pass
