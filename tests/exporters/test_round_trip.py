"""Everything goes out and comes in again: the same pages, and an export that says the same."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from shop import cli
from shop.blueprints.articles import services as articles
from shop.blueprints.articles.authors.services import save_author, write_author
from shop.blueprints.articles.models import FormerSlug
from shop.blueprints.articles.series.services import add_part, write_series
from shop.blueprints.articles.tags.services import save_tag
from shop.blueprints.catalog.files import uploads
from shop.blueprints.catalog.models import FileVersion
from shop.blueprints.catalog.services import show_pictures
from shop.blueprints.comments.moderation import picks
from shop.blueprints.discounts import counting
from shop.blueprints.discounts.models import DiscountUse
from shop.blueprints.downloads import services as downloads
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.exporters.format import layout
from shop.blueprints.invoices import services as invoices
from shop.blueprints.invoices.models import Invoice, InvoiceSeries
from shop.blueprints.media import services as media
from shop.blueprints.newsletter.models import Campaign, SubscriberState
from shop.blueprints.orders import services as orders
from shop.blueprints.redirects import services as redirects
from shop.core import clock, settings, site
from shop.core.files import storage
from shop.core.pictures.models import Picture
from shop.core.unit_of_work import board, unit_of_work
from shop.extensions import db
from shop.plugins.api import ArticleView, OrderView, ProductView, look_up
from shop.plugins.fields.custom_fields import bring_in_fields, plain_fields
from tests.conftest import Outbox, empty_database
from tests.factories.catalog import make_product
from tests.factories.comments import make_comment
from tests.factories.newsletter import make_subscriber
from tests.factories.orders import make_order, make_variant
from tests.factories.prices import make_code

PAGES = (
    "/",
    "/articles/",
    "/articles/the-seventh-key",
    "/articles/tag/trust",
    "/articles/tag/ears",
    "/series/keys",
    "/authors/ines",
    "/authors/ines/feed.xml",
    "/pages/about",
    "/shop/",
    "/shop/notebook",
    "/feed.xml",
    "/sitemap.xml",
)

NUMBERS = re.compile(
    r'(?<=reply=)"?\d+|(?<=/authors/)\d+(?=</id>)|'
    r'(?<=comment-)\d+|(?<=/comments/)\d+|(?<=value=")\d+(?=" aria-pressed)|\d hours? ago'
)


def run(app: Flask, *words: str) -> Result:
    done = CliRunner().invoke(cli.commands(app), [*words], obj=app, catch_exceptions=False)
    db.session.rollback()
    return done


def furnish() -> None:
    """A bit of everything."""
    with unit_of_work():
        menu = ("Keys /series/keys", "Elsewhere https://bell.example/")
        settings.change(site.SiteSettings, {"name": "The Bell Press", "bottom_menu": menu})
        writer = write_author(name="Ines Marlow", bio="She edits.", links=["https://ines.example"])
        save_author(writer, slug="ines")
        key = articles.write_article(
            title="The seventh key",
            body="---\n\n# Ask first\n\nThen *listen* to the end: “to the end”.",
            author=writer,
            tags=["Trust", "Talking & listening"],
            state="published",
            published_at=clock.now() - timedelta(days=3),
        )
        # Of one moment, the later one stands first; by their names they come the other way round.
        articles.write_article(
            title="A second key", body="Ask.", state="published", published_at=key.published_at
        )
        db.session.add(FormerSlug(kind="article", slug="key-7", article_id=key.id))
        articles.write_article(
            title="Noch nicht", body="Ein Entwurf.", language="de", translation_of=key.slug
        )
        save_tag(key.tags[1], name="Listening", slug="ears", description="To the end.")
        add_part(write_series(title="Keys", description="One a week."), key)
        about = articles.write_article(
            kind="page", title="About", body="Who we are.", state="published", comments_open=True
        )
        redirects.lead_on("/2011/05/key", f"/articles/{key.slug}", origin="wordpress:old.example")
    top = make_comment(key, author_url="https://ruth.example")
    make_comment(key, parent=top, is_staff=True)
    make_comment(key, "spam")
    make_comment(about, body="A word on a page.")
    with unit_of_work():
        picks.pin(top, by=None)
    product = make_product(
        {"title": "Lined", "sku": "N-1", "left": 3},
        {"title": "Plain", "price_minor": 1550, "may_oversell": True},
        title="Notebook",
        description="Ruled *by hand*.",
    )
    make_product(title="Almanac")
    make_order((make_variant(), 1), (product.variants[1], 1))
    free = make_order((make_variant(price=0, files=(b"%PDF-1.4 a guide",)), 2), note="Thanks")
    with unit_of_work():
        orders.settle_free(free)
        orders.write_order_note(free, "A good friend.", to_buyer=False, by=None)
    bought = make_order((make_variant(), 1), email="ruth@example.org")
    code = make_code("SPRING", once_a_customer=True, max_uses=3)
    with unit_of_work() as session:
        bought = session.merge(bought)
        bought.state, bought.paid_at = "paid", clock.now()
        invoices.issue(bought)
        counting.count_use(session.merge(code), order_id=bought.id, email=bought.email)
        issue = Campaign(subject="First issue", body="*Hello*", state="sent", recipients=2)
        session.add_all([issue, Campaign(subject="A draft", body="Not yet")])
    [grant] = downloads.grants_of(free)
    with unit_of_work() as session:
        session.merge(grant).count = 2
        for kind, thing in ((ArticleView, key), (ProductView, product), (OrderView, free)):
            bring_in_fields(kind, thing.id, [field_of_a_plugin_that_is_off(kind)])
    make_subscriber("ruth@example.org")
    make_subscriber("left@example.org", SubscriberState.LEFT)


def field_of_a_plugin_that_is_off(kind: type) -> dict[str, object]:
    values = {"on": kind.__name__, "pages": 320, "signed": True}
    return {"plugin": "absent", "name": "facts", "values": values, "found_by": "by hand"}


def pages(client: FlaskClient) -> dict[str, str]:
    """Each page, without the numbers of comments, and how long ago they were written."""
    return {address: NUMBERS.sub("", client.get(address).text) for address in PAGES}


def said_in(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as packed:
        return {
            name: packed.read(name).decode(errors="replace")
            for name in packed.namelist()
            if name != layout.HEAD
        }


def test_an_empty_site_that_reads_an_export_has_the_same_pages(
    app: Flask, client: FlaskClient, tmp_path: Path, outbox: Outbox
) -> None:
    furnish()
    before = pages(client)
    done = run(app, "export", str(tmp_path / "all.zip"))
    assert (
        "articles 4, images 0, products 5, comments 4, orders 3, invoices 1, codes 1, "
        "subscribers 2, issues 2, redirects 1"
    ) in done.output
    [given] = db.session.scalars(select(DownloadGrant))
    kept = (given.name, given.count, given.max_count, given.expires_at, given.storage_key)
    token = given.token
    assert token not in str(said_in(tmp_path / "all.zip"))
    with app.app_context():
        db.session.remove()
    empty_database()
    board().purge_everything()

    first = run(app, "import", "bookstall", str(tmp_path / "all.zip"))
    assert first.output.endswith("unchanged 0, refused 0\n"), first.output
    assert pages(client) == before
    assert client.get("/articles/key-7").headers["Location"] == "/articles/the-seventh-key"
    assert client.get("/articles/tag/listening").location == "/articles/tag/ears"
    assert client.get("/authors/ines-marlow").headers["Location"] == "/authors/ines"

    [given] = db.session.scalars(select(DownloadGrant))
    for kind, thing in (
        (ArticleView, look_up(ArticleView, "the-seventh-key")),
        (ProductView, look_up(ProductView, "notebook")),
        (OrderView, given.line.order),
    ):
        assert plain_fields(kind, thing.id) == [field_of_a_plugin_that_is_off(kind)]
    assert (given.name, given.count, given.max_count, given.expires_at, given.storage_key) == kept
    assert given.token != token
    order = given.line.order
    assert [each.id for each in downloads.grants_of(order)] == [given.id], "none is given twice"
    assert storage.content_of(given.storage_key) == b"%PDF-1.4 a guide"
    [use] = db.session.scalars(select(DiscountUse))
    [paper] = db.session.scalars(select(Invoice))
    assert use.customer_key == counting.customer_key("ruth@example.org")
    assert invoices.papers_as_data(paper.order) == [paper], "no second invoice is issued"
    assert db.session.get(InvoiceSeries, paper.series).last == paper.sequence
    db.session.rollback()

    run(app, "export", str(tmp_path / "again.zip"))
    again, once = said_in(tmp_path / "again.zip"), said_in(tmp_path / "all.zip")
    assert again.keys() == once.keys()
    # Orders say that they were imported, and that somebody left is kept for a year from now on.
    for name in set(once) - {layout.ORDERS, layout.SUBSCRIBERS}:
        if '"versions": []' not in once[name]:  # a file without versions has its first one now
            assert again[name] == once[name]
    second = run(app, "import", "bookstall", str(tmp_path / "all.zip"))
    assert "imported 0," in second.output
    assert second.output.endswith("refused 0\n")
    assert client.get("/2011/05/key").headers["Location"] == "/articles/the-seventh-key"


def test_pictures_of_the_library_come_along_under_new_numbers(
    app: Flask, client: FlaskClient, tmp_path: Path, run_jobs: Callable[[], int]
) -> None:
    drawn, day = io.BytesIO(), datetime(2021, 5, 17, tzinfo=UTC)
    Image.new("RGB", (400, 300), "red").save(drawn, "PNG")
    with unit_of_work():
        door = media.add_picture(drawn.getvalue(), "door.png")
        door.created_at = day
        media.describe_picture(door, alt="A door", caption="Red", focus=(10, 90))
        body = f"::picture[{door.id}]"
        articles.write_article(title="Seen", body=body, state="published", cover_id=door.id)
    with unit_of_work():
        product = make_product(title="Doors")
        for number, content in enumerate((b"%PDF-1.4 one", b"%PDF-1.4 two"), start=1):
            taken = uploads.take_in(content, name="doors.pdf")
            if number == 1:
                file = uploads.attach(product, taken, name="doors.pdf")
                file.versions[0].created_at = day
                db.session.flush()
            else:
                uploads.replace(file, taken, version="2")
        show_pictures(product, [door.id])
        show_pictures(product, [door.id], as_pages=True)
    run_jobs()
    assert 'alt="A door"' in client.get("/articles/seen").text
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(drawn, "JPEG")
    with unit_of_work():
        late = media.add_picture(drawn.getvalue(), "late.jpg")
        media.describe_picture(late, alt="Not drawn yet", caption="", focus=(50, 50))
    run(app, "export", str(tmp_path / "all.zip"))
    assert "imported 0," in run(app, "import", "bookstall", str(tmp_path / "all.zip")).output
    db.session.remove()
    empty_database()
    board().purge_everything()
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "blue").save(drawn, "PNG")
    with unit_of_work():
        media.add_picture(drawn.getvalue(), "ours.png")
    run(app, "import", "bookstall", str(tmp_path / "all.zip"))
    run_jobs()
    assert db.session.scalar(select(Picture.state).where(Picture.alt == "Not drawn yet")) == "ready"
    days = select(Picture.created_at).where(Picture.alt == "A door")
    assert db.session.scalar(days) == day
    first, _second = db.session.scalars(select(FileVersion).order_by(FileVersion.id))
    assert first.created_at == day
    page = client.get("/articles/seen").text
    assert page.count('alt="A door"') == 2  # as its cover and in its text
    assert client.get("/shop/doors").text.count('alt="A door"') == 2
