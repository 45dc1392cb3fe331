"""The providers that are switched on: payment methods."""

from __future__ import annotations

from shop.plugins import fits, guarded, is_switched_off, registry
from shop.plugins.api import PaymentProvider

LONGEST_LABEL = 200


class ProviderMissing(Exception):
    """The provider of a payment is switched off; its payments wait until it is back."""


def provider_named(name: str) -> PaymentProvider:
    """A payment method, by its name.

    Raises:
        ProviderMissing: it is not switched on.
    """
    for provider in registry().payment_providers:
        if provider.name == name:
            return provider
    raise ProviderMissing(name)


def telling_providers() -> set[str]:
    """The names of those that tell us what became of a payment."""
    return {each.name for each in registry().payment_providers if each.sends_webhooks}


def offered_providers(total_minor: int, without: str = "") -> list[PaymentProvider]:
    """Payment methods that buyers may choose now; none where nothing is to be paid."""
    if not total_minor:
        return []
    return [
        provider
        for provider in registry().payment_providers
        if provider.name != without and not is_switched_off(provider) and _is_offered(provider)
    ]


def provider_label(provider: PaymentProvider) -> str:
    """What buyers choose; its plain name where it can't say."""
    return guarded(
        "payment_providers",
        provider,
        lambda: _text(provider.label)[:LONGEST_LABEL] or provider.name,
        otherwise=provider.name,
    )


def _text(label: object) -> str:
    text = str(label)
    if not fits(label, str) or not fits(text, str):
        raise TypeError(f"{text[:LONGEST_LABEL]!r} is no text to show")
    return text


def _is_offered(provider: PaymentProvider) -> bool:
    offered = guarded("payment_providers", provider, provider.is_offered, otherwise=False)
    return offered is True
