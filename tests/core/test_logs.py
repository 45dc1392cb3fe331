"""What is said in the log is said to whoever listens at that moment."""

from __future__ import annotations

import io
import json
import sys

import structlog

from shop.core import logs

log = structlog.get_logger("test")


def test_a_listener_who_has_gone_takes_no_line_with_him(monkeypatch):
    gone, present = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    logs.install(debug=False)
    gone.close()
    monkeypatch.setattr(sys, "stderr", present)
    log.warning("something.happened", number=1)
    said = json.loads(present.getvalue())
    assert (said["event"], said["number"], said["level"]) == ("something.happened", 1, "warning")


def test_a_traceback_holds_no_values(monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    logs.install(debug=False)

    def fail(secret):
        raise ValueError("no")

    try:
        fail("hush" + "hush")
    except ValueError:
        log.exception("it.failed")
    assert "ValueError: no" in said.getvalue()
    assert "hushhush" not in said.getvalue()
