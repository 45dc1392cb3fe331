"""Handing files over, finding them again, and the library of a signed-in person."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from shop.blueprints.accounts.signing_in.sessions import for_members, person
from shop.blueprints.downloads import letters, links, queries, services, stamping
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.orders.buyers.forms import FindForm
from shop.blueprints.orders.queries import order_or_404
from shop.core.files import storage
from shop.core.pages.page_cache import keep_out_of_sight
from shop.core.text import clean_line
from shop.extensions import limiter
from shop.plugins.api import Gone, notify, public_page, unit_of_work

bp = Blueprint("downloads", __name__)

LOOK_AGAIN_SECONDS = 2


@bp.get("/downloads/")
def find() -> ResponseReturnValue:
    """Ask for the links to what was bought: the same for everyone."""
    public_page("settings")
    return render_template("downloads/find.html", form=FindForm())


@bp.post("/downloads/")
@limiter.limit("5 per minute; 20 per day")
def send_links() -> ResponseReturnValue:
    """Mail the links. The answer is the same whether or not anything was ever bought with this address."""
    form = FindForm()
    if not form.validate():
        return render_template("downloads/find.html", form=form), 422
    with unit_of_work():
        letters.request_download_links(form.email.data or "")
    notify(_("If there are purchases with this email address, we have sent you the links."))
    return redirect(url_for("downloads.find"), 303)


@bp.get("/downloads/<token>")
def serve(token: str) -> Response:
    """The file itself, whole or in parts (RFC 9110, 14). A link that has ended says how to get a new one.

    Asking about the file (HEAD), or for what one has already (304), is not counted.
    """
    grant = queries.grant_or_404(links.grant_token(token))
    if queries.is_revoked(grant):
        return _ended(grant, is_revoked=True)
    try:
        handed = stamping.handed(grant)
        if handed is None:
            services.require_usable(grant)
            with unit_of_work():
                stamping.have_stamped_again(grant)
            return _not_ready()
    except Gone:
        return _ended(grant)
    response = _elsewhere(grant, handed.key) or _file(grant, handed.key)
    try:
        if request.method == "HEAD":
            services.require_usable(grant)
        elif response.status_code in {200, 206, 302}:
            with unit_of_work():
                services.use(grant, whole=_begins(response))
    except Gone:
        response.close()
        return _ended(grant)
    return keep_out_of_sight(response)


def _elsewhere(grant: DownloadGrant, key: str) -> Response | None:
    """To where the file is stored, for some minutes; None where we hand it over ourselves."""
    link = storage.store().link(
        storage.name_of(key), save_as=clean_line(grant.name), media_type=grant.media_type
    )
    return None if link is None else Response(status=302, headers={"Location": link})


def _file(grant: DownloadGrant, key: str) -> Response:
    asked = request.range
    if request.method == "HEAD" or (
        asked is not None and (asked.units != "bytes" or len(asked.ranges) > 1)
    ):
        # A range is for GET alone; an unknown unit is ignored, and so may be several ranges (RFC 9110, 14.2).
        request.environ.pop("HTTP_RANGE", None)
    try:
        response = send_file(
            storage.to_send(storage.name_of(key)),
            mimetype=grant.media_type,
            as_attachment=True,
            download_name=clean_line(grant.name),
            etag=key,
        )
    except RequestedRangeNotSatisfiable as error:
        response = Response(status=416)
        response.headers.extend(error.get_headers())
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _begins(response: Response) -> bool:
    if response.status_code == 302:
        asked = request.range
        return asked is None or not asked.ranges[0][0]
    return response.status_code == 200 or not response.content_range.start


def _ended(grant: DownloadGrant, *, is_revoked: bool = False) -> Response:
    page = render_template("downloads/ended.html", grant=grant, is_revoked=is_revoked, message="")
    return keep_out_of_sight(Response(page, status=410))


def _not_ready() -> Response:
    """The buyer's own copy is being made: a page that reloads automatically."""
    page = render_template("downloads/not_ready.html", seconds=LOOK_AGAIN_SECONDS, message="")
    response = keep_out_of_sight(Response(page, status=503))
    response.headers["Retry-After"] = str(LOOK_AGAIN_SECONDS)
    return response


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
    offers: dict[int, list[queries.Offer]] = {order.id: [] for order in page.items}
    for offer in queries.offers(services.grants_of(*page.items)):
        offers[offer.grant.line.order_id].append(offer)
    shelves = [(order, offers[order.id]) for order in page.items]
    return render_template(
        "downloads/library.html",
        account=account,
        shelves=shelves,
        next_cursor=page.next_cursor,
        path_of=links.download_path,
    )
