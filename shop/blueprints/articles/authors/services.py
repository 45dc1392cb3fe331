"""What happens to authors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import account_of
from shop.blueprints.articles.authors import findable, queries
from shop.blueprints.articles.models import (
    SLUG_LENGTH,
    Article,
    Author,
    AuthorAccount,
    FormerAuthor,
)
from shop.core import text
from shop.core.pictures.drawing import drawable
from shop.plugins.api import Refused, db, purge

MOST_LINKS = 8
LONGEST_LINK = 200
BIO_LENGTH = 1000


class AuthorFields(TypedDict, total=False):
    """What can be said of an author. `links` are whole addresses of their other pages, `portrait_id` the number of a
    picture of the library."""

    name: str
    bio: str
    slug: str
    links: Sequence[str]
    portrait_id: int | None


def write_author(**fields: Unpack[AuthorFields]) -> Author:
    """Make an author, of whom at least the `name` is given; without a `slug` the address is made of it.

    Raises:
        Refused: there is one under this name or address, or a link is no address.
    """
    slug = text.slugify(fields.pop("slug", "") or fields["name"], max_length=SLUG_LENGTH)
    author = Author(bio="", links=[], slug=slug or "author")
    _apply(author, fields)
    _store(author)
    return author


def save_author(author: Author, **fields: Unpack[AuthorFields]) -> None:
    """Change what is given of an author; every article by them says it too. An old address leads to the new one.

    Raises:
        Refused: there is one under this name or address, or a link is no address.
    """
    _apply(author, fields)
    if slug := text.slugify(fields.get("slug", ""), max_length=SLUG_LENGTH):
        _move(author, slug)
    _store(author)


def set_author(article: Article, author: Author | None) -> None:
    """Say who wrote an article. Whoever has nothing public any more is not found any more."""
    before, article.author = article.author, author
    if before is not None and before is not author:
        findable.keep_author(before, besides=article)


def own_author(account: Account) -> Author:
    """The author as whom somebody writes, made where there is none yet. One of the same name is another's."""
    author = queries.author_for(account)
    if author is None:
        author = write_author(name=account.name, slug=f"{account.name}-{account.id}")
        db.session.add(AuthorAccount(author_id=author.id, account_id=account.id))
    return author


def let_write_as(author: Author, email: str) -> None:
    """Let the person of an email address, or with an empty one nobody, change an author's articles.

    Raises:
        Refused: nobody who works here has this address, or that person writes as another author.
    """
    account = account_of(email) if email else None
    if email and (account is None or not account.is_staff):
        raise Refused(_("Nobody among your staff has this email address."), field="email")
    other = queries.author_for(account) if account else None
    if other is not None and other != author:
        raise Refused(_("This person writes as %(name)s.", name=other.name), field="email")
    db.session.execute(delete(AuthorAccount).where(AuthorAccount.author_id == author.id))
    if account is not None:
        db.session.add(AuthorAccount(author_id=author.id, account_id=account.id))


def _apply(author: Author, fields: AuthorFields) -> None:
    if "name" in fields:
        author.name = fields["name"]
    if "bio" in fields:
        author.bio = fields["bio"]
    if "links" in fields:
        author.links = _fit_links(fields["links"])
    if "portrait_id" in fields:
        _choose_portrait(author, fields["portrait_id"])


def _choose_portrait(author: Author, picture_id: int | None) -> None:
    if picture_id is not None and picture_id != author.portrait_id and not drawable([picture_id]):
        raise Refused(_("There is no image with this number."), field="portrait")
    author.portrait_id = picture_id


def _fit_links(links: Sequence[str]) -> list[str]:
    fit = list(dict.fromkeys(link for each in links if (link := text.clean_line(each))))
    if len(fit) > MOST_LINKS:
        raise Refused(_("Use at most %(number)d links.", number=MOST_LINKS), field="links")
    for link in fit:
        if not is_web_address(link):
            refusal = _("“%(link)s” is not a web address. Start it with https://.", link=link[:60])
            raise Refused(refusal, field="links")
    return fit


def is_web_address(link: str) -> bool:
    """Whether a link is a whole address that a page may lead to."""
    if len(link) > LONGEST_LINK or " " in link:
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _move(author: Author, slug: str) -> None:
    old = author.slug
    if slug == old:
        return
    db.session.execute(delete(FormerAuthor).where(FormerAuthor.slug.in_([old, slug])))
    db.session.add(FormerAuthor(slug=old, author_id=author.id))
    author.slug = slug


def _store(author: Author) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(author)
    except IntegrityError:
        raise Refused(_("There is already an author with this name."), field="name") from None
    findable.keep_author(author)
    purge("articles")
