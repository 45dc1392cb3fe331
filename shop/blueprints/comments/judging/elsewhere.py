"""Judges what readers write elsewhere than below an article: a plugin's reviews, questions and the like."""

from __future__ import annotations

from dataclasses import replace

from shop.blueprints.comments.addresses import address_key_of, network_key_of
from shop.blueprints.comments.judging import policy
from shop.blueprints.comments.judging.late import say
from shop.blueprints.comments.judging.panel import Finding, Judgement, judge
from shop.blueprints.comments.reasons import reason_in_words
from shop.core.mail.mailboxes import normal_address
from shop.plugins import registry
from shop.plugins.api import CommentDraft, TextJudge, TextVerdict, WrittenText


def judge_elsewhere(text: WrittenText) -> TextVerdict:
    """Ask every check; above the owner's number of points, or in doubt, a person decides."""
    verdict = _verdict(judge(_draft(text)))
    is_unfinished = bool(registry().late_comment_checks) and not verdict.is_refused
    return replace(verdict, is_unfinished=is_unfinished)


def judge_elsewhere_late(text: WrittenText) -> TextVerdict:
    """Ask every late check; each may take seconds."""
    draft = _draft(text)
    found = [finding for check in registry().late_comment_checks for finding in say(check, draft)]
    return _verdict(Judgement(tuple(found)))


def _verdict(judgement: Judgement) -> TextVerdict:
    return TextVerdict(
        is_refused=judgement.is_refused,
        needs_person=policy.would_hold(judgement),
        reasons=tuple(
            reason_in_words(each.reason) for each in judgement.findings if _speaks_against(each)
        ),
        hints=tuple(judgement.hints),
    )


def _draft(text: WrittenText) -> CommentDraft:
    return CommentDraft(
        article_id=0,
        author=text.author,
        email=normal_address(text.email),
        body=text.body,
        parent_id=None,
        address_key=address_key_of(text.address) if text.address else "",
        network_key=network_key_of(text.address),
        seconds_to_write=None,
        honeypot=text.honeypot,
        url=text.url,
    )


def _speaks_against(found: Finding) -> bool:
    return bool(found.reason) and (
        found.points > 0 or found.holds or found.is_conclusive or found.is_unsure
    )


JUDGE = TextJudge("comments", judge_elsewhere, judge_elsewhere_late)
