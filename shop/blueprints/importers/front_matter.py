"""The lines at the beginning of a Markdown file that say what it is: YAML between `---`, or TOML between `+++`."""

from __future__ import annotations

import re

_YAML = re.compile(
    r"---[ \t]*\n(?P<head>[A-Za-z_][\w .-]*:[^\n]*\n(?:[^\n]*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|$)"
)
_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<head>(?:[^\n]*\n)*?)\+\+\+[ \t]*(?:\n|$)")


def split(written: str) -> tuple[str, str]:
    """The front matter, empty where there is none, and the text below it."""
    written = written.replace("\r\n", "\n").lstrip("\ufeff\n")
    found = _YAML.match(written) or _TOML.match(written)
    if found is None:
        return "", written
    return found["head"], written[found.end() :]
