"""Words of authors may run the other way than the page: an English summary keeps its full stop in Arabic."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path("shop/templates")
OF_AUTHORS = r"(?:summary|bio|description|snippet|tagline)"
SHOWN = re.compile(rf"<(?P<tag>\w+)(?P<attributes>[^<>]*)>\{{\{{ (?P<what>[\w.]+\.{OF_AUTHORS})\b")
OF_FORMS = re.compile(r"^(?:field|form)\b")


def test_what_authors_say_runs_in_its_own_direction():
    shown = {
        (str(path.relative_to(TEMPLATES)), found["what"]): found["attributes"]
        for path in TEMPLATES.rglob("*.html")
        if "admin" not in path.parts
        for found in SHOWN.finditer(path.read_text())
        if found["tag"] not in ("title", "option", "bdi") and not OF_FORMS.match(found["what"])
    }
    assert len(shown) >= 8, shown
    assert [place for place, attributes in shown.items() if "dir=" not in attributes] == []
