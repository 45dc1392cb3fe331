"""Tells pages that an article links to them, or no longer does. Each page by a job, which may be tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from bookstall_webmention.documents import endpoint_of, host_of, links_in
from bookstall_webmention.mentions import WebmentionSettings, key_of
from bookstall_webmention.models import (
    AWAY,
    LONGEST_URL,
    NO_ENDPOINT,
    NOT_TAKEN,
    TOLD,
    Sent,
)
from shop.plugins.api import (
    OutOfDate,
    Unreachable,
    article,
    article_text,
    current_settings,
    db,
    enqueue,
    external_url,
    fetch,
    now,
    unit_of_work,
)

JOB = "webmention.tell"
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=2))
MOST_LINKS = 100
SHOWN = 100


def look_for_links(article_id: int) -> Callable[[], None] | None:
    """Look for the links in an article; what is returned has the pages told that it has begun to link to, and those
    that it has stopped to link to.
    """
    if not current_settings(WebmentionSettings).sends:
        return None
    seen = article(article_id)
    linked = {key_of(link): link for link in links_of(article_id)}

    def note() -> None:
        if article(article_id) != seen:
            raise OutOfDate
        _note_links(article_id, linked)

    return note


def _note_links(article_id: int, linked: Mapping[str, str]) -> None:
    known = {each.target_key: each for each in _of_article(article_id)}
    for key, link in linked.items():
        if key not in known:
            known[key] = _noted(article_id, key, link)
        elif known[key].is_linked:
            continue
        known[key].is_linked = True
        _ask(known[key])
    for key, each in known.items():
        if each.is_linked and key not in linked:
            each.is_linked = False
            if each.outcome == TOLD:
                _ask(each)


def links_of(article_id: int) -> list[str]:
    """The pages of others that an article links to, where everyone may read it."""
    found = article_text(article_id)
    if found is None:
        return []
    ours = host_of(external_url("webmention.take"))
    links = links_in(str(found.html), found.article.url)
    theirs = [link for link in links if host_of(link) not in {"", ours}]
    return [link for link in theirs if len(link) <= LONGEST_URL][:MOST_LINKS]


def tell(payload: dict[str, Any]) -> None:
    """The job: look where the page takes webmentions, and send one. Outside any unit of work."""
    sent = db.session.get(Sent, payload["sent_id"])
    source = article(sent.article_id) if sent else None
    if sent is None or source is None:
        return
    target = sent.target
    db.session.rollback()
    try:
        outcome = _told(source.url, target)
    except Unreachable:
        outcome = AWAY
    with unit_of_work():
        _note(payload, outcome)


def newest(limit: int = SHOWN) -> Sequence[Sent]:
    """What was sent last, for staff."""
    return db.session.scalars(select(Sent).order_by(Sent.id.desc()).limit(limit)).all()


def _told(source: str, target: str) -> str:
    page = fetch(target, headers={"Accept": "text/html"}, seconds=10)
    endpoint = endpoint_of(page)
    if endpoint is None:
        return NO_ENDPOINT
    body = urlencode({"source": source, "target": target}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status = fetch(endpoint, method="POST", body=body, headers=kind, seconds=10).status
    if 200 <= status < 300:
        return TOLD
    return NOT_TAKEN if status < 500 else AWAY


def _note(payload: dict[str, Any], outcome: str) -> None:
    """Write down what became of it; a server that was away is asked again a few times."""
    sent = db.session.get(Sent, payload["sent_id"])
    if sent is None:
        return
    sent.outcome, sent.told_at = outcome, now()
    tried = payload["tried"]
    if outcome == AWAY and tried < len(PAUSES):
        enqueue(JOB, {"sent_id": sent.id, "tried": tried + 1}, run_at=now() + PAUSES[tried])


def _ask(sent: Sent) -> None:
    db.session.flush()
    enqueue(JOB, {"sent_id": sent.id, "tried": 0})


def _noted(article_id: int, key: str, link: str) -> Sent:
    sent = Sent(article_id=article_id, target_key=key, target=link, host=host_of(link))
    db.session.add(sent)
    return sent


def _of_article(article_id: int) -> Sequence[Sent]:
    return db.session.scalars(select(Sent).where(Sent.article_id == article_id)).all()
