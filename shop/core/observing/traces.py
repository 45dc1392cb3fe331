"""Traces by OpenTelemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` says whom to send them to: an extra.

A span for each request, and inside it one for each statement, slot of a plugin and job. A span names the page and never
its address, which may hold a link's token; a statement is there without its values.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from shop.config import ConfigError
from shop.core.observing.figures import HostFigures
from shop.core.observing.request_watch import PAGE, REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from opentelemetry.trace import Tracer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
LONGEST_STATEMENT = 500
_SPAN = "shop.span"


def wanted_tracer() -> Tracer | None:
    """Who makes spans, if they are wanted.

    Raises:
        ConfigError: they are, and what makes them is not installed.
    """
    if not os.environ.get(ENDPOINT):
        return None
    if importlib.util.find_spec("opentelemetry") is None:
        raise ConfigError(
            f"{ENDPOINT}: traces need OpenTelemetry; run: pip install 'bookstall[telemetry]'"
        )
    # Imported here: most sites have none of it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "bookstall")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("bookstall")


def trace_work(tracer: Tracer, engine: Engine, figures: HostFigures) -> None:
    """Make spans of statements, and of the slots and jobs whose time is counted."""
    figures.span = tracer.start_as_current_span

    def begin(connection: Connection, _cursor: Any, statement: str, *_given: Any) -> None:
        attributes = {
            "db.system.name": engine.dialect.name,
            "db.query.text": statement[:LONGEST_STATEMENT],
        }
        connection.info[_SPAN] = tracer.start_span(
            statement.split(None, 1)[0], attributes=attributes
        )

    def end(connection: Connection, *_given: Any) -> None:
        if (span := connection.info.pop(_SPAN, None)) is not None:
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)


class TracedRequests:
    """A WSGI layer around all others. A trace goes on from a proxy that we trust."""

    def __init__(self, app: WSGIApplication, tracer: Tracer, *, trusts_front: bool) -> None:
        self._app = app
        self._tracer = tracer
        self._trusts_front = trusts_front

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind

        given = environ.get("HTTP_TRACEPARENT") if self._trusts_front else None
        parent = extract({"traceparent": given}) if given else None
        with self._tracer.start_as_current_span(
            "request", context=parent, kind=SpanKind.SERVER
        ) as span:

            def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                span.set_attribute("http.response.status_code", int(status[:3]))
                return start_response(status, headers, exc_info)

            parts = self._app(environ, note)
            page = environ.get(PAGE, "kept page")
            span.update_name(f"{environ['REQUEST_METHOD']} {page}")
            span.set_attribute("http.request.method", environ["REQUEST_METHOD"])
            span.set_attribute("http.route", page)
            span.set_attribute("shop.request", environ.get(REQUEST_ID, ""))
            return parts
