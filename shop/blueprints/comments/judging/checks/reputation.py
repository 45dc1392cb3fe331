"""What was decided here before about the same email address, IP address and name."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.comments.judging import standing
from shop.plugins.types import CommentDraft, Evidence


class Reputation:
    """Earlier decisions count, good ones too. Many people share an IP address or a name, so these weigh less."""

    name = "reputation"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence from each; nothing of someone who is new."""
        email, address, name = standing.standings(
            email=draft.email, address_key=draft.address_key, author=draft.author
        )
        if email.spam:
            said = ngettext(
                "A comment from this email address was marked as spam",
                "%(num)d comments from this email address were marked as spam",
                email.spam,
            )
            yield Evidence(said, 2 if email.approved else 4, holds=True)
        elif email.approved:
            said = ngettext(
                "A comment from this email address was approved before",
                "%(num)d comments from this email address were approved before",
                email.approved,
            )
            yield Evidence(said, -1)
        if address.spam and not address.approved:
            said = ngettext(
                "A comment from this IP address was marked as spam",
                "%(num)d comments from this IP address were marked as spam",
                address.spam,
            )
            yield Evidence(said, 2)
        if name.spam > 1 and not name.approved:
            said = _("Comments by this name were marked as spam: %(num)d", num=name.spam)
            yield Evidence(said, 1)
