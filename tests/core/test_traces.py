"""Where traces are wanted, a request is a span, and what it asked and drew are spans in it, without their values."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import create_engine, text

from shop.config import ConfigError
from shop.core.observing import traces
from shop.core.observing.figures import host_figures
from shop.core.observing.traces import TracedRequests

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@pytest.fixture
def spans():
    return InMemorySpanExporter()


@pytest.fixture
def tracer(spans):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider.get_tracer("tests")


def test_work_in_a_request_is_part_of_its_span(app, client, spans, tracer, monkeypatch):
    engine = create_engine("sqlite://")
    monkeypatch.setattr(host_figures(), "span", None)
    traces.trace_work(tracer, engine, host_figures())

    def ask():
        with engine.connect() as connection:
            connection.execute(text("SELECT :secret"), {"secret": "hush"})
        return "seen"

    def look():
        return host_figures().timed("slot", "a.html", ask)

    monkeypatch.setitem(app.view_functions, "downloads.find", look)
    monkeypatch.setattr(app, "wsgi_app", TracedRequests(app.wsgi_app, tracer, trusts_front=True))
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = client.get("/downloads/?token=hush", headers={"traceparent": parent})
    statement, slot, request = spans.get_finished_spans()
    assert [statement.name, slot.name, request.name] == [
        "SELECT",
        "slot a.html",
        "GET downloads.find",
    ]
    assert statement.parent.span_id == slot.context.span_id
    assert slot.parent.span_id == request.context.span_id
    assert request.attributes["shop.request"] == answer.headers["X-Request-ID"]
    assert f"{request.context.trace_id:032x}" == parent.split("-")[1]
    assert "hush" not in "".join(span.to_json() for span in spans.get_finished_spans())


def test_without_a_place_to_send_them_nothing_of_it_is_loaded(app, monkeypatch):
    monkeypatch.delenv(traces.ENDPOINT, raising=False)
    assert traces.wanted_tracer() is None
    monkeypatch.setenv(traces.ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setattr(traces.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="telemetry"):
        traces.wanted_tracer()
