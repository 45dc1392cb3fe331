"""Reads an export in, part by part: what others refer to comes before them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.exporters.format import layout
from shop.blueprints.importers import subscribers
from shop.blueprints.importers.bookstall import (
    articles,
    codes,
    configuration,
    invoices,
    issues,
    library,
    of_plugins,
    orders,
    products,
)
from shop.blueprints.importers.conversations import exported
from shop.blueprints.importers.formats import bundles, files
from shop.blueprints.importers.formats.bundles import Bundle
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused

options = (files.max_mb,)
MOST_OF_TABLE = 1_000_000_000
Part = Callable[[Bundle, ImportReport], None]


def run(file: Path, report: ImportReport, *, max_mb: int) -> None:
    """Bring an export in.

    Raises:
        Refused: the file is no use as a whole.
    """
    with bundles.opened(file, max_mb=max_mb) as bundle:
        _require_ours(file, bundle)
        configuration.bring_in_settings(bundle, report)
        numbers = library.bring_in_library(bundle, report)
        for feature, bring_in in (*_with_pictures(numbers), *_PARTS):
            if registry().has(feature):
                bring_in(bundle, report)
            else:
                report.note(feature, _("it is switched off; its part of the export was left out"))
        of_plugins.bring_in_parts(bundle, report)


def _require_ours(file: Path, bundle: Bundle) -> None:
    head: Any = None
    if layout.HEAD in bundle.names:
        try:
            head = json.loads(bundle.text(layout.HEAD))
        except ValueError:
            head = None
    if not isinstance(head, dict) or head.get("format") != layout.FORMAT:
        raise Refused(_("%(name)s was not written by `shop export`.", name=file.name))
    if head.get("version") != layout.VERSION:
        raise Refused(
            _(
                "%(name)s was written by a newer version of Bookstall. Update this one.",
                name=file.name,
            )
        )


def _bring_in_comments(bundle: Bundle, report: ImportReport) -> None:
    _from_table(
        bundle, layout.COMMENTS, lambda path: exported.run(path, report, mapping=None, max_mb=2000)
    )


def _bring_in_subscribers(bundle: Bundle, report: ImportReport) -> None:
    _from_table(
        bundle,
        layout.SUBSCRIBERS,
        lambda path: subscribers.run(path, report, consent="", max_mb=2000),
    )


def _from_table(bundle: Bundle, name: str, read: Callable[[Path], None]) -> None:
    if name not in bundle.names:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        bundle.copy_to(name, path, most=MOST_OF_TABLE)
        read(path)


def _with_pictures(numbers: Mapping[int, int]) -> tuple[tuple[str, Part], ...]:
    """What shows pictures of the media library, by their `numbers` here."""
    return (
        ("catalog", lambda bundle, report: products.bring_in_products(bundle, report, numbers)),
        ("articles", lambda bundle, report: articles.bring_in_articles(bundle, report, numbers)),
    )


_PARTS: tuple[tuple[str, Part], ...] = (
    ("comments", _bring_in_comments),
    ("orders", orders.bring_in_orders),
    ("invoices", invoices.bring_in_invoices),
    ("discounts", codes.bring_in_codes),
    ("newsletter", _bring_in_subscribers),
    ("newsletter", issues.bring_in_issues),
    ("redirects", configuration.bring_in_redirects),
)
