"""The comments of an item, as they are brought in everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask_babel import gettext as _

from shop.blueprints.comments.models import State
from shop.blueprints.importers.conversations.talk import Arrival
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.wordpress.paragraphs import with_paragraphs
from shop.blueprints.importers.wordpress.reading import WrittenComment, WxrItem
from shop.blueprints.importers.wordpress.survey import SiteSurvey
from shop.core import clock
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused

_STATES = {
    "1": State.APPROVED,
    "approve": State.APPROVED,
    "0": State.WAITING,
    "hold": State.WAITING,
    "spam": State.SPAM,
    "trash": State.REJECTED,
    "post-trashed": State.REJECTED,
}
LONGEST_COMMENT = 100_000


def label_of(written: WrittenComment, item: WxrItem) -> str:
    """What a report calls a comment."""
    return f"comment {written.number or '?'} on {item.label}"


def fit_comments(item: WxrItem, report: ImportReport) -> list[tuple[WrittenComment, str]]:
    """The comments that can come in, each with its text as Markdown, and after the one that it answers."""
    found: dict[int, tuple[WrittenComment, str]] = {}
    for written in item.comments:
        try:
            body = _body_of(written)
            if written.number in found:
                raise Refused(_("another one has the same number"))  # noqa: TRY301 - told like all others
        except Refused as refused:
            report.refuse(label_of(written, item), refused.message)
        else:
            found[written.number or 0] = written, body
    return [found[number] for number in in_thread_order(written for written, _ in found.values())]


def _body_of(written: WrittenComment) -> str:
    if not registry().has("comments"):
        raise Refused(_("comments are off"))
    if written.kind in {"pingback", "trackback"}:
        raise Refused(
            _("a %(kind)s is a notification from another site, not a comment", kind=written.kind)
        )
    if written.kind not in {"", "comment"}:
        raise Refused(_("a %(kind)s is not a comment", kind=written.kind))
    if written.number is None:
        raise Refused(
            _("it has no wp:comment_id, so it could not be recognised in a second import")
        )
    if written.state not in _STATES:
        raise Refused(_("unknown status %(status)s", status=f"{written.state!r}"))
    if len(written.body) > LONGEST_COMMENT:
        raise Refused(_("it is too long"))
    return conversion.html_to_markdown(with_paragraphs(written.body))


def in_thread_order(comments: Iterable[WrittenComment]) -> list[int]:
    """Numbers, each after the one that it answers. Where answers go round in a circle, the first begins it."""
    waiting = {comment.number or 0: comment.parent for comment in comments}
    ordered: list[int] = []
    while waiting:
        number = next(iter(waiting))
        chain = {number: None}
        while waiting[number] in waiting and waiting[number] not in chain:
            number = waiting[number]
            chain[number] = None
        ordered.extend(reversed(chain))
        for each in chain:
            del waiting[each]
    return ordered


def arrivals(
    item: WxrItem,
    comments: Iterable[tuple[WrittenComment, str]],
    survey: SiteSurvey,
    *,
    article_id: int,
    site: str,
) -> Iterator[Arrival]:
    """The comments of an article, ready to be stored. `site` is what their keys begin with."""
    for written, body in comments:
        yield Arrival(
            label=label_of(written, item),
            key=f"{site}:comment:{written.number}",
            parent_key=f"{site}:comment:{written.parent}" if written.parent else "",
            article_id=article_id,
            author=conversion.to_plain(written.author),
            email=written.email if "@" in written.email else "",
            body=body,
            posted_at=written.posted_at or item.published_at or clock.now(),
            state=_STATES[written.state],
            is_staff=bool(written.user) and written.user in survey.staff,
            author_url=written.url,
        )
