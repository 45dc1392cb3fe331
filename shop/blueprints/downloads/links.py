"""The addresses of downloads: a signed name of a grant."""

from __future__ import annotations

from flask import url_for

from shop.blueprints.downloads.models import DownloadGrant
from shop.core.secrets import tokens
from shop.core.web.security import absolute_url
from shop.plugins.api import NotFound

PURPOSE = "download"


def token_of(grant: DownloadGrant) -> str:
    """What is in the address."""
    return tokens.sign(PURPOSE, grant.token)


def grant_token(token: str) -> str:
    """The grant that an address names.

    Raises:
        NotFound: we did not sign it.
    """
    value = tokens.unsign(PURPOSE, token)
    if not isinstance(value, str):
        raise NotFound
    return value


def download_path(grant: DownloadGrant) -> str:
    """For pages."""
    return url_for("downloads.serve", token=token_of(grant))


def download_address(grant: DownloadGrant) -> str:
    """For mails."""
    return absolute_url("downloads.serve", token=token_of(grant))
