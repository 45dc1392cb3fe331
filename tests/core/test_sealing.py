"""What is sealed is read again with our key and for its purpose, or not at all."""

from __future__ import annotations

import pytest

from shop.core.errors import NotFound
from shop.core.sealing import open_sealed, seal


def test_what_is_sealed_is_hidden_and_comes_back(app):
    sealed = seal("tests", "a secret")
    assert "secret" not in sealed
    assert open_sealed("tests", sealed) == "a secret"
    assert seal("tests", "a secret") != sealed


def test_what_was_changed_or_sealed_otherwise_is_not_read(app, monkeypatch):
    sealed = seal("tests", "a secret")
    changed = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    for wrong, purpose in ((changed, "tests"), (sealed[:-8], "tests"), (sealed, "more")):
        with pytest.raises(NotFound):
            open_sealed(purpose, wrong)
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key")
    with pytest.raises(NotFound):
        open_sealed("tests", sealed)
