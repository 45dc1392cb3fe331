"""Types for judging a text of readers that is no comment: the text, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenText:
    """What somebody wrote elsewhere than below an article: a review, a question, a page that mentions ours.

    Attributes:
        body: the text as it was typed.
        author: the name that was typed.
        email: the address that was typed; empty when none was asked for.
        url: the author's page; empty when there is none.
        address: the IP address that it came from, such as `request.remote_addr`; it is not kept.
        honeypot: what was typed into a field that people do not see.
    """

    body: str
    author: str = ""
    email: str = ""
    url: str = ""
    address: str = ""
    honeypot: str = ""


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """What the checks say of a text.

    Attributes:
        is_refused: a fact speaks against it, and no mere opinion (a filled honeypot): nobody has to look at it.
        needs_person: nobody is to read it before a person has decided. So it is, too, when a check failed.
        reasons: what speaks against it, in words for whoever decides.
        hints: friendly words for the author.
        is_unfinished: late checks are still to be asked, as `Moderated.begin` does.
    """

    is_refused: bool = False
    needs_person: bool = False
    reasons: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    is_unfinished: bool = False


@dataclass(frozen=True, slots=True)
class TextJudge:
    """Judges texts for all plugins.

    Attributes:
        name: unique.
        judge: gets a `WrittenText` and gives a `TextVerdict`. Changes nothing.
        judge_late: the same in a job that has seconds, where `judge` said `is_unfinished`.
    """

    name: str
    judge: Callable[[WrittenText], TextVerdict]
    judge_late: Callable[[WrittenText], TextVerdict] | None = None
