"""Mentions and what was told on their way to another site and back, by the slug of the article.

Links keep the address that pages elsewhere have: who linked to the former site still does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from bookstall_webmention.documents import host_of
from bookstall_webmention.mentions import STATES, key_of
from bookstall_webmention.models import OUTCOMES, Mention, Sent
from shop.plugins.api import (
    ArticleView,
    Refused,
    article,
    db,
    purge,
    row_values,
    rows_in_batches,
    set_row_values,
)

NOT_TOLD = ("article_id", "pair_key", "target_key", "host", "version")
NEEDED = (
    "source",
    "target",
    "title",
    "author",
    "excerpt",
    "received_at",
    "verified_at",
    "state",
)


def write_mentions() -> Iterator[Mapping[str, Any]]:
    """Every mention, oldest first; those of articles that are gone stay behind."""
    for each in rows_in_batches(select(Mention), Mention.id):
        yield from _row(each)


def write_sent() -> Iterator[Mapping[str, Any]]:
    """Every page that was told. What standing pages link to is told anew: they are found by their id alone."""
    for each in rows_in_batches(select(Sent), Sent.id):
        yield from _row(each)


def _row(each: Mention | Sent) -> Iterator[Mapping[str, Any]]:
    about = article(each.article_id)
    if about is not None and about.kind == "article":
        yield {**row_values(each, leaving_out=NOT_TOLD), "article": about.slug}


def read_mention(said: Mapping[str, Any]) -> bool:
    """Take a mention in with the decision of staff; whether it is new here.

    Raises:
        Refused: its article is not here, or a value is none of ours.
    """
    mention = Mention(article_id=_article_of(said).id)
    set_row_values(mention, said, leaving_out=NOT_TOLD, needs=NEEDED)
    if mention.state not in STATES:
        raise Refused(_("its state is none that a mention has"))
    mention.host = _host(mention.source)
    mention.pair_key = key_of(mention.source, mention.target)
    if _is_here(Mention.pair_key == mention.pair_key):
        return False
    db.session.add(mention)
    purge(*mention.tags())
    return True


def read_sent(said: Mapping[str, Any]) -> bool:
    """Take in that a page was told, so that it is not told twice; whether that is new here.

    Raises:
        Refused: its article is not here, or a value is none of ours.
    """
    sent = Sent(article_id=_article_of(said).id)
    set_row_values(
        sent, said, leaving_out=NOT_TOLD, needs=("target", "is_linked", "outcome", "found_at")
    )
    if sent.outcome not in OUTCOMES:
        raise Refused(_("nothing ends so"))
    sent.host, sent.target_key = _host(sent.target), key_of(sent.target)
    if _is_here(Sent.article_id == sent.article_id, Sent.target_key == sent.target_key):
        return False
    db.session.add(sent)
    return True


def _article_of(said: Mapping[str, Any]) -> ArticleView:
    found = article(str(said.get("article", "")))
    if found is None:
        raise Refused(_("the article is not here"))
    return found


def _host(url: str) -> str:
    host = host_of(url) if url.startswith(("http://", "https://")) else ""
    if not host:
        raise Refused(_("Enter the whole address of a page elsewhere."))
    return host


def _is_here(*same: Any) -> bool:
    return bool(db.session.scalar(select(select(1).where(*same).exists())))
