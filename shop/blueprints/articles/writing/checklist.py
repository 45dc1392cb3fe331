"""What is worth a look before an article is published: descriptions of pictures, the order of headings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.link_checks import answers_of, links_to_check
from shop.core import markdown
from shop.core.pictures.drawing import drawable
from shop.core.text import count_words, reading_minutes

_SHOWN = re.compile(r"^::(?:picture|gallery)\[([^\]|\n]{1,200})", re.MULTILINE)
_NUMBER = re.compile(r"\b\d{1,9}\b")


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the checklist; `is_good` when there is nothing to mend. `details` are shown below it."""

    is_good: bool
    words: str
    details: Sequence[str] = ()


def checklist(body: str, excerpt: str, article: Article | None) -> list[ChecklistItem]:
    """Everything that was looked at, what is good too: so that writers see that it was."""
    outline = markdown.outline(body)
    return [
        _length(body),
        _summary(excerpt),
        *_pictures(body, outline),
        _headings(outline),
        *_links(outline, article),
    ]


def _length(body: str) -> ChecklistItem:
    words, minutes = count_words(markdown.plain_text(body)), reading_minutes(body)
    said = _("Words: %(words)d. Minutes to read: %(minutes)d.", words=words, minutes=minutes)
    return ChecklistItem(words > 0, said)


def _summary(excerpt: str) -> ChecklistItem:
    if excerpt.strip():
        return ChecklistItem(is_good=True, words=_("It has a summary."))
    return ChecklistItem(
        is_good=False, words=_("It has no summary: lists show how the text begins.")
    )


def _pictures(body: str, outline: markdown.Outline) -> Iterator[ChecklistItem]:
    numbers = [int(each) for said in _SHOWN.findall(body) for each in _NUMBER.findall(said)]
    named = drawable(numbers)
    bare = [each for each, alt in outline.pictures if not alt.strip()]
    bare += [each.name or str(each.id) for each in named if not each.alt.strip()]
    lost = sorted(set(numbers) - {each.id for each in named})
    if lost:
        yield ChecklistItem(False, _("These images are not in the library:"), tuple(map(str, lost)))
    if bare:
        yield ChecklistItem(False, _("These images have no description:"), tuple(bare))
    elif numbers or outline.pictures:
        yield ChecklistItem(True, _("All images have a description."))


def _headings(outline: markdown.Outline) -> ChecklistItem:
    wrong = []
    before = 1
    for level, title in outline.headings:
        if level > before + 1:
            wrong.append(title or _("(empty)"))
        elif not title:
            wrong.append(_("(empty)"))
        before = level
    if wrong:
        return ChecklistItem(False, _("These headings are empty, or skip a level:"), tuple(wrong))
    return ChecklistItem(True, _("The headings are in order."))


def _links(outline: markdown.Outline, article: Article | None) -> Iterator[ChecklistItem]:
    links = links_to_check(outline)
    if not links:
        return
    answers = answers_of(article) if article is not None else {}
    silent = [link for link in links if link in answers and not answers[link].is_good]
    unknown = [link for link in links if link not in answers]
    if silent:
        yield ChecklistItem(
            False,
            _("These links do not answer:"),
            tuple(f"{link} ({answers[link].said})" for link in silent),
        )
    if unknown:
        yield ChecklistItem(
            False,
            ngettext(
                "%(num)d link was not tried yet.", "%(num)d links were not tried yet.", len(unknown)
            ),
        )
    if not silent and not unknown:
        yield ChecklistItem(True, _("All links answer."))
