"""Boot settings from the environment: typed, validated once at the start, never changed afterwards.

What the owner may change while the site runs lives in `shop.core.settings` instead.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

Names = Annotated[tuple[str, ...], NoDecode]


class ConfigError(Exception):
    """A setting of the environment is wrong. The text is one line: which, why, and what would be right."""


class Config(BaseSettings):
    """Everything that the environment decides. Field `x_y` is read from `SHOP_X_Y`."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", frozen=True, extra="ignore")

    data_dir: Path = Path("instance")
    database_url: str = ""
    secret_key: str = ""
    base_url: str = "http://127.0.0.1:8000"
    valkey_url: str = ""
    smtp_url: str = ""
    mail_from: str = "Bookstall <bookstall@localhost>"
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    plugins: Names = ()
    features_off: Names = ()
    safe_mode: bool = False
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    metrics_token: str = ""
    debug: bool = False

    @field_validator("plugins", "features_off", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError:
            raise ValueError(
                "it is not a database address; write e.g. postgresql://user:password@host/name"
            ) from None
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError(f"{backend} is not supported; use sqlite:/// or postgresql://")
        return value

    @field_validator("base_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/"):
            raise ValueError("write scheme and host only, e.g. https://shop.example")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("smtp_url")
    @classmethod
    def _known_transport(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"smtp", "smtps", "file"}:
            raise ValueError("write smtp://user:password@host:587, smtps://... or file:///folder")
        return value

    @field_validator("valkey_url")
    @classmethod
    def _known_valkey(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "valkey", "valkeys", "unix"}:
            raise ValueError("write valkey://host:6379/0")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError("it is too short to protect a sign-in; write 32 random characters")
        return value

    @model_validator(mode="after")
    def _stripe_is_whole(self) -> Self:
        if self.stripe_secret_key and not self.stripe_webhook_secret:
            raise ValueError(
                "SHOP_STRIPE_WEBHOOK_SECRET is empty while SHOP_STRIPE_SECRET_KEY is set; anyone could "
                "forge a payment. Write the whsec_... value of the webhook endpoint"
            )
        return self

    @property
    def effective_database_url(self) -> str:
        """The configured database, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'shop.sqlite3'}"

    @property
    def files_dir(self) -> Path:
        """Uploads and the files that are for sale."""
        return self.data_dir / "files"

    def effective_secret_key(self) -> str:
        """The configured key, or one made on first use and kept in the data folder, readable by us alone."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret_key"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()


def load(**overrides: Any) -> Config:
    """Read the environment; `overrides` win.

    Raises:
        ConfigError: one line that names the variable, why it is wrong and what would be right.
    """
    try:
        return Config(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        field = "_".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        name = f"SHOP_{field.upper()}: " if field else ""
        raise ConfigError(f"{name}{reason}") from None
