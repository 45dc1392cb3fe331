"""The cart as it is drawn: a page, or the inside of a drawer."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from shop.blueprints.cart.basket import Basket


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What else a page says about a basket. `announcement` is said aloud after a change.

    `typed_note` and `typed_code` were refused just now, for the reasons `note_error` and `code_error`, and are kept in
    their fields.
    """

    announcement: str = ""
    typed_note: str = ""
    note_error: str = ""
    typed_code: str = ""
    code_error: str = ""


NO_REMARKS = Remarks()


def drawn(basket: Basket, remarks: Remarks = NO_REMARKS, status: int = 200) -> Response:
    """What the visitor asked for, the page or the drawer."""
    template = "cart/drawer.html" if is_for_drawer() else "cart/show.html"
    return make_response(render_template(template, basket=basket, remarks=remarks), status)


def is_for_drawer() -> bool:
    """Whether the cart's script is asking."""
    return request.headers.get("X-Fragment") == "drawer"
