"""The two blueprints of comments, to which the rooms add their pages: one for readers, one for the admin."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("comments", "shop.blueprints.comments")
admin_bp = Blueprint("comments", "shop.blueprints.comments.moderation")
