"""Where payment providers may lead a form of ours: part of the Content-Security-Policy of every page."""

from __future__ import annotations

import re

from shop.core.errors import ends_process
from shop.core.observing.masking import words_of
from shop.plugins.manager import PluginError, Registry
from shop.plugins.types import PaymentProvider

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.*-]+(?::\d{1,5})?", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}", re.ASCII)


def origins_to_pay_at(registry: Registry) -> list[str]:
    """The origins of all providers.

    Raises:
        PluginError: one has none that can be written into a policy, or a name that can't be in an address.
    """
    return [
        origin
        for provider in registry.payment_providers
        for origin in _origins_of(provider, registry.owners.of(provider))
    ]


def _origins_of(provider: PaymentProvider, owner: str) -> tuple[str, ...]:
    try:
        name: object = provider.name
        origins: object = provider.form_targets
    except BaseException as error:
        if ends_process(error):
            raise
        raise PluginError(
            f"plugin {owner!r}: a payment provider can’t say who it is: {words_of(error)}"
        ) from error
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PluginError(f"plugin {owner!r}: {name!r} is no name for a payment provider")
    if not isinstance(origins, tuple) or not all(map(_is_origin, origins)):
        raise PluginError(
            f"plugin {owner!r}: form_targets of {name!r} must be a tuple of origins like"
            f' "https://pay.example", not {origins!r}'
        )
    return origins


def _is_origin(origin: object) -> bool:
    return isinstance(origin, str) and _ORIGIN.fullmatch(origin) is not None
