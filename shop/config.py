"""Boot settings from the environment: typed, validated once at the start, never changed afterwards.

What the owner may change while the site runs lives in `shop.core.settings` instead.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

Names = Annotated[tuple[str, ...], NoDecode]
RIGHT_VALUES = {
    "safe_mode": "write 1 or 0",
    "single_host": "write 1 or 0",
    "access_log": "write 1 or 0",
    "debug": "write 1 or 0",
    "test_payments": "write 1 or 0",
    "trusted_proxies": "write the number of your proxies in front of the site, from 0 to 10",
}
"""What would be right where pydantic only says what is wrong, by field."""

SHORTEST_KEY = 16
PRIVATE_FOLDER, PRIVATE_FILE, OTHERS = 0o700, 0o600, 0o077
_LIMITS_SCHEMES = {"redis": "valkey", "rediss": "valkeys", "unix": "valkey+unix"}

_ENTRIES: set[str] = set()


def entry(name: str, *companions: str) -> str:
    """Name something of the data folder, with what comes along with it; returns `name`.

    Whoever writes there says so here, where the module begins: what nobody has named is not ours, and is never removed.
    """
    _ENTRIES.update((name, *companions))
    return name


def entries() -> frozenset[str]:
    """The names of all that we may have written into a data folder."""
    return frozenset(_ENTRIES)


SECRET_KEY = entry("secret_key")
DATABASE = entry("shop.sqlite3", "shop.sqlite3-wal", "shop.sqlite3-shm", "shop.sqlite3-journal")
FILES = entry("files")
_MADE_BY_US = (SECRET_KEY, DATABASE, "purge-board")


class ConfigError(Exception):
    """A setting of the environment is wrong. The text is one line: which, why, and what would be right."""


class Config(BaseSettings):
    """Everything that the environment decides. Field `x_y` is read from `SHOP_X_Y`."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", frozen=True, extra="ignore")

    data_dir: Path = Path("instance")
    front_dir: Path | None = None
    database_url: str = ""
    files_url: str = ""
    single_host: bool = False
    secret_key: str = ""
    secret_key_previous: Names = ()
    base_url: str = "http://127.0.0.1:8000"
    valkey_url: str = ""
    allowed_hosts: Names = ()
    smtp_url: str = ""
    mail_from: str = "Bookstall <bookstall@localhost>"
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    test_payments: bool = False
    plugins: Names = ()
    features_off: Names = ()
    safe_mode: bool = False
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    metrics_token: str = ""
    access_log: bool = False
    debug: bool = False

    @field_validator(
        "plugins", "features_off", "allowed_hosts", "secret_key_previous", mode="before"
    )
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("front_dir", mode="before")
    @classmethod
    def _none_for_nothing(cls, value: object) -> object:
        return value or None

    @field_validator("data_dir", "front_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        try:
            backend = make_url(value).get_backend_name()
        except (ArgumentError, ValueError):
            raise ValueError(
                "this is not a database URL; write for example postgresql://user:password@host/name"
            ) from None
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError(f"{backend} is not supported; use sqlite:/// or postgresql://")
        return value

    @field_validator("files_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        parts = _parts(value)
        if value and (parts is None or parts.scheme != "s3" or not parts.netloc):
            raise ValueError(
                "write s3://bucket/folder?endpoint=https://host, or leave it empty to keep files in the data folder"
            )
        return value

    @field_validator("base_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        parts = _parts(value)
        if (
            parts is None
            or parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.username is not None
            or parts.path.strip("/")
            or parts.query
            or parts.fragment
        ):
            raise ValueError("write only the scheme and the host, for example https://shop.example")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("smtp_url")
    @classmethod
    def _known_transport(cls, value: str) -> str:
        parts = _parts(value)
        schemes = {"smtp": "hostname", "smtps": "hostname", "file": "path"}
        if value and (parts is None or not getattr(parts, schemes.get(parts.scheme, ""), None)):
            raise ValueError("write smtp://user:password@host:587, smtps://... or file:///folder")
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_sender(cls, value: str) -> str:
        people = getaddresses([value])
        is_one = len(people) == 1 and re.fullmatch(r"[^@\s]+@[^@\s]+", people[0][1])
        if not is_one or not value.isprintable():
            raise ValueError("write one sender, for example Bookstall <post@shop.example>")
        return value

    @field_validator("valkey_url")
    @classmethod
    def _known_valkey(cls, value: str) -> str:
        parts = _parts(value)
        known = {"redis", "rediss", "valkey", "valkeys", "unix"}
        if value and (parts is None or parts.scheme not in known):
            raise ValueError("write valkey://host:6379/0")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < SHORTEST_KEY:
            raise ValueError("the key is too short to be safe; write at least 32 random characters")
        return value

    @field_validator("secret_key_previous")
    @classmethod
    def _each_long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(key) < SHORTEST_KEY for key in value):
            raise ValueError("one of them is too short; write the keys that were used before")
        return value

    @field_validator("stripe_secret_key")
    @classmethod
    def _stripe_key(cls, value: str) -> str:
        if value and not re.fullmatch(r"(sk|rk)_\S+", value):
            raise ValueError(
                "this is not a Stripe secret key; write the key that starts with sk_ or rk_"
            )
        return value

    @field_validator("stripe_webhook_secret")
    @classmethod
    def _stripe_secret(cls, value: str) -> str:
        if value and not re.fullmatch(r"whsec_\S+", value):
            raise ValueError("write the secret of the webhook endpoint, which starts with whsec_")
        return value

    @model_validator(mode="after")
    def _stripe_is_whole(self) -> Self:
        if self.stripe_secret_key and not self.stripe_webhook_secret:
            raise ValueError(
                "SHOP_STRIPE_WEBHOOK_SECRET is empty while SHOP_STRIPE_SECRET_KEY is set; anyone could "
                "fake a payment. Set it to the whsec_... secret of the webhook endpoint"
            )
        if self.stripe_webhook_secret and not self.stripe_secret_key:
            raise ValueError(
                "SHOP_STRIPE_SECRET_KEY is empty while SHOP_STRIPE_WEBHOOK_SECRET is set; nobody could pay. Set both, "
                "or neither"
            )
        return self

    @model_validator(mode="after")
    def _hosts_share_a_key(self) -> Self:
        if (
            self.database_url.startswith("postgres")
            and not self.secret_key
            and not self.single_host
        ):
            raise ValueError(
                "SHOP_SECRET_KEY is empty while SHOP_DATABASE_URL names a PostgreSQL; each host would sign with a "
                "key of its own. Give all hosts the same key, or set SHOP_SINGLE_HOST=1 if there is only this one"
            )
        return self

    @property
    def effective_database_url(self) -> str:
        """The configured database, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / DATABASE}"

    @field_validator("allowed_hosts")
    @classmethod
    def _bare_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name.lower().rstrip(".") for name in value)
        if not all(re.fullmatch(r"[a-z0-9.-]+", name) for name in names):
            raise ValueError("write names without scheme and port, for example www.shop.example")
        return names

    @property
    def is_https(self) -> bool:
        """Whether visitors reach the site by HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def limits_url(self) -> str:
        """Where rate limits are counted, as the limiter's library names it: Valkey, or each process by itself."""
        scheme, _, rest = self.valkey_url.partition("://")
        return f"{_LIMITS_SCHEMES.get(scheme, scheme)}://{rest}" if rest else "memory://"

    @property
    def files_dir(self) -> Path:
        """Uploads and the files that are for sale."""
        return self.data_dir / FILES

    def make_database_private(self) -> None:
        """Let nobody else read the SQLite file, and make it so when it is not there: SQLite itself asks the umask."""
        url = make_url(self.effective_database_url)
        name = url.database if url.get_backend_name() == "sqlite" else None
        if not name or name == ":memory:":
            return
        # A folder that is not there is told of when the database is opened.
        with contextlib.suppress(OSError):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT, PRIVATE_FILE))
        for path in map(Path, (name, f"{name}-wal", f"{name}-shm")):
            if path.exists():
                keep_private(path)

    def make_data_dir(self) -> None:
        """Make the data folder, unless it is there.

        Raises:
            ConfigError: we can't, or may not write into it.
        """
        try:
            self.data_dir.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            if any((self.data_dir / name).exists() for name in _MADE_BY_US):
                keep_private(self.data_dir)
            writable = os.access(self.data_dir, os.W_OK | os.X_OK)
        except OSError as error:
            raise _wrong_folder(error.strerror or str(error)) from None
        if not writable:
            raise _wrong_folder(f"{self.data_dir} is not writable")

    def secret_keys(self) -> tuple[str, ...]:
        """The key that signs, then those before it, which are still taken.

        Without a configured one, a key is made on first use and kept in the data folder, readable by us alone. That
        file may hold several, one a line, the newest first.

        Raises:
            ConfigError: the file holds none, or one that is too short.
        """
        keys = (self.secret_key,) if self.secret_key else self._keys_of_folder()
        return (*keys, *self.secret_key_previous)

    def _keys_of_folder(self) -> tuple[str, ...]:
        path = self.data_dir / SECRET_KEY
        self.make_data_dir()
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
        keys = tuple(path.read_text(encoding="ascii").split())
        if not keys or min(map(len, keys)) < SHORTEST_KEY:
            raise ConfigError(f"SHOP_SECRET_KEY: {path} holds no key, or one that is too short")
        return keys


def keep_private(path: Path) -> None:
    """Let nobody but us read a file or folder; one of somebody else's stays as it is, and `shop doctor` says so."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        with contextlib.suppress(PermissionError):
            path.chmod(mode & ~OTHERS)


def _parts(address: str) -> SplitResult | None:
    """The parts of an address, or None for one that can't be read or whose port is none."""
    try:
        parts = urlsplit(address)
        has_port = parts.port != 0
    except ValueError:
        return None
    return parts if has_port else None


def _wrong_folder(reason: str) -> ConfigError:
    return ConfigError(f"SHOP_DATA_DIR: {reason}; choose a folder that this user can write to")


def _credentials() -> Path | None:
    """Where systemd puts the secrets that a unit names (`LoadCredentialEncrypted=`), a file each, for us alone.

    A file is named like its variable. The environment goes first.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder and Path(folder).is_dir() else None


def load(**overrides: Any) -> Config:
    """Read the environment; `overrides` win.

    Raises:
        ConfigError: one line that names the variable, why it is wrong and what would be right.
    """
    try:
        return Config(_secrets_dir=_credentials(), **overrides)
    except ValidationError as error:
        first = error.errors()[0]
        field = "_".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        if field in RIGHT_VALUES:
            reason = f"{first['input']!r} is not a possible value; {RIGHT_VALUES[field]}"
        name = f"SHOP_{field.upper()}: " if field else ""
        raise ConfigError(f"{name}{reason}") from None
