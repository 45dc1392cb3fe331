"""What the site is made of: each package is listed, with its licence."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

import sbom

LOCK = sbom.LOCK.read_text(encoding="ascii")


def test_each_locked_package_is_listed_with_version_hashes_and_licence():
    bill = sbom.bill_of_materials(LOCK)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {part["name"] for part in bill["components"]}
    assert {"flask", "sqlalchemy", "stripe", "pillow"} <= listed
    assert len(listed) > 50
    for part in bill["components"]:
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        assert part["licenses"], f"{part['name']} does not say its licence"
        assert part["hashes"], part["name"]


def test_a_package_that_is_not_here_is_not_passed_over():
    with pytest.raises(PackageNotFoundError):
        sbom.bill_of_materials("no-such-package==1.0\n")
