"""The demonstration only ever touches a folder of its own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from shop.config import Config
from shop.core.errors import Refused
from shop.demo import ground


def boot(folder: Path, database_url: str = "") -> Config:
    return Config(data_dir=folder, database_url=database_url, secret_key="a key for tests only")


def test_the_password_is_made_once_and_kept_for_us_alone(tmp_path: Path) -> None:
    password = ground.claim(boot(tmp_path))
    assert len(password) >= 10
    assert ground.claim(boot(tmp_path)) == password
    assert stat.S_IMODE((tmp_path / ground.MARK).stat().st_mode) == 0o600


def test_a_folder_with_a_real_site_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3").write_bytes(b"precious")
    for act in (ground.claim, ground.empty):
        with pytest.raises(Refused):
            act(boot(tmp_path))
    assert (tmp_path / "shop.sqlite3").read_bytes() == b"precious"
    assert not (tmp_path / ground.MARK).exists()


def test_starting_over_takes_away_what_is_ours(tmp_path: Path) -> None:
    ground.claim(boot(tmp_path))
    (tmp_path / "shop.sqlite3").write_bytes(b"x")
    (tmp_path / "files" / "ab").mkdir(parents=True)
    (tmp_path / "files" / "ab" / "abc").write_bytes(b"x")
    ground.empty(boot(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_starting_over_with_anything_unknown_takes_nothing_away(tmp_path: Path) -> None:
    ground.claim(boot(tmp_path))
    (tmp_path / "thesis.odt").write_bytes(b"x")
    with pytest.raises(Refused, match=r"thesis\.odt"):
        ground.empty(boot(tmp_path))
    assert len(list(tmp_path.iterdir())) == 2


def test_starting_over_does_not_follow_a_link_out_of_the_folder(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_bytes(b"x")
    ground.claim(boot(folder))
    (folder / "files").symlink_to(elsewhere)
    ground.empty(boot(folder))
    assert (elsewhere / "precious").exists()


def test_starting_over_does_not_touch_another_database(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="SHOP_DATABASE_URL"):
        ground.empty(boot(tmp_path, "postgresql://localhost/x"))


def test_there_is_nothing_to_take_away_at_first(tmp_path: Path) -> None:
    ground.empty(boot(tmp_path / "not-yet"))
    assert not (tmp_path / "not-yet").exists()
