"""The application as the benchmarks of writing serve it: without rate limits."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import ColumnElement, Update, update

from shop import serving
from shop.app import create_app
from shop.blueprints.cart.basket import Basket
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock import statements
from shop.blueprints.checkout import hoarding
from shop.blueprints.comments import views
from shop.blueprints.comments.judging import campaigns
from shop.blueprints.comments.judging.panel import Judgement
from shop.extensions import limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

UNGUARDED = "BENCH_STOCK_UNGUARDED"


def application() -> Flask:
    """An application in which one IP address may write without limit."""
    app = create_app()
    limiter.enabled = False
    hoarding.NETWORK_FACTOR = 10**6
    gc.freeze()  # as `shop run` does: garbage is looked for among what came since
    return app


def unread() -> Flask:
    """The same, in which no check reads a comment; its print is kept, so that others can be compared with it."""
    views.judge = lambda _draft: Judgement(())
    return application()


def unjudged() -> Flask:
    """The same without prints either, which the checks alone need: what judging takes in all is the difference."""
    campaigns.join_campaign = lambda _comment: ()
    campaigns.enrol_new = lambda _comment, _near: None
    return unread()


def kept_pages() -> WSGIApplication:
    """What `shop run` hands to its server, in a process with neither jobs nor what wakes them."""
    app = create_app()
    gc.freeze()
    return app.wsgi_app


def prepare() -> None:
    """Let `shop.serving:application` be that one, as `shop run` does before it forks."""
    if os.environ.get(UNGUARDED):
        take_the_guards_out()
    serving.prepare_site(application())


def serve(port: int, *, workers: int) -> None:
    """Serve on a port of loopback until told to end."""
    status = serving.status_file(Path(os.environ["SHOP_DATA_DIR"]), port)
    serving.serve(serving.open_socket("127.0.0.1", port), workers=workers, status=status)


def take_the_guards_out() -> None:
    """The negative control: nobody looks at what is left when an order is placed."""

    def taking(variant_id: ColumnElement[int], quantity: ColumnElement[int]) -> Update:
        return (
            update(Variant)
            .where(Variant.id == variant_id)
            .values(stock_reserved=Variant.stock_reserved + quantity)
            .returning(Variant.id, Variant.product_id)
        )

    statements._taking = taking  # noqa: SLF001
    for made in (statements.taking, statements.at_once):
        made.cache_clear()
    Basket.is_orderable = property(lambda self: bool(self.lines))  # type: ignore[assignment,method-assign]
