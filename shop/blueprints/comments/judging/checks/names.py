"""The name and the address: a keyword instead of a name, praise that fits everything, a disposable address."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from shop.blueprints.comments.judging.folding import fold_text, word_set
from shop.blueprints.comments.settings import CommentSettings
from shop.core import settings
from shop.plugins.api import CommentDraft, Evidence

A_SHORT_TEXT = 600
MOST_WORDS = 5

_TRADE = word_set(
    "agency betting bitcoin bonus casino cbd coupon crypto dentist discount download drone emergency escort "
    "escorts essay essays execution followers forex furniture gambling hacking herbal herbalist hosting hotel "
    "hotels insurance invest investment jackpot keto lawyer lawyers loans marketing mortgage offers online outlet "
    "pharmacy pills plumber plumbing poker prices quotes rental rentals repair seo services slots solutions spell "
    "spells supplier supplies tickets trading viagra vpn wholesale contractor photographer remodel roofing movers "
    "packers coaching freelancer backlinks casinos kredit privatkredit schlusseldienst umzug entrumpelung "
    "treppenlift ghostwriter serrurier demenagement voyance plombier pret rachat cerrajero mudanzas abogado "
    "abogados prestamos tragamonedas chaveiro dedetizadora emprestimo emprestimos advogado fabbro traslochi "
    "noleggio prestiti prestito slotenmaker verhuisbedrijf zonnepanelen lening ремонт окна грузоперевозки потолки "
    "юрист юридическая казино займ займы продвижение кредит شركة نقل كازينو قرض قروض صيدلية लोन सट्टा sewa jasa "
    "obat slot togel judi pinjaman hydraulik okna skup pozyczki kasyno kasina nakliyat cilingir bahis kredi "
    "takipci flyttfirma snabblan вікна"
)
_ALSO_NAMES = word_set(
    "best buy cash cheap credit customs deals flights free hack hacker healer hire loan near offer price pro retreat "
    "review reviews sale sales service shop store tour tours writing"
)
"""Words of an offer that are surnames too, or of an institute's name: one alone says nothing."""
_PRAISE = re.compile(
    r"\b(?:(?:great|nice|good|excellent|amazing|awesome|wonderful|fantastic|informative|helpful) "
    r"(?:explanation|post|article|blog|site|website|weblog|content|information|info|read|work|job|share|piece)"
    r"|keep it up|keep up the|thanks? (?:you )?for sharing|(?:really|very) (?:useful|helpful|informative)"
    r"|impressed with your|your writing skills|quality writing|well written|looking forward to (?:your|more)"
    r"|paid theme|customi[sz]e it|bookmark(?:ed)?|enjoyed every)\b"
)


class Names:
    """Words of an offer where a name belongs; praise in which nothing of the article is to be found."""

    name = "names"
    title = _l("The name")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence against the name, and more when the text is mere praise."""
        words = re.findall(r"[^\W_]+", fold_text(draft.author[:200]))
        offered = [word for word in words if word in _TRADE or word in _ALSO_NAMES]
        sells = len(words) > 1 and (len(offered) > 1 or not _ALSO_NAMES.issuperset(offered))
        if sells:
            said = ", ".join(f"“{word}”" for word in offered[:3])
            yield Evidence(
                _l("Words of an offer in the name: %(words)s", words=said), 2, holds=True
            )
        elif len(words) > MOST_WORDS:
            yield Evidence(
                lazy_ngettext("A name of %(num)d word", "A name of %(num)d words", len(words)), 1
            )
        praise = _praise(draft.body)
        if praise:
            said = _l("Thanks in general words: “%(words)s”", words=praise)
            yield Evidence(said, 2 if sells or draft.url else 1)


class Disposable:
    """An email address of a service that gives them out for ten minutes."""

    name = "disposable"
    title = _l("Disposable email addresses")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence when the domain, or one that it belongs to, is known for it or on the owner's list.

        Forwarding services, which people use to keep their address private, are not meant, and not on the public list.
        """
        known = read_disposable_domains()
        own = settings.current(CommentSettings).throwaway_domains
        added = {line.strip().lower() for line in own.splitlines()}
        parts = draft.email.lower().rpartition("@")[2].split(".")
        for start in range(len(parts) - 1):
            domain = ".".join(parts[start:])
            if domain in known or domain in added:
                yield Evidence(_l("A disposable email address: %(domain)s", domain=domain), 2)
                return


def _praise(body: str) -> str:
    if len(body) > A_SHORT_TEXT:
        return ""
    found = list(_PRAISE.finditer(fold_text(body)))
    return found[0][0] if found else ""


def read_disposable_domains() -> Container[str]:
    """The public list of such domains."""
    # Imported here, because its 10,000 domains are only needed where comments are judged.
    from disposable_email_domains import blocklist

    return blocklist
