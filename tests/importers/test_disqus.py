"""A Disqus export comes in below the articles that its threads belong to, and a reason for all else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from shop.blueprints.comments.models import Comment
from shop.extensions import db
from tests.factories.comments import make_article
from tests.importers.conftest import Import
from tests.importers.test_import_bombs import ENTITY_BOMB

EVERYTHING_ODD = Path(__file__).parent / "files" / "disqus.xml"
HEAD = (
    '<?xml version="1.0"?>{prologue}<disqus xmlns="http://disqus.com" '
    'xmlns:dsq="http://disqus.com/disqus-internals">'
)


def thread(number: int, link: str = "", title: str = "") -> str:
    return (
        f'<thread dsq:id="{number}"><id>page-{number}</id><link>{link}</link>'
        f"<title>{title}</title></thread>"
    )


def written(number: int, parent: int = 0, *, thread: int = 1, **said: str) -> str:
    given = {"message": f"<p>Number {number}.</p>", "isDeleted": "false", "isSpam": "false", **said}
    parts = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in given.items())
    above = f'<parent dsq:id="{parent}"/>' if parent else ""
    return (
        f'<post dsq:id="{number}">{parts}<createdAt>2013-10-11T06:51:{number:02}Z</createdAt>'
        "<author><name>Ruth</name><email>Ruth@example.org</email></author>"
        f'<ipAddress>203.0.113.9</ipAddress><thread dsq:id="{thread}"/>{above}</post>'
    )


def disqus(path: Path, *parts: str, prologue: str = "") -> Path:
    path.write_text(f"{HEAD.format(prologue=prologue)}{''.join(parts)}</disqus>", encoding="utf-8")
    return path


def comments() -> dict[str, Comment]:
    return {
        str(comment.import_key).removeprefix("disqus:"): comment
        for comment in db.session.scalars(select(Comment).order_by(Comment.id))
    }


@pytest.fixture
def article(app):
    return make_article(slug="a-quiet-house", title="A quiet house")


def test_threads_find_their_article_by_address_and_by_title(bring_in: Import, article, tmp_path):
    other = make_article(slug="other", title="Hello, World!")
    file = disqus(
        tmp_path / "a.xml",
        thread(1, "https://old.example/2013/02/a-quiet-house/index.html?utm=1"),
        thread(2, "https://old.example/?p=7", "  hello, WORLD! "),
        written(4),
        written(5, 4, isSpam="true"),
        written(6, thread=2),
    )
    result = bring_in("disqus", file)
    assert result.output.splitlines()[-1] == "read 3, imported 3, unchanged 0, refused 0"
    found = comments()
    assert [found[key].article_id for key in "456"] == [article.id, article.id, other.id]
    assert [found[key].state for key in "456"] == ["approved", "spam", "approved"]
    assert (found["4"].author_name, found["4"].email) == ("Ruth", "ruth@example.org")
    assert found["4"].posted_at.isoformat() == "2013-10-11T06:51:04+00:00"
    assert found["5"].parent_id == found["4"].id


def test_the_owner_says_which_article_a_thread_belongs_to(bring_in: Import, article, tmp_path):
    file = disqus(tmp_path / "a.xml", thread(1, "https://old.example/?p=1", "Of old"), written(4))
    refused = bring_in("disqus", file)
    assert "post 4: no article has its URL or title (https://old.example/?p=1)" in refused.output
    for said in ("https://old.example/?p=1", "page-1", "Of old"):
        (tmp_path / "map.csv").write_text(f'"{said}",https://new.example/articles/a-quiet-house\n')
        result = bring_in("disqus", file, "--map", str(tmp_path / "map.csv"), "--dry-run")
        assert "read 1, imported 1, unchanged 0, refused 0" in result.output
    (tmp_path / "map.csv").write_text("page-1,nowhere\n")
    result = bring_in("disqus", file, "--map", str(tmp_path / "map.csv"))
    assert "--map names nowhere, but there is no such article" in result.output


def test_two_articles_of_one_title_are_not_guessed_between(bring_in: Import, tmp_path, app):
    for slug in ("one", "two"):
        make_article(slug=slug, title="Untitled")
    result = bring_in("disqus", disqus(tmp_path / "a.xml", thread(1, "", "Untitled"), written(4)))
    assert (
        "several articles have its title (Untitled); use --map to choose the article"
        in result.output
    )


def test_deeper_answers_move_up_one_level_and_the_report_says_so(
    bring_in: Import, article, tmp_path
):
    file = disqus(
        tmp_path / "a.xml",
        thread(1, "/a-quiet-house"),
        written(8, 7),  # before what it answers
        written(7, 6),
        written(6),
        written(9, 99),
    )
    result = bring_in("disqus", file)
    found = comments()
    assert {found[key].parent_id for key in "78"} == {found["6"].id}
    assert found["9"].parent_id is None
    assert "note     threads: 1 comment replied to a reply" in result.output
    assert (
        "note     post 9: the comment it replied to was not imported; it starts a new thread"
        in result.output
    )


def test_of_a_deleted_post_only_the_place_comes_in_where_it_was_answered(
    bring_in: Import, article, tmp_path
):
    file = disqus(
        tmp_path / "a.xml",
        thread(1, "/a-quiet-house"),
        written(4, isDeleted="true"),
        written(5, 4),
        written(6, isDeleted="true"),
    )
    result = bring_in("disqus", file)
    found = comments()
    assert (found["4"].state, found["4"].body, found["4"].email) == ("erased", "", "")
    assert found["5"].parent_id == found["4"].id
    assert "refused  post 6: it was deleted and has no replies" in result.output


def test_a_second_run_changes_nothing(bring_in: Import, article, tmp_path):
    file = disqus(tmp_path / "a.xml", thread(1, "/a-quiet-house"), written(4), written(5, 4))
    bring_in("disqus", file)
    again = bring_in("disqus", file)
    assert again.output.splitlines()[-1] == "read 2, imported 0, unchanged 2, refused 0"
    assert len(comments()) == 2


def test_an_export_with_everything_odd_comes_in_with_a_reason_for_every_refusal(
    bring_in: Import, article
):
    make_article(slug="window", title="Something else")
    result = bring_in("disqus", EVERYTHING_ODD)
    assert result.output.splitlines() == [
        "refused  post 31: its thread 99 is not in the file",
        "read 5, imported 4, unchanged 0, refused 1",
    ]
    found = comments()
    assert found["34"].parent_id == found["33"].id
    assert found["32"].body == "Below the address."


BAD = {
    "entity bomb": (ENTITY_BOMB, "declares a document type"),
    "external entity": (
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        "declares a document type",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_import_bombs_disqus(bring_in: Import, article, tmp_path, kind):
    prologue, said = BAD[kind]
    file = disqus(tmp_path / "a.xml", thread(1, "/a-quiet-house"), written(4), prologue=prologue)
    result = bring_in("disqus", file)
    assert result.exit_code == 1
    assert said in result.output
    assert comments() == {}


def test_a_file_that_breaks_off_leaves_nothing_behind(bring_in: Import, article, tmp_path):
    file = disqus(tmp_path / "a.xml", thread(1, "/a-quiet-house"), written(4))
    file.write_text(file.read_text()[:-20])
    result = bring_in("disqus", file)
    assert result.exit_code == 1
    assert "is damaged at line 1" in result.output
    file.write_text("<rss></rss>")
    assert "is not a Disqus export: it starts with <rss>" in bring_in("disqus", file).output
    assert comments() == {}


def test_odd_posts_are_refused_alone(bring_in: Import, article, tmp_path):
    file = disqus(
        tmp_path / "a.xml",
        thread(1, "/a-quiet-house"),
        written(1, message=""),
        written(2, message="<p>" + "x" * 10_001 + "</p>"),
        written(3).replace("2013-10-11T06:51:03Z", "9999-99-99"),
        written(4),
        written(4),
        written(5, message="<script>alert(1)</script><p onclick=x>Words <b>here</b></p>"),
        written(6).replace('dsq:id="6"', "", 1),
    )
    result = bring_in("disqus", file)
    assert result.output.splitlines()[-1] == "read 7, imported 2, unchanged 0, refused 5"
    assert comments()["5"].body == "Words **here**"
