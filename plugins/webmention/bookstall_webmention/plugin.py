"""What the plugin gives to the site. Hooks are called once, when the site starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from bookstall_webmention import desk, mentions, moving, pages, receiving, sending
from bookstall_webmention.mentions import WebmentionSettings
from bookstall_webmention.models import Mention, tag_of
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    ExportPart,
    JobKind,
    Periodic,
    Permission,
    Plugin,
    Slot,
    Subscriber,
    current_settings,
    external_url,
    hookimpl,
    made_of,
)
from shop.plugins.api import article as article_of
from shop.plugins.api.events import ArticleChanged, ArticlePublished, ArticleRemoved

PLUGIN = Plugin(
    name="webmention",
    title=_l("Webmention"),
    requires=("articles", "comments"),
    settings=WebmentionSettings,
    api=">=1,<2",
)
SECONDS = 60
"""What a job may take: a page, an endpoint or a page that vouches, and the checks."""


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield pages.bp


@hookimpl
def migrations() -> Iterable[Path]:
    yield Path(__file__).parent / "versions"


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(
        "webmention.moderate", _l("Moderate webmentions"), frozenset({"editor", "moderator"})
    )


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="webmentions",
        label=_l("Webmentions"),
        group="talk",
        permission="webmention.moderate",
        blueprint=desk.desk,
        endpoint="overview",
        count=Mention.number_waiting,
        order=30,
    )


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("article.head", "webmention/head.html", endpoint)
    yield Slot("article.after_body", "webmention/below_article.html", below_article, order=200)


def endpoint(**_article: Any) -> Mapping[str, Any] | None:
    """For `<head>`: where the page takes webmentions."""
    made_of("settings")
    if not current_settings(WebmentionSettings).receives:
        return None
    return {"endpoint": external_url("webmention.take")}


def below_article(article: Any) -> Mapping[str, Any] | None:
    """What other pages say of an article, and a form; standing pages have none."""
    made_of(tag_of(article.id), "settings")
    found = article_of(article.id)
    takes = current_settings(WebmentionSettings).receives
    shown = mentions.shown_below(article.id)
    if found is None or found.kind != "article" or not (takes or shown):
        return None
    return {"mentions": shown, "target": found.url, "takes": takes}


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber(
        "webmention.published", ArticlePublished, _look_for_links, in_transaction=False
    )
    yield Subscriber("webmention.changed", ArticleChanged, _look_for_links, in_transaction=False)
    yield Subscriber("webmention.removed", ArticleRemoved, _look_for_links, in_transaction=False)


def _look_for_links(
    event: ArticlePublished | ArticleChanged | ArticleRemoved,
) -> Callable[[], None] | None:
    return sending.look_for_links(event.article_id)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind(sending.JOB, sending.tell, lease_seconds=SECONDS, in_transaction=False)
    yield JobKind(receiving.JOB, receiving.verify, lease_seconds=SECONDS, in_transaction=False)


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("webmention.look_again", timedelta(hours=6), receiving.look_again)


@hookimpl
def export_parts() -> Iterable[ExportPart]:
    yield ExportPart("webmentions", "webmention", moving.write_mentions, moving.read_mention)
    yield ExportPart("webmentions-sent", "page that was told", moving.write_sent, moving.read_sent)
