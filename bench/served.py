"""The application as the benchmarks of writing serve it: without rate limits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import update

from shop import serving
from shop.app import create_app
from shop.blueprints.cart.basket import Basket
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.stock import reservations
from shop.blueprints.checkout import hoarding
from shop.blueprints.comments import views
from shop.blueprints.comments.judging.panel import Judgement
from shop.extensions import db, limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

UNGUARDED = "BENCH_STOCK_UNGUARDED"


def application() -> Flask:
    """An application in which one IP address may write without limit."""
    app = create_app()
    limiter.enabled = False
    hoarding.NETWORK_FACTOR = 10**6
    return app


def unjudged() -> Flask:
    """The same, in which no check reads a comment: what judging takes is the difference."""
    views.judge = lambda _draft: Judgement(())
    return application()


def kept_pages() -> WSGIApplication:
    """What `shop run` hands to its server, in a process with neither jobs nor what wakes them."""
    return create_app().wsgi_app


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

    def take(variant_id: int, quantity: int) -> int:
        return db.session.scalars(
            update(Variant)
            .where(Variant.id == variant_id)
            .values(stock_reserved=Variant.stock_reserved + quantity)
            .returning(Variant.product_id)
        ).one()

    reservations.knows_at_once = lambda: False
    reservations._take = take  # noqa: SLF001
    Basket.is_orderable = property(lambda self: bool(self.lines))  # type: ignore[assignment,method-assign]
