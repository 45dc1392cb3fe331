"""The example plugin does what the manual shows of it: it is run as a part of the site, on both databases."""

from __future__ import annotations

import hmac
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import Markup
from sqlalchemy import select

from shop.app import create_app
from shop.blueprints.cart import rules
from shop.blueprints.comments import decisions
from shop.blueprints.comments import services as comments
from shop.blueprints.comments.judging.panel import Judgement
from shop.blueprints.orders import mails
from shop.config import Config
from shop.core import clock, search, settings
from shop.core.app_state import app_state
from shop.core.jobs import running
from shop.core.mail.models import Mail
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugins import api, manager
from shop.plugins.api import (
    CartFacts,
    CartFactsLine,
    CommentDraft,
    LimitedCartRule,
    Objection,
    Question,
    Refused,
    SearchDocument,
    ShippingOption,
    Tax,
    Unreachable,
    Visitor,
    WebhookForged,
    WebhookNotice,
)
from shop.plugins.installed import migrations
from tests import data_folders
from tests.conftest import FreshClient
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.catalog import make_product
from tests.factories.orders import make_free_order, make_order
from tests.factories.stripe import request_for

sys.path.append(str(Path(__file__).parents[1] / "example_plugin"))

from bookstall_marginalia import (
    checks,
    club,
    fields,
    moving,
    notes,
    pages,
    payment,
    plugin,
    prices,
    proposals,
    sources,
)

NOTE = {"email": "Ruth@example.org", "words": "Read this twice."}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request, tmp_path_factory):
    """A site with the example plugin, made once."""
    folder = tmp_path_factory.mktemp("marginalia")
    # First, because the first of all databases is the pattern of the others: the plugin must not get into that.
    url = data_folders.made(request.param, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manager, "installed", lambda _names: [plugin])
        limiter.enabled = True  # else it would not bind to another application
        site = create_app(
            Config(
                data_dir=folder,
                database_url=url,
                base_url="http://localhost",
                secret_key="a key for tests only",
                stripe_secret_key="",
                stripe_webhook_secret="",
                plugins=("marginalia",),
                smtp_url="courier://KEY@anywhere",
            )
        )
        limiter.enabled = False
    site.testing = True
    site.test_client_class = FreshClient
    with site.app_context():
        migrations.upgrade_plugins()
    yield site
    with site.app_context():
        db.engine.dispose()


@pytest.fixture
def site(made):
    """The site, without notes."""
    with made.app_context():
        with unit_of_work():
            for note in notes.newest(100):
                db.session.delete(note)
        yield made
        db.session.remove()


@pytest.fixture
def visitor(site):
    return site.test_client()


def test_a_note_is_written_shown_and_said(visitor):
    assert "The margin is empty." in visitor.get("/marginalia").text
    answer = visitor.post("/marginalia", data=NOTE)
    assert (answer.status_code, answer.location) == (303, "/marginalia")
    page = visitor.get("/marginalia").text
    assert "(Read this twice.)" in page
    assert "Your note stands in the margin." in page
    assert "(Read this twice.)" in visitor.get("/").text, "the slot of the front page is kept"


def test_a_note_that_is_too_long_is_refused_beside_its_field(visitor):
    answer = visitor.post("/marginalia", data=NOTE | {"words": "x" * 201})
    assert answer.status_code == 422
    assert "Write between one and 200 characters." in answer.text
    assert "x" * 201 in answer.text


def test_whoever_floods_the_margin_has_to_wait(visitor):
    answers = [visitor.post("/marginalia", data=NOTE) for _ in range(notes.MOST_AN_HOUR + 1)]
    assert [answer.status_code for answer in answers] == [303] * notes.MOST_AN_HOUR + [429]
    assert answers[-1].headers["Retry-After"] == "3600"


def test_a_note_that_is_taken_down_is_gone_and_forgotten_in_a_month(site, visitor, monkeypatch):
    visitor.post("/marginalia", data=NOTE)
    note = notes.newest(1)[0]
    editor = sign_in(site.test_client(), make_account("editor"))
    assert editor.post(f"/admin/marginalia/{note.id}/removal").status_code == 303
    answer = visitor.get(f"/marginalia/{note.id}")
    assert answer.status_code == 410
    assert "Only a note in the margin is left" in answer.text, "the theme's page"
    assert visitor.get("/marginalia/999999").status_code == 404
    running.run_due(100)
    assert notes.count() == 1
    in_a_month = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: in_a_month)
    running.run_due(100)
    assert notes.count() == 0


def test_the_link_in_the_banner_is_the_owners_choice(visitor):
    link = '<a href="/marginalia"'
    before = visitor.get("/contact").text.count(link)
    with unit_of_work():
        settings.change(notes.MarginaliaSettings, {"in_banner": True})
    assert visitor.get("/contact").text.count(link) > before


def test_a_buyer_writes_about_their_own_order_and_nobody_else_does(site, visitor):
    bought = make_order(email="ruth@example.org")
    page = f"/marginalia/orders/{bought.number}"
    assert visitor.get(page).status_code == 404, "nobody is signed in"
    other = sign_in(site.test_client(), make_account())
    assert other.get(page).status_code == 404
    buyer = sign_in(site.test_client(), make_account(email="ruth@example.org"))
    answer = buyer.get(page)
    assert bought.lines[0].title in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    written = {"answer_to": "ruth@example.org", "words": "**Thank you**"}
    assert "Only kind letters." in (refused := buyer.post(page, data=written)).text
    assert "<strong>Thank you</strong>" in refused.text
    assert buyer.post(page, data=written | {"is_kind": "y"}).status_code == 303
    assert notes.newest(1)[0].words == "**Thank you**"
    with unit_of_work():
        settings.change(SiteSettings, {"time_zone": "Europe/Berlin"})
    later = {"is_kind": "y", "not_before": "2030-07-01T08:00"}
    assert buyer.post(page, data=written | later).status_code == 303
    assert "2030-07-01 06:00 UTC" in notes.newest(1)[0].words, "it was typed by the site's clock"


def test_a_plugin_looks_up_articles_products_and_what_other_plugins_offer(site):
    written = make_article(title="On margins", tags=["Books"])
    draft = make_article(state="draft")
    assert sources.about(written.slug) == "On margins (Books)"
    assert sources.about(draft.slug) == sources.about("no-such-article") == ""
    assert api.article(written.id) == api.article(written.slug)
    sold = make_product({"left": 2}, title="A guide to margins")
    assert api.product(sold.slug).variants[0].remaining == 2
    with unit_of_work():
        note = notes.write("", "Look me up.", longest=200)
    assert sources.quoted(note.id) == "Look me up."
    assert sources.find(note.id).url == f"http://localhost/marginalia/{note.id}"
    assert api.visitor() is None, "outside a request nobody visits"


def test_a_text_is_set_apart_and_only_such_a_page_loads_its_style(visitor):
    body = "::: aside[Aside]\n\nWords (margin).\n\n:::\n\n::: aside\n\nMore.\n\n:::"
    make_article(slug="apart", body=body)
    make_article(slug="plain", body="Nothing apart.")
    page = visitor.get("/articles/apart").text
    assert '<section class="margin-aside"><h3>Aside</h3>' in page
    assert plugin.SEE in page
    addresses = re.findall(r'<link rel="stylesheet" href="(/static/plugins/[^"]+)">', page)
    assert len(addresses) == 1, "once, however often it is drawn"
    assert re.fullmatch(r"/static/plugins/marginalia\.[0-9a-f]{10}\.css", addresses[0])
    assert addresses[0] in visitor.get("/articles/apart").text, "where the text is kept, too"
    assert "/static/plugins/" not in visitor.get("/articles/plain").text


def found(words):
    return [each.url for each in search.find(words, ["marginalia"], limit=50)]


def test_a_note_is_found_from_when_it_is_written_until_it_is_gone(site, visitor):
    visitor.post("/marginalia", data=NOTE)
    running.run_due(100)
    (note,) = notes.newest(1)
    assert f"/marginalia/{note.id}" in found("twice")
    with unit_of_work():
        notes.take_down(note)
    assert f"/marginalia/{note.id}" not in found("twice")
    with unit_of_work():
        moving.read({"email": "ruth@example.org", "words": "Come along."})
    address = f"/marginalia/{notes.newest(1)[0].id}"
    assert address in found("along")
    with unit_of_work():
        notes.erase("ruth@example.org")
    assert address not in found("along")


def test_the_words_of_a_page_are_looked_for_before_the_transaction(site, monkeypatch):
    index_it = api.prepare_indexing("marginalia", SearchDocument("0", "A note", "Early.", "/here"))
    monkeypatch.setattr(search.rows, "_words_of", lambda *_given: pytest.fail("not before"))
    with unit_of_work():
        index_it()
    assert "/here" in found("early")
    with unit_of_work():
        api.unindex_page("marginalia", "0")
    assert "/here" not in found("early")


@pytest.mark.parametrize(("source", "error"), [("articles", ValueError), ("margin", KeyError)])
def test_a_plugin_indexes_pages_of_its_own_sources_alone(site, source, error):
    page = SearchDocument("1", "Title", "Body", "/here")
    with pytest.raises(error), unit_of_work():
        api.index_page(source, page)
    with pytest.raises(error), unit_of_work():
        api.unindex_page(source, "1")


def test_the_margin_finds_pages_and_when_it_fails_the_site_does(site, visitor, monkeypatch):
    make_article(title="Wide margins", body="A text about rivers.")
    running.run_due(100)
    assert "Wide" in visitor.get("/search?q=wide mar").text
    assert "Wide margins" not in visitor.get("/search?q=rivers").text, "the plugin looks at titles"
    monkeypatch.setattr(plugin, "indexed_pages", lambda _source: 1 / 0)
    answer = visitor.get("/search?q=rivers").text
    assert "The margin does not answer at the moment." in answer
    assert "margins</a>" in answer


def test_a_margin_is_widened_and_a_postscript_stands_in_the_mail(site, visitor):
    article = make_article(slug="wide", body="Text.")
    assert [fields.widen(article.id) for _ in range(2)] == [4, 5]
    assert "<dd" in visitor.get("/articles/wide").text
    order = make_order(email="ruth@example.org")
    with unit_of_work():
        api.set_field_values(fields.OrderWishes, order.id, postscript="Mind the gap.")
    queue_mail = mails.prepare_confirmation(order)
    with unit_of_work():
        queue_mail()
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert "P.S.: Mind the gap." in mail.text
    assert "P.S.: Mind the gap." in mail.html


def test_a_limit_lets_through_as_many_as_it_says(site):
    limiter.enabled = True
    try:
        for _turn in range(2):
            api.limit("marginalia.test", "2 per hour")
        with pytest.raises(api.TooMany) as refused:
            api.limit("marginalia.test", "2 per hour")
    finally:
        limiter.enabled = False
    assert 0 < refused.value.retry_after <= 3600


def test_what_is_carried_by_hand_is_taxed_at_home():
    line = CartFactsLine(1, 1, 2_000, 3, is_digital=False, weight_grams=4_000)
    cart = CartFacts((line,), "EUR", code="BYHAND", country="LU")
    terms = {type(each): each for each in prices.CarriedByHand().terms(cart)}
    assert terms[Question].choices == {"LU"}
    assert terms[ShippingOption].price_minor == 0
    assert terms[Tax].rate == 3_000
    assert terms[Objection].message
    assert not list(prices.CarriedByHand().terms(CartFacts((line,), "EUR")))


def test_only_a_rule_that_limits_something_counts_and_by_hand_is_once_a_buyer(site):
    cart = CartFacts((), "EUR", code="BYHAND", email="ruth@example.org")
    with unit_of_work():
        rules.claim(cart, order_id=1)
    with pytest.raises(Refused), unit_of_work():
        rules.claim(cart, order_id=2)
    assert not isinstance(prices.PalindromesAreHalfPrice(), LimitedCartRule)


def test_the_editor_is_told_once_what_money_to_expect(site):
    with unit_of_work():
        settings.change(notes.MarginaliaSettings, {"editor": "editor@example.org"})
    provider = payment.OnAccount()
    asked = request_for("key-7", started_at=clock.now())
    started = [provider.start(asked) for _ in range(2)]
    assert started[0] == started[1]
    running.run_due(100)
    mails = db.session.scalars(select(Mail).where(Mail.recipient == "editor@example.org")).all()
    assert ["K7RD-94QM: 1 × A guide" in mail.text for mail in mails].count(True) == 1


def test_a_member_joins_leaves_and_is_billed(site, monkeypatch):
    account = make_account()
    who = Visitor(account.id, account.email, account.name, account.role, True)
    assert club.join(who).startswith("/payments/test/"), "by Stripe's stand-in"
    assert club.membership_of(who).state == "starting"
    club.leave(who)
    assert club.membership_of(who).state == "ended"
    with pytest.raises(Refused):
        club.stay(who)
    with pytest.raises(Refused, match="is to go on"):
        club.give_more(who, 900)
    assert payment.charges_again(payment.OnAccount())
    monkeypatch.setattr(payment.OnAccount, "is_offered", lambda _self: True)
    assert "/orders/" in club.bill(who, 1200)
    begun = payment.OnAccount().look_up_subscription("club-1")
    assert begun.charges[0].amount_minor == club.offer_to(who).amount_minor


def test_only_the_bank_can_sign_a_message(monkeypatch):
    monkeypatch.setenv("MARGINALIA_BANK_KEY", "known to both")
    body = b"17 account-key-7"
    signature = hmac.new(b"known to both", body, "sha256").hexdigest()
    read = payment.OnAccount().read_webhook
    assert read(body, {"X-Signature": signature}) == WebhookNotice(
        "17", "transfer", "account-key-7"
    )
    for headers in ({}, {"X-Signature": "0" * 64}):
        with pytest.raises(WebhookForged):
            read(body, headers)
    monkeypatch.delenv("MARGINALIA_BANK_KEY")
    with pytest.raises(WebhookForged):
        read(body, {"X-Signature": hmac.new(b"", body, "sha256").hexdigest()})


def test_what_is_written_in_a_plugin_is_judged_like_a_comment(visitor):
    refused = visitor.post("/marginalia", data=NOTE | {"words": "READ THIS TWICE."})
    assert refused.status_code == 422
    assert "Please write without capitals only." in refused.text


def test_late_checks_and_staff_decide_on_what_is_written_in_a_plugin(site, visitor, monkeypatch):
    for words in ("The sea, the sea", "Look at http://127.0.0.1/gone"):
        visitor.post("/marginalia/proposals", data={"words": words})
    assert "The sea" not in visitor.get("/marginalia").text, "late checks are still to come"
    monkeypatch.setattr(checks, "fetch", lambda *_given, **_named: _raise(Unreachable("away")))
    running.run_due(20)
    page = visitor.get("/marginalia").text
    assert "The sea" in page
    assert "gone" not in page
    waiting = proposals.Proposal.in_state("waiting")[0]
    assert waiting.reasons == "1 link\nhttp://127.0.0.1/gone leads nowhere"
    editor = sign_in(site.test_client(), make_account("editor"))
    desk = "/admin/marginalia-proposals"
    assert "gone leads nowhere" in editor.get(desk).text
    seen = {"version": waiting.version}
    for _ in range(2):
        editor.post(f"{desk}/{waiting.id}/publication", data=seen)
    assert "in the meantime" in editor.get(desk).text, "it was decided since it was seen"
    assert "http://127.0.0.1/gone" in visitor.get("/marginalia").text
    editor.post(f"{desk}/{waiting.id}/undoing", data={"version": seen["version"] + 1})
    assert "http://127.0.0.1/gone" not in visitor.get("/marginalia").text
    with pytest.raises(Refused, match="nothing to undo"), unit_of_work():
        proposals.Proposal.one(waiting.id).undo(version=seen["version"] + 2)


def _raise(error):
    raise error


def test_a_signed_link_opens_one_thing_for_whoever_has_it(site, visitor):
    visitor.post("/marginalia", data=NOTE)
    (note,) = notes.newest(1)
    with site.test_request_context():
        link = pages.link_to_take_down(note)
    elsewhere = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    assert visitor.post(link + "x", headers=elsewhere).status_code == 404
    assert visitor.post(link, headers=elsewhere).status_code == 204
    assert notes.newest(1) == []


def test_a_plugin_reads_what_everyone_may_read_and_what_was_bought(site):
    written = make_article(body="Four words stand here.")
    assert sources.length_of(written.slug) == len("Four words stand here.")
    assert sources.length_of(make_article(state="draft").slug) == 0
    bought = make_free_order(email="anne@example.org")
    product_id = bought.lines[0].product_id
    assert api.purchases("Anne@example.org") == {product_id}
    assert api.purchases("ruth@example.com") == frozenset()
    draft = CommentDraft(written.id, "Ines Marlow", "ines@example.org", "Yes.", None, "", None, "")
    with unit_of_work():
        comment = comments.post(draft, Judgement(), Markup("<p>Yes.</p>"))
        notes.quote_comment(comment.id, longest=200)
        decisions.approve(comment, by=None)
        notes.quote_comment(comment.id, longest=200)
    assert [note.words for note in notes.newest()] == ["Yes."]
    assert api.comment(comment.id).author == "Ines Marlow"
    assert api.comment(0) is None


def test_mail_leaves_by_the_plugin_that_the_address_names(site):
    with unit_of_work():
        note = notes.write("", "In the margin.", longest=200)
        notes.tell_the_editor(notes.NoteWritten(note.id), "editor@example.org")
    running.run_due(100)
    taken = app_state().mail.transport.transport.taken
    assert "editor@example.org" in [message["To"] for message in taken]
