"""What our build does beside packing files: it compiles the catalogs of the interface's languages, and puts the bill of
materials (`sbom.py`) into the wheel.

The bill lies in `bookstall-*.dist-info/sboms/`, as PEP 770 says, so it is installed with the site and scanners find it.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "bookstall.cdx.json"


class Extras(BuildHookInterface):  # type: ignore[type-arg]
    """Writes the catalogs and the bill before the files are packed, and takes the bill away afterwards."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        # The backend does not look for modules beside pyproject.toml, so they are run from their paths.
        compiling = runpy.run_path(
            str(Path(self.root) / "shop" / "core" / "languages" / "catalogs.py")
        )
        for catalog in compiling["stale"](Path(self.root) / "shop" / "translations"):
            compiling["compile_one"](catalog)
        as_text = runpy.run_path(str(Path(self.root) / "sbom.py"))["as_text"]
        self._folder = TemporaryDirectory()
        bill = Path(self._folder.name) / NAME
        bill.write_text(as_text(), encoding="ascii")
        build_data["sbom_files"].append(str(bill))

    def finalize(self, *_given: object) -> None:
        self._folder.cleanup()
