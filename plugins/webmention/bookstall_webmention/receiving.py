"""Takes what others say of links to us, and believes only what their pages show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from bookstall_webmention import mentions
from bookstall_webmention.documents import Document, host_of, read
from bookstall_webmention.mentions import Found
from bookstall_webmention.models import LONGEST_URL
from shop.plugins.api import (
    ArticleView,
    Fetched,
    Refused,
    TextVerdict,
    Unreachable,
    WrittenText,
    article,
    db,
    enqueue,
    external_url,
    fetch,
    judge_text,
    now,
    unit_of_work,
)

JOB = "webmention.verify"
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=2))
ONCE_IN_SECONDS = 600
"""The same pair is verified once in so long."""
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says: that a page of theirs links to one of ours. `vouch` is a page that speaks for theirs."""

    source: str
    target: str
    vouch: str = ""


def check(claim: Claim) -> ArticleView:
    """The article that a claim is about.

    Raises:
        Refused: an address can't be one, or ours is no article that readers may see.
    """
    _require_other(claim.source)
    if claim.vouch:
        _require_other(claim.vouch)
    mentioned = article_at(claim.target)
    if mentioned is None:
        raise Refused(_("This is no article here."), field="target")
    return mentioned


def take(claim: Claim) -> None:
    """Have a claim verified after the commit, once in ten minutes. Only inside a unit of work."""
    turn = int(now().timestamp()) // ONCE_IN_SECONDS
    key = mentions.key_of(claim.source, claim.target)
    payload = {**asdict(claim), "tried": 0}
    enqueue(JOB, payload, unique_key=f"webmention.verify:{key}:{turn}")


def article_at(target: str) -> ArticleView | None:
    """The article that an address of ours leads to, if readers may see it."""
    try:
        path = urlsplit(target).path.rstrip("/")
    except ValueError:
        return None
    found = article(path.rpartition("/")[2])
    if found is None or not found.is_public or host_of(target) != _our_host():
        return None
    return found if urlsplit(found.url).path.rstrip("/") == path else None


def verify(payload: dict[str, Any]) -> None:
    """The job: fetch the page, look for the link, judge it, write it down. Outside any unit of work."""
    claim = Claim(payload["source"], payload["target"], payload["vouch"])
    mentioned = article_at(claim.target)
    db.session.rollback()
    if mentioned is None:
        return
    try:
        page = fetch(claim.source, headers={"Accept": "text/html"}, seconds=10)
    except Unreachable:
        _try_again(payload)
        return
    document = read(page)
    if page.status in _GONE or (page.status == 200 and not document.links_to(claim.target)):
        with unit_of_work():
            mentions.forget(claim.source, claim.target)
    elif page.status == 200:
        _write_down(claim, mentioned, document)
    else:
        _try_again(payload)


def look_again() -> None:
    """Have those mentions verified anew whose link nobody has looked at for a month.

    Each is looked for once a month, found or not: pages that are away for good would else keep all others waiting.
    """
    for each in mentions.long_unseen():
        each.verified_at = now()
        enqueue(JOB, {**asdict(Claim(each.source, each.target)), "tried": 0})


def _write_down(claim: Claim, mentioned: ArticleView, document: Document) -> None:
    found = Found(
        article_id=mentioned.id,
        source=claim.source,
        target=claim.target,
        host=host_of(claim.source),
        title=document.title or claim.source[:200],
        author=document.author or host_of(claim.source)[:80],
        excerpt=document.said_of(claim.target),
    )
    verdict = _judged(found)
    is_vouched_for = bool(claim.vouch) and _speaks_for(claim.vouch, found.host)
    db.session.rollback()
    with unit_of_work():
        mentions.write(found, verdict, is_vouched_for=is_vouched_for)


def _judged(found: Found) -> TextVerdict:
    words = f"{found.title}\n\n{found.excerpt}"
    return judge_text(WrittenText(body=words, author=found.author))


def _speaks_for(vouch: str, host: str) -> bool:
    """Whether a page of a site that is known here links to a host."""
    if not mentions.is_known(host_of(vouch)):
        return False
    db.session.rollback()
    try:
        page: Fetched = fetch(vouch, headers={"Accept": "text/html"}, seconds=10)
    except Unreachable:
        return False
    return page.status == 200 and read(page).links_to_host(host)


def _try_again(payload: dict[str, Any]) -> None:
    """A server that is away is asked again a few times; then its claim is forgotten."""
    tried = payload["tried"]
    if tried < len(PAUSES):
        with unit_of_work():
            enqueue(JOB, {**payload, "tried": tried + 1}, run_at=now() + PAUSES[tried])


def _require_other(url: str) -> None:
    is_one = url.isascii() and url.startswith(("http://", "https://")) and len(url) <= LONGEST_URL
    if not is_one or host_of(url) in {"", _our_host()}:
        raise Refused(_("Enter the whole address of a page elsewhere."), field="source")


def _our_host() -> str:
    return host_of(external_url("webmention.take"))
