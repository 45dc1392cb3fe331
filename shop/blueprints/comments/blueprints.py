"""The two blueprints of comments, to which the rooms add their pages: one for readers, one for the admin."""

from __future__ import annotations

from flask import Blueprint
from flask.sansio.app import App

from shop.blueprints.comments.judging.checks import read_lists
from shop.core.app_state import state_of
from shop.core.web.warm_up import WarmUp

bp = Blueprint("comments", "shop.blueprints.comments")
admin_bp = Blueprint("comments", "shop.blueprints.comments.moderation")


def _warm_up(app: App) -> None:
    state_of(app).part(WarmUp, WarmUp).add(read_lists)


bp.record(lambda setup: _warm_up(setup.app))
