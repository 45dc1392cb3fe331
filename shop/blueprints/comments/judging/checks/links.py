"""Links in the text, invitations to follow one, and addresses where a name belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.comments.judging.folding import fold_text
from shop.blueprints.comments.judging.links_in_text import count_links
from shop.blueprints.comments.settings import CommentSettings
from shop.core import settings
from shop.plugins.types import CommentDraft, Evidence

A_FEW_LINKS = 2

_BARE = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]{2,63}\s?\.\s?(?:com|net|org|info|biz|xyz)\b"
    r"|[a-z0-9-]{2,63}\.(?:online|site|website|shop|store|top|click|club|vip|icu|link|live|bet|casino|loan|pro|space|ru)\b"
    r"|(?:t|wa)\.me/[\w+]{2,40}|discord\.gg/\w{2,40})"
)
_INVITATION = re.compile(
    r"\b(?:(?:check(?: out)?|visit|subscribe to|sub to|follow|watch|like|join) (?:my|our) (?:[a-z]{2,12} ){0,2}"
    r"(?:channels?|videos?|pages?|site|website|web ?page|blog|shop|store|profile|music|songs?)"
    r"|sub(?:scribe)? (?:to )?me|follow me on|check me out)\b"
)
_ADDRESS = re.compile(
    r"(?<=[\w.+-])@[\w-]{1,63}\.[a-z]{2,24}|https?://|\bwww\.|\w\.[a-z]{2,6}$", re.IGNORECASE
)


class Links:
    """Links in the text, and addresses in the name or of the author's own page."""

    name = "links"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence for each; a text without links says so, which weighs nothing."""
        count = count_links(draft.body)
        if count:
            yield Evidence(
                ngettext("%(num)d link", "%(num)d links", count),
                1 if count <= A_FEW_LINKS else 3,
                holds=count > settings.current(CommentSettings).links_published,
                hint=_("Links are held for review."),
            )
        else:
            bare = _BARE.search(fold_text(draft.body))
            if bare:
                yield Evidence(
                    _("A web address that is not a link: “%(address)s”", address=bare[0][:60]),
                    2,
                    holds=True,
                    hint=_("Links are held for review."),
                )
            else:
                yield Evidence(_("No links"), 0)
        invitation = _INVITATION.search(fold_text(draft.body))
        if invitation:
            yield Evidence(
                _("Invites to its own page or channel: “%(words)s”", words=invitation[0]), 2
            )
        if _ADDRESS.search(draft.author):
            yield Evidence(_("The name is a web address"), 3, holds=True)
        if draft.url:
            yield Evidence(_("Links to its own web page: %(url)s", url=draft.url[:100]), 1)
