"""A WordPress export comes in: articles, pages, subjects, comments, and a reason for all else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy import func, select

from shop.blueprints.articles.models import Article, Author
from shop.blueprints.articles.writing.models import Revision
from shop.blueprints.comments.models import Comment
from shop.blueprints.importers.wordpress import reading
from shop.blueprints.redirects.models import Redirect
from shop.extensions import db
from shop.plugins.manager import Registry
from tests.factories.articles import counted_queries
from tests.factories.imports import SITE, wp_comment, wp_item, wxr
from tests.importers.conftest import Import


def articles() -> dict[str, Article]:
    return {article.slug: article for article in db.session.scalars(select(Article))}


def comments() -> dict[str, Comment]:
    return {comment.body: comment for comment in db.session.scalars(select(Comment))}


def last_line(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return str(result.output.splitlines()[-1])


def test_a_post_becomes_an_article_with_its_author_date_and_subjects(
    bring_in: Import, tmp_path: Path
) -> None:
    item = wp_item(
        slug="a-quiet-house",
        content="<p>Some <strong>bold</strong> words.</p>",
        excerpt="In short.",
        terms=[("category", "Home"), ("post_tag", "Noise"), ("category", "Uncategorized")],
    )
    assert last_line(bring_in("wordpress", wxr(tmp_path / "a.xml", item))) == (
        "read 1, imported 1, unchanged 0, refused 0"
    )
    article = articles()["a-quiet-house"]
    assert article.title == "A quiet house"
    assert article.body == "Some **bold** words."
    assert article.excerpt == "In short."
    assert article.author is not None
    assert (article.author.slug, article.author.name) == ("ruth", "Ruth Miller")
    assert article.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert [tag.name for tag in article.tags] == ["Home", "Noise"]
    assert article.is_public


def test_translations_of_one_text_are_linked(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    both = ("post_translations", "pll_5f2")
    english = wp_item(slug="keys", number=1, terms=[("language", "en"), both])
    german = wp_item(slug="schluessel", number=2, terms=[("language", "de"), both])
    strange = wp_item(slug="xx", number=3, terms=[("language", "qqq")])
    done = bring_in("wordpress", wxr(tmp_path / "a.xml", english, german, strange))
    assert "its language “qqq” is not known here" in done.output
    found = articles()
    assert (found["keys"].language, found["schluessel"].language) == ("en", "de")
    assert found["schluessel"].tags == []
    page = client.get("/articles/keys").text
    assert 'hreflang="de" href="http://localhost/articles/schluessel"' in page


def test_a_page_becomes_a_page(bring_in: Import, client: FlaskClient, tmp_path: Path) -> None:
    bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(kind="page", slug="imprint")))
    assert articles()["imprint"].is_page
    assert client.get("/pages/imprint").status_code == 200


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("publish", "published"),
        ("future", "published"),
        ("draft", "draft"),
        ("pending", "draft"),
        ("private", "draft"),
        ("limbo", "draft"),
    ],
)
def test_what_was_hidden_stays_hidden(
    bring_in: Import, tmp_path: Path, status: str, state: str
) -> None:
    bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(slug="one", status=status)))
    assert articles()["one"].state == state


def test_a_scheduled_post_waits_for_its_time(bring_in: Import, tmp_path: Path) -> None:
    item = wp_item(slug="later", status="future", date="2999-01-01 00:00:00")
    bring_in("wordpress", wxr(tmp_path / "a.xml", item))
    assert articles()["later"].is_scheduled


def test_a_post_behind_a_password_is_a_draft_and_the_report_says_so(
    bring_in: Import, tmp_path: Path
) -> None:
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(slug="one", password="enter")))
    assert not articles()["one"].is_public
    assert "protected by a password" in result.output


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("attachment", "an attachment comes in with the text that shows it"),
        ("revision", "earlier versions"),
        ("wp_block", "a block that several texts share"),
        ("", "neither a post nor a page"),
    ],
)
def test_what_is_no_article_is_refused_with_its_reason(
    bring_in: Import, tmp_path: Path, kind: str, reason: str
) -> None:
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(kind=kind)))
    assert last_line(result) == "read 1, imported 0, unchanged 0, refused 1"
    assert reason in result.output
    assert not articles()
    assert not db.session.scalars(select(Redirect)).all(), "what brings nothing leaves nothing"


def test_comments_keep_their_states_and_their_moment(bring_in: Import, tmp_path: Path) -> None:
    written = [
        wp_comment(1, "approved", state="1"),
        wp_comment(2, "held", state="0"),
        wp_comment(3, "spam", state="spam"),
        wp_comment(4, "binned", state="trash"),
    ]
    bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(comments=written)))
    states = {body: comment.state for body, comment in comments().items()}
    assert states == {
        "approved": "approved",
        "held": "waiting",
        "spam": "spam",
        "binned": "rejected",
    }
    first = comments()["approved"]
    assert first.email == "ann@example.org"
    assert first.posted_at == datetime(2024, 3, 2, 10, 0, 1, tzinfo=UTC)


def test_answers_to_answers_join_the_thread_of_the_first_wherever_they_stand_in_the_file(
    bring_in: Import, tmp_path: Path
) -> None:
    written = [
        wp_comment(3, "third", parent=2),
        wp_comment(2, "second", parent=1),
        wp_comment(1, "first"),
    ]
    bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(comments=written)))
    found = comments()
    assert found["first"].parent_id is None
    assert found["second"].parent_id == found["third"].parent_id == found["first"].id


def test_answers_that_go_round_in_a_circle_all_come_in(bring_in: Import, tmp_path: Path) -> None:
    written = [wp_comment(1, "hen", parent=2), wp_comment(2, "egg", parent=1)]
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(comments=written)))
    assert last_line(result) == "read 3, imported 3, unchanged 0, refused 0"


def test_of_two_comments_with_one_number_the_first_comes_in(
    bring_in: Import, tmp_path: Path
) -> None:
    item = wp_item(comments=[wp_comment(1, "First"), wp_comment(1, "Second")])
    assert (
        "another one has the same number"
        in bring_in("wordpress", wxr(tmp_path / "a.xml", item)).output
    )
    assert db.session.scalars(select(Comment.body)).all() == ["First"]


def test_an_answer_to_a_comment_that_is_not_there_begins_a_thread_and_is_noted(
    bring_in: Import, tmp_path: Path
) -> None:
    item = wp_item(comments=[wp_comment(2, "lone", parent=99)])
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", item))
    assert comments()["lone"].parent_id is None
    assert "the comment it replied to was not imported" in result.output


@pytest.mark.parametrize("kind", ["pingback", "trackback"])
def test_pings_are_refused_with_a_reason(bring_in: Import, tmp_path: Path, kind: str) -> None:
    item = wp_item(comments=[wp_comment(kind=kind)])
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", item))
    assert last_line(result) == "read 2, imported 1, unchanged 0, refused 1"
    assert f"a {kind} is a notification from another site" in result.output


def test_an_author_of_the_old_site_is_staff_in_his_comments(
    bring_in: Import, tmp_path: Path
) -> None:
    written = [wp_comment(1, "mine", user="7"), wp_comment(2, "theirs", user="8")]
    bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(comments=written)))
    assert comments()["mine"].is_staff
    assert not comments()["theirs"].is_staff


def test_comments_of_what_is_refused_are_refused_too(bring_in: Import, tmp_path: Path) -> None:
    item = wp_item(kind="attachment", comments=[wp_comment(1), wp_comment(2)])
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", item))
    assert last_line(result) == "read 3, imported 0, unchanged 0, refused 3"


def test_comments_stay_out_while_they_are_switched_off(
    bring_in: Import, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Registry, "has", lambda _self, name: name != "comments")
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(comments=[wp_comment()])))
    assert last_line(result) == "read 2, imported 1, unchanged 0, refused 1"
    assert "comments are off" in result.output


def test_a_second_run_changes_nothing_even_after_the_article_was_edited(
    bring_in: Import, tmp_path: Path
) -> None:
    from shop.blueprints.articles import services
    from shop.core.unit_of_work import unit_of_work

    file = wxr(tmp_path / "a.xml", wp_item(slug="one", comments=[wp_comment(1), wp_comment(2)]))
    bring_in("wordpress", file)
    with unit_of_work():
        services.save_article(articles()["one"], title="Better", slug="two")
    assert last_line(bring_in("wordpress", file)) == "read 3, imported 0, unchanged 3, refused 0"
    assert list(articles()) == ["two"]
    assert articles()["two"].title == "Better"
    assert db.session.scalar(select(func.count()).select_from(Author)) == 1


def test_exports_of_two_sites_do_not_meet(bring_in: Import, tmp_path: Path) -> None:
    bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(slug="one")))
    result = bring_in(
        "wordpress", wxr(tmp_path / "b.xml", wp_item(slug="one"), site="https://other.example")
    )
    assert set(articles()) == {"one", "one-2"}
    assert "its web address was already in use; it is now one-2" in result.output


def test_a_site_is_known_with_and_without_www_and_by_its_folder(
    bring_in: Import, tmp_path: Path
) -> None:
    def read(site: str) -> str:
        return last_line(
            bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(slug="one"), site=site))
        )

    assert read("https://old.example") == "read 1, imported 1, unchanged 0, refused 0"
    assert read("http://www.old.example/") == "read 1, imported 0, unchanged 1, refused 0"
    assert read("https://old.example/second") == "read 1, imported 1, unchanged 0, refused 0"
    assert read("https://www.old.example/second") == "read 1, imported 0, unchanged 1, refused 0"


def test_old_addresses_lead_to_the_new_ones_and_so_do_links_between_posts(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    first = wp_item(
        1,
        "First",
        slug="first",
        terms=[("category", "Home"), ("post_tag", "Noise")],
        content='<a href="https://www.old.example/2011/05/second/#part">second</a> <a href="/?p=3">page</a>'
        ' <a href="https://elsewhere.example/2011/05/second/">other</a>',
        more="<link>https://old.example/2011/05/first/</link>",
    )
    second = wp_item(
        2, "Second", slug="2nd", more="<link>https://old.example/2011/05/second/</link>"
    )
    page = wp_item(
        3, "About", kind="page", slug="about", more="<link>https://old.example/us/about/</link>"
    )
    file = wxr(tmp_path / "a.xml", first, second, page)
    bring_in("wordpress", file)
    for old, new in (
        ("/2011/05/first/", "/articles/first"),
        ("/?p=2", "/articles/2nd"),
        ("/us/about/", "/pages/about"),
        ("/category/home/", "/articles/tag/home"),
        ("/tag/noise/feed/", "/articles/tag/noise"),
        ("/author/ruth/", "/authors/ruth"),
        ("/feed/", "/feed.xml"),
    ):
        assert client.get(old).location == new
        assert client.get(new).status_code == 200
    assert articles()["first"].body == (
        "[second](/articles/2nd#part) [page](/pages/about) [other](https://elsewhere.example/2011/05/second/)"
    )
    assert last_line(bring_in("wordpress", file)).startswith("read 3, imported 0, unchanged 3")


def test_a_post_costs_few_statements_and_its_links_are_led_without_another_version_of_it(
    bring_in: Import, tmp_path: Path
) -> None:
    def post(number: int, other: int) -> str:
        content = f'<p>See <a href="{SITE}/post-{other}/">another</a>.</p>'
        more = f"<link>{SITE}/post-{number}/</link>"
        return wp_item(number, slug=f"post-{number}", content=content, more=more)

    bring_in("wordpress", wxr(tmp_path / "a.xml", wp_item(999)))
    file = wxr(tmp_path / "b.xml", *[post(n, n - 1) for n in range(2, 41)], post(1, 40))
    with counted_queries() as asked:
        bring_in("wordpress", file)
    assert len(asked) / 40 < 14
    bodies = {slug: each.body for slug, each in articles().items()}
    assert bodies["post-1"] == "See [another](/articles/post-40)."
    assert bodies["post-2"] == "See [another](/articles/post-1)."  # which came last
    assert bodies["post-30"] == "See [another](/articles/post-29)."
    assert db.session.scalar(select(func.count()).select_from(Revision)) == 0


def test_what_a_post_had_and_has_not_here_is_said(bring_in: Import, tmp_path: Path) -> None:
    picture = wp_item(
        9,
        kind="attachment",
        more="<wp:attachment_url>https://old.example/x.png</wp:attachment_url>",
    )
    draft = wp_item(
        2, status="draft", slug="draft", date="0000-00-00 00:00:00", excerpt="word " * 100,
        more="<wp:post_date>2019-04-05 12:00:00</wp:post_date><wp:is_sticky>1</wp:is_sticky>"
        "<pubDate>Wed, 30 Nov -0001 00:00:00 +0000</pubDate>"
        "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>",
    )  # fmt: skip
    noted = wp_item(
        3, slug="noted", content='So<sup data-fn="a" class="fn"><a href="#a">1</a></sup>.<!-- wp:footnotes /-->',
        more="<wp:post_date>2024-03-01 12:00:00</wp:post_date><wp:postmeta><wp:meta_key>footnotes</wp:meta_key>"
        '<wp:meta_value>[{"content":"A note.","id":"a"}]</wp:meta_value></wp:postmeta>',
    )  # fmt: skip
    empty = wp_item(4, slug="empty", content='[gallery ids="77"]')
    output = bring_in("wordpress", wxr(tmp_path / "a.xml", picture, draft, noted, empty)).output
    for words in (
        "its excerpt was cut",
        "it was sticky",
        "not downloaded: https://old.example/x.png",
    ):
        assert words in output
    assert articles()["draft"].published_at == datetime(2019, 4, 5, 10, tzinfo=UTC)
    assert articles()["noted"].body == "So[^1].\n\n[^1]: A note."
    assert not articles()["empty"].is_public


def test_a_damaged_file_is_mended_when_asked_and_the_places_are_said(
    bring_in: Import, tmp_path: Path
) -> None:
    script = "<script>//<![CDATA[\nx()\n//]]></script> Words & more."
    file = wxr(
        tmp_path / "a.xml",
        wp_item(slug="one", content=script),
        wp_item(2, title="A \x0b B", slug="two"),
    )
    file.write_bytes(
        file.read_bytes().replace(b"more", b"m\xf6re").replace(b"Old<", b"Old &nbsp; & new<")
    )
    refused = bring_in("wordpress", file)
    assert refused.exit_code == 1
    assert "--mend" in refused.output
    output = bring_in("wordpress", file, "--mend").output
    assert "read 2, imported 2, unchanged 0, refused 0" in output
    for words in ("a section ended too early", "not UTF-8", "control characters"):
        assert words in output
    assert articles()["one"].body == "Words & möre."


def test_a_row_that_nobody_foresaw_refuses_itself_alone_and_the_report_is_told(
    bring_in: Import, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from shop.blueprints.articles import services

    write = services.write_article

    def breaks(**fields: object) -> object:
        if fields["slug"] == "bad":
            raise ZeroDivisionError
        return write(**fields)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "write_article", breaks)
    items = [wp_item(1, slug="bad", comments=[wp_comment(1)]), wp_item(2, slug="good")]
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", *items))
    assert last_line(result) == "read 3, imported 1, unchanged 0, refused 2"
    assert "it can’t be stored (ZeroDivisionError)" in result.output
    assert list(articles()) == ["good"]


def test_a_dry_run_counts_the_same_and_writes_nothing(
    bring_in: Import, published: list[object], tmp_path: Path
) -> None:
    file = wxr(tmp_path / "a.xml", wp_item(comments=[wp_comment()]), wp_item(2, kind="attachment"))
    result = bring_in("wordpress", file, "--dry-run")
    assert last_line(result) == "read 3, imported 2, unchanged 0, refused 1"
    assert "nothing was written" in result.output
    assert not articles()
    assert not comments()
    assert db.session.scalar(select(func.count()).select_from(Author)) == 0


def test_more_than_ten_subjects_are_cut_and_counted(bring_in: Import, tmp_path: Path) -> None:
    item = wp_item(slug="one", terms=[("post_tag", f"Tag {number}") for number in range(14)])
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", item))
    assert len(articles()["one"].tags) == 10
    assert "4 of its tags were left out; the limit is 10" in result.output


def test_a_post_without_a_title_is_called_by_its_first_words(
    bring_in: Import, tmp_path: Path
) -> None:
    bring_in(
        "wordpress", wxr(tmp_path / "a.xml", wp_item(title="", slug="x", content="Rain again."))
    )
    assert articles()["x"].title == "Rain again."


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (wp_item(number="seven"), "has no wp:post_id"),
        (wp_item(status="trash"), "trash"),
        (wp_item(content="word " * 110_000), "the limit is 500,000"),
        (wp_item(content="<div>" * 5_000), "nested too deeply"),
        (wp_item(content="word " * 60_000), "200,000 characters"),
    ],
)
def test_one_bad_post_is_refused_alone(
    bring_in: Import, tmp_path: Path, item: str, reason: str
) -> None:
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", item, wp_item(2, slug="good")))
    assert last_line(result) == "read 2, imported 1, unchanged 0, refused 1"
    assert reason in result.output
    assert list(articles()) == ["good"]


def test_names_in_any_script_and_impossible_dates_come_in(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    item = wp_item(title="بيت هادئ 🏠", content="‮مرحبا", date="0000-00-00 00:00:00", status="draft")
    other = wp_item(2, title="<script>alert(1)</script>", slug="x", date="2024-99-99 00:00:00")
    result = bring_in("wordpress", wxr(tmp_path / "a.xml", item, other))
    assert last_line(result) == "read 2, imported 2, unchanged 0, refused 0"
    assert client.get("/articles/").status_code == 200


def test_reading_a_long_file_keeps_one_item_at_a_time(tmp_path: Path) -> None:
    import tracemalloc

    def many() -> Iterator[str]:
        for number in range(600):
            yield wp_item(number, content="word " * 1000)

    file = wxr(tmp_path / "long.xml", *many())
    tracemalloc.start()
    count = sum(1 for _ in reading.items(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 600
    assert file.stat().st_size > 3_000_000
    assert peak < 1_000_000
