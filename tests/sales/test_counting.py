"""Sales by day: counted from the orders, the same however often; articles that led to them, and nobody who followed."""

from __future__ import annotations

from datetime import date, timedelta

import time_machine
from click.testing import CliRunner
from sqlalchemy import func, select

from shop.blueprints.articles.models import Article
from shop.blueprints.orders.models import Order
from shop.blueprints.sales import queries, services
from shop.blueprints.sales.cli import commands
from shop.blueprints.sales.counting import count_day, paid_on
from shop.blueprints.sales.models import ClickDay, GuideDay, LeadDay, SalesDay, TaxDay
from shop.blueprints.sales.queries import Range, Step
from shop.core import clock
from shop.core.jobs import Job
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.orders import at_once, make_order, make_variant
from tests.factories.refunds import give_back
from tests.invoices.test_papers import VAT, bought, taxed
from tests.payments.test_settling import seen

TABLES = (SalesDay, GuideDay, TaxDay, LeadDay)


def today():
    return clock.now().date()


def counted(day=None):
    with unit_of_work():
        count_day(day or today())


def rows():
    return {
        table.__name__: sorted(
            tuple(
                getattr(row, column.key)
                for column in table.__table__.columns
                if column.key != "counted_at"
            )
            for row in db.session.scalars(select(table).execution_options(populate_existing=True))
        )
        for table in TABLES
    }


def whole():
    return Range(today() - timedelta(days=400), today())


def test_a_day_is_counted_some_seconds_after_its_orders(run_jobs, outbox):
    began = clock.now()
    with time_machine.travel(began, tick=False):  # else ten seconds may end while this is done
        for _ in range(3):
            bought()
        run_jobs()
        assert rows()["SalesDay"] == []
        waiting = select(func.count()).select_from(Job).where(Job.kind == "sales.count_day")
        assert db.session.scalar(waiting) == 1, "one count for all that was paid in ten seconds"
    with time_machine.travel(began + timedelta(seconds=11), tick=False):
        run_jobs()
        [sums] = queries.sums(whole())
    assert (sums.orders, sums.revenue_minor, sums.mean_minor) == (3, 4200, 1400)


def test_counting_again_changes_nothing_and_a_recount_says_the_same(app, run_jobs, outbox):
    order = taxed()
    bought((make_variant(currency="JPY", price=900), 2), currency="JPY")
    make_order()
    give_back(order, 500)
    counted()
    first = rows()
    counted()
    assert rows() == first
    with unit_of_work():
        for table in TABLES:
            db.session.query(table).delete()
    done = CliRunner().invoke(commands, ["recount"])
    assert (done.exit_code, done.output) == (0, "1 days counted\n")
    assert rows() == first


def test_a_day_may_be_counted_by_several_at_once(app):
    taxed()
    bought((make_variant(currency="JPY", price=900), 2), currency="JPY")
    counted()
    first = rows()
    for _ in range(5):
        with unit_of_work():
            for table in TABLES:
                db.session.query(table).delete()
        assert at_once(app, 4, lambda _number: counted()) == [None] * 4
        assert rows() == first


def test_currencies_and_taxes_are_kept_apart(app):
    order = taxed()
    bought((make_variant(currency="JPY", price=900), 2), currency="JPY")
    give_back(order, 500)
    counted()
    euros, yen = queries.sums(whole())
    assert (euros.currency, euros.revenue_minor, euros.tax_minor) == ("EUR", 3400, 411)
    assert (euros.refunds, euros.refunded_minor, euros.kept_minor) == (1, 500, 2900)
    assert (yen.currency, yen.revenue_minor, yen.refunded_minor) == ("JPY", 1800, 0)
    assert [(tax.rate, tax.base_minor, tax.tax_minor) for tax in queries.taxes(whole(), "EUR")] == [
        (row["rate"], row["base_minor"], row["tax_minor"]) for row in VAT
    ]
    assert queries.taxes(whole(), "JPY") == []
    assert [guide.revenue_minor for guide in queries.best_guides(whole(), "EUR")] == [2000, 1400]


def test_a_refund_stands_on_the_day_on_which_it_was_made(run_jobs, outbox):
    order = bought()
    yesterday = today() - timedelta(days=1)
    with unit_of_work():
        db.session.get_one(Order, order.id).paid_at = clock.now() - timedelta(days=1)
    give_back(order, 400)
    counted()
    counted(yesterday)
    bars = {bar.begins: bar for bar in queries.bars(Range(yesterday, today()), "EUR", Step.DAY)}
    assert (bars[yesterday].revenue_minor, bars[yesterday].refunded_minor) == (1400, 0)
    assert (bars[today()].revenue_minor, bars[today()].refunded_minor) == (0, 400)


def test_bars_have_no_gap(app):
    within = Range(date(2026, 1, 30), date(2026, 2, 2))
    with unit_of_work():
        db.session.add(SalesDay(day=date(2026, 2, 1), currency="EUR", orders=2, revenue_minor=300))
    for step, begins in (
        (Step.DAY, [date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2)]),
        (Step.WEEK, [date(2026, 1, 26), date(2026, 2, 2)]),
        (Step.MONTH, [date(2026, 1, 1), date(2026, 2, 1)]),
    ):
        bars = queries.bars(within, "EUR", step)
        assert [bar.begins for bar in bars] == begins
        assert sum(bar.revenue_minor for bar in bars) == 300


def test_a_day_is_found_by_its_index_however_many_orders_there_are(app):
    statement = paid_on(date(2026, 11, 23)).compile(
        db.engine, compile_kwargs={"literal_binds": True}
    )
    if db.engine.dialect.name == "sqlite":
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    else:
        db.session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN {statement}").all()
    assert "ix_shop_order_paid_at_id" in str(plan)


def came(client, path, **headers):
    return client.get(path, headers={"Sec-Fetch-Site": "same-origin", **headers})


def clicks():
    return dict(db.session.execute(select(ClickDay.article, ClickDay.clicks)).all())


def test_an_articles_link_leads_to_an_order_without_any_cookie_being_set_for_it(
    client, run_jobs, outbox
):
    variant = make_variant()
    slug = variant.product.slug
    article = make_article(slug="eight-keys", related_guides=[slug])
    page = client.get(f"/articles/{article.slug}")
    assert f'href="/shop/{slug}?from=eight-keys"' in page.text
    assert "Set-Cookie" not in page.headers
    answer = came(client, f"/shop/{slug}?from=eight-keys")
    assert 'name="from" value="eight-keys"' in answer.text
    assert "Set-Cookie" not in answer.headers
    run_jobs()
    assert clicks() == {"eight-keys": 1}
    form = {"variant": variant.id, "quantity": 1, "from": "eight-keys"}
    assert client.post("/cart/items", data=form).status_code == 303
    client.post("/cart/items", data={**form, "from": "another"})
    from shop.blueprints.cart.models import CartItem

    assert db.session.scalars(select(CartItem.came_from)).all() == ["eight-keys"]


def test_only_clicks_on_our_pages_are_counted(client, run_jobs):
    slug = make_variant().product.slug
    make_article(slug="eight-keys")
    path = f"/shop/{slug}?from=eight-keys"
    client.get(path)  # a crawler
    client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    came(client, path, **{"Sec-Purpose": "prefetch"})
    came(client, f"/shop/{slug}?from=no-such-article")
    for hostile in ("../x", "EIGHT", "a b", "x" * 81, "%00", "🌿", "<script>"):
        answer = came(client, f"/shop/{slug}?from={hostile}")
        assert answer.status_code in {200, 404}
        assert "<script>alert" not in answer.text
    run_jobs()
    assert clicks() == {}


def test_clicks_are_limited_and_the_page_is_not(client, run_jobs, limits):
    slug = make_variant().product.slug
    make_article(slug="eight-keys")
    for _ in range(32):
        assert came(client, f"/shop/{slug}?from=eight-keys").status_code == 200
    run_jobs()
    assert clicks() == {"eight-keys": 30}


def test_the_page_without_a_from_is_the_same_for_everyone(client):
    slug = make_variant().product.slug
    assert "public" in client.get(f"/shop/{slug}").headers["Cache-Control"]
    assert "private" in client.get(f"/shop/{slug}?from=eight-keys").headers["Cache-Control"]
    assert 'name="from"' not in client.get(f"/shop/{slug}").text


def test_an_order_is_credited_to_an_article_that_there_is(app):
    make_article(slug="eight-keys")
    orders = [bought(), bought(), bought()]
    with unit_of_work():
        for order, came_from in zip(orders, ["eight-keys", "made-up", ""], strict=True):
            seen(order).lines[0].came_from = came_from
        services.count_guide_click(services.ArticleLedToGuide(article="eight-keys", product_id=1))
        services.count_guide_click(services.ArticleLedToGuide(article="made-up", product_id=1))
    counted()
    [lead] = queries.leads(whole(), "EUR")
    assert (lead.article, lead.clicks, lead.orders, lead.revenue_minor) == (
        "eight-keys",
        1,
        1,
        1400,
    )
    assert lead.rate == 100
    assert lead.title == db.session.scalar(
        select(Article.title).where(Article.slug == lead.article)
    )
    assert queries.sums(whole())[0].orders_from_articles == 1


def test_the_page_shows_it_and_bears_any_address(client):
    assert client.get("/admin/sales/").status_code == 303
    editor = sign_in(client, make_account("editor"))
    assert "No sales in this period" in editor.get("/admin/sales/").text
    taxed()
    bought((make_variant(currency="JPY", price=900), 2), currency="JPY")
    counted()
    page = editor.get("/admin/sales/").text
    assert "€34.00" in page
    assert (
        '<svg viewBox="0 0 640 220" role="img" aria-labelledby="revenue-title revenue-desc">'
        in page
    )
    assert "Show as a table" in page
    assert "style=" not in page.split('id="main"')[1]
    assert "¥1,800" in editor.get("/admin/sales/?currency=JPY").text
    for query in (
        "since=0001-01-01&until=9999-12-31&by=day",
        "since=2026-12-01&until=2020-01-01&by=nonsense&currency=%27",
        "since=x&until=%F0%9F%8C%BF",
        "since=1990-01-01&by=month",
    ):
        assert editor.get(f"/admin/sales/?{query}").status_code == 200, query
    assert sign_in(client, make_account()).get("/admin/sales/").status_code in {403, 404}
