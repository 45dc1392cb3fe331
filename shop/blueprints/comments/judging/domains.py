"""Whose a link or an email address is: the domain that somebody registered, and on sites of many people their page.

By the Public Suffix List, so that `a.example.co.uk` and `b.example.co.uk` are one owner's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from shop.blueprints.comments.judging.folding import word_set
from shop.blueprints.comments.judging.links_in_text import addresses_in

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

MOST_LINKS = 20
_BARE = re.compile(r"(?<![\w@./-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}(?:/[^\s<>()\[\]\"“”]*)?")
_POINT_IN_WORD = re.compile(r"\.(?<=[a-z0-9-]\.)[a-z]")
_OF_MANY = word_set(
    "bit.ly buff.ly cutt.ly discord.gg discord.com facebook.com fb.com google.com instagram.com is.gd linkedin.com "
    "linktr.ee medium.com ow.ly pinterest.com reddit.com rb.gy shorturl.at snapchat.com t.co t.me telegram.me "
    "tiktok.com tinyurl.com twitter.com vk.com wa.me whatsapp.com x.com youtu.be youtube.com"
)
"""Where an address is somebody's by what follows the domain."""
_MAIL_OF_MANY = word_set(
    "126.com 163.com aol.com fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.de gmx.net googlemail.com hey.com "
    "hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it live.com mac.com mail.com "
    "mail.ru me.com msn.com orange.fr outlook.com outlook.de pm.me proton.me protonmail.com qq.com rambler.ru "
    "t-online.de web.de yahoo.co.in yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it "
    "yandex.com yandex.ru ymail.com zoho.com"
)
"""Providers whose domain says nothing about who writes."""


def owners_of_links(*texts: str) -> list[str]:
    """Whose pages texts link to, each once: a registered domain, or a domain of many with the page's first part."""
    found = (
        _owner(address)
        for text in texts
        for address in [
            *addresses_in(text),
            *filter(has_known_ending, dict.fromkeys(_bare_in(text))),
        ]
    )
    return list(dict.fromkeys(filter(None, found)))[:MOST_LINKS]


def _bare_in(text: str) -> list[str]:
    return _BARE.findall(text) if _POINT_IN_WORD.search(text) else []


def own_domain(email: str) -> str:
    """The registered domain of an email address; empty when everybody can have an address there."""
    host = email.rpartition("@")[2].lower()
    return "" if host in _MAIL_OF_MANY else registered_domain(host)


def registered_domain(host: str) -> str:
    """The part of a host's name that somebody registered; empty when it is none."""
    return _suffixes().privatesuffix(host.lower().strip(".")) or ""


def has_known_ending(address: str) -> bool:
    """Whether a bare word with a point in it ends as domains do; `house.it` does too, and is hardly ever linked."""
    return bool(_suffixes().publicsuffix(address.partition("/")[0], accept_unknown=False))


def _owner(address: str) -> str:
    host, _slash, rest = address.partition("/")
    domain = registered_domain(host.rpartition("@")[2].partition(":")[0].partition("?")[0])
    if domain not in _OF_MANY:
        return domain
    page = rest if rest.startswith("watch?") else rest.partition("/")[0].partition("?")[0]
    return f"{domain}/{page}" if page else ""


@cache
def _suffixes() -> PublicSuffixList:
    # Imported here, because its list is only needed where a comment has a link.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
