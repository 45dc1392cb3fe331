"""List the plugins that are on."""

from __future__ import annotations

import re
from pathlib import Path

import shop
from shop.blueprints.admin import failures
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


_ASKED = re.compile(r"\b(?:guarded|attempted)\(\s*(?:\"([a-z_]+)\"|([A-Z]+)\b)")


def counted_hooks():
    """The names under which calls of plugins are counted, as the source has them."""
    for path in Path(shop.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for name, constant in _ASKED.findall(source):
            yield name or re.search(rf'^{constant} = "(\w+)"', source, re.MULTILINE)[1]


def test_whatever_is_counted_has_words_for_the_owner():
    hooks = set(counted_hooks())
    assert {"slots", "payment_providers", "payment_answers"} <= hooks
    assert hooks - set(failures._IS) == set()


def test_an_owner_is_not_told_that_an_answer_about_a_payment_is_left_out(app):
    with app.test_request_context():
        assert failures.meaning("payment_answers").startswith("Its answer could not be used")
        assert failures.meaning("slots") == "It is left out. Everything else is there."
