"""What the plugin promises."""

import json
import time
import zipfile
from datetime import timedelta

import pytest
from bookstall_webmention import moving
from bookstall_webmention.documents import endpoint_of, endpoints_in, links_in, read
from bookstall_webmention.models import Mention, Sent
from sqlalchemy import delete, select, update

from shop.plugins.api import Fetched, Refused, db, now, unit_of_work

HERE = "http://localhost"
THEIRS = "https://blog.example/on-trust"
MONTH = timedelta(days=31)


@pytest.fixture(autouse=True)
def nothing_before(site):
    with unit_of_work():
        db.session.execute(delete(Mention))
        db.session.execute(delete(Sent))


def linking(target, words="A fine text about trust, with which I agree in most things."):
    return f"<title>On trust</title><p>{words} <a href='{target}'>Read it</a>.</p>"


def path_of(url):
    return url.removeprefix(HERE)


def tell(visitor, target, source=THEIRS, **more):
    return visitor.post("/webmention", data={"source": source, "target": target, **more})


def outcomes():
    db.session.rollback()
    return {each.target: each.outcome for each in db.session.scalars(select(Sent))}


# Receiving


def test_a_mention_waits_is_published_and_goes_with_its_page(
    make_article, visitor, internet, run_jobs, run_periodic, signed_in
):
    article = make_article()
    page = visitor.get(path_of(article.url)).text
    assert f'<link rel="webmention" href="{HERE}/webmention">' in page
    internet.page(THEIRS, linking(article.url))
    assert tell(visitor, article.url).status_code == 202
    run_jobs()
    assert THEIRS not in visitor.get(path_of(article.url)).text, "nobody knows that site yet"
    editor = signed_in("editor")
    desk = editor.get("/admin/webmentions/").text
    action = desk.split("I agree in most things")[1].split('action="')[1].split('"')[0]
    assert editor.post(action, data={"version": "1"}).status_code == 303
    assert THEIRS in visitor.get(path_of(article.url)).text
    editor.post(f"{action.rpartition('/')[0]}/undoing?version=2")
    assert THEIRS not in visitor.get(path_of(article.url)).text
    editor.post(action, data={"version": "3"})
    internet.page("https://blog.example/more", linking(article.url, "More about the same."))
    tell(visitor, article.url, "https://blog.example/more")
    run_jobs()
    assert "blog.example/more" in visitor.get(path_of(article.url)).text, "the site is known now"
    internet.page(THEIRS, status=410)
    with unit_of_work():
        db.session.execute(update(Mention).values(verified_at=now() - MONTH))
    run_periodic("webmention.look_again")
    page = visitor.get(path_of(article.url)).text
    assert THEIRS not in page
    assert "blog.example/more" in page


def test_a_page_that_does_not_link_to_us_is_not_believed(make_article, visitor, internet, run_jobs):
    article = make_article()
    internet.page(THEIRS, f"<p>{article.url}</p><!-- <a href='{article.url}'>no</a> -->")
    tell(visitor, article.url)
    run_jobs()
    assert db.session.scalar(select(Mention)) is None


def test_a_site_that_a_known_one_vouches_for_is_shown_at_once(
    make_article, visitor, internet, run_jobs
):
    friend = "https://friend.example/links"
    linked = make_article(body=f"We read [a friend]({friend}).")
    internet.page(friend, "<p><a href='https://blog.example/'>A good blog</a></p>")
    run_jobs()
    internet.page(THEIRS, linking(linked.url))
    tell(visitor, linked.url, vouch="https://stranger.example/")
    run_jobs()
    assert db.session.scalar(select(Mention.state)) == "waiting"
    other = make_article()
    internet.page("https://blog.example/2", linking(other.url))
    tell(visitor, other.url, "https://blog.example/2", vouch=friend)
    run_jobs()
    assert "blog.example/2" in visitor.get(path_of(other.url)).text


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("ftp://blog.example/", "/articles/trust"),
        ("http://localhost/articles/x", "/articles/trust"),
        (THEIRS, "/articles/no-such-article"),
        (THEIRS, "https://other.example/articles/trust"),
        ("", ""),
    ],
    ids=["ftp", "ours", "no-article", "elsewhere", "empty"],
)
def test_what_can_not_be_a_mention_is_refused(make_article, visitor, source, target):
    answer = tell(visitor, HERE + target if target.startswith("/") else target, source)
    assert answer.status_code == 400


def test_a_server_of_ours_is_never_asked(make_article, visitor, internet, run_jobs):
    article = make_article()
    internet.page("https://blog.example/in", status=302, headers={"Location": "http://10.0.0.7/"})
    for source in ("http://127.0.0.1/", "http://169.254.169.254/", "https://blog.example/in"):
        assert tell(visitor, article.url, source).status_code == 202
    run_jobs()
    assert [each.url for each in internet.asked] == ["https://blog.example/in"]


def test_a_reader_tells_us_with_a_form_and_comes_back(make_article, visitor):
    article = make_article()
    assert "Did you write about this article?" in visitor.get(path_of(article.url)).text
    browser = {"Accept": "text/html,*/*;q=0.8"}
    sent = {"source": THEIRS, "target": article.url}
    answer = visitor.post("/webmention", data=sent, headers=browser)
    assert (answer.status_code, answer.location) == (303, article.url)
    wrong = visitor.post("/webmention", data={**sent, "source": "my page"}, headers=browser)
    assert wrong.status_code == 422
    assert "Enter the whole address of a page elsewhere." in wrong.text


# Sending


def test_new_links_are_told_once_and_those_that_went_once_more(
    make_article, change_article, internet, run_jobs, signed_in
):
    internet.page(THEIRS, headers={"Link": "</mentions?of=us>; rel=webmention"})
    internet.page("https://silent.example/", "<p>No endpoint.</p>")
    internet.page("https://blog.example/mentions?of=us", status=202)
    article = make_article(body=f"See [this]({THEIRS}) and [that](https://silent.example/).")
    run_jobs()
    assert outcomes() == {THEIRS: "told", "https://silent.example/": "no_endpoint"}
    assert "Takes no webmentions" in signed_in("editor").get("/admin/webmentions/sent").text
    (told,) = [each for each in internet.asked if each.method == "POST"]
    assert told.form.to_dict() == {"source": article.url, "target": THEIRS}
    internet.asked.clear()
    change_article(article, body=f"See [this]({THEIRS}), as I said.")
    run_jobs()
    assert internet.asked == [], "what stayed is not told again"
    change_article(article, body="See nothing.")
    run_jobs()
    assert [each.method for each in internet.asked] == ["GET", "POST"]


def test_a_server_that_is_away_is_asked_again(site, make_article, internet, run_jobs):
    internet.page(THEIRS, '<a rel="webmention" href="">Tell me</a>')
    make_article(body=f"See [this]({THEIRS}) and [that](https://away.example/).")
    run_jobs()
    assert outcomes() == {THEIRS: "told", "https://away.example/": "away"}


# Reading pages


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('</a>; rel="webmention"', ["/a"]),
        ("</a>; rel=webmention", ["/a"]),
        ('</x>; rel="other", </a>; rel="webmention somethingelse"', ["/a"]),
        ('</a>; title="x, y; rel=webmention"; rel="other"', []),
        ("</a>; rel=not-webmention", []),
        ("</a>; REL=WebMention", ["/a"]),
    ],
)
def test_the_link_header_is_read(header, found):
    assert list(endpoints_in(header)) == found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<link rel="webmention" href="/a"><a rel=webmention href=/b>', "https://x.example/a"),
        ('<a rel="x webmention" href="b?c=1">', "https://x.example/b?c=1"),
        ('<link rel="webmention">', None),
        ('<a rel="webmention" href="">', "https://x.example/page"),
        ('<!-- <a rel="webmention" href="/a"> -->&lt;a rel="webmention" href="/a"&gt;', None),
    ],
)
def test_the_endpoint_is_found_in_a_page(html, found):
    page = Fetched(200, {}, html.encode(), "https://x.example/page")
    assert endpoint_of(page) == found


@pytest.mark.parametrize(
    "unit",
    ["<!--", "<", "<div>", "<a ", "<a href='", '<a href="', "</a ", "<script>", "&#1", "<a b=c "],
)
def test_reading_takes_time_in_proportion_to_a_page(unit):
    began = time.process_time()
    read(Fetched(200, {"link": f"<a>;{unit}"}, (unit * 25_000).encode(), "https://x.example/"))
    assert time.process_time() - began < 5, "html.parser takes minutes"


def test_a_page_that_can_not_be_read_is_none():
    broken = "<p><a href='http://[broken'>x<title>" + "<div>" * 2000
    assert links_in(broken, "https://x.example/") == []
    document = read(Fetched(200, {}, b"<p>Two <a href='#x'>words</a>", "https://x.example/p"))
    assert document.said_of("https://x.example/p") == "Two words"


# Moving


def test_mentions_move_to_another_site_and_nobody_is_told_twice(
    make_article, visitor, internet, run_jobs, signed_in, export_site, import_site
):
    linked, other = make_article(body=f"We read [them]({THEIRS})."), make_article()
    internet.page(THEIRS, linking(linked.url))
    run_jobs()
    tell(visitor, linked.url)
    run_jobs()
    assert THEIRS in visitor.get(path_of(linked.url)).text
    exported = export_site()
    with zipfile.ZipFile(exported) as packed:
        (mention,) = map(json.loads, packed.read("plugins/webmentions.jsonl").splitlines())
    assert mention["article"] == linked.slug
    assert import_site(exported).imported == 0, "all of it is here"
    told = outcomes()
    nothing = delete(Mention), delete(Sent)
    with unit_of_work():
        for each in nothing:
            db.session.execute(each)
    report = import_site(exported)
    assert (report.imported, report.refusals) == (2, [])
    assert outcomes() == told == {THEIRS: "no_endpoint"}
    assert THEIRS in visitor.get(path_of(linked.url)).text
    with unit_of_work():
        assert moving.read_mention({**mention, "article": other.slug, "target": other.url})
        assert db.session.scalar(select(Mention).where(Mention.article_id == other.id))
        for wrong in ({"article": "gone"}, {"state": "new"}, {"source": "javascript:alert(1)"}):
            with pytest.raises(Refused):
                moving.read_mention({**mention, **wrong})


def test_pages_that_are_away_do_not_keep_others_from_being_looked_at(
    make_article, internet, visitor, run_jobs, run_periodic
):
    article = make_article()
    internet.page(THEIRS, linking(article.url))
    tell(visitor, article.url)
    run_jobs()
    with unit_of_work():
        db.session.execute(update(Mention).values(state="published", verified_at=now() - 2 * MONTH))
    internet.page(THEIRS, status=503)
    run_periodic("webmention.look_again")
    db.session.rollback()
    assert db.session.scalar(select(Mention)).verified_at > now() - MONTH
