"""Rules of the house that no import contract can say."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.util import CommandError
from sqlalchemy import text

from shop.blueprints.comments.models import Comment
from shop.core.database import patience
from shop.extensions import Base, db
from shop.plugins.installed import migrations
from shop.plugins.manual.writing import hook_names, manual
from tests.factories.comments import make_article, make_comment

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "shop"
EXAMPLE = ROOT / "tests" / "example_plugin"
RULES = [
    path
    for name in ("services", "queries", "models")
    for path in SHOP.glob(f"blueprints/*/{name}.py")
]


def parsed(path: Path, word: str) -> Iterator[ast.AST]:
    """All nodes of a file, if a word is written in it: to parse the others would take most of the time."""
    source = path.read_text(encoding="utf-8")
    return ast.walk(ast.parse(source)) if word in source else iter(())


def calls(path: Path, name: str) -> bool:
    """Whether a file calls a method of this name."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        for node in parsed(path, name)
    )


def asks_for(path: Path, name: str) -> bool:
    """Whether a file asks for an attribute of this name."""
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in parsed(path, name))


def names_from_flask(path: Path) -> set[str]:
    """What a file imports from flask itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for alias in node.names
    }


def test_one_place_commits():
    committing = {
        path.relative_to(SHOP).as_posix() for path in SHOP.rglob("*.py") if calls(path, "commit")
    }
    which_do_as_they_are_told = {
        "extensions.py",  # the session, which looks whether it may
        "core/database/writers.py",  # and the connections below it
        "core/database/patient_connections.py",
    }
    assert committing == {"core/unit_of_work.py", *which_do_as_they_are_told}


def test_what_an_application_holds_lies_in_one_typed_place():
    """Flask's `extensions` is a bag of anything; ours is `AppState`, and only its own file reaches into the bag."""
    reaching = {
        path.relative_to(ROOT).as_posix()
        for folder in ("shop", "tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if asks_for(path, "extensions")
    }
    assert reaching == {"shop/core/app_state.py"}


def test_changed_rows_are_counted_in_one_place():
    counting = {
        path.relative_to(SHOP).as_posix()
        for path in SHOP.rglob("*.py")
        if asks_for(path, "rowcount")
    }
    assert counting == {"core/database/__init__.py"}


def test_whatever_is_written_into_the_data_folder_is_named_by_its_writer():
    """`dev.py demo --fresh` takes away what is named with `config.entry`, and refuses before anything else."""
    unnamed = re.compile(r"""data_dir\s*/\s*f?["']""")
    sources = [*(ROOT / "shop").rglob("*.py")]
    assert not [path.name for path in sources if unnamed.search(path.read_text(encoding="utf-8"))]
    assert unnamed.search('boot.data_dir / "new"')


def test_templates_build_no_data():
    """Lists are made by views and queries; a template draws them."""
    templates = [*(ROOT / "shop" / "templates").rglob("*.*")]
    builds = re.compile(r"\.(?:append|extend|update|insert)\(")
    assert not [path.name for path in templates if builds.search(path.read_text(encoding="utf-8"))]
    assert builds.search("{% set _ignored = items.append(1) %}")


def test_times_are_drawn_by_the_filters_alone():
    templates = [*(ROOT / "shop" / "templates").rglob("*.html")]
    drawn = re.compile(r"<time [^<>]*\{\{")
    assert not [path.name for path in templates if drawn.search(path.read_text(encoding="utf-8"))]
    assert drawn.search('<time datetime="{{ moment.isoformat() }}">')


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rules_questions_and_tables_know_no_request(path):
    assert not names_from_flask(path) & {"request", "session", "g", "redirect", "render_template"}


@pytest.fixture
def example(monkeypatch):
    """The example plugin's module."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from bookstall_marginalia import plugin

    return plugin


def test_the_manual_is_what_the_code_says():
    written = (ROOT / "docs" / "HOOKS.md").read_text(encoding="utf-8")
    assert written == manual(), "run: python -m shop.plugins.manual > docs/HOOKS.md"


@pytest.mark.parametrize("hook", hook_names())
def test_a_hook_is_implemented_in_the_example(hook, example):
    assert list(getattr(example, hook)()), f"the example plugin yields nothing for {hook}"


def test_models_and_migrations_say_the_same(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _object, name, kind, *_: (
                    not (kind == "table" and name.startswith(("search_index", "plugin_")))
                    and not (kind == "index" and name.endswith("_parts"))
                ),
            },
        )
        assert compare_metadata(context, Base.metadata) == []


def test_no_file_of_the_project_names_a_machine_or_a_registry():
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "/ro" + "ot/")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    named = [
        name
        for name in listed.stdout.splitlines()
        if (ROOT / name).is_file()
        and any(
            host in (ROOT / name).read_text(encoding="utf-8", errors="ignore") for host in hosts
        )
    ]
    assert named == []


def test_an_upgrade_may_take_longer_than_a_page(applications, monkeypatch):
    app = applications("postgresql")
    said = []

    def ask(environment, **_):
        said.append(environment.get_bind().exec_driver_sql("SHOW statement_timeout").scalar())

    monkeypatch.setattr(EnvironmentContext, "run_migrations", ask)
    with app.app_context():
        migrations.upgrade_all()
        with db.engine.connect() as connection:
            said.append(connection.exec_driver_sql("SHOW statement_timeout").scalar())
    assert said == ["0", f"{patience.STATEMENT_SECONDS}s"]


@pytest.mark.parametrize(
    "app", ["sqlite"], indirect=True
)  # the other one changes tables as they stand
def test_an_upgrade_may_make_a_table_anew_that_others_refer_to_but_leaves_no_orphans(
    app, monkeypatch
):
    def make_anew(environment, **_):
        with (
            Operations.context(environment.get_context()) as op,
            op.batch_alter_table("article", recreate="always"),
        ):
            pass

    def lose(environment, **_):
        environment.get_bind().exec_driver_sql("DELETE FROM article")

    comment_id = make_comment(make_article()).id
    db.session.remove()
    monkeypatch.setattr(EnvironmentContext, "run_migrations", make_anew)
    migrations.upgrade_all()
    monkeypatch.setattr(EnvironmentContext, "run_migrations", lose)
    with pytest.raises(CommandError, match="comment"):
        migrations.upgrade_all()
    assert db.session.get(Comment, comment_id).article_id
    assert db.session.scalar(text("PRAGMA foreign_keys")) == 1
