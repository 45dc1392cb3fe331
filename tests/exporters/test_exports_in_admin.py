"""Exports in the admin: written by a job, downloaded for a day."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.exporters import services
from shop.blueprints.exporters.models import SiteExport
from shop.core import clock
from shop.core.files.storage import store
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article


def test_an_export_is_downloaded_until_its_day_is_over(
    app: Flask, client: FlaskClient, run_jobs: Callable[[], int]
) -> None:
    make_article(slug="seven")
    owner = sign_in(client, make_account(role="owner"))
    assert owner.post("/admin/exports/", data={"kind": "whole"}).status_code == 303
    owner.post("/admin/exports/", data={"kind": "whole"})  # which is the one that is being written
    assert "Being written" in owner.get("/admin/exports/").text
    run_jobs()
    export = db.session.scalars(select(SiteExport)).one()
    file = owner.get(f"/admin/exports/{export.id}/file")
    assert file.headers["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(file.data)) as packed:
        assert "articles/seven.md" in packed.namelist()
    with unit_of_work():
        export = db.session.scalars(select(SiteExport)).one()
        export.expires_at = clock.now() - timedelta(seconds=1)
    assert owner.get(f"/admin/exports/{export.id}/file").status_code == 410
    with unit_of_work():
        services.drop_expired()
    assert export.file not in set(store().names())
