"""Handing files over, and the library of a signed-in person."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.door import for_members, person
from shop.blueprints.downloads import links, queries, services
from shop.blueprints.orders.queries import order_or_404
from shop.core import storage
from shop.core.errors import Gone
from shop.core.notices import notify
from shop.core.unit_of_work import unit_of_work

bp = Blueprint("downloads", __name__)


@bp.after_request
def _keep_out_of_sight(response: Response) -> Response:
    """The address is the key: no search engine lists it, no other site learns it, nobody keeps a copy."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/downloads/<token>")
def serve(token: str) -> ResponseReturnValue:
    """The file itself, whole or in parts (RFC 9110, 14). A link that has ended says how to get a new one."""
    grant = queries.grant_or_404(links.grant_token(token))
    path = storage.path_of(grant.storage_key)
    name, media_type, etag = grant.name, grant.media_type, grant.storage_key
    try:
        with unit_of_work():
            services.use(grant, whole=_wants_the_beginning())
    except Gone:
        return render_template("downloads/ended.html", grant=grant, message=""), 410
    response = send_file(
        path, mimetype=media_type, as_attachment=True, download_name=name, etag=etag
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _wants_the_beginning() -> bool:
    asked = request.range
    if asked is None or asked.units != "bytes":
        return True
    return any(start == 0 for start, _end in asked.ranges)


@bp.post("/orders/<token>/downloads/<int:grant_id>")
def renew(token: str, grant_id: int) -> ResponseReturnValue:
    """A new link for a file whose link has ended, for whoever has the order's page."""
    grant = queries.grant_of_order_or_404(order_or_404(token), grant_id)
    with unit_of_work():
        services.renew(grant)
    notify(_("Here is a new link."))
    return redirect(url_for("orders.show", token=token) + "#downloads", 303)


@bp.get("/account/downloads")
@for_members
def library() -> ResponseReturnValue:
    """Everything that the signed-in person may download."""
    account = person()
    page = queries.orders_with_files(account.id, after=request.args.get("after"))
    shelves = [(order, services.grants_of(order)) for order in page.items]
    return render_template(
        "downloads/library.html",
        account=account,
        shelves=shelves,
        next_cursor=page.next_cursor,
        path_of=links.path_of,
    )
