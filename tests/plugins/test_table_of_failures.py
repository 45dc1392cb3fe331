"""What a broken plugin may do, line by line, each word with the tests that show it, on SQLite and on PostgreSQL.

Where a rule says why no database matters, it is tried on one of them, or without any.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import prod
from pathlib import Path

import pytest

from tests.conftest import BOTH_DATABASES, MANY_EXAMPLES

TESTS = Path(__file__).parents[1]
BOTH = ""
AT_START = "it is found before a database is opened"
DRAWN = "it is drawn in development, whatever the database does"
WAITS = "it waits, and asks nothing"


@dataclass(frozen=True, slots=True)
class Shown:
    """Words of a line, and the tests that show them. `without`: why no database matters."""

    words: str
    tests: tuple[str, ...]
    without: str = BOTH


BROKEN = "plugins/test_broken_plugins.py::test_"
STRANGE = "plugins/test_strange_failures.py::test_"
STARTING = "plugins/test_starting.py::test_"
RULES = "architecture/test_plugins.py::test_"
JOBS = "core/test_jobs.py::test_"
PAGE = f"{BROKEN}what_a_plugin_gives_to_a_page_fails_alone_and_is_counted"
STRANGE_PAGE = f"{STRANGE}what_cannot_be_written_into_a_page_is_left_out_of_it"
SAME_NAME = f"{STARTING}two_plugins_can_not_give_the_same_name"

TABLE = {
    "start: refuse to start, one line that names it": (
        Shown("missing", (f"{RULES}a_plugin_that_is_not_installed_stops_the_start",), AT_START),
        Shown(
            "bad import, sys.exit",
            (
                f"{STARTING}a_module_that_can_not_be_imported_stops_the_start",
                f"{STARTING}a_hook_that_ends_the_process_stops_the_start",
                f"{STARTING}a_hook_that_never_ends_or_can_not_say_why_it_fails_stops_the_start",
            ),
            AT_START,
        ),
        Shown(
            "wrong type",
            (
                f"{STARTING}a_wrong_thing_stops_the_start_in_a_line_that_names_the_plugin",
                f"{STARTING}who_a_plugin_says_it_is_has_to_be_right",
            ),
            AT_START,
        ),
        Shown("unknown hook", (f"{RULES}a_misspelt_hook_stops_the_start",), AT_START),
        Shown("unknown slot", (f"{RULES}an_unknown_slot_stops_the_start",), AT_START),
        Shown(
            "clash of routes",
            (
                f"{STARTING}pages_of_a_plugin_take_nobodys_address",
                f"{STARTING}two_pages_of_one_plugin_take_no_address_together",
            ),
            AT_START,
        ),
        Shown(
            "clash of commands, filters",
            (SAME_NAME, f"{STARTING}a_command_and_a_filter_of_ours_are_not_taken"),
            AT_START,
        ),
        Shown("clash of jobs, sources and whatever has a name", (SAME_NAME,), AT_START),
        Shown(
            "pending migration",
            (f"{STARTING}a_site_with_tables_of_a_plugin_that_wait_is_not_served",),
        ),
        Shown("API range", (f"{STARTING}who_a_plugin_says_it_is_has_to_be_right",), AT_START),
    ),
    "slot, navigation, widget, directive, structured data: render nothing": (
        Shown(
            "slot; a widget is one, on the front page (home.sections) or the owner's (admin.today)",
            (
                f"{BROKEN}a_slot_that_fails_takes_nothing_with_it_and_the_page_is_not_kept",
                f"{BROKEN}a_slot_can_commit_nothing",
                f"{STRANGE}a_page_stands_whatever_its_slots_do_and_each_is_written_down",
            ),
        ),
        Shown("navigation, directive, structured data", (PAGE, STRANGE_PAGE)),
        Shown(
            "log, count in the database",
            (f"{BROKEN}what_failed_is_written_down_with_its_last_words",),
        ),
        Shown(
            "paused when it goes on",
            (
                f"{BROKEN}a_part_of_a_page_that_goes_on_failing_is_paused_everywhere_and_asked_again_later",
                f"{BROKEN}a_part_of_a_page_that_is_slow_twice_is_paused_and_what_decides_about_money_never",
                f"{BROKEN}a_page_goes_on_without_a_slot_that_hangs_and_asks_it_again_when_it_is_over",
            ),
        ),
        Shown(
            "a visible box in development",
            (f"{RULES}a_broken_slot_draws_nothing_and_is_counted",),
            DRAWN,
        ),
        Shown(
            "its siblings are there",
            (f"{STRANGE}a_page_stands_whatever_its_slots_do_and_each_is_written_down",),
        ),
    ),
    "feed, sitemap, search, personal data, health check: its part is left out and said to be": (
        Shown("feed, sitemap", (PAGE, STRANGE_PAGE)),
        Shown(
            "search", (PAGE, f"{BROKEN}a_search_source_that_fails_keeps_no_other_from_the_index")
        ),
        Shown(
            "personal data",
            (
                f"{BROKEN}an_export_says_what_it_lacks_and_nothing_is_erased_by_halves",
                f"{STRANGE}a_plugin_that_ends_the_transaction_of_an_erasure_erases_nothing",
            ),
        ),
        Shown(
            "health check, within its deadline",
            (f"{BROKEN}a_health_check_that_hangs_keeps_nobody_from_the_others_words",),
        ),
        Shown(
            "the rest is there, within its deadline",
            (f"{BROKEN}a_feed_a_sitemap_and_personal_data_come_without_the_part_that_hangs",),
        ),
    ),
    "comment check: counts as 'unsure', a person decides. Never approves by failing": (
        Shown(
            "unsure, a person decides, never approves",
            (f"{BROKEN}a_comment_check_that_fails_leaves_the_comment_to_a_person",),
        ),
        Shown(
            "one that hangs",
            (
                "comments/test_judging.py::test_a_check_that_hangs_counts_as_unsure_and_nobody_waits_long",
            ),
            WAITS,
        ),
    ),
    "checkout check, cart rule: refuse politely. Never sell on an error or a wrong type": (
        Shown("checkout check", (f"{BROKEN}a_checkout_check_that_is_wrong_sells_nothing",)),
        Shown("cart rule", (f"{BROKEN}a_rule_that_is_wrong_sells_nothing",)),
        Shown(
            "the owner is told at once",
            (
                "plugins/test_switching.py::test_the_owner_reads_what_failed_and_gets_one_mail_when_nothing_is_sold",
            ),
        ),
    ),
    "payment start: hide that method, offer the others; webhook: 500": (
        Shown("payment start", (f"{BROKEN}a_payment_that_does_not_start_leaves_the_other_ways",)),
        Shown("webhook", (f"{BROKEN}a_message_that_a_provider_fails_to_read_is_sent_again",)),
    ),
    "subscriber, mail, job": (
        Shown(
            "subscriber: own savepoint, its siblings are untouched",
            (
                f"{BROKEN}a_subscriber_that_fails_leaves_the_fact_and_the_other_subscribers",
                f"{STRANGE}nobody_ends_a_transaction_in_which_others_have_written",
            ),
        ),
        Shown(
            "mail",
            (f"{BROKEN}what_a_plugin_adds_to_a_mail_fails_alone_and_its_own_mail_is_tried_again",),
        ),
        Shown("job: its siblings are untouched", (f"{JOBS}its_siblings_are_untouched",)),
        Shown(
            "deadline",
            (f"{JOBS}a_job_that_is_stuck_in_a_transaction_is_undone_and_its_lane_goes_on",),
        ),
        Shown("lane", (f"{JOBS}no_lane_waits_for_another",)),
        Shown(
            "a plugin's lane", (f"{BROKEN}jobs_of_a_plugin_wait_in_a_lane_of_their_own",), AT_START
        ),
        Shown(
            "back-off",
            (f"{JOBS}a_failing_job_undoes_its_changes_and_waits_longer_each_time",),
        ),
        Shown("dead letter", (f"{JOBS}a_dead_letter_can_be_taken_up_again",)),
        Shown(
            "whatever it raises ends the job, not the runner",
            (
                f"{BROKEN}a_job_that_ends_the_process_ends_itself_alone",
                f"{STRANGE}a_job_is_kept_whatever_it_raises",
            ),
        ),
    ),
    "command, import, export: fail loudly": (
        Shown("command, import", (f"{BROKEN}an_import_and_a_command_that_fail_say_so_loudly",)),
        Shown(
            "export", ("exporters/test_parts_of_plugins.py::test_an_export_without_a_part_is_none",)
        ),
    ),
}


@pytest.mark.parametrize("line", TABLE)
def test_each_word_of_the_table_has_tests_on_both_databases(line):
    for shown in TABLE[line]:
        for test in shown.tests:
            file, _, name = test.partition("::")
            assert name in functions(file), test
            if not shown.without:
                assert meets_both(file, name), f"{test} meets one database a run"


def meets_both(file: str, name: str) -> bool:
    """Whether a test meets both databases in each run, as `tests/conftest.py` decides it."""
    module = import_module(f"tests.{file.removesuffix('.py').replace('/', '.')}")
    marks = getattr(getattr(module, name), "pytestmark", [])
    given = [mark for mark in marks if mark.name == "parametrize"]
    if any("postgresql" in mark.args[1] for mark in given):
        return True
    if not asks_for_a_database(file, name):
        return False
    if any(mark.name == "both_databases" for mark in marks):
        return True
    examples = prod(len(mark.args[1]) for mark in given)
    return examples < MANY_EXAMPLES and file.partition("/")[0] in BOTH_DATABASES


def asks_for_a_database(file: str, name: str) -> bool:
    """Whether a test or a fixture asks, itself or by its fixtures, for an application that is made on both."""
    function = functions(file).get(name) or functions("conftest.py").get(name)
    if function is None:
        return False
    if any("postgresql" in ast.unparse(each) for each in function.decorator_list):
        return True
    return any(asks_for_a_database(file, each.arg) for each in function.args.args)


@cache
def functions(file: str) -> dict[str, ast.FunctionDef]:
    """The functions of a file of tests, by name."""
    return {each.name: each for each in _functions(TESTS / file)}


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (each for each in tree.body if isinstance(each, ast.FunctionDef))


def test_the_question_above_tells_who_meets_both():
    assert meets_both("plugins/test_broken_plugins.py", "test_a_slot_can_commit_nothing")
    assert not meets_both("plugins/test_starting.py", "test_a_range_of_the_api_that_fits_starts")
    assert not meets_both("comments/test_judging.py", "test_a_check_may_ask_the_database")
