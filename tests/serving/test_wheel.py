"""The wheel is all that a site needs: no checkout stands beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import sbom
from tests.servers import free_port, until
from tests.serving.test_run import answers, ask

ROOT = Path(__file__).parents[2]
PASSWORD = "four quiet willow boats"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
OFFLINE = ["--no-index", "--no-deps"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of what the container is built of, and of nothing else in the checkout."""
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    for name in copied_into_the_container():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    run(*PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", folder, source, cwd=folder)
    [built] = folder.iterdir()
    return built


def copied_into_the_container() -> set[str]:
    """What the Dockerfile copies for building, as far as its list of exceptions lets it."""
    folder = ROOT / "deploy" / "compose"
    lines = (folder / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    ignored = (folder / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    return copied & {line[1:] for line in ignored if line.startswith("!")}


@pytest.fixture(scope="module")
def shop(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command, in an environment that has our wheel, and what it depends on from the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(*PIP, "--python", python, "install", *OFFLINE, "--no-compile", wheel, cwd=folder)
    [packages] = folder.glob("lib/python*/site-packages")
    # As a plain path: the .pth files there, of which one leads to the checkout, are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import shop; print(shop.__file__)", cwd=folder)
    assert Path(where.strip()) == packages / "shop" / "__init__.py"
    yield folder / "bin" / "shop"
    if (
        sys.pycache_prefix
    ):  # dev.py keeps bytecode apart from its files, so that it would outlive these
        shutil.rmtree(sys.pycache_prefix + str(folder), ignore_errors=True)


@pytest.fixture(scope="module")
def site(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder in which a site was begun."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "password").write_text(PASSWORD)
    run(shop, "init", "--email", "owner@example.org", "--password-file", "password", cwd=folder)
    return folder


@pytest.fixture
def port(shop: Path, site: Path) -> Iterator[int]:
    """Where it is served."""
    number = free_port()
    with (site / "log").open("wb") as log:
        command = [shop, "run", "--port", str(number), "--workers", "1"]
        process = subprocess.Popen(command, cwd=site, env=bare(), stdout=log, stderr=log)
    try:
        until(lambda: answers(number), "an answer", site / "log")
        yield number
    finally:
        process.terminate()
        process.wait(180)


def test_every_file_of_the_package_and_every_migration_is_in_it(wheel: Path) -> None:
    files = {
        **{path: path.relative_to(ROOT) for path in (ROOT / "shop").rglob("*")},
        **{path: "shop" / path.relative_to(ROOT) for path in (ROOT / "migrations").rglob("*")},
    }
    wanted = {
        inside.as_posix().replace(".po", ".mo")  # the build compiles catalogs
        for path, inside in files.items()
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wanted == {name for name in names if name.startswith("shop/")}
    assert {name.split("/")[0].partition("-")[2] for name in names - wanted} == {"0.1.0.dist-info"}


def test_the_build_puts_the_bill_of_materials_into_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [each for each in archive.namelist() if "/sboms/" in each]
        assert name == "bookstall-0.1.0.dist-info/sboms/bookstall.cdx.json"
        assert archive.read(name).decode() == sbom.as_text()


def test_a_site_begins_in_an_empty_folder(port: int) -> None:
    status, page = ask(port, "/")
    style = page.split('<link rel="stylesheet" href="')[1].split('"')[0]
    assert status == 200
    assert "@layer" in ask(port, style)[1]
    assert "Your cart is currently empty." in ask(port, "/cart")[1]


def test_the_doctor_finds_nothing_wrong(shop: Path, site: Path) -> None:
    said = run(shop, "doctor", cwd=site)
    assert "ok    database: sqlite answers" in said


def run(*command: str | Path, cwd: Path) -> str:
    ran = subprocess.run(command, cwd=cwd, env=bare(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def bare() -> dict[str, str]:
    """An environment that says nothing of a checkout, nor of a site."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SHOP_") and name != "PYTHONPATH"
    }
