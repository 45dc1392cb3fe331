"""What few pages need is loaded when they need it: a start pays only for what every process uses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from shop.extensions import db

SHOP = Path(__file__).parents[2] / "shop"
HEAVY = {
    "PIL.Image",
    "bs4",
    "confusable_homoglyphs",
    "cryptography",
    "defusedxml",
    "disposable_email_domains",
    "fontTools",
    "fpdf",
    "greenlet",
    "language:ar",
    "language:de",
    "limits.aio",
    "packaging.specifiers",
    "phonenumbers",
    "psycopg",
    "pydantic",
    "publicsuffixlist",
    "pypdf",
    "shop.blueprints.importers.bookstall",
    "shop.blueprints.importers.conversations",
    "shop.blueprints.importers.html",
    "shop.blueprints.importers.magazines",
    "shop.blueprints.importers.plain_text",
    "shop.blueprints.importers.products",
    "shop.blueprints.importers.subscribers",
    "shop.blueprints.importers.wordpress",
    "slugify",
    "stdnum",
    "stop_words",
    "stripe",
    "valkey",
    "webauthn",
    "xml.etree.ElementTree",
    "zxcvbn",
}


def test_an_application_is_made_without_what_only_some_pages_need(tmp_path):
    command = (
        "import sys; from shop.app import create_app; create_app(); from babel.localedata import _cache;"
        "print(*sys.modules, *(f'language:{name}' for name in _cache))"
    )
    environment = {name: value for name, value in os.environ.items() if name[:5] != "SHOP_"}
    made = subprocess.run(
        [sys.executable, "-c", command],
        env={**environment, "SHOP_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY & set(made.stdout.split()) == set()


def test_tables_are_mapped_without_compiling_their_annotations():
    postponed = "from __future__ import annotations\n"
    slow = [
        str(path)
        for path in sorted(SHOP.rglob("*.py"))
        if "    __tablename__ = " in (text := path.read_text("utf-8")) and postponed in text
    ]
    assert slow == []
    inherited = [vars(parent).get("__annotations__", {}) for parent in db.Model.__mro__]
    assert [each for found in inherited for each in found.values() if isinstance(each, str)] == []
