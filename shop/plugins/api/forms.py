"""Forms: what a plugin's pages import, and nothing of it its rules."""

from shop.core.web.forms import (
    Form,
    Required,
    amount,
    email_address,
    one_line,
    refuse_field,
    several_lines,
    typed_moment,
)

__all__ = [
    "Form",
    "Required",
    "amount",
    "email_address",
    "one_line",
    "refuse_field",
    "several_lines",
    "typed_moment",
]
