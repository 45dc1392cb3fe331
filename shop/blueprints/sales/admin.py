"""The sales page of the admin."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from shop.blueprints.sales import charts, queries
from shop.blueprints.sales.charts import Chart
from shop.blueprints.sales.queries import Bar, Range, Step, Sums
from shop.core import clock
from shop.core.text import as_day
from shop.plugins.api import format_money

bp = Blueprint("sales", __name__)

LONGEST = timedelta(days=3660)
MOST_BARS = {Step.DAY: 92, Step.WEEK: 700}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Revenue and orders from `?since=` to `?until=`, by `?by=` day, week or month, in one `?currency=`."""
    within = _range()
    step = _step(within)
    sums = queries.sums(within)
    asked = request.args.get("currency", "")
    chosen = next((each for each in sums if each.currency == asked), sums[0] if sums else None)
    return render_template(
        "admin/sales/index.html",
        within=within,
        step=step,
        steps=_steps(within, step, chosen),
        sums=sums,
        chosen=chosen,
        charts=_charts(within, step, chosen) if chosen else (),
        guides=queries.best_guides(within, chosen.currency) if chosen else (),
        taxes=queries.taxes(within, chosen.currency) if chosen else (),
        leads=queries.leads(within, chosen.currency if chosen else ""),
    )


def _steps(
    within: Range, present: Step, chosen: queries.Sums | None
) -> list[tuple[str, str, None, bool]]:
    shared: dict[str, Any] = {"since": within.since, "until": within.until}
    if chosen:
        shared["currency"] = chosen.currency
    return [
        (each.label, url_for("admin.sales.index", by=each.value, **shared), None, each is present)
        for each in Step
    ]


def _range() -> Range:
    """The range of the address; what can't be read is as if it were not there."""
    today = clock.now().date()
    until = min(as_day(request.args.get("until", "")) or today, today)
    since = as_day(request.args.get("since", "")) or until - queries.USUAL
    if since > until:
        since, until = until, since
    return Range(max(since, until - LONGEST), until)


def _step(within: Range) -> Step:
    """The step of the address, or a wider one where its bars would be too thin to see."""
    asked = request.args.get("by", "")
    step = Step(asked) if asked in set(Step) else Step.DAY
    days = (within.until - within.since).days
    if step is Step.DAY and days > MOST_BARS[Step.DAY]:
        step = Step.WEEK
    if step is Step.WEEK and days > MOST_BARS[Step.WEEK]:
        step = Step.MONTH
    return step


def _charts(within: Range, step: Step, chosen: Sums) -> tuple[Chart, Chart]:
    bars = queries.bars(within, chosen.currency, step)
    when = {Step.DAY: _("Day"), Step.WEEK: _("Week from"), Step.MONTH: _("Month")}[step]
    return (
        charts.bar_chart(
            "revenue",
            title=_("Revenue"),
            desc=_highest(bars, step, chosen.currency),
            headings=(when, _("Revenue")),
            values=[(_label(bar.begins, step), bar.revenue_minor) for bar in bars],
            say=lambda minor: format_money(minor, chosen.currency),
        ),
        charts.bar_chart(
            "orders",
            title=_("Orders"),
            desc=_("%(count)d orders in total.", count=chosen.orders),
            headings=(when, _("Orders")),
            values=[(_label(bar.begins, step), bar.orders) for bar in bars],
            say=str,
        ),
    )


def _highest(bars: list[Bar], step: Step, currency: str) -> str:
    best = max(bars, key=lambda bar: bar.revenue_minor)
    return str(
        _(
            "%(sum)s in total. The highest bar is %(when)s with %(most)s.",
            sum=format_money(sum(bar.revenue_minor for bar in bars), currency),
            when=_label(best.begins, step),
            most=format_money(best.revenue_minor, currency),
        )
    )


def _label(day: date, step: Step) -> str:
    skeleton = "yMMM" if step is Step.MONTH else "MMMd"
    return str(format_skeleton(skeleton, day, locale=get_locale() or "en"))
