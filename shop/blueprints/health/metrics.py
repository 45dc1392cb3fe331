"""Figures in Prometheus's text format, whole: those of all processes of this host together, whichever answers.

Requests, statements, slots and jobs are counted by every process into one file (`shop.core.observing.meters`).
What piles up is counted in the database when asked for, and is the same on every host.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from shop.blueprints.health import queries
from shop.core.app_state import app_state
from shop.core.changes import listener
from shop.core.jobs import JobState
from shop.core.jobs.counts import count_lanes
from shop.core.mail.models import MailState
from shop.core.observing import figures, request_watch
from shop.core.observing.figures import host_figures
from shop.core.web.limits import capacity
from shop.plugins.api import db

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def as_text() -> bytes:
    """Everything, in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in (_Counted(), _Host(), _Waiting()):
        registry.register(collector)
    return generate_latest(registry)


class _Undescribed(Collector):
    def describe(self) -> Iterable[Metric]:
        """Nothing: asking would count."""
        return []


class _Counted(_Undescribed):
    """What the processes of this host have counted."""

    def collect(self) -> Iterator[Metric]:
        counted = host_figures()
        sums = counted.sums()
        yield from _of_requests(counted.pages, sums)
        yield from _of_places(sums)
        yield from _of_kinds("slot", "template", counted.slots, sums)
        yield from _of_kinds("job", "kind", counted.jobs, sums)
        yield CounterMetricFamily(
            "shop_database_statements", "Statements sent.", value=sums[figures.STATEMENTS]
        )
        yield CounterMetricFamily(
            "shop_database_seconds",
            "Time in which statements were waited for.",
            value=sums[figures.STATEMENT_SECONDS],
        )
        yield GaugeMetricFamily(
            "shop_database_connections", "Connections in use.", value=sums[figures.CONNECTIONS]
        )


def _of_requests(pages: Iterable[str], sums: Mapping[str, float]) -> Iterator[Metric]:
    pages = (*pages, request_watch.OTHER)
    requests = CounterMetricFamily(
        "shop_http_requests", "Requests, by page and class of status.", labels=["page", "status"]
    )
    for page, status, count in request_watch.classes(sums, pages):
        requests.add_metric([page, status], count)
    took = HistogramMetricFamily(
        "shop_http_request_duration_seconds", "Time until an answer began.", labels=["page"]
    )
    for page, buckets, seconds in request_watch.durations(sums, pages):
        took.add_metric([page], buckets, seconds)
    ways = CounterMetricFamily(
        "shop_http_answers", "Answers: made, kept, stale or static.", labels=["way"]
    )
    for way in request_watch.WAYS:
        ways.add_metric([way], sums[f"way:{way}"])
    busy = GaugeMetricFamily(
        "shop_http_requests_in_flight",
        "Requests that are worked on; kept pages are not.",
        value=sums[request_watch.BUSY],
    )
    yield from (requests, took, ways, busy)


def _of_places(sums: Mapping[str, float]) -> Iterator[Metric]:
    places = GaugeMetricFamily(
        "shop_http_places", "Requests that may hold a thread at once, by kind.", labels=["kind"]
    )
    free = GaugeMetricFamily(
        "shop_http_places_free", "Of these, the ones that nobody has.", labels=["kind"]
    )
    for kind, of_one in capacity.PLACES.items():
        number = of_one * sums[figures.SERVING]
        places.add_metric([kind], number)
        free.add_metric([kind], max(0.0, number - sums[f"{figures.PLACE}{kind}"]))
    yield from (places, free)
    yield CounterMetricFamily(
        "shop_http_refused",
        "Requests that were told to come back, because no place was free.",
        value=sums[capacity.REFUSED],
    )


def _of_kinds(
    kind: str, label: str, names: Iterable[str], sums: Mapping[str, float]
) -> Iterator[Metric]:
    runs = CounterMetricFamily(
        f"shop_{kind}_runs", f"How often each {kind} was run.", labels=[label, "outcome"]
    )
    took = CounterMetricFamily(
        f"shop_{kind}_seconds", f"Time that each {kind} took.", labels=[label]
    )
    for name in names:
        done, failed = sums[f"{kind}:{name}:done"], sums[f"{kind}:{name}:failed"]
        if done or failed:
            runs.add_metric([name, "done"], done)
            runs.add_metric([name, "failed"], failed)
            took.add_metric([name], sums[f"{kind}:{name}:seconds"])
    yield from (runs, took)


class _Host(_Undescribed):
    """What this machine knows of itself."""

    def collect(self) -> Iterator[Metric]:
        folder = app_state().config.data_dir
        yield GaugeMetricFamily(
            "shop_processes", "Processes that count.", value=host_figures().meters.processes()
        )
        yield GaugeMetricFamily(
            "shop_data_free_bytes",
            "Free space where the data folder lies.",
            value=shutil.disk_usage(folder).free,
        )
        answered = listener.seconds_since_answer(folder)
        if answered is not None:
            yield GaugeMetricFamily(
                "shop_listener_answered_seconds",
                "How long ago the database answered who listens here to other hosts.",
                value=answered,
            )


class _Waiting(_Undescribed):
    """What the database knows; while it is away, only that."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from self._of_database()
        except SQLAlchemyError:
            db.session.rollback()
            yield GaugeMetricFamily("shop_database_up", "Whether the database answers.", value=0)

    def _of_database(self) -> list[Metric]:
        jobs = GaugeMetricFamily("shop_jobs", "Jobs, by state and lane.", labels=["state", "lane"])
        behind = GaugeMetricFamily(
            "shop_jobs_behind_seconds",
            "For how long the oldest due job of a lane has waited.",
            labels=["lane"],
        )
        for each in count_lanes():
            jobs.add_metric([JobState.WAITING.value, each.lane.value], each.waiting)
            jobs.add_metric([JobState.DEAD.value, each.lane.value], each.dead)
            behind.add_metric([each.lane.value], each.seconds_behind)
        mails = GaugeMetricFamily("shop_mails", "Mails, by state.", labels=["state"])
        for mail_state in (MailState.WAITING, MailState.REFUSED):
            mails.add_metric([mail_state.value], queries.mails_in(mail_state))
        up = GaugeMetricFamily("shop_database_up", "Whether the database answers.", value=1)
        return [jobs, mails, behind, up]
