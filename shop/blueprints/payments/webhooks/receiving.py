"""A message of a provider: verified, stored once however often it comes, and answered at once."""

from __future__ import annotations

from collections.abc import Mapping

from shop.blueprints.payments.answers import notice_of
from shop.blueprints.payments.providers import ProviderMissing, provider_named
from shop.blueprints.payments.webhooks.handling import JOB
from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.core import clock, jobs
from shop.core.database import upsert
from shop.plugins.api import NotFound, unit_of_work

LONGEST = 255  # what our own references never exceed


def receive(provider: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Verify a message and store it with the job that acts on it. False for a repeat, or when it is none of ours.

    Raises:
        NotFound: there is no such provider.
        WebhookForged: the provider did not send it.
        PluginFailed: the provider's code could not read it.
    """
    try:
        found = provider_named(provider)
    except ProviderMissing:
        raise NotFound from None
    notice = notice_of(found, body, headers)
    if notice is None or len(notice.reference) > LONGEST or len(notice.event_id) > LONGEST:
        return False
    with unit_of_work() as session:
        event_id = session.scalar(
            upsert(WebhookEvent)
            .values(
                provider=provider,
                event_id=notice.event_id,
                kind=notice.kind[:120],
                about=notice.about,
                reference=notice.reference,
                received_at=clock.now(),
                outcome="",
            )
            .on_conflict_do_nothing(index_elements=["provider", "event_id"])
            .returning(WebhookEvent.id)
        )
        if event_id is None:
            return False
        jobs.enqueue(JOB, {"webhook_event_id": event_id})
    return True
