"""Templates are drawn in fewer steps than Jinja takes, and say the same."""

from __future__ import annotations

import jinja2
import pytest
from markupsafe import Markup

from shop.templating.drawing import Generator, PageContext, html_of


class Ours(jinja2.Environment):
    code_generator_class = Generator
    context_class = PageContext
    html_of = staticmethod(html_of)


class Shown:
    def __html__(self):
        return "<i>as HTML</i>"


@jinja2.pass_context
def of_context(context, name):
    return context[name]


@jinja2.pass_eval_context
def way(eval_context, *, loud=False):
    return f"{eval_context.autoescape} {loud}"


@jinja2.pass_environment
def of_environment(environment):
    return environment.autoescape


GIVEN = {
    "text": "a < b & 'c' \"d\"",
    "markup": Markup("<b>&amp;</b>"),
    "shown_thing": Shown(),
    "number": 7,
    "nothing": None,
    "loud": str.upper,
    "of_context": of_context,
    "of_environment": of_environment,
    "way": way,
    "method": "{} and {}".format,
}


@pytest.mark.parametrize("autoescape", [True, False], ids=("html", "text"))
@pytest.mark.parametrize(
    "source",
    [
        "{{ text }}{{ markup }}{{ shown_thing }}{{ number }}{{ nothing }}{{ text|upper }}",
        "{% macro said(what) %}<p>{{ what }}{{ caller() if caller }}</p>{% endmacro %}"
        "{{ said(text) }}{{ said(markup) }}{% call said(text) %}{{ markup }}{{ text }}{% endcall %}",
        "{% for each in [1, 2] %}{% set own = each %}{{ of_context('own') }}{{ of_context('text') }}{% endfor %}",
        "{{ way() }}{{ way(loud=true) }}{{ of_environment() }}{{ loud('x') }}{{ method(text, 1) }}",
        "{% block one %}<p>{{ text }}</p>{% endblock %}{{ self.one() }}",
        "{% set kept %}<p>{{ text }}{{ markup }}</p>{% endset %}{{ kept }}",
        "{% autoescape false %}{{ text }}{% endautoescape %}{% autoescape true %}{{ text }}{% endautoescape %}",
    ],
    ids=("values", "macros", "loops", "functions", "blocks", "sets", "switched"),
)
def test_a_template_draws_what_jinja_draws(source, autoescape):
    ours = Ours(autoescape=autoescape).from_string(source).render(GIVEN)
    theirs = jinja2.Environment(autoescape=autoescape)  # noqa: S701 - nothing is served
    assert ours == theirs.from_string(source).render(GIVEN)
