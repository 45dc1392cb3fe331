"""Live settings: one form a feature, made from its dataclass."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.admin.forms import PREFIX, settings_form
from shop.core import settings
from shop.core.errors import NotFound, Refused
from shop.core.unit_of_work import unit_of_work
from shop.core.web.forms import Form
from shop.core.web.notices import notify
from shop.plugins import registry, themes

bp = Blueprint("settings", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """The site's own, with the way to each feature's."""
    return redirect(url_for("admin.settings.edit", namespace="site"))


@bp.get("/<namespace>")
def edit(namespace: str) -> ResponseReturnValue:
    """The settings of one feature, as they are."""
    if namespace == themes.NAMESPACE:
        return redirect(url_for("admin.themes.index"))
    settings_type = _type_or_404(namespace)
    present = asdict(settings.current(settings_type))
    form = settings_form(settings_type)(
        formdata=None, data={PREFIX + name: value for name, value in present.items()}
    )
    return _page(namespace, form)


@bp.post("/<namespace>")
def save(namespace: str) -> ResponseReturnValue:
    """Change them; every process sees it with the next request."""
    settings_type = _type_or_404(namespace)
    form = settings_form(settings_type)()
    if form.validate():
        values = {
            each.name: "" if (value := form[PREFIX + each.name].data) is None else value
            for each in settings.fields_of(settings_type)
        }
        try:
            with unit_of_work():
                settings.change(settings_type, values)
        except Refused as refused:
            form[PREFIX + (refused.field or "")].errors = [refused.message]
        else:
            notify(_("Settings saved."))
            return redirect(url_for("admin.settings.edit", namespace=namespace), 303)
    return _page(namespace, form), 422


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
    return render_template("admin/settings/edit.html", form=form, areas=areas, namespace=namespace)


def _type_or_404(namespace: str) -> type[Any]:
    try:
        return settings.registered()[namespace]
    except KeyError:
        raise NotFound from None
