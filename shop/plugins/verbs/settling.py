"""How a plugin says that there is news of a payment."""

from __future__ import annotations

from shop.core.jobs import enqueue

LOOK_NOW = "payments.look_now"
"""The job that asks; the feature for payments has it."""


def settle(provider: str, reference: str) -> None:
    """Say that something became of a payment: its provider is asked at once (`look_up`), and only that is believed.

    For providers without webhooks: a bank statement was read, somebody ticked a transfer as received. Only inside a
    unit of work; the asking is a job, after the commit.

    Args:
        provider: its `name`.
        reference: what the provider calls the payment. One that we don't know is left alone.
    """
    enqueue(LOOK_NOW, {"provider": provider, "reference": reference})
