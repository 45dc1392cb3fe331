"""Live settings: one form a feature, made from its dataclass."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import Field

from shop.blueprints.admin.forms import DELETE, PICTURES, PREFIX, MenuField, settings_form
from shop.blueprints.admin.menu_choices import menu_choices
from shop.core import settings
from shop.core.menus import MenuLine
from shop.core.pictures import marks
from shop.core.web.forms import is_too_large, too_large
from shop.plugins import registry
from shop.plugins.api import NotFound, Refused, notify, unit_of_work
from shop.plugins.api.forms import Form
from shop.plugins.drawing import themes

bp = Blueprint("settings", __name__)

MOST_ROWS = 1_000
"""Of a menu, in a number that a button may name."""


@bp.get("/")
def index() -> ResponseReturnValue:
    """The site's own, with the way to each feature's."""
    return redirect(url_for("admin.settings.edit", namespace="site"))


@bp.get("/<namespace>")
def edit(namespace: str) -> ResponseReturnValue:
    """The settings of one feature, as they are."""
    if namespace == themes.NAMESPACE:
        return redirect(url_for("admin.themes.index"))
    return _page(namespace, _present_form(_type_or_404(namespace)))


@bp.post("/<namespace>")
def save(namespace: str) -> ResponseReturnValue:
    """Change them; every process sees it with the next request."""
    settings_type = _type_or_404(namespace)
    if is_too_large(marks.MOST_UPLOADED):
        form = _present_form(settings_type)
        form.form_errors.append(too_large("", marks.MOST_UPLOADED).message)
        return _page(namespace, form), 413
    form = settings_form(settings_type, _stored(settings.current(settings_type)))()
    if "arrange" in request.form:
        _arrange(form, request.form["arrange"])
        return _page(namespace, form)
    if form.validate():
        try:
            with unit_of_work():
                settings.change(settings_type, _values(settings_type, form))
        except Refused as refused:
            form[PREFIX + (refused.field or "")].errors = [refused.message]
        else:
            notify(_("Settings saved."))
            return redirect(url_for("admin.settings.edit", namespace=namespace), 303)
    return _page(namespace, form), 422


def _present_form(settings_type: type[Any]) -> Form:
    """The settings of a feature as they are."""
    present = settings.current(settings_type)
    shown = {
        PREFIX + each.name: getattr(present, each.name)
        for each in settings.fields_of(settings_type)
        if not _is_kept(each)
    }
    return settings_form(settings_type, _stored(present))(formdata=None, data=shown)


def _stored(present: Any) -> list[str]:
    """The secrets and the pictures that have a value."""
    kept = [each.name for each in settings.fields_of(type(present)) if _is_kept(each)]
    return [name for name in kept if getattr(present, name)]


def _is_kept(field: settings.Field) -> bool:
    """Whether it stays as it is where nothing was typed or chosen."""
    return field.secret or field.shown_as in PICTURES


def _values(settings_type: type[Any], form: Form) -> dict[str, Any]:
    """What was typed or chosen. A secret and a picture stay as they are where nothing was."""
    values = {}
    for each in settings.fields_of(settings_type):
        value = form[PREFIX + each.name].data
        if _is_kept(each) and not value:
            if DELETE + each.name not in form or not form[DELETE + each.name].data:
                continue
            value = ""
        if value and each.shown_as in PICTURES:
            value = _picture(each, value)
        if each.kind is tuple:
            value = tuple(value or ())
        values[each.name] = "" if value is None else value
    return values


def _arrange(form: Form, pressed: str) -> None:
    """Do what a button in a menu says, such as `value_top_menu:up:2`; nothing is stored."""
    name, _colon, rest = pressed.partition(":")
    act, _colon, index = rest.partition(":")
    field = next((each for each in form if each.name == name), None)
    if isinstance(field, MenuField) and index.isdecimal():
        url = request.form.get(f"choice_{name}", "")
        offered = (line for _group, lines in menu_choices() for line in lines)
        chosen = next((line for line in offered if line.url == url), MenuLine("", ""))
        field.arrange(act, min(int(index), MOST_ROWS), chosen)


def _picture(field: settings.Field, file: FileStorage) -> str:
    from shop.core.pictures import drawn_marks  # heavy, and only who uploads needs it

    try:
        return drawn_marks.kept_mark(file.read(), PICTURES[field.shown_as])
    except Refused as refused:
        raise Refused(refused.message, field=field.name) from None


def _page(namespace: str, form: Form) -> str:
    titles = {"site": _("Site"), "retention": _("Records")}
    titles |= {plugin.name: str(plugin.title) for plugin in registry().plugins}
    titles |= {
        themes.option_namespace(theme.name): str(theme.title)
        for theme in themes.themes().by_name.values()
    }
    areas = [
        (
            titles.get(name, name),
            url_for("admin.settings.edit", namespace=name),
            None,
            name == namespace,
        )
        for name in settings.registered()
        if name != themes.NAMESPACE  # has a page of its own
    ]
    return render_template(
        "admin/settings/edit.html",
        form=form,
        groups=_groups(_type_or_404(namespace), form),
        pictures=_pictures(_type_or_404(namespace)),
        menu_choices=menu_choices() if any(isinstance(each, MenuField) for each in form) else (),
        areas=areas,
        namespace=namespace,
    )


def _pictures(settings_type: type[Any]) -> dict[str, str]:
    """What is shown of the stored pictures, by the names of their fields."""
    present = settings.current(settings_type)
    return {
        PREFIX + each.name: f"data:image/png;base64,{kept}"
        for each in settings.fields_of(settings_type)
        if each.shown_as in PICTURES and (kept := getattr(present, each.name))
    }


def _groups(settings_type: type[Any], form: Form) -> list[tuple[str, list[Field]]]:
    """The form's fields under their headings; those without one first come under an empty one."""
    heading = {PREFIX + each.name: str(each.group) for each in settings.fields_of(settings_type)}
    shown = [each for each in form if each.name.startswith((PREFIX, DELETE))]
    found = groupby(shown, lambda each: heading[each.name.replace(DELETE, PREFIX, 1)])
    return [(group, list(fields)) for group, fields in found]


def _type_or_404(namespace: str) -> type[Any]:
    try:
        return settings.registered()[namespace]
    except KeyError:
        raise NotFound from None
