"""Links in the text, invitations to follow one, and addresses where a name belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from shop.blueprints.comments.judging.domains import has_known_ending
from shop.blueprints.comments.judging.folding import fold_text, word_set
from shop.blueprints.comments.judging.links_in_text import count_links
from shop.blueprints.comments.judging.words.sieve import Sieve
from shop.blueprints.comments.settings import CommentSettings
from shop.core import settings
from shop.plugins.api import CommentDraft, Evidence

A_FEW_LINKS = 2

_PULLED_APART = re.compile(
    r"(?<![\w@./-])[a-z0-9-]{2,63}(?:\s{1,3}\.\s?|\.)(?:com|net|org|info|biz|xyz)\b"
    r"|(?<![\w@./-])[a-z0-9-]{2,63}\.\s(?:com|net|org)(?=\s?(?:$|[.,!?/)]))"
    r"|(?<![\w@./-])[a-z0-9-]{3,63}[•·∙。．‧](?:com|net|org|info|biz|xyz)\b"
    r"|\b(?:t|wa)\s?\.\s?me\s?/\s?[\w+]{2,40}|\bdiscord\s?\.\s?gg\s?/\s?\w{2,40}|\bh(?:xx|tt)ps?\s?:\s?//\s?\w{2,40}"
    r"|\bhxxps?\b|(?<![^\s(“\"'])\.(?:bet|casino|xyz|online|site|shop|top|click|club|vip|loan)\b"
    r"|\b(?:tinyurl com|linktr ee|cutt ly|goo gl|shorturl at|lnkd in|discord gg|rebrand ly)\b"
)
_MAYBE_APART = re.compile(
    r"[.•·∙。．‧]\s?(?:com|net|org|info|biz|xyz|me\s?/|gg\s?/)|:\s?//|hxxp|\.(?<!\w\.)(?:bet|casino|xyz|online|site|shop|top|click|club|vip|loan)\b"
)
_SHORTENERS = (
    "tinyurl ",
    "linktr ",
    "cutt ",
    "goo gl",
    "shorturl ",
    "lnkd ",
    "discord gg",
    "rebrand ",
)
_ENCODED = re.compile(r"\b(?:aHR0c|d3d3L)[A-Za-z0-9+/]{8,}")
"""An address in base64: `http`, or `www.`."""
"""What every address that is pulled apart has in it; quickly looked for."""
_POINT_IN_WORD = re.compile(r"\.[^\W\d_]{2}")
_MAYBE_BARE = re.compile(
    r"(?<![\w@.-])(?<!\w/)([^\W_][\w-]{1,62}(?:\.[\w-]{1,63}){0,3})\.([^\W\d_]{2,24})(/\w)?\b"
)
_USUAL_ENDINGS = word_set(
    "com net org info biz xyz online site website shop store top click club vip icu link live bet casino loan loans "
    "pro space ru money finance cyou sbs cfd tk рф"
)
_OF_FILES = word_set("mov zip py rs sh md")
_NAME_OF_A_PAGE = re.compile(r"[0-9-]")
_MOST_LOOKED_AT = 20
_INVITATION = Sieve(
    re.compile(
        r"\b(?:(?:check(?: out)?|visit|subscribe to|sub to|follow|watch|like|join) (?:my|our) (?:[a-z]{2,12} ){0,2}"
        r"(?:channels?|videos?|pages?|site|website|web ?page|blog|shop|store|profile|music|songs?)"
        r"|sub(?:scribe)? (?:to )?me|follow me on|check me out)\b"
    ),
    needs=(
        *("channel", "video", "page", "site", "blog", "shop", "store", "profile", "music", "song"),
        *("sub ", "subscribe ", "follow me", "check me"),
    ),
)
_ADDRESS = re.compile(r"(?<=[\w.+-])@[\w-]{1,63}\.[a-z]{2,24}|https?://|\bwww\.", re.IGNORECASE)
_HOST = re.compile(r"[^\W_][\w-]{1,62}\.[a-z]{2,24}", re.IGNORECASE)


class Links:
    """Links in the text, and addresses in the name or of the author's own page."""

    name = "links"
    title = _l("Links")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence for each; a text without links says so, which weighs nothing."""
        count = count_links(draft.body)
        if count:
            yield Evidence(
                lazy_ngettext("%(num)d link", "%(num)d links", count),
                1 if count <= A_FEW_LINKS else 3,
                holds=count > settings.current(CommentSettings).links_published,
                hint=_("Links are held for review."),
            )
        else:
            bare = _encoded(draft.body) or _bare_address(f"{draft.author} {draft.body}")
            if bare:
                yield Evidence(
                    _l("A web address that is not a link: “%(address)s”", address=bare[:60]),
                    2,
                    holds=True,
                    hint=_("Links are held for review."),
                )
            else:
                yield Evidence(_l("No links"), 0)
        invitation = _INVITATION.search(fold_text(draft.body))
        if invitation:
            yield Evidence(
                _l("Invites to its own page or channel: “%(words)s”", words=invitation[0]), 2
            )
        if _is_address(draft.author):
            yield Evidence(_l("The name is a web address"), 3, holds=True)
        if draft.url:
            yield Evidence(_l("Links to its own web page: %(url)s", url=draft.url[:100]), 1)


def _is_address(name: str) -> bool:
    """Whether a name is an address; one with a point in it, as `J.Smith`, is none."""
    host = _HOST.fullmatch(name.strip())
    return bool(_ADDRESS.search(name) or (host and has_known_ending(host[0].lower())))


def _encoded(text: str) -> str:
    found = ("aHR0c" in text or "d3d3L" in text) and _ENCODED.search(text)
    return found[0] if found else ""


def _bare_address(text: str) -> str:
    """The first web address that is written without https, or pulled apart; empty when there is none.

    Two words with a point between them and no space are none, unless the ending is one of advertising, or a path
    follows, or the name has a digit or a hyphen in it; and never where a new sentence begins.
    """
    folded = fold_text(text)
    is_likely = _MAYBE_APART.search(folded) or any(map(folded.__contains__, _SHORTENERS))
    if is_likely and (apart := _PULLED_APART.search(folded)):
        return apart[0]
    if not _POINT_IN_WORD.search(folded):
        return ""
    for found in islice(_MAYBE_BARE.finditer(folded), _MOST_LOOKED_AT):
        name, ending, path = found.groups()
        is_one = ending in _USUAL_ENDINGS or path or _NAME_OF_A_PAGE.search(name)
        begins = len(folded) == len(text) and text[found.start(2) : found.end(2)].istitle()
        is_named = is_one and not begins and ending not in _OF_FILES
        if is_named and has_known_ending(f"{name}.{ending}"):
            return found[0]
    return ""
