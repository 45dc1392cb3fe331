"""Brings the posts of a Disqus export in, below the articles that their threads belong to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask_babel import gettext as _

from shop.blueprints.comments.models import State
from shop.blueprints.importers.conversations import matching, talk
from shop.blueprints.importers.conversations.disqus import reading
from shop.blueprints.importers.conversations.disqus.reading import Post, ThreadSurvey
from shop.blueprints.importers.conversations.matching import Articles
from shop.blueprints.importers.conversations.talk import Arrival
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.html import conversion
from shop.plugins.api import ImportReport, Refused

options = (matching.map_option, files.max_mb)


def run(file: Path, report: ImportReport, *, mapping: Path | None, max_mb: int) -> None:
    """Bring a Disqus export in.

    Raises:
        Refused: the file is no use as a whole.
    """
    files.require_harmless(file, max_mb=max_mb)
    talk.require_comments()
    survey = reading.survey_threads(file)
    articles = Articles(mapping)
    known = frozenset(_key(number) for number in survey.posts if number)
    talk.import_talk(
        talk.parents_first(_arrivals(file, survey, articles, report), known),
        report,
    )


def _arrivals(
    file: Path, survey: ThreadSurvey, articles: Articles, report: ImportReport
) -> Iterator[Arrival]:
    seen: set[str] = set()
    for post in reading.posts(file):
        try:
            if post.number in seen:
                raise Refused(_("another one has the same number"))  # noqa: TRY301 - told like all others
            yield _arrival(post, survey, articles)
            seen.add(post.number)
        except Refused as refused:
            report.refuse(post.label, refused.message)


def _arrival(post: Post, survey: ThreadSurvey, articles: Articles) -> Arrival:
    if not post.number:
        raise Refused(_("it has no dsq:id, so it could not be recognised in a second import"))
    if post.is_deleted and post.number not in survey.answered:
        raise Refused(_("it was deleted and has no replies"))
    if post.posted_at is None:
        raise Refused(_("it has no readable date"))
    return Arrival(
        label=post.label,
        key=_key(post.number),
        parent_key=_key(post.parent) if post.parent else "",
        article_id=_article(post, survey, articles),
        author=conversion.to_plain(post.author),
        email=post.email if "@" in post.email else "",
        body="" if post.is_deleted else conversion.html_to_markdown(post.body),
        posted_at=post.posted_at,
        state=_state(post),
    )


def _state(post: Post) -> State:
    if post.is_deleted:
        return State.ERASED
    return State.SPAM if post.is_spam else State.APPROVED


def _article(post: Post, survey: ThreadSurvey, articles: Articles) -> int:
    thread = survey.threads.get(post.thread)
    if thread is None:
        raise Refused(_("its thread %(thread)s is not in the file", thread=post.thread or "?"))
    return articles.find(thread.number, thread.name, link=thread.link, title=thread.title)


def _key(number: str) -> str:
    return f"disqus:{number[:100]}"  # Disqus numbers the posts of all its forums in one row
