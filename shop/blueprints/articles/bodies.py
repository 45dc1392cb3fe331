"""What of an article's text somebody may read. Whoever reads a body asks here: a test says so.

An editor can put an article behind a gate, which a plugin offers. Then everyone reads its beginning, and only those
whom the gate lets in read all of it. A gate that fails or is not there any more lets nobody in.
"""

from __future__ import annotations

import re
from enum import StrEnum

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.read_model import article_view
from shop.core import markdown
from shop.plugins import PluginFailed, attempted, registry
from shop.plugins.api import ArticleGate, Visitor

MORE = re.compile(r"^[ \t]*<!--[ \t]*more[ \t]*-->[ \t]*$\n?", re.MULTILINE)
"""Where the beginning ends, as in WordPress, Hugo and Ghost; no reader sees it."""


class Audience(StrEnum):
    """Who reads."""

    EVERYONE = "everyone"
    LET_IN = "let_in"
    STAFF = "staff"


class GateFailed(Exception):
    """A gate could not be asked: nobody knows whether it lets the reader in."""


def readable(article: Article, audience: Audience) -> str:
    """The Markdown that an audience may read of an article."""
    body = article.body or ""
    if not article.gate or audience is not Audience.EVERYONE:
        return without_mark(body)
    beginning, *rest = MORE.split(body, maxsplit=1)
    return beginning if rest else markdown.first_paragraph(body)


def without_mark(body: str) -> str:
    """A text as it is read: without the line that says where its beginning ends."""
    return MORE.sub("", body)


def audience_of(article: Article, who: Visitor | None) -> Audience:
    """What somebody is to an article behind a gate.

    Raises:
        GateFailed: its gate failed, takes too long, or is not there any more.
    """
    gate = gate_of(article)
    if gate is None:
        raise GateFailed
    view = article_view(article)
    try:
        lets_in = attempted("article_gates", gate, lambda: gate.lets_in(view, who) is True)
    except PluginFailed as failed:
        raise GateFailed from failed
    return Audience.LET_IN if lets_in else Audience.EVERYONE


def gate_of(article: Article) -> ArticleGate | None:
    """The gate of an article, if a plugin offers it."""
    return next((each for each in registry().article_gates if each.name == article.gate), None)
