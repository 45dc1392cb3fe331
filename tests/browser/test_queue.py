"""The queue with hundreds waiting: a campaign by one key, colleagues at the same time, a phone, and no scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from shop.blueprints.articles import services
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import decisions, queries
from shop.blueprints.comments.models import Comment, State
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.browser.conftest import DESKTOP, LONG_AGO, PHONE
from tests.browser.hands import heading, main
from tests.factories.comments import make_article, make_comment
from tests.factories.queue import make_campaign

pytestmark = pytest.mark.browser
QUEUE = "/admin/comments/"
THUMB = 44


@pytest.fixture
def crowded(site) -> Iterator[Callable[[str], str]]:
    """An article with a campaign of 200 between two honest comments; the address of the queue with these alone.

    Gone afterwards: other journeys look for theirs on the first page of the queue and of the site.
    """
    written = []

    def write(title: str) -> str:
        slug = title.lower().replace(" ", "-")
        with site.app.app_context():
            article = make_article(
                title=title,
                slug=slug,
                summary=f"What {title} is about.",
                published_at=clock.now() - timedelta(days=LONG_AGO),
            )
            top = make_comment(article, author_name="Ann", body="Is it so?")
            make_comment(article, "waiting", author_name="Bert", body="It is.", parent=top)
            make_campaign(article, 200, key=slug)
            make_comment(article, "waiting", author_name="Cleo", body="A thought of my own.")
            written.append(article.id)
        return f"{QUEUE}?article={slug}"

    yield write
    with site.app.app_context(), unit_of_work() as session:
        left = select(Comment.id).where(Comment.article_id.in_(written))
        decisions.decide_ids(session.scalars(left).all(), State.REJECTED, by=None)
        for article_id in written:
            services.remove_article(session.get_one(Article, article_id))


@pytest.fixture
def write(site) -> Callable[[str, str], int]:
    """Somebody comments meanwhile."""

    def comment(slug: str, name: str) -> int:
        with site.app.app_context():
            article = queries.article_at(slug)
            return make_comment(article, "waiting", author_name=name).id

    return comment


def in_queue(page: Page, *names: str) -> None:
    expect(page.locator(".queue__row strong")).to_have_text(list(names))


def look_again(page: Page) -> None:
    """What the timer does by itself a few seconds later."""
    page.evaluate("document.querySelector('queue-pulse').look()")


def is_thumb_sized(target) -> None:
    box = target.bounding_box()
    assert min(box["width"], box["height"]) >= THUMB, box


def test_one_key_judges_a_campaign_of_two_hundred(another, crowded, look):
    desk = another("moderator", viewport=DESKTOP)
    desk.goto(crowded("One key"))
    in_queue(desk, "Grace 0", "Bert", "Cleo")
    expect(desk.get_by_text("200 similar")).to_be_visible()
    desk.keyboard.press("j")
    desk.keyboard.press("o")
    expect(desk.get_by_text("Show each one")).to_be_visible()
    desk.keyboard.press("c")
    expect(desk.get_by_text("What One key is about.").first).to_be_visible()
    look(desk, "admin-comments-campaign")
    desk.keyboard.press("s")
    expect(desk.get_by_role("status").get_by_text("200 comments marked as spam")).to_be_visible()
    in_queue(desk, "Bert", "Cleo")
    expect(desk.locator(".queue__row:focus")).to_contain_text("Bert")
    desk.keyboard.press("u")
    expect(desk.get_by_text("200 decisions undone")).to_be_visible()
    in_queue(desk, "Grace 0", "Bert", "Cleo")
    desk.keyboard.press("Shift+X")
    expect(desk.get_by_text("202 selected")).to_be_visible()
    desk.keyboard.press("r")
    expect(desk.get_by_text("202 comments rejected")).to_be_visible()
    in_queue(desk)


def test_an_undo_is_offered_for_ten_seconds_and_its_key_works_on(another, crowded):
    desk = another("moderator", viewport=DESKTOP)
    desk.clock.install()
    desk.goto(crowded("Ten seconds"))
    desk.keyboard.press("j")
    desk.keyboard.press("s")
    undo = desk.get_by_role("status").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    desk.clock.run_for(9000)
    expect(undo).to_be_visible()
    desk.clock.run_for(3000)
    expect(undo).to_have_count(0)
    desk.keyboard.press("u")
    expect(desk.get_by_text("200 decisions undone")).to_be_visible()


def test_what_a_colleague_does_shows_and_takes_no_focus(another, crowded, write, site):
    desk = another("moderator", viewport=DESKTOP)
    desk.goto(crowded("Live"))
    look_again(desk)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    with site.app.app_context():
        cleo = db.session.query(Comment).filter_by(author_name="Cleo", state="waiting")
        [comment] = [each for each in cleo if each.article_id == queries.article_at("live").id]
        with unit_of_work():
            decisions.decide([comment], State.APPROVED, by=None)
    write("live", "Dora")
    look_again(desk)
    in_queue(desk, "Grace 0", "Bert", "Cleo", "Dora")
    gone = desk.locator(".queue__row").filter(has_text="A thought of my own.")
    expect(gone).to_contain_text("Approved by the command line")
    expect(gone.get_by_role("button", name="Spam")).to_be_disabled()
    expect(desk.locator(".queue__row:focus")).to_contain_text("Bert")


def test_hover_and_focus_show_what_was_answered(another, crowded):
    desk = another("moderator", viewport=DESKTOP)
    desk.goto(crowded("Hover"))
    row = desk.locator(".queue__row").filter(has_text="It is.")
    context = row.get_by_text("Is it so?")
    expect(context).to_be_hidden()
    row.locator(".context summary").hover()
    expect(context).to_be_visible()
    desk.mouse.move(0, 0)
    expect(context).to_be_hidden()
    row.get_by_role("checkbox").focus()
    desk.keyboard.press("Tab")
    expect(context).to_be_visible()
    desk.keyboard.press("Escape")
    expect(context).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False], ids=["js", "no-js"])
def test_a_moderator_on_a_phone_judges_by_thumb(another, crowded, scripts):
    phone = another(
        "moderator", viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=scripts
    )
    phone.goto(crowded(f"By thumb {scripts}"))
    in_queue(phone, "Grace 0", "Bert", "Cleo")
    bert = phone.locator(".queue__row").filter(has_text="It is.")
    is_thumb_sized(bert.locator(".queue__pick"))
    for name in ("Approve", "Spam", "Reject"):
        is_thumb_sized(bert.get_by_role("button", name=name))
    bert.locator(".context summary").tap()
    expect(bert.get_by_text("Is it so?")).to_be_visible()
    phone.get_by_role("button", name="Spam 200").tap()
    expect(phone.get_by_text("200 comments marked as spam")).to_be_visible()
    in_queue(phone, "Bert", "Cleo")
    phone.get_by_role("status").get_by_role("button", name="Undo").tap()
    in_queue(phone, "Grace 0", "Bert", "Cleo")
    phone.locator(".queue__pick").nth(1).tap()
    phone.locator(".queue__pick").nth(2).tap()
    bar = phone.get_by_role("group", name="With the selected comments")
    bar.get_by_role("button", name="Approve").tap()
    heading(phone, "Comments")
    in_queue(phone, "Grace 0")


def test_a_rule_is_tried_and_made_without_scripts(another, crowded):
    desk = another("moderator", viewport=DESKTOP, java_script_enabled=False)
    desk.goto(crowded("Muting"))
    row = desk.locator(".queue__row").filter(has_text="A thought of my own.")
    row.locator(".queue__verbs summary").click()
    row.get_by_role("link", name="Mute").click()
    desk.get_by_label("What to mute").select_option("phrase")
    desk.get_by_label("Value").fill("brought him back within")
    main(desk).get_by_role("button", name="Test on past comments").click()
    expect(main(desk).get_by_role("heading", level=2)).to_contain_text("this would have caught")
    main(desk).get_by_role("button", name="Mute", exact=True).click()
    expect(main(desk).get_by_role("row").filter(has_text="brought him back within")).to_be_visible()
    main(desk).get_by_role("button", name="End").first.click()
    expect(main(desk).get_by_text("brought him back within")).to_have_count(0)


def test_the_other_pages_of_the_desk_are_fit_to_be_seen(another, look):
    desk = another("moderator", viewport=DESKTOP)
    for path, name in (("mutes", "mutes"), ("digest", "digest")):
        desk.goto(QUEUE + path)
        look(desk, f"admin-comments-{name}")
