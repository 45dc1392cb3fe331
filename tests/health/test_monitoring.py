"""The alert rules and the board that ship ask for figures that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
FIGURE = re.compile(r"\bshop_[a-z_]+")


@pytest.mark.both_databases  # one alone must not be left out when it is the other's turn
@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_alerts_and_board_ask_for_figures_that_there_are(app, client, monkeypatch):
    monkeypatch.setattr("shop.core.changes.listener.seconds_since_answer", lambda _folder: 0.1)
    text = client.get("/metrics").text
    offered = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    offered |= {f"{name}_bucket" for name in offered}
    rules = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    board = json.loads((FOLDER / "board.json").read_text(encoding="utf-8"))
    asked = {target["expr"] for panel in board["panels"] for target in panel["targets"]} | {
        line for line in rules.splitlines() if "look:" not in line
    }
    figures = set(FIGURE.findall("\n".join(asked)))
    assert len(figures) > 12
    assert figures - offered == set()
