"""The admin pages of authors."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.articles.authors import portraits, queries, services
from shop.blueprints.articles.authors.forms import AuthorForm
from shop.blueprints.articles.models import Author
from shop.plugins.api import AdminFound, Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("authors", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Everyone who writes."""
    found = queries.authors()
    return render_template(
        "admin/authors/index.html", authors=[(each, portraits.portrait_of(each)) for each in found]
    )


def find_authors(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their name."""
    wanted = typed.casefold()
    found = (author for author in queries.authors() if wanted in author.name.casefold())
    for author in islice(found, limit):
        yield AdminFound(author.name, url_for("admin.authors.edit", author_id=author.id))


@bp.get("/new")
def new() -> ResponseReturnValue:
    """An empty form."""
    return _draw(AuthorForm())


@bp.post("/new")
def write() -> ResponseReturnValue:
    """Add an author."""
    form = AuthorForm()
    try:
        if form.validate():
            with unit_of_work():
                author = services.write_author(**form.fields())
                services.let_write_as(author, form.email.data or "")
            return _saved()
    except Refused as refusal:
        refuse_field(form, refusal)
    return _draw(form), 422


@bp.get("/<int:author_id>")
def edit(author_id: int) -> ResponseReturnValue:
    """One author."""
    author = queries.author_or_404(author_id)
    writes = queries.account_of_author(author)
    form = AuthorForm(formdata=None)
    form.show(author, writes.email if writes else "")
    return _draw(form, author)


@bp.post("/<int:author_id>")
def save(author_id: int) -> ResponseReturnValue:
    """Change an author."""
    form = AuthorForm()
    author = queries.author_or_404(author_id)
    try:
        if form.validate():
            with unit_of_work():
                author = queries.author_or_404(author_id)
                services.save_author(author, **form.fields())
                services.let_write_as(author, form.email.data or "")
            return _saved()
    except Refused as refusal:
        refuse_field(form, refusal)
    return _draw(form, queries.author_or_404(author_id)), 422


def _saved() -> ResponseReturnValue:
    notify(_("Saved."))
    return redirect(url_for("admin.authors.index"), 303)


def _draw(form: AuthorForm, author: Author | None = None) -> str:
    has_page = author is not None and queries.is_published_author(author)
    return render_template(
        "admin/authors/edit.html",
        form=form,
        author=author,
        page_url=url_for("authors.show", slug=author.slug) if author and has_page else "",
    )
