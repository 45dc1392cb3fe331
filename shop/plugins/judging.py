"""Judges what readers write in a plugin, as comments are judged: the same checks, the same rules of the owner."""

from __future__ import annotations

from shop.plugins.guard import guarded
from shop.plugins.manager import registry
from shop.plugins.shapes import fitting
from shop.plugins.text_verdicts import TextJudge, TextVerdict, WrittenText

_UNHEARD = TextVerdict(needs_person=True)


def judge_text(text: WrittenText) -> TextVerdict:
    """What speaks against a text, as the owner's rules for comments have it; where nobody can say, a person decides.

    It takes about a second at most and never raises. Ask before you open a unit of work. Late checks are not asked.
    """
    said = [_asked(judge, text) for judge in registry().text_judges]
    return _together(said) if said else _UNHEARD


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
    )
