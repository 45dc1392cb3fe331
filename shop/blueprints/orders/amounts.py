"""What an order costs, fixed when it was placed: the columns of it, for the order and for its lines."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, text, true
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId


class OrderAmounts:
    """Amounts in minor units of the order's currency; total = subtotal - discount + shipping + `added_tax_minor`.

    `tax_minor` is all the tax there is, in the prices where `prices_include_tax`, else on top. `tax_breakdown` says
    how it comes about, one row a rate: label, rate (thousandths of a percent), base_minor (without the tax), tax_minor.
    `tax_country` is whose tax it is; `tax_number` is the buyer's, checked by its form only.
    """

    subtotal_minor: Mapped[int] = mapped_column(BigId)
    discount_minor: Mapped[int] = mapped_column(
        BigId,
        CheckConstraint("discount_minor >= 0", name="discount_not_negative"),
        default=0,
        server_default="0",
    )
    discount_label: Mapped[str] = mapped_column(String(120), default="", server_default="")
    shipping_minor: Mapped[int] = mapped_column(BigId)
    shipping_label: Mapped[str] = mapped_column(String(120), default="", server_default="")
    tax_minor: Mapped[int] = mapped_column(BigId)
    tax_breakdown: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )
    prices_include_tax: Mapped[bool] = mapped_column(default=True, server_default=true())
    tax_country: Mapped[str] = mapped_column(String(2), default="", server_default="")
    tax_number: Mapped[str] = mapped_column(String(32), default="", server_default="")
    total_minor: Mapped[int] = mapped_column(BigId)

    @property
    def added_tax_minor(self) -> int:
        """Tax that is paid on top of the prices."""
        return 0 if self.prices_include_tax else self.tax_minor


class LineAmounts:
    """What of the order's discount and tax falls on this line; the rate is in thousandths of a percent."""

    discount_minor: Mapped[int] = mapped_column(
        BigId,
        CheckConstraint("discount_minor >= 0", name="discount_not_negative"),
        default=0,
        server_default="0",
    )
    tax_minor: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    tax_rate: Mapped[int] = mapped_column(default=0, server_default="0")
