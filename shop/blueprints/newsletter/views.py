"""Subscribing, confirming, and unsubscribing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from shop.blueprints.newsletter import queries, services
from shop.blueprints.newsletter.forms import SignUpForm
from shop.blueprints.newsletter.settings import NewsletterSettings
from shop.core import settings
from shop.core.mail.unsubscribe import one_click, unsubscribed
from shop.core.secrets import tokens
from shop.core.web.limits.rate_limits import limit_outcomes, was_accepted
from shop.core.web.security import base_url, local_target
from shop.plugins.api import ArticleView, Gone, made_of, notify, public_page, unit_of_work

bp = Blueprint("newsletter", __name__)

FORM = "newsletter"
"""The id of the form in the footer: whoever used it stays there."""
FRONT_PAGE = "articles.home"
"""It asks in its midst, and so not once more at its end. An article has another field for an address: it has a link."""
LIMIT = "10 per minute; 50 per hour"
"""For one IP address; a form that has to be corrected does not count."""


@bp.get("/newsletter")
def show() -> ResponseReturnValue:
    """The form on a page of its own."""
    public_page("settings")
    return render_template("newsletter/show.html", form=SignUpForm())


@bp.post("/newsletter")
@limit_outcomes(LIMIT, was_accepted)
def ask() -> ResponseReturnValue:
    """Take an address; the answer is the same whatever we know of it."""
    form = SignUpForm()
    if not form.validate():
        return render_template("newsletter/show.html", form=form), 422
    back = _page_before()
    if not form.website.data:
        with unit_of_work():
            services.subscribe(
                email=form.email.data or "",
                asked_on=urlsplit(back).path,
                address_key=_address_key(),
            )
    more = _("We have sent you an email. Press the button in it to confirm your address.")
    notify(_("Thanks for subscribing"), more=more)
    is_own_page = back == url_for("newsletter.show")
    return redirect(back if is_own_page else f"{back}#{FORM}", 303)


def footer() -> Mapping[str, Any] | None:
    """What the form in the footer needs; not on pages that have the form already, or lead out of it."""
    if request.blueprint == bp.name or request.endpoint == FRONT_PAGE:
        return None
    return card()


def card_below_article(*, article: ArticleView) -> Mapping[str, Any] | None:
    """What the form needs below an article; a standing page has none but the one at its foot."""
    return None if article.kind == "page" else card()


def card(**_page: Any) -> Mapping[str, Any]:
    """What the form needs between the parts of a page."""
    made_of("settings")
    return {
        "invitation": settings.in_language_of_site(
            settings.current(NewsletterSettings), "invitation"
        )
    }


@bp.get("/newsletter/confirm/<token>")
def confirmation(token: str) -> ResponseReturnValue:
    """A button to confirm. Opening the page changes nothing: mail programs open every link."""
    try:
        subscriber = queries.subscriber_to_confirm(token)
    except Gone:
        return _ask_anew()
    return render_template("newsletter/confirm.html", subscriber=subscriber, token=token)


@bp.post("/newsletter/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """The button was pressed."""
    try:
        with unit_of_work():
            subscriber = queries.subscriber_to_confirm(token, for_update=True)
            services.confirm_subscription(subscriber, address_key=_address_key())
    except Gone:
        return _ask_anew()
    return redirect(url_for("newsletter.confirmation", token=token), 303)


@bp.get("/newsletter/unsubscribe/<token>")
def leaving(token: str) -> ResponseReturnValue:
    """A button to unsubscribe; for someone who has unsubscribed, one to subscribe again."""
    subscriber = queries.subscriber_of_token(token)
    return render_template(
        "newsletter/leave.html",
        subscriber=subscriber,
        may_take_back=services.may_take_back(subscriber),
        form=SignUpForm(formdata=None),
    )


@bp.post("/newsletter/unsubscribe/<token>")
@one_click
def leave(token: str) -> ResponseReturnValue:
    """Unsubscribe."""
    with unit_of_work():
        services.end_subscription(queries.subscriber_of_token(token, for_update=True))
    return unsubscribed(
        _("You have been unsubscribed."), url_for("newsletter.leaving", token=token)
    )


@bp.post("/newsletter/unsubscribe/<token>/undo")
def take_leaving_back(token: str) -> ResponseReturnValue:
    """Undo the unsubscribing; when it is too late, the page offers the form."""
    try:
        with unit_of_work():
            subscriber = queries.subscriber_of_token(token, for_update=True)
            services.take_leaving_back(subscriber, address_key=_address_key())
    except Gone:
        pass
    return redirect(url_for("newsletter.leaving", token=token), 303)


def _ask_anew() -> ResponseReturnValue:
    return render_template("newsletter/expired.html", form=SignUpForm(formdata=None)), 410


def _address_key() -> str:
    return tokens.fingerprint("newsletter.address", request.remote_addr or "")


def _page_before() -> str:
    """The page of ours that the form stood on, if a browser can go back to it, else the newsletter's own."""
    fallback = url_for("newsletter.show")
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:  # the browser of an honest person sends an address that can be read
        return fallback
    if referrer.netloc not in {request.host, urlsplit(base_url()).netloc}:
        return fallback
    try:  # after a form that failed, the address in the browser may be one that only takes POSTs
        current_app.url_map.bind("").match(referrer.path, method="GET")
    except RequestRedirect:
        pass
    except HTTPException:
        return fallback
    target = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return local_target(target, fallback)
