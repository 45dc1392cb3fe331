"""What was decided here before about the same email address, IP address, name, links and domain."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from shop.blueprints.comments.judging import standing
from shop.blueprints.comments.judging.standing import Standings
from shop.plugins.api import CommentDraft, Evidence

A_FEW = 2


class Reputation:
    """Earlier decisions count, good ones too. Many people share an IP address or a name, so these weigh less."""

    name = "reputation"
    title = _l("What was decided here before")

    def judge(self, draft: CommentDraft) -> Iterator[Evidence]:
        """Evidence from each, with the number of decisions behind it; nothing of someone who is new."""
        found = standing.standings(
            email=draft.email,
            address_key=draft.address_key,
            author=draft.author,
            body=draft.body,
            url=draft.url,
        )
        yield from _of_sender(found)
        yield from _of_links(found)
        yield from _of_domain(found)


def _of_sender(found: Standings) -> Iterator[Evidence]:
    if found.email.spam:
        said = lazy_ngettext(
            "A comment from this email address was marked as spam",
            "%(num)d comments from this email address were marked as spam",
            found.email.spam,
        )
        yield Evidence(said, 2 if found.email.approved else 4, holds=True)
    elif found.email.approved:
        said = lazy_ngettext(
            "A comment from this email address was approved before",
            "%(num)d comments from this email address were approved before",
            found.email.approved,
        )
        yield Evidence(said, -1)
    if found.address.spam and not found.address.approved:
        said = lazy_ngettext(
            "A comment from this IP address was marked as spam",
            "%(num)d comments from this IP address were marked as spam",
            found.address.spam,
        )
        yield Evidence(said, 2)
    if found.name.spam > 1 and not found.name.approved:
        said = _l("Comments by this name were marked as spam: %(num)d", num=found.name.spam)
        yield Evidence(said, 1)


def _of_links(found: Standings) -> Iterator[Evidence]:
    """A link that only spam had; one that approved comments had too says nothing against the next."""
    for owner, stands in found.links.items():
        if stands.spam and not stands.approved:
            said = lazy_ngettext(
                "A comment with this link was spam here: %(link)s",
                "%(num)d comments with this link were spam here: %(link)s",
                stands.spam,
                link=owner[:80],
            )
            yield Evidence(said, 4, holds=True)
        elif stands.approved and not stands.spam:
            said = lazy_ngettext(
                "A comment with this link was approved here: %(link)s",
                "%(num)d comments with this link were approved here: %(link)s",
                stands.approved,
                link=owner[:80],
            )
            yield Evidence(said, -1)


def _of_domain(found: Standings) -> Iterator[Evidence]:
    domain, stands = found.domain
    if stands.spam >= A_FEW and not stands.approved and not found.email.spam:
        said = lazy_ngettext(
            "A comment from an address at %(domain)s was spam here",
            "%(num)d comments from addresses at %(domain)s were spam here",
            stands.spam,
            domain=domain[:80],
        )
        yield Evidence(said, 2)
