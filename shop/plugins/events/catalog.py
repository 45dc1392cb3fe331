"""Facts of the catalog."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class ProductChanged(Event):
    """A product, its variants or its files changed, or it was published or removed.

    Attributes:
        product_id: which product.
    """

    product_id: int


@dataclass(frozen=True, slots=True)
class VariantRestocked(Event):
    """A variant that had run out can be bought again.

    Attributes:
        variant_id: which variant.
    """

    variant_id: int


@dataclass(frozen=True, slots=True)
class StockChanged(Event):
    """What remains of a variant is another number than before.

    Attributes:
        variant_id: which variant.
    """

    variant_id: int


@dataclass(frozen=True, slots=True)
class NewVersionAnnounced(Event):
    """The owner wants those who have bought a file to be told about its new version.

    Attributes:
        version_id: which version of the file.
    """

    version_id: int


@dataclass(frozen=True, slots=True)
class ArticleLedToGuide(Event):
    """Someone went from an article to a guide. `article` is the slug that the link named: anyone may write one.

    Attributes:
        article: the slug of the article that the link named; anyone may write one.
        product_id: which product.
    """

    article: str
    product_id: int
