"""The plugin's pages, for everyone and for staff."""

from __future__ import annotations

from flask import Blueprint, render_template

from bookstall_marginalia import notes
from shop.plugins.api import public_page

bp = Blueprint("marginalia", __name__, template_folder="templates")
desk = Blueprint("marginalia-desk", __name__)


@bp.get("/marginalia")
def index() -> str:
    """The newest notes: the same for everyone."""
    public_page("marginalia", "settings")
    return render_template("marginalia/index.html", notes=notes.newest())


@desk.get("/")
def overview() -> str:
    """The newest notes, for staff."""
    return render_template("marginalia/desk.html", notes=notes.newest(100))
