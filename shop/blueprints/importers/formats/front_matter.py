"""The lines at the beginning of a Markdown file that say what it is: YAML in `---`, TOML in `+++`, or JSON."""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from functools import cache
from typing import Any

from flask_babel import gettext as _

from shop.plugins.api import Refused

LONGEST = 50_000

_YAML = re.compile(
    r"---[ \t]*\n(?P<head>(?:(?:[ \t]*|#[^\n]*)\n)*[\"']?[A-Za-z_][\w .-]*[\"']?[ ]*:[^\n]*\n(?:[^\n]*\n)*?)"
    r"(?:---|\.\.\.)[ \t]*(?:\n|$)"
)
_NOTHING = re.compile(r"---[ \t]*\n---[ \t]*(?:\n|$)")
_JSON = re.compile(r"\{\s*\"")
_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<head>(?:[^\n]*\n)*?)\+\+\+[ \t]*(?:\n|$)")


def split(written: str) -> tuple[str, str]:
    """The front matter, empty where there is none, and the text below it."""
    written = written.replace("\r\n", "\n").lstrip("\ufeff\n")
    if _JSON.match(written):
        return _split_json(written)
    if empty := _NOTHING.match(written):
        return "", written[empty.end() :]
    found = _YAML.match(written) or _TOML.match(written)
    if found is None:
        return "", written
    return found["head"], written[found.end() :]


def _split_json(written: str) -> tuple[str, str]:
    try:
        _said, end = json.JSONDecoder().raw_decode(written)
    except (ValueError, RecursionError):
        return "", written
    return written[:end], written[end:].lstrip("\n")


def read_front_matter(written: str) -> tuple[dict[str, Any], str]:
    """What the front matter says, by names in lower case, and the text below it.

    Raises:
        Refused: it can't be read, is too long, or refers to itself (an alias bomb).
    """
    head, body = split(written)
    if len(head) > LONGEST:
        raise Refused(
            _("its front matter has more than %(longest)s characters", longest=f"{LONGEST:,}")
        )
    is_toml = bool(head) and written.lstrip("\ufeff\n").startswith("+++")
    said = _toml(head) if is_toml else _yaml(head)  # JSON is YAML
    return {str(name).casefold(): value for name, value in said.items()}, body


def _toml(head: str) -> dict[str, Any]:
    try:
        return tomllib.loads(head)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise Refused(_("its front matter is not TOML")) from None


@cache
def _loader(yaml: Any) -> Any:
    """The safe loader, to which a date that is none, such as 0000-00-00, is no value."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        pass

    def moment(loader: Any, node: Any) -> object:
        with contextlib.suppress(ValueError, OverflowError):
            return loader.construct_yaml_timestamp(node)
        return None

    Loader.add_constructor("tag:yaml.org,2002:timestamp", moment)
    return Loader


def _yaml(head: str) -> dict[Any, Any]:
    # Imported here, because only folders of Markdown need it.
    import yaml

    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(head, yaml.SafeLoader)):
            raise Refused(_("its front matter refers to itself"))
        said = yaml.load(head, _loader(yaml)) or {}  # noqa: S506 - it is a safe one
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Refused(_("its front matter is not YAML")) from None
    if not isinstance(said, dict):
        raise Refused(_("its front matter has no names"))
    return said
