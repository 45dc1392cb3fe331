"""Asks for contact elsewhere: phone numbers, addresses, handles and messengers, disguised ones too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flask_babel import gettext as _

from shop.blueprints.comments.judging.checks.telephones import telephone_number
from shop.blueprints.comments.judging.folding import costumes, fold_text, word_set
from shop.plugins.types import CommentDraft, Evidence

_EMAIL = re.compile(r"(?<=[\w.+-])@[\w-]{1,63}\.[a-z]{2,24}")
_MESSENGER = re.compile(
    r"\b(?:wh?[au]t{1,2}s[ -]?ap{1,4}|wh?[ua]t{1,2}ap{1,4}|w[ua]s{1,2}ap{1,2}|t[ae]l[ae]?gra?m|viber|we ?chat"
    r"|hangouts?|kik|icq|skype|snap ?chat|discord)\b"
)
_WRITE_TO = re.compile(
    r"\b(?:contact|text|write|message|reach|e-?mail|call|dm|inbox|whatsapp)\s{1,3}(?:to\s)?"
    r"(?:him|her|them|me|us|dr\s\w{1,30}|doctor\s\w{1,30})\s{1,3}(?:today\s|now\s|directly\s)?"
    r"(?:on|at|via|through|by|now|today)\b"
    r"(?!\s(?:night|work|home|all|times|least|once|first|the|that|this|weekends?|my|his|our|lunch|noon|midnight|random"
    r"|\d{1,2}\s?(?:am|pm|o))\b)"
)
_GET_IN_TOUCH = re.compile(
    r"\b(?:get in touch with|reach out to)\s(?:him|her|them|me|us)\s(?:on|at|via|by|through)\b"
)
_SPELLED_SIGN = re.compile(r"[(\[{<]\s?(?:at|dot|d0t|underscore)\s?[)\]}>]|\w\sunderscore\s\w")
_MAIL_SERVICE = r"(?:gmail|gmal|g-mail|hotmail|outlook|yahoo(?: ?mail)?|protonmail)"
_AT_MAIL_SERVICE = re.compile(
    rf"\b[a-z0-9_.-]{{3,40}} (?:at|arroba) {_MAIL_SERVICE}"
    r" ?(?:[.,]|\bdot\b|[(\[{<] ?dot ?[)\]}>]|\bpunto?\b|\bpoint\b)? ?com\b"
    rf"|\b[a-z]{{2,30}}[0-9_.][a-z0-9_.]{{0,30}} (?:at )?{_MAIL_SERVICE}\b"
    rf"|\b{_MAIL_SERVICE} ?[:=] ?[a-z0-9_.]{{3,40}}"
)
_HELP_LINE = re.compile(
    r"\b(?:hotline|helpline|help line|lifeline|crisis line|crisis text|samaritans|women.?s aid|shelter|suicide"
    r"|domestic (?:violence|abuse)|telefonseelsorge|telefono rosa|numero verde|sos amitie)\b"
)
_HANDLE = re.compile(
    r"(?<![\w@./])@(?=[a-z0-9_.]{0,30}[0-9_])[a-z0-9_.]{3,32}"
    r"|(?<![\w@./])@[a-z0-9_.]{3,32} (?:on|via|in|auf|en|sur|no|na|su|di) "
    r"(?:telegram|tg|instagram|insta|ig|discord|snapchat|snap|whatsapp|twitter|tiktok)\b"
    r"|\b(?:telegram|tg|discord|instagram) (?:user|name|username|handle|id|kanal|channel) ?:? ?@?[a-z0-9_.]{3,32}"
    r"|\b(?:instagram|insta|ig|telegram|tg|snap|snapchat|twitter|kik|tiktok)\s{0,2}[:@=-]{1,2}\s{0,2}@?[a-z0-9_.]{3,32}"
)
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")
_DIGITS = word_set(
    "zero oh one two three four five six seven eight nine plus double triple "
    "null eins zwei drei vier funf fuenf sechs sieben acht neun "
    "cero uno dos tres cuatro cinco seis siete ocho nueve "
    "deux trois quatre cinq sept huit neuf um dois quatro sete oito nove"
)
_DOTS = word_set("dot punkt punto point ponto nokta titik точка")
_ROUND = re.compile(r"(?<=\d)o{1,4}(?=\d)")
_ENDINGS = word_set(
    "com net org info biz co uk me io ru de fr es it br invalid example gmail yahoo hotmail online site shop top xyz"
)
FEWEST_DIGITS = 7


class Contacts:
    """Phone numbers, email addresses, handles, messengers, "text me at"; spelled out or disguised too."""

    name = "contacts"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence for each kind of contact."""
        hint = _("Comments with contact details are held for review.")
        folded = fold_text(
            f"{draft.author} {draft.body}"
        )  # what is split between the two is read as one
        for reason, points in _ways_to_reach(folded):
            yield Evidence(reason, points, holds=True, hint=hint)
        messenger = _MESSENGER.search(folded)
        if messenger:
            yield Evidence(_("Mentions a messenger app: “%(name)s”", name=messenger[0]), 1)
        dressed = costumes(f"{draft.author} {draft.body}")
        if dressed:
            words = ", ".join(f"“{word}”" for word in dressed)
            yield Evidence(
                _("Letters replaced by look-alikes: %(words)s", words=words), 2, holds=True
            )


def _ways_to_reach(folded: str) -> Iterator[tuple[str, int]]:
    """What was seen, and the points it gives. A number to ring for help is looked at, and stands in nobody's way."""
    digits = _ROUND.sub(lambda round_one: "0" * len(round_one[0]), folded)
    if number := telephone_number(digits):
        if _HELP_LINE.search(folded):
            yield (
                _(
                    "A phone number, next to words about help in a crisis: %(number)s",
                    number=number,
                ),
                0,
            )
        else:
            yield _("Phone number: %(number)s", number=number), 2
    if _EMAIL.search(folded):
        yield _("Email address in the text"), 2
    asks = _WRITE_TO.search(folded) or _GET_IN_TOUCH.search(folded)
    if asks:
        yield _("Asks to be contacted: “%(words)s”", words=asks[0]), 2
    handle = _HANDLE.search(folded)
    if handle:
        yield _("A user name on another service: “%(handle)s”", handle=handle[0]), 2
    spelled = _spelled_number(folded)
    if spelled:
        yield _("A phone number written in words: “%(words)s”", words=spelled), 2
    address = _spelled_address(folded)
    if address:
        yield _("An email or web address written in words: “%(words)s”", words=address), 2


def _spelled_number(folded: str) -> str:
    """The first run of at least seven digits of which some are words, or nothing."""
    run: list[str] = []
    digits, words, end = 0, 0, -9
    for match in _TOKEN.finditer(folded):
        token = match[0]
        is_word = token in _DIGITS
        if not is_word and not (token.isdigit() and len(token) < 5):
            continue
        if match.start() - end > 3:
            run, digits, words = [], 0, 0
        run.append(token)
        digits += 1 if is_word else len(token)
        words += is_word
        end = match.end()
        if digits >= FEWEST_DIGITS and words >= 3:
            return " ".join(run)
    return ""


def _spelled_address(folded: str) -> str:
    sign = _SPELLED_SIGN.search(folded)
    if sign:
        return _around(folded, sign)
    service = _AT_MAIL_SERVICE.search(folded)
    if service:
        return service[0]
    tokens = list(_TOKEN.finditer(folded)) if any(dot in folded for dot in _DOTS) else []
    for before, dot, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if dot[0] in _DOTS and after[0] in _ENDINGS and before[0] != "the":
            return folded[before.start() : after.end()]
    return ""


def _around(text: str, match: re.Match[str]) -> str:
    """The words that touch a match, and their neighbours."""
    before = text[max(0, match.start() - 24) : match.start()]
    after = text[match.end() : match.end() + 24]
    return f"{before.partition(' ')[2]}{match[0]}{after.rpartition(' ')[0]}".strip()
