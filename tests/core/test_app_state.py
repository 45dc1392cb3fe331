"""What an application holds."""

from __future__ import annotations

import pytest

from shop.core.app_state import AppState, app_state, hold, state_of
from shop.core.jobs import JobRegistry


class Kettle:
    """Something that a floor above keeps for itself."""


@pytest.fixture
def state(app):
    present = app_state()
    return AppState(
        config=present.config,
        purge_board=present.purge_board,
        assets=present.assets,
        settings=present.settings,
        jobs=JobRegistry(),
        subscribers={},
        mail=present.mail,
        files=present.files,
    )


def test_the_present_application_is_asked(app):
    assert app_state() is state_of(app)


def test_two_applications_share_nothing(state):
    from flask import Flask

    other = Flask("other")
    hold(other, state)
    with other.app_context():
        assert app_state() is state


def test_what_a_floor_above_added_is_found_by_its_class(state):
    kettle = Kettle()
    state.add(kettle)
    assert state.part(Kettle) is kettle


def test_a_part_that_nobody_added_is_made_once_where_that_is_wanted(state):
    made = state.part(Kettle, Kettle)
    assert state.part(Kettle, Kettle) is made
    assert state.part(Kettle) is made


def test_a_part_that_nobody_added_is_missed_at_once(state):
    with pytest.raises(KeyError):
        state.part(Kettle)
