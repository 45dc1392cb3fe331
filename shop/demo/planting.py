"""Plants the whole demonstration: once, all of it or nothing, whatever is written or removed there afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shop.blueprints.accounts import queries, services
from shop.blueprints.accounts.models import Account, Role
from shop.core import settings
from shop.core.errors import Refused
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.demo import books, letterbox, magazine, pictures, prices, stall
from shop.plugins import registry

OWNER: Final = "owner@example.org"
MODERATOR: Final = "moderator@example.org"
BUYER: Final = "buyer@example.org"
_SITE: Final = {
    "name": "Bookstall",
    "tagline": "On living with other people",
    "description": "A small magazine about trust, quarrels and repair between people who share a table, "
    "with a stall of guides beside it.",
    "currency": "EUR",
    "owner_email": OWNER,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in."""

    role: Role
    email: str
    name: str


_MENUS: Final = {
    "en": ("Articles", "Repair", "The long repair", "Guides", "About", "Contact"),
    "de": ("Artikel", "Reparieren", "Die lange Reparatur", "Leitfäden", "Über uns", "Kontakt"),
    "ar": ("المقالات", "الإصلاح", "الإصلاح الطويل", "الأدلة", "من نحن", "اتصل بنا"),
}
"""What the links of the menu are called, by language."""
_MENU_ADDRESSES: Final = (
    "/articles/",
    "/articles/tag/repair",
    "/series/the-long-repair",
    "/shop/",
    "/pages/about",
    "/contact",
)
LANGUAGES: Final = tuple(_MENUS)
_PICTURED: Final = "table-questions"
"""The product that shows the pictures of the magazine as well."""
_OPENED: Final = "the-repair-notebook"
"""The product that can be looked into."""

PEOPLE: Final = (
    Person(Role.OWNER, OWNER, "Ines Marlow"),
    Person(Role.MODERATOR, MODERATOR, "Joan Pettifer"),
    Person(Role.BUYER, BUYER, "Tomas R."),
)


def plant(password: str, say: Callable[[str], object]) -> bool:
    """Fill an empty site; `say` gets a line on each step. False when it was planted before.

    Raises:
        Refused: the database belongs to another site.
    """
    if queries.account_of(OWNER) is not None:
        return False
    if queries.has_owner():
        raise Refused("This database belongs to a site that is no demonstration.")
    printed = {}
    if registry().has("catalog"):
        say("Setting the printed guides ...")
        printed = stall.print_papers()
    with unit_of_work():
        settings.change(SiteSettings, {**_SITE, "top_menu": _menu("en")})
        people = [_add(person, password) for person in PEOPLE]
        _plant_words(say)
        _plant_wares(printed, people[-1], say)
    if registry().has("comments"):
        magazine.judge_comments()
    return True


def speak(language: str) -> None:
    """Let the pages of the demonstration speak a language; its menu too, unless the owner has written another."""
    with unit_of_work():
        present = settings.current(SiteSettings)
        is_planted = present.top_menu in {_menu(each) for each in LANGUAGES}
        menu = {"top_menu": _menu(language)} if is_planted else {}
        settings.change(SiteSettings, {"locale": language, **menu})


def _menu(language: str) -> tuple[str, ...]:
    names = zip(_MENUS[language], _MENU_ADDRESSES, strict=True)
    return tuple(f"{name} {address}" for name, address in names)


def _add(person: Person, password: str) -> Account:
    return services.create(
        email=person.email, name=person.name, role=person.role, password=password, verified=True
    )


def _plant_words(say: Callable[[str], object]) -> None:
    has = registry().has
    if has("articles"):
        articles = magazine.plant()
        say(f"Planted {len(articles)} articles and the pages.")
        if has("comments"):
            say(f"Planted {magazine.plant_comments(articles)} comments.")
    if has("contact"):
        say(f"Planted {letterbox.plant_messages()} messages.")
    if has("newsletter"):
        say(f"Planted {letterbox.plant_subscribers()} subscribers.")


def _plant_wares(printed: dict[str, bytes], buyer: Account, say: Callable[[str], object]) -> None:
    has = registry().has
    if not has("catalog"):
        return
    from shop.blueprints.catalog.services import show_pictures

    products = stall.plant(printed)
    say(f"Planted {len(products)} guides.")
    numbers = pictures.plant_pictures()
    pictured = next(product for product in products if product.slug == _PICTURED)
    show_pictures(pictured, list(numbers.values()))
    opened = next(product for product in products if product.slug == _OPENED)
    inside = pictures.plant_pictures("inside")
    order = ("evening-one", "evening-four", "last-page")
    show_pictures(opened, [inside[name] for name in order if name in inside], as_pages=True)
    prices.plant()
    if has("orders") and has("payments_stripe"):
        say(f"Planted {stall.plant_orders(products, buyer)} past orders.")
        books.plant(products, buyer)
