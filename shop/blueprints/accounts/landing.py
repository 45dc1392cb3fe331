"""Where somebody lands who has just signed in."""

from __future__ import annotations

from flask import url_for

from shop.blueprints.accounts import queries
from shop.plugins import registry
from shop.plugins.api import NavigationItem


def landing_page() -> str:
    """The first page for those who work on the site, the first of their own pages for everyone else."""
    account = queries.current_account()
    place = "staff" if account is not None and account.is_staff else "account"
    items = [
        item
        for item in registry().navigation
        if isinstance(item, NavigationItem) and item.place == place
    ]
    if not items:
        return url_for("accounts.home")
    first = min(items, key=lambda item: item.order)
    return url_for(first.endpoint, **first.values)
