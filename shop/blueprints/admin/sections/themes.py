"""The themes that are installed: looking at the site in one, and choosing it for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.core.pages.page_cache import PREVIEW_COOKIE
from shop.core.web.cookies import forget_cookie, set_cookie
from shop.plugins.api import NotFound, Theme, notify, unit_of_work
from shop.plugins.drawing import themes

bp = Blueprint("themes", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A theme as the owner sees it. `settings` is the name of its options, empty when it has none."""

    name: str
    title: str
    description: str
    parent: str
    has_picture: bool
    settings: str
    is_chosen: bool


@bp.get("/")
def index() -> ResponseReturnValue:
    """All themes, ours first."""
    installed = themes.themes()
    chosen = installed.chosen()
    ours = Row(
        themes.OURS,
        _("Paper and ink"),
        _("The look that Bookstall comes with: a calm literary magazine."),
        parent="",
        has_picture=False,
        settings="",
        is_chosen=chosen == themes.OURS,
    )
    rows = [ours, *(_row(theme, chosen) for theme in installed.by_name.values())]
    return render_template("admin/themes/index.html", rows=rows, previewed=themes.previewed())


@bp.get("/<name>/picture")
def picture(name: str) -> ResponseReturnValue:
    """What a theme looks like."""
    theme = themes.themes().by_name.get(name)
    if theme is None or theme.picture is None:
        raise NotFound
    return send_file(theme.picture)


@bp.post("/<name>/preview")
def preview(name: str) -> ResponseReturnValue:
    """Show the site in a theme to this browser alone, for an hour."""
    _check(name)
    answer = make_response(redirect(url_for("articles.home"), 303))
    set_cookie(answer, PREVIEW_COOKIE, name, seconds=themes.PREVIEW_SECONDS)
    return answer


@bp.post("/preview/end")
def end_preview() -> ResponseReturnValue:
    """Show this browser what everybody sees."""
    return _back()


@bp.post("/<name>/choice")
def choose(name: str) -> ResponseReturnValue:
    """Show the site in a theme to everybody."""
    title = _check(name)
    with unit_of_work():
        themes.draw_with(name)
    notify(_("The site has the theme “%(title)s” now.", title=title))
    return _back()


def _back() -> Response:
    answer = make_response(redirect(url_for("admin.themes.index"), 303))
    forget_cookie(answer, PREVIEW_COOKIE)
    return answer


def _check(name: str) -> str:
    if name == themes.OURS:
        return str(_("Paper and ink"))
    theme = themes.themes().by_name.get(name)
    if theme is None:
        raise NotFound
    return str(theme.title)


def _row(theme: Theme, chosen: str) -> Row:
    with_parents = themes.themes().line(theme.name)
    with_options = [each.name for each in with_parents if each.options is not None]
    return Row(
        theme.name,
        str(theme.title),
        str(theme.description),
        parent=str(with_parents[1].title) if theme.parent else "",
        has_picture=theme.picture is not None,
        settings=themes.option_namespace(with_options[0]) if with_options else "",
        is_chosen=chosen == theme.name,
    )
