"""Facts of the magazine. Drafts make none: facts are about what readers see."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class ArticlePublished(Event):
    """An article or page has become public; a scheduled one when its time comes.

    Attributes:
        article_id: which article or page.
    """

    article_id: int


@dataclass(frozen=True, slots=True)
class ArticleChanged(Event):
    """A public article or page is not what it was.

    Attributes:
        article_id: which article or page.
    """

    article_id: int


@dataclass(frozen=True, slots=True)
class ArticleRemoved(Event):
    """An article or page is no longer public: removed, taken back to a draft, or put off.

    Attributes:
        article_id: which article or page.
    """

    article_id: int
