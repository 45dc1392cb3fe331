"""The controls of the import contracts: each is kept, and is broken by one import that it forbids."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import grimp
import pytest
from importlinter.application.use_cases import read_user_options
from importlinter.configuration import configure
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract

configure()
OPTIONS = read_user_options(str(Path(__file__).parents[2] / "pyproject.toml"))
KINDS = {
    "layers": LayersContract,
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
}


@pytest.fixture(scope="module")
def imports():
    """Who imports whom in the house."""
    session = OPTIONS.session_options
    return grimp.build_graph(
        *session["root_packages"],
        include_external_packages=session["include_external_packages"] == "True",
        exclude_type_checking_imports=session["exclude_type_checking_imports"] == "True",
        cache_dir=None,
    )


def is_kept(contract, imports):
    made = KINDS[contract["type"]](
        name=contract["name"], session_options=OPTIONS.session_options, contract_options=contract
    )
    return made.check(deepcopy(imports), verbose=False).kept


def names(layer):
    return [name.strip() for name in layer.split("|")]


def forbidden_imports(contract, imports):
    """Imports that the contract must not let pass, as (importer, imported)."""
    if contract["type"] == "independence":
        first, second, *_ = contract["modules"]
        yield from ((first, second), (second, first))
    elif contract["type"] == "forbidden":
        for source in contract["source_modules"]:
            importer = min(imports.find_matching_modules(source))
            yield from ((importer, each) for each in contract["forbidden_modules"])
    else:
        container, layers = contract["containers"][0], contract["layers"]
        for above, below in pairwise(layers):
            yield f"{container}.{names(below)[0]}", f"{container}.{names(above)[0]}"
        for first, second in (names(layer)[:2] for layer in layers if "|" in layer):
            yield f"{container}.{first}", f"{container}.{second}"


@pytest.mark.parametrize("contract", OPTIONS.contracts_options, ids=lambda contract: contract["id"])
def test_a_contract_is_kept_and_breaks_on_each_import_that_it_forbids(contract, imports):
    assert is_kept(contract, imports)
    passed = []
    for importer, imported in forbidden_imports(contract, imports):
        planted = deepcopy(imports)
        if imported not in planted.modules:
            planted.add_module(imported, is_squashed=True)
        planted.add_import(importer=importer, imported=imported)
        if is_kept(contract, planted):
            passed.append(f"{importer} imports {imported}")
    assert passed == []
