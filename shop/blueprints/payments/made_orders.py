"""Orders that plugins make: of services, which are neither shipped nor downloaded."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders import services as order_services
from shop.blueprints.orders.drafts import LineDraft, OrderDraft
from shop.blueprints.orders.read_model import order_view
from shop.blueprints.payments.attempts import starting
from shop.blueprints.payments.providers import offered_providers
from shop.core import clock, money
from shop.core.web.security import absolute_url
from shop.plugins.api import NewOrder, OrderView, Refused

WHOLE_RATE = 100_000


def make(new: NewOrder) -> OrderView:
    """Place it; see `shop.plugins.verbs.selling.make_order`."""
    order = order_services.place_order(service_draft(new))
    if not order.total_minor:
        order_services.settle_free(order)
    return order_view(order)


def pay_made_order(order_id: int, provider: str) -> str:
    """Where its buyer pays; see `shop.plugins.verbs.selling.pay_order`."""
    order = order_queries.order_by_id_or_404(order_id)
    page = absolute_url("orders.show", token=order.token)
    found = [each for each in offered_providers(order.total_minor) if each.name == provider]
    if not order.is_awaiting_payment or not found:
        raise Refused(_("This order can’t be paid that way."))
    try:
        address = starting.start_payment(order_id, found[0], starting.WaysBack(page, page))
    except (starting.PaymentNotStarted, starting.PaymentBeingStarted) as failure:
        raise Refused(
            _("This payment method does not work at the moment. Nothing was charged.")
        ) from failure
    return address or page


def service_draft(new: NewOrder) -> OrderDraft:
    """The order to be placed; its tax is in the prices."""
    lines = [_line(new, line.title, line.unit_price_minor, line.quantity) for line in new.lines]
    tax = sum(line.tax_minor for line in lines)
    gross = sum(line.unit_price_minor * line.quantity for line in lines)
    share = {"label": new.tax_label, "rate": new.tax_rate, "base_minor": gross - tax}
    return OrderDraft(
        email=new.email,
        name=new.name,
        account_id=new.account_id,
        currency=new.currency,
        lines=lines,
        shipping_minor=0,
        tax_minor=tax,
        tax_breakdown=[share | {"tax_minor": tax}] if new.tax_rate else [],
        tax_country=new.country,
        address=None,
        note="",
        reserved_until=clock.now() + timedelta(days=new.days_to_pay),
    )


def _line(new: NewOrder, title: str, unit_minor: int, quantity: int) -> LineDraft:
    tax = money.rounded(
        unit_minor * quantity * new.tax_rate, WHOLE_RATE + new.tax_rate, money.step(new.currency)
    )
    return LineDraft(
        variant_id=None,
        product_id=None,
        title=title[:200],
        variant_title="",
        sku="",
        unit_price_minor=unit_minor,
        quantity=quantity,
        is_digital=True,
        is_service=True,
        tax_minor=tax,
        tax_rate=new.tax_rate,
    )
