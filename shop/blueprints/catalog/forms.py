"""The shape of a product, a variant and a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Regexp

from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.core import money
from shop.core.covers.design import TONE
from shop.core.covers.patterns import PATTERNS
from shop.core.web.forms import between
from shop.plugins.api import ProductView, Refused
from shop.plugins.api.forms import Form, Required, one_line, several_lines
from shop.plugins.fields.custom_forms import (
    FieldGroup,
    data_of_custom_fields,
    field_groups,
    given_custom_fields,
    with_custom_fields,
)

MAX_TAGS = 20
WHOLE_TONE = rf"{TONE.pattern}\Z"
_NUMBER = re.compile(r"\b\d{1,9}\b", re.ASCII)
_AS_STORED = (
    "title",
    "slug",
    "subtitle",
    "summary",
    "description",
    "vendor",
    "choice",
    "featured",
    "cover_pattern",
)


STAMPED = _l("Print the buyer’s name and order number on each page")
STAMPED_HINT = _l("For PDF files. Each buyer gets a personal copy, made when the order is paid.")


class ProductForm(Form):
    """What is said of a product."""

    title = StringField(_l("Title"), **one_line(160, missing=_l("Enter a title.")))
    slug = StringField(
        _l("Web address"),
        description=_l("The last part of the page’s URL. Leave empty to create it from the title."),
        **one_line(80, required=False),
    )
    subtitle = StringField(_l("Subtitle on the cover"), **one_line(160, required=False))
    summary = TextAreaField(_l("Summary"), **several_lines(500, required=False))
    description = TextAreaField(
        _l("Description"),
        description=_l("You can use Markdown."),
        **several_lines(50_000, required=False),
    )
    tags = StringField(
        _l("Tags"), description=_l("Separate tags with commas."), **one_line(400, required=False)
    )
    vendor = StringField(_l("Author or publisher"), **one_line(160, required=False))
    choice = StringField(
        _l("What the variants differ in"),
        description=_l("For example “Size”. Buyers see it above the variants."),
        **one_line(120, required=False),
    )
    featured = BooleanField(_l("Show on the front page"))
    pictures = StringField(
        _l("More images"),
        description=_l("Beside the cover on the product’s page."),
        **one_line(400, required=False),
    )
    pages = StringField(
        _l("Look inside"),
        description=_l("Pages that readers may see before they buy."),
        **one_line(400, required=False),
    )
    cover_pattern = SelectField(
        _l("Cover pattern"),
        choices=[SelectChoice(name, name.capitalize()) for name in PATTERNS],
    )
    ground = StringField(
        _l("Cover background colour"),
        validators=[
            Required(_l("Enter a colour like #8c2f2b.")),
            Regexp(WHOLE_TONE, message=_l("Enter a colour like #8c2f2b.")),
        ],
        default="#8c2f2b",
    )
    figure = StringField(
        _l("Cover pattern colour"),
        validators=[
            Required(_l("Enter a colour like #f2e6d8.")),
            Regexp(WHOLE_TONE, message=_l("Enter a colour like #f2e6d8.")),
        ],
        default="#f2e6d8",
    )

    @classmethod
    def of(cls, product: Product, **given: Any) -> ProductForm:
        """The form as the product is now; what was sent goes before it, unless `formdata=None` is given."""
        ground, figure = product.cover_tones
        stored = {name: getattr(product, name) for name in _AS_STORED}
        stored |= {
            "pictures": _numbers_of(product, is_page=False),
            "pages": _numbers_of(product, is_page=True),
        }
        stored |= {"tags": ", ".join(product.tags), "ground": ground, "figure": figure}
        extended = with_custom_fields(cls, ProductView)
        return extended(data=stored | data_of_custom_fields(ProductView, product.id), **given)

    @classmethod
    def new(cls) -> ProductForm:
        """The form of a product that is not there yet."""
        return with_custom_fields(cls, ProductView)()

    def groups(self) -> Sequence[FieldGroup]:
        """The fields of plugins, for templates."""
        return field_groups(self, ProductView)

    def custom(self) -> Mapping[str, Mapping[str, Any]]:
        """What was entered into the fields of plugins."""
        return given_custom_fields(self, ProductView)

    def numbers(self, name: str) -> list[int] | None:
        """The pictures of the library that were chosen in a field; None where nothing was asked."""
        if not self[name].raw_data:
            return None
        return [int(each) for each in _NUMBER.findall(self[name].data or "")]

    def text(self, currency: str) -> ProductText:
        """What was sent."""
        tags = [tag.strip() for tag in (self.tags.data or "").split(",") if tag.strip()]
        return ProductText(
            title=self.title.data or "",
            slug=self.slug.data or "",
            subtitle=self.subtitle.data or "",
            summary=self.summary.data or "",
            description=self.description.data or "",
            currency=currency,
            cover_pattern=self.cover_pattern.data,
            cover_tones=(self.ground.data or "", self.figure.data or ""),
            featured=bool(self.featured.data),
            tags=tags[:MAX_TAGS],
            vendor=self.vendor.data or "",
            choice=self.choice.data or "",
        )


def _numbers_of(product: Product, *, is_page: bool) -> str:
    return " ".join(str(each.picture_id) for each in product.pictures if each.is_page == is_page)


class VariantForm(Form):
    """On what terms a variant is sold."""

    title = StringField(
        _l("Name of this variant"),
        description=_l("You can leave this empty if there is only one variant."),
        **one_line(160, required=False),
    )
    sku = StringField(_l("SKU"), **one_line(80, required=False))
    barcode = StringField(_l("Barcode (ISBN, EAN, UPC)"), **one_line(40, required=False))
    shelf = StringField(
        _l("Storage location"),
        description=_l("Where to find it when packing orders."),
        **one_line(40, required=False),
    )
    price = StringField(_l("Price"), **one_line(20, missing=_l("Enter a price.")))
    compare_at = StringField(_l("Compare-at price"), **one_line(20, required=False))
    is_digital = BooleanField(_l("This is a download (nothing to ship)"))
    may_oversell = BooleanField(_l("Allow sales when out of stock"))
    low_stock_at = IntegerField(
        _l("Show “Only N left” at or below"),
        default=3,
        validators=[Required(_l("Enter a number.")), between(0, 1000)],
    )
    weight_grams = IntegerField(
        _l("Weight in grams"),
        default=0,
        validators=[Required(_l("Enter the weight in grams.")), between(0, 1_000_000)],
    )

    @classmethod
    def of(cls, variant: Variant) -> VariantForm:
        """The form as the variant is now."""
        currency = variant.product.currency
        before = variant.compare_at_minor
        return cls(
            obj=variant,
            data={
                "price": str(money.to_decimal(variant.price_minor, currency)),
                "compare_at": "" if before is None else str(money.to_decimal(before, currency)),
            },
        )

    def terms(self, currency: str) -> VariantTerms:
        """What was sent.

        Raises:
            Refused: an amount is none in this currency; `field` names it.
        """
        return VariantTerms(
            title=self.title.data or "",
            sku=self.sku.data or "",
            barcode=self.barcode.data or "",
            shelf=self.shelf.data or "",
            price_minor=_amount(self.price, currency),
            compare_at_minor=_amount(self.compare_at, currency) if self.compare_at.data else None,
            is_digital=bool(self.is_digital.data),
            may_oversell=bool(self.may_oversell.data),
            low_stock_at=self.low_stock_at.data or 0,
            weight_grams=self.weight_grams.data or 0,
        )


def _amount(field: Field, currency: str) -> int:
    try:
        return money.parse(field.data or "", currency)
    except Refused as refusal:
        raise Refused(refusal.message, field=field.name) from None


class PictureForm(Form):
    """A picture in place of the drawn cover."""

    picture = FileField(_l("Image"), validators=[FileRequired(_l("Choose an image."))])


class UploadForm(Form):
    """A file that buyers get."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])
    version = StringField(
        _l("Version"), default="1.0", **one_line(20, missing=_l("Enter a version number."))
    )
    is_stamped = BooleanField(STAMPED, description=STAMPED_HINT)
