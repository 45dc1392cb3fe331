"""What the media library contributes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.media import admin, choosing, in_text, into_text, jobs, services, views
from shop.core.jobs import Lane
from shop.plugins.api import (
    AdminSection,
    Directive,
    JobKind,
    Periodic,
    Permission,
    Plugin,
    Slot,
    hookimpl,
)

PLUGIN = Plugin(name="media", title=_l("Media library"), requires=("articles",))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def directives() -> Iterable[Directive]:
    yield Directive(
        "picture",
        "media/picture.html",
        in_text.one_picture,
        help=_l(
            "An image of the library, by its number, with its caption or the one that is written here."
        ),
        argument=_l("12 | caption"),
        plain="media/picture_plain.html",
    )
    yield Directive(
        "gallery",
        "media/gallery.html",
        in_text.several_pictures,
        help=_l("Several images of the library beside each other."),
        argument=_l("12 13 14 | caption"),
        plain="media/gallery_plain.html",
    )


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("admin.picture_field", "admin/media/field.html", choosing.picture_field)
    yield Slot("admin.text_pictures", "admin/media/into_text.html", into_text.below_editor)


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(choosing.PERMISSION, _l("Manage images"), frozenset({"editor", "author"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="media",
        label=_l("Images"),
        group="write",
        permission=choosing.PERMISSION,
        blueprint=admin.bp,
        order=30,
        find=admin.find_pictures,
    )


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind(services.JOB, jobs.draw_sizes, lane=Lane.SLOW, in_transaction=False)


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("media.forget_removed", every=timedelta(hours=6), handle=services.forget_removed)
