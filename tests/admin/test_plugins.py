"""List the plugins that are on."""

from __future__ import annotations

from shop.plugins import registry
from tests.factories.accounts import make_account, sign_in


def test_every_plugin_is_listed(app, client):
    sign_in(client, make_account("owner"))
    page = client.get("/admin/plugins/").text
    for plugin in registry().plugins:
        assert f"<code>{plugin.name}</code>" in page


def test_building_blocks_are_drawn_with_their_words(app, client):
    sign_in(client, make_account("owner"))
    page = client.get("/admin/plugins/building-blocks").text
    assert '<button class="button button--danger"' in page
    assert "{% call table(&#34;Postcards&#34;" in page
    assert 'style="' not in page
