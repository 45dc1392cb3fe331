"""An order's own page, finding one's orders, and a person's list of them."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.accounts.signing_in.sessions import for_members, person
from shop.blueprints.articles.cards import Card
from shop.blueprints.articles.cards import cards as article_cards
from shop.blueprints.articles.queries import latest_articles
from shop.blueprints.catalog import cards
from shop.blueprints.orders import extensions, mails, queries
from shop.blueprints.orders.buyers.forms import FindForm
from shop.blueprints.orders.buyers.situations import situation_of, state_key, steps_of
from shop.blueprints.orders.read_model import order_view
from shop.core.pages.page_cache import keep_out_of_sight
from shop.extensions import limiter
from shop.plugins import registry
from shop.plugins.api import OrderView, notify, public_page, unit_of_work
from shop.plugins.fields.custom_fields import public_fields

bp = Blueprint("orders", __name__)
bp.after_request(keep_out_of_sight)


@bp.get("/orders/<token>")
def show(token: str) -> ResponseReturnValue:
    """One order, for whoever knows its address."""
    order = queries.order_or_404(token)
    if request.headers.get("X-Fragment") == "state":
        return Response(state_key(order), mimetype="text/plain")
    page = render_template(
        "orders/show.html",
        order=order,
        view=order_view(order),
        details=public_fields(OrderView, order.id),
        situation=situation_of(order),
        state_key=state_key(order),
        notes=queries.notes_of(order.id, to_buyer=True),
        covers=cards.covers_of(line.product_id for line in order.lines if line.product_id),
        steps=steps_of(order),
        may_join=order.is_paid and order.account_id is None and current_account() is None,
        reading=_next_to_read() if order.is_paid else [],
    )
    return extensions.set_cookies(order, make_response(page))


def _next_to_read() -> list[Card]:
    return article_cards(latest_articles(1)) if registry().has("articles") else []


@bp.get("/orders/")
def find() -> ResponseReturnValue:
    """Ask for the links of past orders: the same for everyone."""
    public_page("settings")
    return render_template("orders/find.html", form=FindForm())


@bp.post("/orders/")
@limiter.limit("5 per minute; 20 per day")
def send_links() -> ResponseReturnValue:
    """Mail the links. The answer is the same whether or not anything was ever ordered with this address."""
    form = FindForm()
    if not form.validate():
        return render_template("orders/find.html", form=form), 422
    with unit_of_work():
        mails.ask_for_links(form.email.data or "")
    notify(_("If there are orders with this email address, we have sent you the links."))
    return redirect(url_for("orders.find"), 303)


@bp.get("/account/orders")
@for_members
def mine() -> ResponseReturnValue:
    """What the signed-in person ordered."""
    account = person()
    page = queries.orders_of_account(account.id, after=request.args.get("after"))
    return render_template("orders/mine.html", page=page, account=account)
