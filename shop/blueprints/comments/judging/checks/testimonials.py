"""An invented story that recommends somebody's service: a spell caster, a hired hacker, a healer, a lender.

Four parts make such a story: who helped, what was done, how it is told, and what the reader is to do now. Counsellors
recommend and invite too; but they name no miracle worker and no miracle. So one of these two must be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from shop.blueprints.comments.judging.folding import fold_text, unleet_words
from shop.blueprints.comments.judging.words.phrases import rejoined
from shop.blueprints.comments.judging.words.reading import reading
from shop.blueprints.comments.judging.words.sieve import Sieve
from shop.plugins.api import CommentDraft, Evidence

LONGEST_TEXT = 12_000


def _any(*phrases: str, needs: tuple[str, ...] = ("",)) -> Sieve:
    return Sieve(re.compile(rf"\b(?:{'|'.join(phrases)})\b"), needs)


_HELPER = _any(
    r"(?:love )?spell ?casters?",
    r"love spells?",
    r"herbalist",
    r"(?:traditional|native|spiritual) (?:healer|doctor|father)",
    r"voodoo",
    r"marabout",
    r"(?:priest|prophet)ess",
    r"(?:papa|mama|baba|chief|prophet|dr|doctor|lord|priest|mallam)\.? [a-z]{3,20} "
    r"(?:the great|temple|who helps|is real|for|of)",
    r"[a-z]{3,20} temple",
    r"(?:ethical|professional|phone|genuine|reliable|certified) (?:ethical )?hackers?",
    r"hacker (?:who|that|called|named|by)",
    r"(?:hack|cyber|recovery)[a-z]{0,12} (?:expert|expat|agency|team|service|genius|wizard|tech)",
    r"recovery (?:expert|agent|agency|team|firm|company)",
    r"loan (?:lender|company|firm|offer)",
    r"crypto (?:expert|trader|recovery)",
    r"binary options?",
    r"illuminati",
    needs=(
        *(
            "spell",
            "herbalist",
            "traditional",
            "native",
            "spiritual",
            "voodoo",
            "marabout",
            "priest",
            "prophet",
        ),
        *(
            "papa",
            "mama",
            "baba",
            "chief",
            "dr ",
            "dr.",
            "doctor",
            "lord",
            "mallam",
            "temple",
            "hack",
            "cyber",
        ),
        *("recovery", "loan", "crypto", "binary", "illuminati"),
    ),
)
_MIRACLE = _any(
    r"(?:brought|bring|brings|bringing) (?:me |him |her )?back (?:my|your|her|his|the)? ?"
    r"(?:ex|lover|husband|wife|love|marriage)",
    r"ex lover",
    r"(?:he|she|they) (?:was|were|came) back and begging",
    r"on (?:his|her) knees",
    r"begging me",
    r"win (?:a |your )?court cases?",
    r"fruit of the womb",
    r"lottery numbers?",
    r"cast(?:ed)? (?:a|the|his|her) (?:love )?spell",
    r"(?:did|do) the (?:love )?spell",
    r"herbal (?:cure|medicine|remed(?:y|ies))",
    r"cured? (?:me|my \w{2,12}) (?:of|from)",
    r"(?:hack|hacked|spy|access|accessed|clone|cloned) (?:into |on |to )?(?:my|his|her|your|any|the) (?:[\w’']{2,12} )?"
    r"(?:phone|whatsapp|facebook|account|messages|gmail)",
    r"(?:seeing|saw|see|read) all (?:her|his|their) (?:[\w’']{2,12} )?(?:messages|chats|texts|calls)",
    r"(?:phone|spouse|whatsapp) (?:phone )?(?:monitoring|hacking|spying)",
    r"account recovery",
    r"recover(?:ed|y)? (?:\S{1,8} )?(?:my |your |of |lost |stolen )?(?:bitcoins?|btc|crypto|funds|money)",
    r"credit score (?:increase|repair|boost)",
    r"(?:university|school) (?:result|grade)s? (?:upgrade|change)",
    needs=(
        *(
            "brought",
            "bring",
            "ex lover",
            "begging",
            "knees",
            "court case",
            "womb",
            "lottery",
            "spell",
            "herbal",
        ),
        *(
            "cure m",
            "cured m",
            "hack",
            "spy",
            "access",
            "clone",
            " all her",
            " all his",
            " all their",
        ),
        *("monitoring", "recover", "credit score", "result", "grade"),
    ),
)
_TALE = _any(
    r"i never (?:believed|thought|knew)",
    r"(?:my|this|own|the|a) testimon(?:y|ies)",
    r"testify",
    r"tears of joy",
    r"whole world to know",
    r"(?:lost|given up) (?:all )?(?:my )?hope",
    r"given up on",
    r"to my greatest (?:surprise|joy)",
    r"introduced me to",
    r"gave me (?:the|his|her) (?:contact|email|number)",
    r"i (?:came across|saw) (?:a|his|her|this|the) (?:[\w’']{2,12} )?(?:testimon(?:y|ies)|post|comment|review)",
    r"give (?:him|her|them) a (?:try|trial)",
    r"let me try this",
    r"grateful for ?ever",
    r"all thanks to",
    r"goes by the name",
    r"(?:within|in|in less than|exactly) \d{1,3} (?:hours|days)",
    r"i (?:have been |was )?scammed",
    r"faithful day",
    r"i usually do not",
    r"somebody out there",
)
_CALL = _any(
    r"if you (?:need|want|are (?:passing|going) through|have)(?: \w{1,12}){0,2} "
    r"(?:help|pain|problems?|issues?|services?)",
    r"(?:he|she|they) can (?:also )?(?:help|assist|solve)",
    r"(?:write|contact|reach|email|text|call|whats ?app|message) (?:to )?(?:him|her|them|dr|papa)",
    r"thank me later",
    r"(?:fast|honest|genuine|real|reliable|affordable) and "
    r"(?:affordable|honest|reliable|fast|powerful|genuine|discreet)",
    r"(?:he|she) is (?:so |very )?(?:real|an? honest|genuine|the best|legit|reliable|powerful)",
    r"does not disappoint",
    r"share your own",
    r"stop (?:guessing|suffering)",
    r"do not die in silence",
    r"\d{1,2}% off",
    r"accepts? payment",
    r"refer(?:red)? you",
)


class Testimonials:
    """Narrative testimonials for a service."""

    name = "testimonial"
    title = _l("Testimonials for services")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence when a miracle worker or a miracle is there, and at least one more part; the words are quoted."""
        if found := list(_in_english(draft)):
            yield from found
        else:
            yield from _by_phrases(draft)


def _in_english(draft: CommentDraft) -> Iterable[Evidence]:
    body = f"{draft.author} {draft.body[:LONGEST_TEXT]}"
    text = unleet_words(rejoined(fold_text(body)))
    helper, miracle = _HELPER.search(text), _MIRACLE.search(text)
    if not helper and not miracle:
        return
    parts = [each for each in (helper, miracle, _TALE.search(text), _CALL.search(text)) if each]
    if len(parts) > 1:
        words = ", ".join(f"“{part[0][:40]}”" for part in parts)
        reason = _l("Reads like a testimonial for a service: %(words)s", words=words)
        yield Evidence(reason, 2 if len(parts) == 2 else 4, holds=len(parts) > 2)


def _by_phrases(draft: CommentDraft) -> Iterable[Evidence]:
    """The same in the words of many languages: who did it, and what came of it or thanks; a person looks at it."""
    read = reading(draft.author, draft.body[:LONGEST_TEXT])
    helper, outcome = read.first("helpers"), read.first("results") or read.first("thanks")
    if helper and outcome:
        words = f"“{helper}”, “{outcome}”"
        said = _l("Reads like a testimonial for a service: %(words)s", words=words)
        yield Evidence(said, 2, holds=True)
