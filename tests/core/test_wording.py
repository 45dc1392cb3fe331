"""Words that every page repeats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask_babel import force_locale

from shop.templating import wording

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=9, minutes=40), "9 hours ago"),
        (timedelta(days=1, hours=3), "1 day ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=2, hours=23), "2 days ago"),
        (timedelta(days=7), "7 days ago"),
        (timedelta(days=15, hours=23), "15 days ago"),
        (timedelta(days=16), "6 November 2026"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_how_long_ago_is_said_in_words_then_as_a_date(app, age, said):
    with time_machine.travel(NOW, tick=False):
        drawn = wording.relative_time(NOW - age)
    assert drawn.startswith(f'<time datetime="{(NOW - age).isoformat()}">')
    assert drawn.endswith(f">{said}</time>")


@pytest.mark.parametrize(
    ("locale", "said"), [("de", "vor 9 Stunden"), ("pl", "9 godzin temu"), ("ja", "9 時間前")]
)
def test_how_long_ago_is_said_as_the_site_s_language_says_it(app, locale, said):
    with force_locale(locale), time_machine.travel(NOW, tick=False):
        assert said in wording.relative_time(NOW - timedelta(hours=9))


@pytest.mark.parametrize(
    ("autoescape", "drawn"),
    [(True, "Hello &lt;b&gt;, 2 books of &lt;b&gt;"), (False, "Hello <b>, 2 books of <b>")],
)
def test_what_is_put_into_words_is_escaped_in_html_alone(app, autoescape, drawn):
    environment = app.jinja_env.overlay(autoescape=autoescape)
    template = environment.from_string(
        '{{ _("Hello %(name)s", name=who) }}, '
        '{{ ngettext("%(num)d book of %(name)s", "%(num)d books of %(name)s", 2, name=who) }}'
    )
    assert template.render(who="<b>") == drawn


@pytest.mark.parametrize(("locale", "hour"), [("en", "12:00\u202fPM"), ("de", "12:00")])
def test_an_hour_is_written_in_one_way_alone_and_after_its_day(app, locale, hour):
    with force_locale(locale):
        assert f">{hour}</time>" in wording.on_clock(NOW)
        assert f", {hour}</time>" in wording.on_minute(NOW)


def test_a_moment_has_no_fraction_of_a_second(app):
    moment = NOW.replace(microsecond=123456)
    for drawn in (wording.on_date(moment), wording.on_clock(moment), wording.relative_time(moment)):
        assert drawn.startswith('<time datetime="2026-11-22T12:00:00+00:00">')
    assert wording.on_date(NOW.date()) == '<time datetime="2026-11-22">22 November 2026</time>'
