"""What payment providers are asked, and what of their answers is believed.

A provider is code of others that speaks for money. Each question goes through the guard: whatever it raises is an
answer that we did not get, nothing that it wrote stays, and the owner finds it among the plugins. An answer of a wrong
type, about another thing, or of a sum that nobody can have paid counts as none too: nothing changes, and the provider
is asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from shop.core import clock, money
from shop.core.web.security import base_url, local_target
from shop.plugins import attempted, bounded, fitting
from shop.plugins.api import (
    DisputeVerdict,
    PaymentProvider,
    PaymentStarted,
    PaymentVerdict,
    RefundVerdict,
    Refused,
    SubscriptionCharge,
    SubscriptionVerdict,
    WebhookForged,
    WebhookNotice,
)

HOOK = "payment_providers"
ANSWERS = "payment_answers"
"""What is counted apart from `HOOK`, of which the owner gets a mail: there buyers can't pay, here we ask again."""
LONGEST_NAME = 255
LONGEST_ADDRESS = 4_000
MOST_DECLINES = 1_000_000
MOST_CHARGES = 1_000
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_PLAIN_ADDRESS = re.compile(r"[!-~]+", re.ASCII)

T = TypeVar("T", PaymentVerdict, RefundVerdict, DisputeVerdict, SubscriptionVerdict)


class NotPossible(Exception):
    """An answer that can't be true, or that can't be acted on. The text says why."""


def started_by(provider: PaymentProvider, begin: Callable[[], PaymentStarted]) -> PaymentStarted:
    """What a provider calls a payment or a subscription that it begins, and where the buyer goes on.

    Raises:
        PluginFailed: it failed, or sends the buyer where no form of ours may lead.
    """

    def begun() -> PaymentStarted:
        started = fitting(begin(), PaymentStarted)
        _require_name(started.reference)
        _require_way(started.redirect_url, provider.form_targets)
        if started.pay_by is not None and started.pay_by <= clock.now():
            raise NotPossible(f"the time to pay is over: {started.pay_by}")
        return started

    return attempted(HOOK, provider, begun)


def verdict_of(provider: PaymentProvider, question: Callable[[str], T], reference: str) -> T:
    """What a provider says of the thing that it calls so.

    Args:
        question: the function of the provider that is asked.

    Raises:
        PluginFailed: it failed, or its answer can't be true.
    """
    return attempted(ANSWERS, provider, lambda: _about(reference, _believed(question(reference))))


def refund_by(provider: PaymentProvider, ask: Callable[[], RefundVerdict]) -> RefundVerdict:
    """What a provider says to a refund that it is asked for.

    Raises:
        Refused: it will never be possible.
        PluginFailed: it failed, or its answer can't be true.
    """
    return attempted(ANSWERS, provider, lambda: _believed(ask()), lets_through=(Refused,))


def notice_of(
    provider: PaymentProvider, body: bytes, headers: Mapping[str, str]
) -> WebhookNotice | None:
    """What a message of a provider is about; None when it is none of ours.

    Raises:
        WebhookForged: the provider did not send it.
        PluginFailed: it could not be read.
    """

    def read() -> WebhookNotice | None:
        notice = provider.read_webhook(body, headers)
        return None if notice is None else fitting(notice, WebhookNotice)

    return attempted(ANSWERS, provider, read, lets_through=(WebhookForged,))


def tell(provider: PaymentProvider, order: Callable[[], object]) -> None:
    """Have a provider do something of which it says nothing.

    Raises:
        Refused: it will never be possible.
        PluginFailed: it failed.
    """
    attempted(ANSWERS, provider, order, lets_through=(Refused,))


def _believed(verdict: T) -> T:
    match verdict:
        case PaymentVerdict():
            _require_payment(fitting(verdict, PaymentVerdict))
        case RefundVerdict():
            _require_sum(fitting(verdict, RefundVerdict), least=1)
        case DisputeVerdict():
            _require_sum(fitting(verdict, DisputeVerdict), least=1)
        case _:
            _require_charges(fitting(verdict, SubscriptionVerdict))
    _require_name(verdict.reference)
    return verdict


def _about(reference: str, verdict: T) -> T:
    if verdict.reference != reference:
        raise NotPossible(f"asked about {reference!r}, it speaks of {verdict.reference!r}")
    return verdict


def _require_payment(verdict: PaymentVerdict) -> None:
    if not 0 <= verdict.declines <= MOST_DECLINES:
        raise NotPossible(f"{verdict.declines} cards were refused")
    if verdict.state == "paid":
        _require_sum(verdict, least=0)


def _require_sum(
    said: PaymentVerdict | RefundVerdict | DisputeVerdict | SubscriptionCharge, *, least: int
) -> None:
    if not least <= said.amount_minor <= money.MAX_MINOR:
        raise NotPossible(f"{said.amount_minor} is no amount that can have been moved")
    if not _CURRENCY.fullmatch(said.currency):
        raise NotPossible(f"{said.currency!r} is no currency")


def _require_charges(verdict: SubscriptionVerdict) -> None:
    if verdict.amount_minor is not None and not 0 < verdict.amount_minor <= money.MAX_MINOR:
        raise NotPossible(f"{verdict.amount_minor} is no amount to agree on")
    for charge in bounded(verdict.charges, MOST_CHARGES):
        _require_name(fitting(charge, SubscriptionCharge).reference)
        _require_sum(charge, least=1)
        if charge.ends_at < charge.starts_at:
            raise NotPossible(
                f"{charge.reference!r} is paid from {charge.starts_at} to {charge.ends_at}"
            )
    if verdict.pay_url:
        _require_address(verdict.pay_url)


def _require_name(reference: str) -> None:
    if not 0 < len(reference) <= LONGEST_NAME:
        raise NotPossible(f"a name of {len(reference)} characters")


def _require_way(address: str, origins: tuple[str, ...]) -> None:
    """Refuse where a browser would not follow a form of ours (Content-Security-Policy, `form-action`)."""
    if local_target(address, ""):
        return
    origin = _require_address(address)
    if origin not in {base_url(), *origins}:
        raise NotPossible(f"{origin} is none of its form_targets")


def _require_address(address: str) -> str:
    """The origin of a whole address of the web."""
    parts = urlsplit(address)
    if (
        len(address) > LONGEST_ADDRESS
        or not _PLAIN_ADDRESS.fullmatch(address)
        or parts.scheme not in ("https", "http")
        or not parts.netloc
    ):
        raise NotPossible(f"{address[:100]!r} is no address to pay at")
    return f"{parts.scheme}://{parts.netloc}"
