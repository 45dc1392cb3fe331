"""Pictures that are pasted or dropped into a text: taken into the library, and described."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.media import queries, services
from shop.blueprints.media.choosing import PERMISSION
from shop.blueprints.media.forms import DescribePictureForm, PictureForTextForm
from shop.core.pictures.models import ALT_LENGTH
from shop.core.web.forms import is_too_large, too_large
from shop.plugins.api import Refused, unit_of_work

MOST_BYTES = 16_000_000
"""Of one picture, with what a form puts around it."""


def below_editor(field: str) -> Mapping[str, Any]:
    """For the slot `admin.text_pictures`."""
    return {
        "field": field,
        "longest": ALT_LENGTH,
        "may_choose": may(current_account(), PERMISSION),
    }


def take_for_text() -> ResponseReturnValue:
    """Add one picture: its number and its description, if it was in the library before; else what is wrong with it."""
    if is_too_large(MOST_BYTES):
        message = too_large("picture", MOST_BYTES).message
        return _refused(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    form = PictureForTextForm()
    if not form.validate():
        return _refused(form.picture.errors[0])
    file = form.picture.data
    try:
        with unit_of_work():
            picture = services.add_picture(file.read(), file.filename or "")
            taken = {"number": picture.id, "alt": picture.alt}
    except Refused as refusal:
        return _refused(refusal.message)
    return jsonify(taken)


def describe_for_text(picture_id: int) -> ResponseReturnValue:
    """Say what a picture shows; its caption and its focal point stay."""
    form = DescribePictureForm()  # of which one field alone was sent
    if not form.alt.validate(form):
        return _refused(form.alt.errors[0])
    with unit_of_work():
        picture = queries.picture_or_404(picture_id)
        services.describe_picture(
            picture,
            alt=form.alt.data or "",
            caption=picture.caption,
            focus=(picture.focus_x, picture.focus_y),
        )
    return "", HTTPStatus.NO_CONTENT


def _refused(
    message: object, status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY
) -> ResponseReturnValue:
    return jsonify(error=str(message)), status
