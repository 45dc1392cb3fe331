"""`dev.py` loses no time before the first test."""

from __future__ import annotations

import subprocess
import threading

import dev


def test_apt_installs_the_browser_while_the_environment_is_made(monkeypatch, capsys):
    is_made, asked = threading.Event(), []

    def answer(command, **_options):
        assert is_made.wait(60), "the environment waits for the browser"
        asked.append((command[1], command[-1]))
        return subprocess.CompletedProcess(command, 0, "unpacked")

    monkeypatch.setattr(dev, "find_chromium", lambda: None)
    monkeypatch.setattr(dev, "can_apt_install", lambda: True)
    monkeypatch.setattr(dev.subprocess, "run", answer)
    with dev.browser_by_apt():
        is_made.set()
    assert asked == [("update", "update"), ("install", "chromium-headless-shell")]
    assert "unpacked" in capsys.readouterr().out
