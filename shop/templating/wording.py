"""Words and dates for templates, remembered: looking a message up costs more than drawing the rest of its line.

Templates say `_("...")` a hundred times a page, and a thread of fifty comments has fifty moments. What was looked up
once in a language is kept; there are only so many messages, and so many ways to say how long ago something was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import g
from flask_babel import format_timedelta, get_domain, get_locale, gettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from shop.core import clock, dates
from shop.core.site import site

_LANGUAGE = "shop_language"
DATE_AFTER = timedelta(days=16)


@pass_eval_context
def translate(context: EvalContext, message: str, **variables: Any) -> str:
    """A message of a template in the site's language. In HTML, what is put into it is escaped; in plain text not."""
    text = _message(language(), message, html=context.autoescape)
    return text % variables if variables else text


def language() -> str:
    """Looked up once per request: to ask the site's settings for each message would cost more than the message."""
    found: str | None = vars(g._get_current_object()).get(_LANGUAGE)  # noqa: SLF001 - past the proxy, as documented
    if found is None:
        found = str(get_locale())
        setattr(g, _LANGUAGE, found)
    return found


@lru_cache(maxsize=5000)
def _message(_locale: str, message: str, *, html: bool) -> str:
    return _as_written(gettext(message), html=html)


@pass_eval_context
def translate_plural(
    context: EvalContext, singular: str, plural: str, num: int, **variables: Any
) -> str:
    """The form of a message that goes with a number, which it may name as `num`."""
    form = get_domain().get_translations().ungettext(singular, plural, num)
    text = _as_written(form, html=context.autoescape)
    return text % {"num": num, **variables}


def _as_written(text: str, *, html: bool) -> str:
    return Markup(text) if html else str(text)  # noqa: S704 - a literal of our templates


def relative_time(moment: datetime) -> Markup:
    """ "9 hours ago" in a `<time>`; the date after 16 days."""
    (told,) = relative_times([moment])
    return told


def relative_times(moments: Iterable[datetime]) -> tuple[Markup, ...]:
    """How long ago each of some moments was."""
    now, locale, zone = clock.now(), language(), site().time_zone
    ages = [(moment, now - moment) for moment in moments]
    return tuple(
        _told(locale, zone, moment, None if age >= DATE_AFTER else _whole(age))
        for moment, age in ages
    )


@lru_cache(maxsize=2000)
def _told(locale: str, _zone: str, moment: datetime, age: timedelta | None) -> Markup:
    return _time(moment, long_date(moment) if age is None else _ago(locale, age))


def unbroken(text: str) -> Markup:
    """A number or a code that no line ends within, for the HTML part of an email."""
    return Markup('<span class="unbroken">{}</span>').format(text)


def on_date(moment: date) -> Markup:
    """14 November 2026 in a `<time>`."""
    return _time(moment, long_date(moment))


def on_clock(moment: datetime) -> Markup:
    """14:03 in a `<time>`."""
    return _time(moment, dates.hour_in_words(moment))


def on_minute(moment: datetime) -> Markup:
    """14 November 2026, 14:03 in a `<time>`."""
    return _time(
        moment,
        gettext("%(day)s, %(time)s", day=long_date(moment), time=dates.hour_in_words(moment)),
    )


def _time(moment: date, text: str) -> Markup:
    # Without the fraction of a second, of which HTML allows three digits and we have six.
    iso = moment.isoformat(timespec="seconds") if isinstance(moment, datetime) else str(moment)
    return Markup(f'<time datetime="{iso}">{escape(text)}</time>')  # noqa: S704 - escaped here


def _whole(age: timedelta) -> timedelta:
    """What has passed in full, of the largest unit: Babel would round 9:40 hours up to ten."""
    days, seconds = age.days, age.seconds
    if days:
        return timedelta(days=max(days, 0))
    return timedelta(seconds=seconds - seconds % (3600 if seconds >= 3600 else 60))


@lru_cache(maxsize=1000)
def _ago(_locale: str, age: timedelta) -> str:
    if not age:
        return str(gettext("just now"))
    # Weeks begin at three, which is beyond the date: 15 days are not two weeks.
    threshold = 3 if age.days >= 3 else 1
    return str(format_timedelta(-age, add_direction=True, threshold=threshold))


def long_date(moment: date) -> str:
    """14 November 2026, in the site's language."""
    return dates.day_in_words(moment, language())
