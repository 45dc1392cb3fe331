"""What a part of a plugin is and what its failure means, in words for an owner who is no programmer."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

_IS: Mapping[str, LazyString] = {
    "slots": _l("Part of a page"),
    "navigation": _l("Links in a menu"),
    "directives": _l("Part of an article"),
    "body_filters": _l("Changes to the text of articles"),
    "structured_data": _l("Data for search engines"),
    "sitemaps": _l("Addresses for search engines"),
    "feed_sources": _l("Part of the feeds"),
    "search_engines": _l("Search"),
    "search_sources": _l("Pages to be found by the search"),
    "admin_sections": _l("Page of the admin"),
    "blueprints": _l("Pages"),
    "pages": _l("Pages"),
    "article_gates": _l("Who may read an article"),
    "comment_checks": _l("Check of comments"),
    "late_comment_checks": _l("Check of comments"),
    "text_judges": _l("Check of what readers write"),
    "cart_rules": _l("Prices in the cart"),
    "checkout_checks": _l("Check of orders"),
    "payment_providers": _l("Payment method"),
    "payment_answers": _l("What a payment method says of payments"),
    "mail_transports": _l("How email is sent"),
    "export_parts": _l("Part of the export"),
    "personal_data": _l("Personal data"),
    "custom_fields": _l("Questions at the checkout"),
    "order_extensions": _l("Part of an order"),
}
_LEFT_OUT = _l("It is left out. Everything else is there.")
_LEFT_TO_PEOPLE = _l("What readers write waits until a person decides.")
_MEANS: Mapping[str, LazyString] = {
    "cart_rules": _l("Carts can’t be priced, so buyers are asked to try again later."),
    "checkout_checks": _l("No order is taken, and buyers are asked to try again later."),
    "pages": _l("This page can’t be opened. Everything else is there."),
    "payment_providers": _l("This payment method can’t be used. The others are offered."),
    "payment_answers": _l(
        "Its answer could not be used, so nothing has changed here. It is asked again later, and told to send its "
        "messages again."
    ),
    "mail_transports": _l("Email waits, and is sent again later."),
    "export_parts": _l("The export could not be finished, or the import left this part out."),
    "personal_data": _l("A person could not get, or erase, all that is kept about them."),
    "comment_checks": _LEFT_TO_PEOPLE,
    "late_comment_checks": _LEFT_TO_PEOPLE,
    "text_judges": _LEFT_TO_PEOPLE,
    "article_gates": _l("Nobody is let in. Everyone reads how the article begins."),
    "search_engines": _l("The search that comes with the shop answers instead."),
    "custom_fields": _l("Buyers are asked all questions."),
}
STOPS_SALES = frozenset({"cart_rules", "checkout_checks"})
"""Hooks that nothing is sold without."""


def kind_of_part(hook: str) -> str:
    """What the parts of this hook are."""
    return str(_IS.get(hook, hook.replace("_", " ")))


def meaning(hook: str) -> str:
    """What it means for readers and buyers when a part of this hook fails."""
    return str(_MEANS.get(hook, _LEFT_OUT))


def advice(hook: str) -> str:
    """What the owner can do about it."""
    said: str = (
        _("To sell without the plugin, switch it off until its author has mended it.")
        if hook in STOPS_SALES
        else _("You can switch the plugin off until its author has mended it.")
    )
    return said
