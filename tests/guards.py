"""The guards of the site, and what a control puts in the place of each, by where it is defined (tests/controls.py)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from itertools import islice
from smtplib import SMTPException
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import iterparse

from flask import Flask, Response, render_template, render_template_string, request
from flask_wtf import FlaskForm
from markdown_it import MarkdownIt
from sqlalchemy import String, Update, or_, select

from shop.blueprints.accounts.models import Account
from shop.blueprints.cart import pricing
from shop.blueprints.cart.basket import basket_of
from shop.blueprints.cart.models import CartItem
from shop.blueprints.cart.queries import cart_now
from shop.blueprints.cart.quote import Quote
from shop.blueprints.checkout import hoarding
from shop.blueprints.checkout.drafting import OrderRequest
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.checkout.services import Placed, place_or_go_on
from shop.blueprints.orders.models import Order
from shop.blueprints.payments import settlement
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.providers import provider_named
from shop.blueprints.payments_stripe.standin.http import StandInHTTPClient
from shop.config import Config
from shop.core import clock
from shop.core.database import rows_changed
from shop.core.errors import or_404
from shop.core.mail.transports import RefusedByServer, SmtpTransport
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import PaymentVerdict


def _template_of_values(name: str, **values: Any) -> str:
    """What a template made is taken for a template once more."""
    return render_template_string(render_template(name, **values), **values)


def _filled_by_the_form(
    account: Account, fill: Callable[..., None] = Account.__init__, **given: Any
) -> None:
    fill(account, **given)
    for column in Account.__table__.columns:
        if column.name in request.form and isinstance(column.type, String):
            setattr(account, column.name, request.form[column.name])


def _pressed_when_looked_at(
    app: Flask, answer: Callable[[Flask], Response] = Flask.full_dispatch_request
) -> Response:
    """Whoever opens a page has pressed its button too."""
    if request.method == "GET":
        with suppress(Exception):
            app.test_client().post(request.path)
    return answer(app)


def _order_of_anything(named: str) -> Order:
    return or_404(
        db.session.scalar(select(Order).where(or_(Order.opened_by(named), Order.number == named)))
    )


def _anybodys_line(_cart: object, item_id: int) -> CartItem:
    return db.session.get_one(CartItem, item_id)


def _anybodys_attempt(_cart_id: int) -> CheckoutAttempt | None:
    return db.session.scalar(select(CheckoutAttempt).order_by(CheckoutAttempt.order_id.desc()))


def _priced_by_the_client(*given: Any, price: Callable[..., Quote] = pricing.price) -> Quote:
    quote, sent = price(*given), request.form
    lines = tuple(
        replace(line, unit_price_minor=int(sent.get("price", line.unit_price_minor)))
        for line in quote.lines
    )
    return replace(quote, lines=lines, currency=sent.get("currency", quote.currency))


def _taken_whatever_it_is(
    payment: Payment, verdict: PaymentVerdict, _reason: str, learned_from: str
) -> settlement.Settlement:
    return settlement._take_money(payment, verdict, learned_from)


def _counted_or_not(statement: Update) -> int:
    return rows_changed(statement) or 1


def _counted_before(
    cart_id: int,
    request: OrderRequest,
    network: str,
    refuse: Callable[..., None] = hoarding.refuse_hoarders,
) -> Placed | int:
    """What is reserved is counted before, and the order is placed in a transaction of its own."""
    basket = basket_of(cart_now(cart_id), request.buyer.facts)
    refuse(basket, email=request.buyer.facts.email, network=network)
    with unit_of_work():
        return place_or_go_on(cart_id, request, network=network)


def _asked_without_key(
    client: StandInHTTPClient,
    method: str,
    url: str,
    headers: Mapping[str, str],
    *given: Any,
    ask: Callable[..., Any] = StandInHTTPClient.request,
    **more: Any,
) -> Any:
    kept = {name: value for name, value in headers.items() if name != "Idempotency-Key"}
    return ask(client, method, url, kept, *given, **more)


def _new_to_us_each_time(name: str) -> SimpleNamespace:
    provider = provider_named(name)

    def read_webhook(*given: Any) -> Any:
        notice = provider.read_webhook(*given)
        return notice and replace(notice, event_id=random_token())

    return SimpleNamespace(read_webhook=read_webhook)


def _any_document(path: str, events: Any, forbid_dtd: bool) -> Any:
    return iterparse(path, events)  # noqa: S314 - that is what the guard is for


def _read_without_care(body: bytes) -> tuple[str, str, dict[str, Any]]:
    event = json.loads(body)
    return event["id"], event["type"], event["data"]["object"]


def _refused_for_good(
    transport: SmtpTransport,
    message: EmailMessage,
    send: Callable[..., None] = SmtpTransport.send,
) -> None:
    try:
        send(transport, message)
    except (OSError, SMTPException) as error:
        raise RefusedByServer(str(error)) from error


class _CarelessConfig(Config):
    def _require_stripe_whole(self) -> None:
        pass


GUARDS: dict[str, Mapping[str, Any]] = {
    # What strangers send
    "cross-site guard": {"shop.core.web.security.is_same_origin": lambda: True},
    "host allow-list": {"shop.core.web.hosts.HostGuard._is_ours": lambda _guard, _host: True},
    "cookies of this host alone": {"shop.core.web.cookies.sent_name": lambda name, _path="/": name},
    "line separators": {"shop.core.text.has_control_characters": lambda _value: False},
    "no boundary in a part": {"shop.core.mail.messages.quopri.encodestring": lambda words: words},
    "values are no templates": {"shop.core.mail.render_template": _template_of_values},
    "no HTML in Markdown": {
        "shop.core.markdown._comment_parser": lambda links: MarkdownIt("commonmark", {"html": True})
    },
    "allow-list of tags": {"nh3.clean": lambda html, **_rules: html},
    "limit on brackets": {"shop.core.markdown.MOST_BRACKETS": 10**9},
    "no formulas in cells": {"shop.blueprints.orders.exports.files.BEGINS_A_FORMULA": frozenset()},
    "a row has only what the service names": {
        "shop.blueprints.accounts.models.Account.__init__": _filled_by_the_form
    },
    "bounds of quantities": {"shop.blueprints.cart.adding.MAX_QUANTITY": 10**30},
    "forms are no JSON": {
        "shop.core.web.forms.Form.Meta.wrap_formdata": FlaskForm.Meta.wrap_formdata
    },
    "care for JSON": {"shop.blueprints.payments_stripe.notices._parts": _read_without_care},
    "limit on webhooks": {"shop.blueprints.payments.webhooks.views.MOST_BYTES": 10**6},
    # Files
    "pictures are drawn anew": {
        "shop.core.files.images.decoded_picture": lambda content: content,
        "shop.core.files.images._drawn": lambda content, _width: content,
    },
    "limit on pixels": {"shop.core.files.pillow.Image.MAX_IMAGE_PIXELS": None},
    "look at a file before it is read": {
        "shop.blueprints.importers.formats.files.require_harmless": lambda _path, max_mb: None
    },
    "no document types": {"defusedxml.ElementTree.iterparse": _any_document},
    # Addresses and pages
    "looking changes nothing": {"flask.Flask.full_dispatch_request": _pressed_when_looked_at},
    "the configured origin": {
        "shop.core.web.security.base_url": lambda: (
            f"http://{request.headers.get('X-Forwarded-Host', request.host)}"
        )
    },
    "a page of one visitor is not kept": {
        "shop.core.pages.page_cache.private_page": lambda: None,
        "shop.core.pages.cache._NOT_ANYBODYS": (),
        "shop.core.pages.cache._OWN_PAGE": "no cookie",
        "shop.core.pages.cache._is_personal": lambda _headers: False,
    },
    # Whose it is
    "only the token of an order": {
        "shop.blueprints.orders.queries.order_or_404": _order_of_anything
    },
    "only lines of one's own cart": {"shop.blueprints.cart.queries.item_of": _anybodys_line},
    "only what this cart's buyer typed": {
        "shop.blueprints.checkout.queries.last_attempt": _anybodys_attempt
    },
    "links to downloads are signed": {
        "shop.blueprints.downloads.links.grant_token": lambda token: token
    },
    # Money
    "amounts are ours": {"shop.blueprints.cart.pricing.price": _priced_by_the_client},
    "only what the buyer saw": {
        "shop.blueprints.checkout.services._refuse_what_was_not_seen": lambda _seen, _basket: None
    },
    "the sum that was asked for": {
        "shop.blueprints.payments.settlement._refuse_other_amount": _taken_whatever_it_is
    },
    "a payment is settled once": {
        "shop.blueprints.payments.settlement.rows_changed": _counted_or_not
    },
    "open payments are looked up": {
        "shop.blueprints.payments.queries.payments_to_look_up": lambda _before, slowly: []
    },
    "one key for one payment": {
        "shop.blueprints.payments_stripe.standin.http.StandInHTTPClient.request": _asked_without_key
    },
    "unpaid orders are counted": {
        "shop.blueprints.checkout.hoarding.refuse_hoarders": lambda _basket, email, network: None
    },
    "names are locked": {"shop.core.database.lock_names": lambda *_names: None},
    "what is reserved is counted by whoever reserves": {
        "shop.blueprints.checkout.ordering._place_or_clear_the_way": _counted_before,
        "shop.blueprints.checkout.hoarding.refuse_hoarders": lambda _basket, email, network: None,
    },
    "uses are counted": {
        "shop.blueprints.discounts.counting.has_room": lambda _code, _reference: True,
        "shop.blueprints.discounts.counting.rows_changed": _counted_or_not,
    },
    "limits": {"shop.extensions.limiter.enabled": False},
    "declined cards are counted": {
        "shop.blueprints.payments.declines.are_tried_out": lambda _email, neighbours: False
    },
    # Providers
    "test payments are asked for": {
        "shop.blueprints.payments_stripe.keys.is_stand_in_open": lambda: True
    },
    "signature of a webhook": {
        "shop.blueprints.payments_stripe.signature.verify_payload": lambda *_given: None
    },
    "time of a webhook": {
        "shop.blueprints.payments_stripe.signature.TOLERANCE": timedelta(days=900)
    },
    "a webhook is stored once": {
        "shop.blueprints.payments.webhooks.receiving.provider_named": _new_to_us_each_time
    },
    "a webhook needs a secret": {
        "shop.blueprints.payments_stripe.signature._require_secret": lambda _secret: None
    },
    "no start without the secret": {"shop.config.Config": _CarelessConfig},
    # Faults
    "a no for now is none for good": {
        "shop.core.mail.transports.SmtpTransport.send": _refused_for_good
    },
    "work is stored with its change": {
        "shop.core.jobs.enqueue": lambda *_given, **_named: None,
        "shop.core.jobs.enqueue_all": lambda _work: None,
    },
    "leases end": {
        "shop.core.jobs.running._lease_ends": lambda spare: clock.now() + timedelta(days=900)
    },
    "short patience with Valkey": {"shop.app._short_patience": dict},
    # Secrets
    "proof in links": {"shop.core.secrets.tokens.link_key": lambda _purpose, token: token},
    "no password in plain text": {
        "shop.core.mail.transports._encrypt": lambda _client, or_refuse: None
    },
    # What strangers' plugins do
    "the request is given back": {
        "shop.plugins.guard.lending.Lent._give_request_back": lambda _lent: None
    },
    "the environment is given back": {
        "shop.plugins.guard.lending.Lent._give_environ_back": lambda _lent: None
    },
    "the address is given back": {
        "shop.plugins.guard.lending.Lent._give_values_back": lambda _lent, _values: None
    },
    "the session is given back": {
        "shop.plugins.guard.lending.Lent._give_session_back": lambda _lent, _kept: None
    },
    "whom a page is for": {"shop.plugins.guard.lending.Lent._give_g_back": lambda _lent: None},
    "no page in a page": {"shop.plugins.drawing.loading._require_piece": str},
    "what answers before a request": {
        "shop.plugins.starting.mounting._before": lambda asked: asked
    },
    "what changes an answer": {"shop.plugins.starting.mounting._after": lambda asked: asked},
    "what is told of a request": {"shop.plugins.starting.mounting._aside": lambda told: told},
    "errors of others": {
        "shop.plugins.starting.mounting._refuse_taken_errors": lambda *_given: None
    },
    "an end of rules": {"shop.blueprints.cart.rules.bounded": lambda given: list(islice(given, 5))},
    "an end of what is kept": {
        "shop.blueprints.accounts.personal.bounded": lambda given, _most: list(islice(given, 5))
    },
    "transactions of others": {
        "shop.extensions.HeldSession._require_free": lambda _session, _act: None
    },
    "pictures of ours": {
        "shop.blueprints.search.finding._pictures": lambda source, keys: dict(source.pictures(keys))
    },
    "texts are safe": {"shop.plugins.starting.safe_texts.make_texts_safe": lambda *_given: None},
}
