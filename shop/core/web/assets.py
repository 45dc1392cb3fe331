"""Stylesheets and scripts: bundled, named by their content and compressed once at the start; no build step.

`static/bundles.toml` names the files of each bundle in order. A bundle's address changes with its content, so browsers
may keep it forever.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli
from whitenoise import WhiteNoise

from shop.config import entry
from shop.core.files.replacing import replace_file
from shop.core.web import codings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATIC = Path(__file__).parents[2] / "static"
PREFIX = "/static/"
FOLDER = entry("static")
_LIGHTENED = b"2"
"""Changes whenever `_lighter` makes other bytes of the same source, so that they get another address."""
_CSS_COMMENT = rb"(?>/\*.*?\*/)"
_CSS_GAP = rb"(?:\s|" + _CSS_COMMENT + rb")"
_CSS_TOKEN = re.compile(
    rb"""(?P<kept>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.)"""
    + rb"|%(gap)b*+(?P<mark>[{};,])%(gap)b*+|(?P<gap>%(gap)b++)" % {b"gap": _CSS_GAP},
    re.DOTALL,
)
"""What may not be touched, a mark that needs no space around it, or a gap (CSS Syntax 3, section 4). Colons keep
theirs: in nested rules `p :hover` is not `p:hover`, which minifiers that others keep forget.
"""


class _StaticFiles(WhiteNoise):  # type: ignore[misc]
    """WhiteNoise looks for a coding's name anywhere in what is accepted: `br;q=0` too gets brotli from it."""

    @staticmethod
    def serve(static_file: object, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer with a file in the coding that all our answers would have."""
        coding = codings.chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))
        return WhiteNoise.serve(
            static_file, {**environ, "HTTP_ACCEPT_ENCODING": coding}, start_response
        )


class Assets:
    """The addresses of our static files, and the folder where their served form lies."""

    def __init__(self, built: Path) -> None:
        self._built = built
        self._urls: dict[str, str] = {}

    def build(self) -> None:
        """Write every bundle and every plain file that is not there yet; quick when nothing changed."""
        bundles = tomllib.loads((STATIC / "bundles.toml").read_text(encoding="utf-8"))
        for name, files in bundles.items():
            content = b"\n".join((STATIC / file).read_bytes() for file in files)
            self._write(name, content)
        for path in sorted(STATIC.rglob("*")):
            relative = path.relative_to(STATIC)
            if path.is_file() and relative.parts[0] not in {"css", "js", "bundles.toml"}:
                self._write(relative.as_posix(), path.read_bytes())

    def add_bundle(self, name: str, files: Iterable[Path]) -> None:
        """Serve files of a plugin as one, under a name such as `themes/broadsheet.css`."""
        self._write(name, b"\n".join(file.read_bytes() for file in files))

    def url(self, name: str) -> str:
        """The address of a bundle or file, e.g. `site.css`.

        Raises:
            KeyError: there is no such file.
        """
        return self._urls[name]

    def fingerprint(self) -> str:
        """Changes whenever a file does."""
        return hashlib.blake2b("".join(sorted(self._urls.values())).encode()).hexdigest()

    def serve(self, app: object, headers: Mapping[str, str]) -> WhiteNoise:
        """Wrap a WSGI application so that it answers for the files too, each with these headers."""
        return _StaticFiles(
            app,
            root=str(self._built),
            prefix=PREFIX,
            max_age=31_536_000,
            allow_all_origins=False,
            add_headers_function=lambda fixed, _path, _url: [
                fixed.add_header(name, value) for name, value in headers.items()
            ],
            immutable_file_test=lambda _path, _url: True,
        )

    def _write(self, name: str, content: bytes) -> None:
        stem, dot, suffix = name.rpartition(".")
        digest = hashlib.blake2b(content, digest_size=5, salt=_LIGHTENED).hexdigest()
        hashed = f"{stem}.{digest}{dot}{suffix}"
        target = self._built / hashed
        self._urls[name] = PREFIX + hashed
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        content = _lighter(suffix, content)
        if suffix in {"css", "js", "svg"}:
            replace_file(
                target.with_name(target.name + ".br"), brotli.compress(content, quality=11)
            )
            replace_file(target.with_name(target.name + ".gz"), gzip.compress(content, 9, mtime=0))
        replace_file(target, content)


def _lighter(suffix: str, content: bytes) -> bytes:
    """The same stylesheet or script without what only people read: even compressed it is an eighth of them."""
    if suffix == "css":
        return _CSS_TOKEN.sub(_shorter, content).strip()
    if suffix == "js":
        # Imported here, because files that lie there already are not made anew.
        import rjsmin

        return bytes(rjsmin.jsmin(content, keep_bang_comments=True))
    return content


def _shorter(token: re.Match[bytes]) -> bytes:
    if not token["gap"]:
        return token["kept"] or token["mark"]
    is_space = re.sub(_CSS_COMMENT, b"", token["gap"], flags=re.DOTALL)
    return b" " if is_space else b"/**/"  # a comment alone parts two words, and is no space
