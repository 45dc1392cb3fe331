"""A file that is written anew: two who write it at once do not take each other's draft."""

from __future__ import annotations

from pathlib import Path

import pytest

from shop.core.files.replacing import replace_file


def test_who_writes_the_same_file_meanwhile_takes_nothing_from_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two containers do that share a folder: their processes have the same numbers."""
    target, replace = tmp_path / "page", Path.replace
    of_others = iter([b"theirs"])

    def after_the_others(draft: Path, there: Path) -> Path:
        for content in of_others:
            replace_file(target, content)
        return replace(draft, there)

    monkeypatch.setattr(Path, "replace", after_the_others)
    replace_file(target, b"ours")
    assert target.read_bytes() == b"ours"
    assert list(tmp_path.iterdir()) == [target]
