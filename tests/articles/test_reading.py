"""What a stranger sees of the magazine, and what not."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine

from shop.blueprints.articles import services
from shop.core import clock
from shop.core.app_state import state_of
from shop.core.unit_of_work import unit_of_work
from shop.core.web.pagination import encode_cursor
from tests import controls
from tests.factories.articles import counted_queries, make_article, make_author, make_page

KEYS = """Before the first key.

## 1. Own what you did

One.

## 2. Listen to the end

Two.

## 3. Small promises

Three.
"""


def structured_data(answer):
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text)
    return {thing["@type"]: thing for thing in json.loads(block)["@graph"]}


def test_an_article_shows_all_that_belongs_to_it(client):
    make_article(
        title="Eight keys",
        excerpt="Nobody rebuilds it in an evening.",
        body=KEYS,
        author=make_author(),
        tags=["Trust", "Repair"],
    )
    page = client.get("/articles/eight-keys")
    assert page.status_code == 200
    for words in ("Eight keys", "Nobody rebuilds it", ">Ines Marlow</a>", "1 min", "She edits."):
        assert words in page.text
    assert 'href="/articles/tag/trust">Trust' in page.text
    assert '<a href="#listen-to-the-end">Listen to the end</a>' in page.text
    assert 'data-number="2"' in page.text
    assert page.headers["Cache-Control"].startswith("public")


def test_an_article_asks_the_database_at_most_four_times(client):
    for number in range(6):
        make_article(
            slug=f"a{number}", tags=["trust", "repair", "money"], author=make_author(f"A {number}")
        )
    client.get("/articles/a2")
    make_article(slug="another")  # purges every page
    with counted_queries() as asked:
        assert client.get("/articles/a3").status_code == 200
    assert len(asked) <= 4, asked


def test_lists_ask_the_database_at_most_four_times(client):
    for number in range(25):
        make_article(tags=["trust", f"tag {number}"], author=make_author(f"A {number}"))
    client.get("/pages/none")  # settings and menus are known now
    for address in ("/", "/articles/", "/articles/tag/trust"):
        with counted_queries() as asked:
            assert client.get(address).status_code == 200
        assert len(asked) <= 4, (address, asked)


def test_the_front_page_leads_with_the_newest(client):
    make_article(title="Older", days_ago=3)
    make_article(title="Newest", days_ago=1)
    page = client.get("/").text
    assert "article-card--lead" in page
    assert page.index("Newest") < page.index("Older")


def test_an_empty_magazine_says_so(client):
    assert "Nothing has been published yet" in client.get("/").text
    assert "Nothing has been published yet" in client.get("/articles/").text


def test_the_list_goes_on_after_twenty_and_skips_none(client):
    for number in range(45):
        make_article(title=f"No. {number:02}.", days_ago=number + 1)
    seen, address = [], "/articles/"
    while address:
        page = client.get(address).text
        seen += re.findall(r"No\. (\d\d)\.", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1] if following else None
    assert seen == [f"{number:02}" for number in range(45)]


def test_articles_of_one_moment_are_all_listed(client):
    moment = clock.now() - timedelta(days=1)
    for number in range(25):
        make_article(title=f"No. {number:02}.", tags=["trust"], published_at=moment)
    for first in ("/articles/", "/articles/tag/trust"):
        page = client.get(first).text
        following = re.search(r'rel="next" href="([^"]+)"', page)
        both = page + client.get(following[1]).text
        assert len(set(re.findall(r"No\. (\d\d)\.", both))) == 25


@pytest.mark.parametrize("after", ["x", "W10", "WyJhIiwxXQ", "%00", "é", "9" * 5000, "bnVsbA"])
def test_a_forged_cursor_is_not_found(client, after):
    make_article(tags=["trust"])
    assert client.get(f"/articles/?after={after}").status_code == 404
    assert client.get(f"/articles/tag/trust?after={after}").status_code == 404


def test_a_cursor_from_the_future_shows_nothing_early(client):
    make_article(title="Now", tags=["trust"])
    make_article(title="Tomorrow", tags=["trust"], days_ago=-1)
    forged = encode_cursor([clock.now() + timedelta(days=9), 99])
    for address in ("/articles/", "/articles/tag/trust"):
        page = client.get(address, query_string={"after": forged}).text
        assert "Now" in page
        assert "Tomorrow" not in page


def test_a_tag_lists_its_articles_alone(client):
    make_article(title="On trust", tags=["Trust"])
    make_article(title="On money", tags=["Money"])
    page = client.get("/articles/tag/trust").text
    assert "On trust" in page
    assert "On money" not in page
    assert client.get("/articles/tag/nothing").status_code == 404


def test_previous_next_and_related_lead_on(client):
    make_article(title="Oldest", slug="oldest", days_ago=5, tags=["trust"])
    make_article(title="Before", slug="before", days_ago=3)
    make_article(title="Here", slug="here", days_ago=2, tags=["trust"])
    make_article(title="After", slug="after", days_ago=1)
    page = client.get("/articles/here").text
    assert re.search(r'rel="prev" href="/articles/before"', page)
    assert re.search(r'rel="next" href="/articles/after"', page)
    assert 'href="/articles/oldest">Oldest' in page.split("Read next")[1]


UNSEEN = {
    "draft": {"state": "draft"},
    "scheduled": {"days_ago": -1},
}


@pytest.mark.parametrize("kind", UNSEEN)
def test_what_is_not_public_is_nowhere(client, run_jobs, kind):
    make_article(title="Public one", slug="public", tags=["trust"], days_ago=2)
    hidden = make_article(
        title="Hidden words", slug="hidden", tags=["trust", "secret"], **UNSEEN[kind]
    )
    make_page(title="Hidden page", slug="hidden-page", menu="primary", **UNSEEN[kind])
    run_jobs()
    addresses = [
        "/",
        "/articles/",
        "/articles/tag/trust",
        "/articles/public",
        "/feed.xml",
        "/feed.json",
        "/sitemap.xml",
        "/search?q=hidden",
    ]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "Hidden" not in answer.text, address
        assert "/hidden" not in answer.text, address
        assert "secret" not in answer.text, address
    assert client.get("/articles/hidden").status_code == 404
    assert client.get("/pages/hidden-page").status_code == 404
    assert client.get("/articles/tag/secret").status_code == 404
    assert hidden.is_public is False


def test_a_scheduled_article_appears_at_its_time(client, run_jobs, published):
    make_article(title="Now", slug="now")
    make_article(title="Tomorrow", slug="tomorrow", days_ago=-1, tags=["trust"])
    run_jobs()
    assert "Tomorrow" not in client.get("/").text
    published.clear()
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        run_jobs()
        assert [type(fact).__name__ for fact in published] == ["ArticlePublished"]
        assert client.get("/articles/tomorrow").status_code == 200
        assert "Tomorrow" in client.get("/").text
        assert "Tomorrow" in client.get("/articles/tag/trust").text
        assert "Tomorrow" in client.get("/search?q=tomorrow").text


def test_an_article_that_was_put_off_does_not_appear_early(client, run_jobs, published):
    article = make_article(title="Later", slug="later", days_ago=-1)
    with unit_of_work():
        services.publish_article(article, at=clock.now() + timedelta(days=3))
    with time_machine.travel(clock.now() + timedelta(days=2)):
        run_jobs()
        assert published == []
        assert client.get("/articles/later").status_code == 404


def test_an_article_that_was_published_early_is_not_announced_again(app, run_jobs, published):
    article = make_article(days_ago=-1)
    with unit_of_work():
        services.publish_article(article, at=clock.now())
    published.clear()
    with time_machine.travel(clock.now() + timedelta(days=2)):
        run_jobs()
    assert published == []


def test_a_former_address_leads_to_the_present_one(client):
    article = make_article(slug="first")
    client.get("/articles/first")
    with unit_of_work():
        services.save_article(article, slug="second")
    with unit_of_work():
        services.save_article(article, slug="third")
    for former in ("first", "second"):
        answer = client.get(f"/articles/{former}")
        assert (answer.status_code, answer.location) == (301, "/articles/third")
    assert client.get("/articles/third").status_code == 200


def test_a_former_address_of_a_draft_says_nothing(client):
    article = make_article(slug="first", state="draft")
    with unit_of_work():
        services.save_article(article, slug="second")
    assert client.get("/articles/first").status_code == 404


def test_going_back_to_a_former_address_makes_no_circle(client):
    article = make_article(slug="first")
    for slug in ("second", "first"):
        with unit_of_work():
            services.save_article(article, slug=slug)
    assert client.get("/articles/first").status_code == 200
    assert client.get("/articles/second").location == "/articles/first"


def test_a_removed_article_is_gone_and_a_removed_draft_was_never_there(client):
    public, draft = make_article(slug="was-public"), make_article(slug="was-draft", state="draft")
    assert client.get("/articles/was-public").status_code == 200
    with unit_of_work():
        services.remove_article(public)
        services.remove_article(draft)
    assert client.get("/articles/was-public").status_code == 410
    assert client.get("/articles/was-draft").status_code == 404
    with unit_of_work():
        services.restore_article(public)
        services.publish_article(public)
    assert client.get("/articles/was-public").status_code == 200


def test_pages_stand_in_their_menu_in_order(client):
    make_page(title="Imprint", slug="imprint", menu="footer", menu_order=2)
    make_page(title="About", slug="about", menu="primary", menu_order=30)
    front = client.get("/").text
    head, foot = front.split("<main")
    assert head.index("Articles") < head.index("/pages/about") < head.index("/contact")
    assert "/pages/imprint" in foot
    assert "Imprint" in client.get("/pages/imprint").text


def test_a_menu_follows_a_change_at_once(client):
    page = make_page(title="About", slug="about", menu="primary")
    assert "/pages/about" in client.get("/contact").text
    with unit_of_work():
        services.save_article(page, menu="")
    assert "/pages/about" not in client.get("/contact").text


def test_menus_cost_no_query(client):
    make_page(title="About", slug="about", menu="primary")
    client.get("/contact")
    make_article()
    with counted_queries() as asked:
        assert "/pages/about" in client.get("/search?fresh=1").text
    assert asked == []


def test_a_page_is_not_found_among_the_articles(client):
    make_page(slug="about")
    make_article(slug="eight-keys")
    assert client.get("/articles/about").status_code == 404
    assert client.get("/pages/eight-keys").status_code == 404


@pytest.mark.parametrize(
    "address", ["/", "/articles/", "/articles/here", "/articles/tag/trust", "/pages/about"]
)
def test_head_and_get_agree(client, address):
    make_article(slug="here", tags=["trust"])
    make_page(slug="about")
    got, headed = client.get(address), client.head(address)
    assert (got.status_code, headed.status_code, headed.data) == (200, 200, b"")
    assert got.headers["ETag"] == headed.headers["ETag"]


def test_search_engines_are_told_what_it_is(client):
    make_article(title="A </script><b>", slug="here", author=make_author(), tags=["Trust"])
    answer = client.get("/articles/here")
    assert "</script><b>" not in answer.text
    things = structured_data(answer)
    article = things["Article"]
    assert article["headline"] == "A </script><b>"
    url = "http://localhost/authors/ines-marlow"
    assert article["author"] == {"@type": "Person", "name": "Ines Marlow", "url": url}
    assert article["url"] == "http://localhost/articles/here"
    steps = [step["name"] for step in things["BreadcrumbList"]["itemListElement"]]
    assert steps == ["Bookstall", "Trust", "A </script><b>"]
    assert '<meta property="og:type" content="article">' in answer.text


def test_host_poison(client):
    make_article(slug="here", tags=["trust"])
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
    }
    for address in (
        "/articles/here",
        "/",
        "/feed.xml",
        "/feed.json",
        "/sitemap.xml",
        "/robots.txt",
    ):
        answer = client.get(address, headers=forged)
        assert answer.status_code == 200
        assert "evil.example" not in answer.text, address
        assert "gopher" not in answer.text, address
    page = client.get("/articles/here").text
    assert '<link rel="canonical" href="http://localhost/articles/here">' in page


@controls.on_sqlite
def test_control_host_poison(client):
    with controls.failing_without("the configured origin"):
        test_host_poison(client)


def test_cache_poison(client):
    make_article(slug="here")
    plain = client.get("/articles/here")
    strange = client.get(
        "/articles/here",
        headers={
            "Cookie": 'session=forged; cart=stolen; cart_count=99; notice="<script>"',
            "X-Forwarded-Host": "evil.example",
            "X-Original-URL": "/admin",
            "Accept-Language": "de",
            "User-Agent": "<script>",
        },
    )
    assert strange.data == plain.data
    assert "Set-Cookie" not in plain.headers
    utm = client.get("/articles/here?utm_source=%22%3E%3Cscript%3E")
    assert utm.data == plain.data


def test_a_signed_in_reader_gets_the_same_bytes(app, client):
    from tests.factories.accounts import make_account, sign_in

    make_article(slug="here")
    plain = client.get("/articles/here").data
    state_of(app).purge_board.purge_everything()
    known = sign_in(app.test_client(), make_account("owner"))
    known.get("/account/")  # shows the notice, if there is one
    assert known.get("/articles/here").data == plain


@pytest.mark.parametrize(
    "slug", ["é", "%E2%80%AE", "a" * 3000, "..%2F..", "%F0%9F%92%A9", "'; DROP TABLE", "%"]
)
def test_strange_addresses_are_not_found(client, slug):
    for place in ("/articles/", "/pages/", "/articles/tag/"):
        assert client.get(place + slug).status_code == 404
