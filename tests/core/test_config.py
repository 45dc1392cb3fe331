"""A wrong value in the environment stops the start with one line: which, why, and what would be right."""

from __future__ import annotations

import pytest

from shop import cli, config
from tests import controls

WRONG = {
    "SHOP_DATABASE_URL": ["nonsense", "mysql://h/d", "postgresql://h:port/d"],
    "SHOP_SECRET_KEY": ["short"],
    "SHOP_BASE_URL": [
        "example",
        "ftp://h",
        "http://[::1",
        "https://h/path",
        "https://h?q",
        "https://h:99999",
        "https://me@h",
    ],
    "SHOP_FILES_URL": ["nonsense", "http://h/bucket", "s3://"],
    "SHOP_SINGLE_HOST": ["maybe"],
    "SHOP_VALKEY_URL": ["nonsense", "http://h", "redis://h:port"],
    "SHOP_SMTP_URL": ["nonsense", "http://h", "smtp://", "smtp://h:99999", "file:"],
    "SHOP_MAIL_FROM": ["", "nobody", "a@b, c@d", "a@b\nBcc: c@d", "Two <a@b> <c@d>"],
    "SHOP_STRIPE_SECRET_KEY": ["nonsense", "pk_live_public", "sk_", "sk_live x"],
    "SHOP_STRIPE_WEBHOOK_SECRET": ["nonsense", "whsec_", "whsec_ "],
    "SHOP_PLUGINS": ["nonsense"],
    "SHOP_FEATURES_OFF": ["nonsense"],
    "SHOP_SAFE_MODE": ["maybe", ""],
    "SHOP_TRUSTED_PROXIES": ["all", "-1", "11", "1.5"],
}
EACH = [(name, value) for name, values in WRONG.items() for value in values]


def started(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["shop", "plugins", "list"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return stopped.value.code, capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), EACH)
def test_a_wrong_value_stops_the_start_with_one_line(monkeypatch, capsys, tmp_path, name, value):
    monkeypatch.setenv("SHOP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(name, value)
    code, said = started(monkeypatch, capsys)
    assert code != 0
    assert said.count("\n") == 1
    assert said.startswith(f"shop: {name}: ")


def test_hosts_that_share_a_database_do_not_start_each_with_a_key_of_its_own(tmp_path):
    shared = {"data_dir": tmp_path, "database_url": "postgresql://h/d"}
    with pytest.raises(config.ConfigError, match=r"^SHOP_SECRET_KEY .*SHOP_SINGLE_HOST=1"):
        config.load(**shared)
    assert config.load(**shared, single_host=True).secret_keys()
    assert config.load(**shared, secret_key="a key for tests only").secret_keys()


def test_a_folder_that_cant_be_made_stops_the_start_with_one_line(monkeypatch, capsys, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SHOP_DATA_DIR", str(tmp_path / "file"))
    code, said = started(monkeypatch, capsys)
    assert code != 0
    assert said.startswith("shop: SHOP_DATA_DIR: ")
    assert said.count("\n") == 1


def test_a_database_that_is_away_is_said_in_one_line(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("SHOP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHOP_DATABASE_URL", f"sqlite:///{tmp_path}/nothing/here.sqlite3")
    monkeypatch.setattr("sys.argv", ["shop", "db", "upgrade"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    said = capsys.readouterr().err
    assert stopped.value.code == 1
    assert said.startswith("shop: SHOP_DATABASE_URL: unable to open")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "http://[::1]:8000/"),
        ("smtp_url", "smtp://me:p%40ss@mail.example:587"),
        ("smtp_url", "file:///var/mail"),
        ("valkey_url", "unix:///run/valkey.sock"),
        ("valkey_url", "valkey://h:6379/0"),
        ("mail_from", '"Books, and more" <post@shop.example>'),
        ("mail_from", "post@localhost"),
        ("database_url", "postgresql+psycopg://me:p@h:5432/shop"),
        ("trusted_proxies", "2"),
        ("safe_mode", "1"),
    ],
)
def test_a_right_value_is_taken(monkeypatch, name, value):
    monkeypatch.setenv("SHOP_SECRET_KEY", "a key for tests only")
    monkeypatch.setenv(f"SHOP_{name.upper()}", value)
    assert config.load()


def test_a_webhook_secret_without_a_key_would_sell_for_test_payments(monkeypatch):
    monkeypatch.setenv("SHOP_STRIPE_WEBHOOK_SECRET", "whsec_1")
    with pytest.raises(config.ConfigError, match="SHOP_STRIPE_SECRET_KEY is empty"):
        config.load()


def test_webhook_empty_secret(monkeypatch):
    monkeypatch.setenv("SHOP_STRIPE_SECRET_KEY", "sk_test_1")
    with pytest.raises(config.ConfigError, match="SHOP_STRIPE_WEBHOOK_SECRET is empty"):
        config.load()


def test_control_webhook_empty_secret(monkeypatch):
    """And then still nothing is verified: see the test of the same name in tests/payments_stripe."""
    with controls.failing_without("no start without the secret"):
        test_webhook_empty_secret(monkeypatch)


def test_a_secret_may_be_a_credential_of_systemd(monkeypatch, tmp_path):
    (tmp_path / "shop_secret_key").write_text("a key that lies encrypted on the disk\n")
    monkeypatch.delenv("SHOP_SECRET_KEY", raising=False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert config.load().secret_keys() == ("a key that lies encrypted on the disk",)
    monkeypatch.setenv("SHOP_SECRET_KEY", "a key of the environment")
    assert config.load().secret_keys() == ("a key of the environment",)
