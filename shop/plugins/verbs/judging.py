"""Judges what readers write in a plugin, as comments are judged: the same checks, the same rules of the owner."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from shop.plugins.guard import PluginFailed, attempted, guarded
from shop.plugins.manager import registry
from shop.plugins.terms.shapes import fitting
from shop.plugins.terms.text_verdicts import TextJudge, TextVerdict, WrittenText

_UNHEARD = TextVerdict(needs_person=True)


def judge_text(text: WrittenText) -> TextVerdict:
    """What speaks against a text, as the owner's rules for comments have it; where nobody can say, a person decides.

    It takes about a second at most and never raises. Ask before you open a unit of work. Where there are late checks,
    the verdict `is_unfinished`, and `Moderated.begin` has them asked by a job.
    """
    said = [_asked(judge, text) for judge in registry().text_judges]
    return _together(said) if said else _UNHEARD


def judge_text_late(text: WrittenText) -> TextVerdict:
    """What late checks say of a text. In a job, outside any unit of work: it takes seconds.

    Raises:
        PluginFailed: one failed, and is to be asked again.
    """
    return _together(
        [
            attempted(
                "text_judges",
                each,
                partial(_said_late, each.judge_late, text),
                lets_through=(PluginFailed,),  # of a late check, and counted as its own
            )
            for each in registry().text_judges
            if each.judge_late is not None
        ]
    )


def _said_late(judge: Callable[[WrittenText], TextVerdict], text: WrittenText) -> TextVerdict:
    return fitting(judge(text), TextVerdict)


def _asked(judge: TextJudge, text: WrittenText) -> TextVerdict:
    return guarded(
        "text_judges", judge, lambda: fitting(judge.judge(text), TextVerdict), otherwise=_UNHEARD
    )


def _together(said: list[TextVerdict]) -> TextVerdict:
    return TextVerdict(
        is_refused=any(each.is_refused for each in said),
        needs_person=any(each.needs_person for each in said),
        reasons=tuple(reason for each in said for reason in each.reasons),
        hints=tuple(dict.fromkeys(hint for each in said for hint in each.hints)),
        is_unfinished=any(each.is_unfinished for each in said),
    )
