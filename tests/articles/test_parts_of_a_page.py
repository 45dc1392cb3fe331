"""Parts of an article's page are kept, and every change that can reach one is there on the next page."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.around import schedule
from shop.blueprints.articles.authors import services as authors
from shop.blueprints.articles.models import Tag
from shop.blueprints.articles.series import services as series
from shop.blueprints.articles.tags import services as tags
from shop.blueprints.catalog import services as catalog
from shop.blueprints.catalog.services import VariantTerms
from shop.blueprints.comments import decisions
from shop.blueprints.comments.authors import services as own_comments
from shop.blueprints.comments.moderation import closing, picks
from shop.blueprints.comments.reading import helpful
from shop.blueprints.comments.staff import edits
from shop.blueprints.media import services as media
from shop.core import clock, settings
from shop.core.markdown import render_comment
from shop.core.site import SiteSettings
from shop.core.unit_of_work import board, unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account
from tests.factories.articles import counted_queries, make_article, make_author, make_page
from tests.factories.catalog import make_product
from tests.factories.comments import make_comment

PAGE = "/articles/second"


def _picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def site(app, monkeypatch, run_jobs):
    """An article with all that can be around it, on a clock that stands still."""
    found = SimpleNamespace(now=clock.now(), staff=make_account("editor"), author=make_author())
    monkeypatch.setattr(clock, "now", lambda: found.now)
    product = make_product({"left": 9}, title="The Notebook")
    around = {"author": found.author, "tags": ["Trust", "Repair"]}
    found.article = make_article(
        title="Second", days_ago=3, related_guides=[product.slug], **around
    )
    found.before = make_article(title="First", days_ago=5, **around)
    found.after = make_article(title="Third", days_ago=1)
    found.more = [make_article(title=f"More {n}", days_ago=9 + n, **around) for n in range(3)]
    found.german = make_article(
        title="Zweiter", slug="zweiter", days_ago=20, language="de", translation_of="second"
    )
    found.doors = make_article(title="Doors", tags=["Doors"], days_ago=6)
    found.draft = make_article(title="Fresh", state="draft", **around)
    found.page = make_page(title="About us", menu="footer")
    with unit_of_work():
        found.series = series.write_series(title="The repair year")
        for part in (found.before, found.article, found.after):
            series.add_part(found.series, part)
        found.picture = media.add_picture(_picture("teal"), "face.png")
    run_jobs()  # draws the picture in its sizes
    found.top = make_comment(found.article, posted_at=found.now - timedelta(hours=9))
    found.reply = make_comment(found.article, parent=found.top)
    found.waiting = make_comment(found.article, "waiting")
    found.product, found.variant = product, product.variants[0]
    return found


def _tag(name: str) -> Tag:
    return db.session.scalars(select(Tag).where(Tag.name == name)).one()


def _schedule(site: Any) -> None:
    articles.publish_article(site.draft, at=site.now + timedelta(hours=1))


def _let_time_pass(site: Any) -> None:
    site.now += timedelta(hours=2)


def _edit(comment: Any, text: str, by: Any) -> None:
    db.session.refresh(comment)
    edits.edit_text(comment, text, render_comment(text), by=by, version=comment.version)


def _reply(site: Any) -> None:
    make_comment(site.article, parent=site.top, body="A later answer.")


def _price(site: Any) -> None:
    catalog.write_variant(site.product, VariantTerms(price_minor=7700), variant=site.variant)


Change = Callable[[Any], object]
SEEN: dict[str, Change] = {
    "a comment approved": lambda site: decisions.approve(site.waiting, by=None),
    "a comment edited": lambda site: _edit(site.top, "Quite another text.", site.staff),
    "a comment pinned": lambda site: picks.pin(site.waiting, by=None),
    "a comment unpinned": lambda site: picks.unpin(site.waiting, by=None),
    "a comment highlighted": lambda site: picks.highlight(site.top, by=None),
    "a comment found helpful": lambda site: helpful.mark_helpful(site.top, "a key"),
    "a comment replied to": _reply,
    "a comment marked as spam": lambda site: decisions.mark_spam(site.waiting, by=None),
    "a comment taken back by its author": lambda site: own_comments.withdraw_own(site.reply),
    "all comments of a person erased": lambda site: own_comments.erase(site.top.email),
    "comments closed": lambda site: closing.let_comment(site.article.id, is_open=False, by=None),
    "the text": lambda site: articles.save_article(site.article, body="Quite another body."),
    "a neighbour renamed": lambda site: articles.save_article(site.before, title="Renamed"),
    "a neighbour moved": lambda site: articles.save_article(site.before, slug="moved"),
    "a neighbour summed up": lambda site: articles.save_article(site.more[0], excerpt="Brief."),
    "a neighbour taken back": lambda site: articles.unpublish(site.after),
    "a neighbour published": lambda site: articles.publish_article(site.after),
    "a neighbour on other subjects": lambda site: articles.save_article(site.more[0], tags=[]),
    "a neighbour by nobody": lambda site: articles.save_article(site.more[0], author=None),
    "a neighbour of another day": lambda site: articles.save_article(
        site.more[2], published_at=site.now - timedelta(days=2)
    ),
    "a neighbour removed": lambda site: articles.remove_article(site.more[1]),
    "the time of a scheduled article come": _let_time_pass,
    "a scheduled article put off": lambda site: articles.save_article(
        site.draft, published_at=site.now + timedelta(days=9)
    ),
    "a translation taken back": lambda site: articles.unpublish(site.german),
    "a translation published": lambda site: articles.publish_article(site.german),
    "a translation into another language": lambda site: articles.save_article(
        site.german, language="fr"
    ),
    "no translation any more": lambda site: articles.save_article(site.german, translation_of=""),
    "a series renamed": lambda site: series.save_series(
        site.series, title="The quiet year", description=""
    ),
    "a series in another order": lambda site: series.move_part(site.series, site.article.id, by=-1),
    "a part taken out": lambda site: series.take_part_out(site.series, site.after.id),
    "a series removed": lambda site: series.remove_series(site.series),
    "a tag renamed": lambda site: tags.save_tag(_tag("Trust"), name="Doubt"),
    "a tag merged": lambda site: tags.merge_tags(_tag("Repair"), into=_tag("Doubt")),
    "another tag merged into one of its own": lambda site: tags.merge_tags(
        _tag("Doors"), into=_tag("Doubt")
    ),
    "an author renamed": lambda site: authors.save_author(site.author, name="Ines Vale"),
    "an author's portrait": lambda site: authors.save_author(
        site.author, portrait_id=site.picture.id
    ),
    "a cover": lambda site: articles.save_article(site.article, cover_id=site.picture.id),
    "a picture described": lambda site: media.describe_picture(
        site.picture, alt="A face", caption="", focus=(10, 10)
    ),
    "a price": _price,
    "the stock": lambda site: catalog.set_stock(site.variant, 0),
    "a product's picture": lambda site: catalog.set_picture(site.product, _picture("red")),
    "a product off the shelf": lambda site: catalog.take_off_shelf(site.product),
    "a setting": lambda site: settings.change(SiteSettings, {"name": "Another name"}),
    "the menu": lambda site: settings.change(SiteSettings, {"bottom_menu": ("Here /articles/",)}),
    "the language": lambda site: settings.change(SiteSettings, {"locale": "de"}),
}
"""What changes on the article's page, one after the other on one site. The names say what."""
UNSEEN: dict[str, Change] = {"an article scheduled": _schedule}
"""What shows later: it comes before "the time of a scheduled article come"."""


def test_every_change_shows_on_the_next_page_whatever_is_kept(client, site):
    page, stale, unseen = client.get(PAGE).text, [], []
    for name, change in {**UNSEEN, **SEEN}.items():
        with unit_of_work():
            change(site)
        if (
            change is _let_time_pass
        ):  # the page itself is kept for a minute, which no part of it knows
            board().purge([f"article:{site.article.id}"])
        before, page = page, client.get(PAGE).text
        board().purge_everything()
        stale += [name] if page != client.get(PAGE).text else []
        unseen += [name] if page == before else []
    assert not stale, "these pages showed what was there before"
    assert unseen == list(UNSEEN), f"these tried nothing: {unseen}"


def test_what_others_show_of_an_article_is_not_asked_again_for_its_text_or_a_comment(client, site):
    client.get(PAGE)
    with unit_of_work():
        articles.save_article(site.article, body="The same, but for a comma.", excerpt="Brief.")
    client.get(PAGE)
    with unit_of_work():
        articles.save_article(site.article, body="The same, but for a colon.")
    with counted_queries() as asked:
        client.get(PAGE)
    assert len(asked) == 1, "the article"
    with unit_of_work():
        decisions.approve(site.waiting, by=None)
    with counted_queries() as asked:
        client.get(PAGE)
    assert len(asked) == 2, "the article and its comments"


def test_what_is_scheduled_is_noted_once_it_appears(app, site):
    with unit_of_work():
        _schedule(site)
    before = schedule.last_appeared()
    assert before <= site.now
    site.now += timedelta(hours=1)
    assert before < schedule.last_appeared() <= site.now
