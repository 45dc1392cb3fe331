"""Where somebody goes who has just signed in."""

from __future__ import annotations

from flask import request, url_for

from shop.blueprints.accounts import queries
from shop.core.web.security import local_target
from shop.plugins import registry
from shop.plugins.api import NavigationItem


def wanted_page(fallback: str | None = None) -> str:
    """Where the visitor wanted to go: a page of this site, whatever `next` claims."""
    if fallback is None:
        fallback = landing_page()
    return local_target(request.values.get("next"), fallback)


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
