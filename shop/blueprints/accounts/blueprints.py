"""The blueprint of accounts, to which the rooms add their pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("accounts", "shop.blueprints.accounts", url_prefix="/account")
