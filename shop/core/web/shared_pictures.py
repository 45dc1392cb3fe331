"""The pictures that networks show of a page: their addresses, and the answers to whoever asks for one."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from shop.core.covers import sharing
from shop.core.web.security import base_url

YEAR_SECONDS = 31_536_000


def picture_address(endpoint: str, picture: sharing.SharedPicture, **values: Any) -> str:
    """The whole address of a picture. It changes with what is drawn, so everybody may keep what it answers for ever."""
    return base_url() + url_for(endpoint, v=sharing.picture_fingerprint(picture), **values)


def drawn_picture(picture: sharing.SharedPicture) -> ResponseReturnValue:
    """The picture, or the way to it: it is drawn for its present address alone, because drawing takes 0.1 seconds."""
    present = sharing.picture_fingerprint(picture)
    if request.args.get("v") != present:
        return redirect(url_for(request.endpoint or "", v=present, **(request.view_args or {})))
    keep = f"public, max-age={YEAR_SECONDS}, immutable"
    return Response(sharing.png(picture), mimetype="image/png", headers={"Cache-Control": keep})
