"""Forms: an error says what to enter, and which field it means."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from flask import render_template_string
from markupsafe import Markup
from wtforms import DateField, DateTimeLocalField, IntegerField, SelectField, SelectMultipleField
from wtforms import StringField as Line
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import Select

import shop.blueprints
from shop.core.web.forms import Form, Required, email_address, one_line, several_lines
from tests import controls
from tests.effort import calls_of
from tests.factories.json_bombs import JSON_BOMBS

COLOURS = [SelectChoice("red", "Red")]


class Odd(Form):
    """One field of each kind."""

    name = Line("Name", **one_line(20, missing="Enter your name."))
    motto = Line("Motto", **several_lines(20))
    email = Line("Email", **email_address())
    colour = SelectField("Colour", choices=COLOURS)
    colours = SelectMultipleField("Colours", choices=COLOURS)
    number = IntegerField("Number")
    day = DateField("Day")
    moment = DateTimeLocalField("Moment")


def errors(app, **sent: str) -> dict[str, list[str]]:
    """What a form says of what was sent."""
    with app.test_request_context("/", method="POST", data=sent):
        form = Odd()
        form.validate()
        return {name: [str(each) for each in found] for name, found in form.errors.items()}


def test_a_select_is_drawn_as_the_library_draws_it(app):
    class Choosing(Form):
        one = SelectField(
            choices=[
                SelectChoice("", "Choose …"),
                SelectChoice("a&b", "<A> & “B”", render_kw={"data_more": "x"}),
                SelectChoice('"quoted"', '"Quoted" <b>'),
                SelectChoice("it", Markup("<i>marked</i>")),
                SelectChoice(Markup("<&"), "marked"),
                SelectChoice("bare"),
            ]
        )
        number = SelectField(choices=[SelectChoice(1, "One"), SelectChoice(2)], coerce=int)
        grouped = SelectField(
            choices=[SelectChoice("a", "A", optgroup="1"), SelectChoice("b", "B", optgroup="2")]
        )

    with app.test_request_context("/"):
        form = Choosing(data={"one": '"quoted"', "number": 2, "grouped": "b"})
        drawn = {field.name: (str(field()), Select()(field)) for field in form}
    for ours, theirs in drawn.values():
        assert ours == theirs
        assert ours.count(" selected ") == 1


def test_an_option_among_many_takes_little(app):
    class Choosing(Form):
        one = SelectField(choices=[SelectChoice(str(number)) for number in range(100)])

    with app.test_request_context("/"):
        form = Choosing()
        assert calls_of(form.one) < 100 * 30  # the library's take 120 each


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_field_says_what_to_enter(app, blank):
    found = errors(app, name=blank, motto=blank, email=blank)
    assert found["name"] == ["Enter your name."]
    assert found["motto"] == ["Enter a value for “Motto”."]
    assert found["email"] == ["Enter your email address."]


@pytest.mark.parametrize(
    ("field", "sent", "said"),
    [
        ("colour", "blue", "Choose one of the options."),
        ("colours", "blue", "Choose one of the options."),
        ("number", "many", "Enter a whole number."),
        ("day", "soon", "Enter a date such as 2026-11-23."),
        ("moment", "soon", "Enter a date and time such as 2026-11-23 14:00."),
    ],
)
def test_a_value_that_cant_be_read_is_answered_in_our_words(app, field, sent, said):
    assert errors(app, **{field: sent})[field] == [said]


def test_each_required_field_of_each_form_has_words_of_its_own():
    faults = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in forms()
        for name, validator in requirements(form)
        if not validator.message
    ]
    assert not faults


def test_a_required_field_without_words_is_found():
    """The control."""
    assert [name for name, validator in requirements(Odd) if not validator.message] == ["motto"]
    assert isinstance(dict(requirements(Odd))["name"], Required)


def forms() -> list[type[Form]]:
    """Every form of every feature."""
    for each in pkgutil.walk_packages(shop.blueprints.__path__, "shop.blueprints."):
        if each.name.rpartition(".")[2].endswith(("forms", "pages", "views", "admin")):
            importlib.import_module(each.name)
    found = [each for each in _below(Form) if each.__module__.startswith("shop.")]
    assert len(found) > 20
    return found


def _below(form: type[Form]) -> Iterator[type[Form]]:
    for each in form.__subclasses__():
        yield each
        yield from _below(each)


@pytest.mark.parametrize(
    ("name", "attributes", "is_required"),
    [
        ("name", "", True),
        ("colour", "", False),
        ("name", ', type="color"', False),
        ("number", "", False),
    ],
)
def test_required_is_said_of_what_html_can_require(app, name, attributes, is_required):
    drawn = '{% from "_parts/forms.html" import field %}{{ field(form[name]' + attributes + ") }}"
    with app.test_request_context():
        html = render_template_string(drawn, form=Odd(), name=name)
    assert (" required" in html) is is_required


def requirements(form: type[Form]) -> list[tuple[str, InputRequired | DataRequired]]:
    """The fields that must be filled in, and what demands it."""
    return [
        (name, validator)
        for name in dir(form)
        if hasattr(field := getattr(form, name), "field_class")
        for validator in field.kwargs.get("validators", ())
        if isinstance(validator, InputRequired | DataRequired)
    ]


@controls.on_sqlite
@pytest.mark.parametrize("path", ["/contact", "/newsletter", "/account/sign-in", "/orders/"])
def test_json_bomb(client, path):
    """No form reads JSON."""
    failed = []
    for kind, body in JSON_BOMBS.items():
        answer = client.post(path, data=body, content_type="application/json")
        if answer.status_code != 422:
            failed.append((kind, answer.status_code))
    assert failed == []


@controls.on_sqlite
def test_control_json_bomb(client):
    with controls.failing_without("forms are no JSON"):
        test_json_bomb(client, "/contact")
