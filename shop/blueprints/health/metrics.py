"""Figures in Prometheus's text format.

What piles up is counted in the database when asked for, and is the same whichever process answers. Requests and
failed slots are counted by each process for itself and carry its number as a label: with several workers a scrape
meets one of them, and `sum without (process)` over a while sees them all. Pages that are answered from the kept ones
never reach us and are not counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask import Response
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from shop.blueprints.health import queries
from shop.core.app_state import app_state
from shop.core.jobs import JobState
from shop.core.mail import MailState
from shop.extensions import db
from shop.plugins import registry as plugin_registry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Figures:
    """The counters of one application in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "shop_http_requests",
            "Answers made, by status; kept pages are not counted.",
            ("status", "process"),
            registry=self._registry,
        )
        self._registry.register(_Waiting())
        self._registry.register(_Slots())

    def count(self, response: Response) -> Response:
        """Count an answer."""
        self._requests.labels(str(response.status_code), str(os.getpid())).inc()
        return response

    def as_text(self) -> bytes:
        """Everything, in the text format."""
        return generate_latest(self._registry)


def figures() -> Figures:
    """Those of the present application."""
    return app_state().part(Figures)


class _Waiting(Collector):
    """What the database knows; while it is away, only that."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            yield from self._of_database()
        except SQLAlchemyError:
            db.session.rollback()
            yield GaugeMetricFamily("shop_database_up", "Whether the database answers.", value=0)

    def _of_database(self) -> list[Metric]:
        jobs = GaugeMetricFamily("shop_jobs", "Jobs, by state.", labels=["state"])
        for job_state in (JobState.WAITING, JobState.DEAD):
            jobs.add_metric([job_state.value], queries.jobs_in(job_state))
        mails = GaugeMetricFamily("shop_mails", "Mails, by state.", labels=["state"])
        for mail_state in (MailState.WAITING, MailState.REFUSED):
            mails.add_metric([mail_state.value], queries.mails_in(mail_state))
        behind = GaugeMetricFamily(
            "shop_jobs_behind_seconds",
            "For how long the oldest due job has waited.",
            value=queries.seconds_behind(),
        )
        up = GaugeMetricFamily("shop_database_up", "Whether the database answers.", value=1)
        return [jobs, mails, behind, up]


class _Slots(Collector):
    """Slots that failed to draw."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        failures = CounterMetricFamily(
            "shop_slot_failures",
            "Slots that drew nothing because they failed.",
            labels=["template", "process"],
        )
        for template, count in plugin_registry().slot_table.failures.items():
            failures.add_metric([template, str(os.getpid())], count)
        yield failures
