"""List the plugins that are on."""

from __future__ import annotations

from shop.core.figures import HostFigures
from shop.plugins import registry
from tests.factories.accounts import make_account, sign_in


def test_every_plugin_is_listed(app, client):
    sign_in(client, make_account("owner"))
    page = client.get("/admin/plugins/").text
    for plugin in registry().plugins:
        assert f"<code>{plugin.name}</code>" in page


def test_what_failed_to_draw_is_counted(app, client, monkeypatch):
    monkeypatch.setattr(HostFigures, "failures", lambda *_: [("tea/pot.html", 7)])
    sign_in(client, make_account("owner"))
    page = client.get("/admin/plugins/").text
    assert "tea/pot.html" in page
    assert '<td class="end">7</td>' in page
