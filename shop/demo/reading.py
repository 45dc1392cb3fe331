"""Reads the demonstration content: TOML, and Markdown after TOML between lines of `+++`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CONTENT: Final = Path(__file__).parent / "content"
_FRONT_MATTER: Final = re.compile(r"\A\+\+\+\n(.*?)^\+\+\+\n", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """A Markdown file: what its front matter says, and its body."""

    about: dict[str, Any]
    body: str


def texts(folder: str) -> list[Text]:
    """Every Markdown file of a folder, by name."""
    return [_text(path) for path in sorted((CONTENT / folder).glob("*.md"))]


def table(name: str) -> list[dict[str, Any]]:
    """The rows of `<name>.toml`."""
    rows: list[dict[str, Any]] = tomllib.loads(
        (CONTENT / f"{name}.toml").read_text(encoding="utf-8")
    )[name]
    return rows


def _text(path: Path) -> Text:
    written = path.read_text(encoding="utf-8")
    match = _FRONT_MATTER.match(written)
    if match is None:
        raise ValueError(f"{path} has no front matter")
    return Text(tomllib.loads(match[1]), written[match.end() :].strip())
