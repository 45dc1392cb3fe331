"""The admin pages of tags."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.articles.models import Tag
from shop.blueprints.articles.tags import queries, services
from shop.blueprints.articles.tags.forms import MergeForm, TagForm
from shop.core import text
from shop.plugins.api import AdminFound, Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("tags", __name__)

LONGEST_SEARCH = 80


@bp.get("/")
def index() -> ResponseReturnValue:
    """Every tag by name; `?q=` narrows them down."""
    search = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    page = queries.tags_for_staff(search, request.args.get("after"))
    return render_template("admin/tags/index.html", page=page, search=search)


def find_tags(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their name."""
    for tag, _count in queries.tags_for_staff(typed).items[:limit]:
        yield AdminFound(tag.name, url_for("admin.tags.edit", tag_id=tag.id))


@bp.get("/<int:tag_id>")
def edit(tag_id: int) -> ResponseReturnValue:
    """One tag."""
    tag = queries.tag_by_id_or_404(tag_id)
    return _draw(tag, TagForm(formdata=None, obj=tag), MergeForm(formdata=None))


@bp.post("/<int:tag_id>")
def save(tag_id: int) -> ResponseReturnValue:
    """Rename and describe a tag."""
    form = TagForm()
    try:
        if form.validate():
            with unit_of_work():
                services.save_tag(
                    queries.tag_by_id_or_404(tag_id),
                    name=form.name.data or "",
                    slug=form.slug.data or "",
                    description=form.description.data or "",
                )
            notify(_("Saved."))
            return redirect(url_for("admin.tags.index"), 303)
    except Refused as refusal:
        refuse_field(form, refusal)
    return _draw(queries.tag_by_id_or_404(tag_id), form, MergeForm(formdata=None)), 422


@bp.post("/<int:tag_id>/merger")
def merge(tag_id: int) -> ResponseReturnValue:
    """Put another tag in its place."""
    form = MergeForm()
    try:
        if form.validate():
            with unit_of_work():
                into = _meant(form)
                services.merge_tags(queries.tag_by_id_or_404(tag_id), into=into)
                into_id, name = into.id, into.name
            notify(_("Merged into “%(name)s”. The old web address leads to it.", name=name))
            return redirect(url_for("admin.tags.edit", tag_id=into_id), 303)
    except Refused as refusal:
        refuse_field(form, refusal)
    tag = queries.tag_by_id_or_404(tag_id)
    return _draw(tag, TagForm(formdata=None, obj=tag), form), 422


@bp.post("/<int:tag_id>/removal")
def remove(tag_id: int) -> ResponseReturnValue:
    """Delete a tag that no article has."""
    try:
        with unit_of_work():
            services.remove_tag(queries.tag_by_id_or_404(tag_id))
    except Refused as refusal:
        notify(refusal.message)
        return redirect(url_for("admin.tags.edit", tag_id=tag_id), 303)
    notify(_("Deleted."))
    return redirect(url_for("admin.tags.index"), 303)


def _meant(form: MergeForm) -> Tag:
    written = form.into.data or ""
    found = queries.tag_named(written, text.slugify(written))
    if found is None:
        raise Refused(_("There is no tag with this name."), field="into")
    return found


def _draw(tag: Tag, form: TagForm, merging: MergeForm) -> str:
    return render_template(
        "admin/tags/edit.html",
        tag=tag,
        form=form,
        merging=merging,
        count=queries.count_of_articles(tag),
        is_public=queries.is_public_tag(tag),
        others=queries.other_names(tag),
    )
