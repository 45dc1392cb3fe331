"""Asks for contact elsewhere: phone numbers, addresses, handles and messengers, disguised ones too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.blueprints.comments.judging.checks.telephones import telephone_number
from shop.blueprints.comments.judging.checks.wallets import wallet_in
from shop.blueprints.comments.judging.folding import costumes, fold_text, unleet_text, word_set
from shop.blueprints.comments.judging.words.addresses import address_in_words
from shop.blueprints.comments.judging.words.numbers import number_in_words, vocabulary_of
from shop.blueprints.comments.judging.words.phrases import rejoined
from shop.blueprints.comments.judging.words.reading import LONGEST_NAME, is_told
from shop.blueprints.comments.judging.words.sieve import Sieve
from shop.blueprints.comments.judging.words.user_names import user_name_elsewhere
from shop.plugins.api import CommentDraft, Evidence

_EMAIL = re.compile(r"@(?<=[\w.+-]@)[\w-]{1,63}\.[a-z]{2,24}")
_MESSENGER = Sieve(
    re.compile(
        r"\b(?:wh?[au]t{1,2}s[ -]?ap{1,4}|wh?[ua]t{1,2}ap{1,4}|w[ua]s{1,2}ap{1,2}|t[ae]l[ae]?gra?m|viber|we ?chat"
        r"|hangouts?|kik|icq|skype|snap ?chat|discord)\b"
    ),
    needs=(
        *(
            "sap",
            "s ap",
            "s-ap",
            "tap",
            "gram",
            "grm",
            "viber",
            "chat",
            "hangout",
            "kik",
            "icq",
            "skype",
        ),
        "discord",
    ),
)
_WRITE_TO = re.compile(
    r"\b(?:contact|text|write|message|reach|e-?mail|call|dm|inbox|whatsapp)\s{1,3}(?:to\s)?"
    r"(?:him|her|them|me|us|dr\s\w{1,30}|doctor\s\w{1,30})\s{1,3}(?:today\s|now\s|directly\s)?"
    r"(?:on|at|via|through|by|now|today)\b"
    r"(?!\s(?:night|work|home|all|times|least|once|first|the|that|this|weekends?|my|his|our|lunch|noon|midnight|random"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|\d{1,2}\s?(?:am|pm|o))\b)"
)
_WRITING = word_set("contact text write message reach email mail call dm inbox whatsapp")
"""A word of each request to write to somebody."""
_GET_IN_TOUCH = Sieve(
    re.compile(
        r"\b(?:get in touch with|reach out to)\s(?:him|her|them|me|us)\s(?:on|at|via|by|through)\b"
    ),
    needs=("touch with", "reach out to"),
)
_HELP_LINE = re.compile(
    r"\b(?:hotline|helpline|help line|lifeline|crisis line|crisis text|samaritans|women.?s aid|shelter|suicide"
    r"|domestic (?:violence|abuse)|childline|nightline|hilfetelefon|telefonseelsorge|beratungsstelle|sos amitie"
    r"|violences?|violencia|telefono (?:rosa|amico|de la esperanza)|numero verde|apoio a vitima|cvv"
    r"|veilig thuis|niebieska linia|телефон доверия"
    r"|горячая линия помощи|бьют|насили[ея]|siddet|kekerasan|عنف|العنف|المساندة)\b|हेलपलाइन"
)
_HANDLE = re.compile(
    r"(?<![\w@./])@(?=[a-z0-9_.]{0,30}[0-9_])[a-z0-9_.]{3,32}"
    r"|(?<![\w@./])@[a-z0-9_.]{3,32} (?:on|via|in|auf|en|sur|no|na|su|di) "
    r"(?:telegram|tg|instagram|insta|ig|discord|snapchat|snap|whatsapp|twitter|tiktok)\b"
    r"|\b(?:telegram|tg|discord|instagram) (?:user|name|username|handle|id|kanal|channel) ?:? ?@?[a-z0-9_.]{3,32}"
    r"|\b(?:instagram|insta|ig|telegram|tg|snap|snapchat|twitter|kik|tiktok)\s{0,2}[:@=-]{1,2}\s{0,2}@?[a-z0-9_.]{3,32}"
)
_HANDLE_AFTER = re.compile(
    r"(?<![^\W_])(?:telegramm?a?|tg|insta(?:gram)?|ig|whatsapp|discord|snap(?:chat)?|skype|kik|wechat|телег(?:а|у|е|рам|раме)"
    r"|тг|инст(?:а|е|аграм)|微信|واتس ?اب|تليجرام)[ :]{1,3}(?=[a-z0-9_.]{0,30}[0-9_])[a-z][a-z0-9_.]{3,32}(?![^\W_])"
)
"""The name of a service, and a word that nobody could take for one of a language."""
_SERVICES = word_set(
    "telegram telegramm telegrama telegramma tg insta instagram ig whatsapp discord snap snapchat skype kik wechat "
    "twitter tiktok телега телегу телеге телеграм телеграме тг инста инсте инстаграм 微信 واتس واتساب تليجرام"
)
"""A word of each mention of a user name that has no sign in it."""
_MAYBE_HANDLE = re.compile(
    r"@|[:=-](?<=[mgdapkrtok][:=-])|[:=-](?<=[mgdapkrtok]\s[:=-])|[:=-](?<=[mgdapkrtok]\s\s[:=-])"
)
"""What every user name on another service has in it, unless it is called so; quickly looked for."""
_TURNED = (
    "pastahw",
    "pastaw",
    "pasaw",
    "margelet",
    "rebiv",
    "tahcew",
    "drocsid",
    "tahcpans",
    "epyks",
)
"""Messengers from their end."""
_LETTERS_AS_DIGITS = re.compile(
    r"(?<=\d)[oil|]{1,4}(?=[ .-]?\d)|(?<![^\W_])[oil|]{1,2}(?=\d[\doil|]*\d)|(?<=\d )[oil|](?=\d)"
)
_AS_DIGITS = str.maketrans("oil|", "0111")
_SINGLE_DIGITS = re.compile(
    r"(?<![\d.,])\d(?:([^\w\n]{1,3})\d)(?:\1\d){6,13}(?!\d)|(?<![\d.,/])\d(?:[^\w\n/]{1,3}\d){9,14}(?!\d)"
)
"""One by one: as many as a number has, all set apart in the same way, or more of them in several ways."""
_ODDLY_APART = re.compile(r"(?<=\d) ?[^\w\s.,:;/()+%=$€£×-]{1,2} ?(?=\d)")
"""A sign that stands between digits only where nothing else should find them."""
_ANY_DIGIT = re.compile(r"\d")
_DASH_IN_WORDS = re.compile(
    r" (?<=\d )(?:dash|hyphen|minus|strich|bindestrich|tiret|guion|hifen|trattino|тире|дефис|myslnik|tire) (?=\d)"
)
_LETTER_AT_DIGIT = re.compile(r"\d(?: ?[oil|]|(?<=[oil|]\d))")
_DIGITS_APART = re.compile(r"\d[^\w\n]{1,3}\d[^\w\n]{1,3}\d")
_NO_DIGITS = re.compile(r"\D+")
_MOST_LOOKED_AT, _LENGTH_BEFORE = 20, 40
_COUNTING = "01234567890123456789"


class Contacts:
    """Phone numbers, email addresses, handles, messengers, "text me at"; spelled out or disguised too."""

    name = "contacts"
    title = _l("Contact details")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence for each kind of contact. Name and text are read as one, because one may begin in either."""
        name = fold_text(draft.author[:LONGEST_NAME])
        written = f"{name} {fold_text(draft.body)} {name}"
        folded = rejoined(written)
        for reason, points in _ways_to_reach(folded):
            hint = _("Comments with contact details are held for review.")
            yield Evidence(reason, points, holds=True, hint=hint)
        if messenger := _messenger(folded):
            is_set_apart = folded != written and not _messenger(written)
            yield Evidence(
                _l("Mentions a messenger app: “%(name)s”", name=messenger),
                2 if is_set_apart else 1,
                holds=is_set_apart,
            )
        if backwards := _backwards(folded):
            said = _l("Written backwards: “%(words)s”", words=backwards)
            yield Evidence(said, 2, holds=True)
        if wallet := wallet_in(draft.body):
            said = _l("The address of a wallet: “%(address)s”", address=wallet)
            yield Evidence(said, 2, holds=True)
        dressed = costumes(f"{draft.author} {draft.body}")
        if dressed:
            words = ", ".join(f"“{word}”" for word in dressed)
            yield Evidence(
                _l("Letters replaced by look-alikes: %(words)s", words=words), 2, holds=True
            )


def _ways_to_reach(folded: str) -> Iterator[tuple[str, int]]:
    """What was seen, and the points it gives. A number to ring for help is looked at, and stands in nobody's way."""
    digits = _with_digits(folded)
    if number := telephone_number(digits):
        if _HELP_LINE.search(folded):
            yield (
                _l(
                    "A phone number, next to words about help in a crisis: %(number)s",
                    number=number,
                ),
                0,
            )
        else:
            yield _l("Phone number: %(number)s", number=number), 2
    if _EMAIL.search(folded):
        yield _l("Email address in the text"), 2
    if asks := _request(folded):
        yield _l("Asks to be contacted: “%(words)s”", words=asks), 2
    if handle := _handle(folded) or user_name_elsewhere(folded):
        yield _l("A user name on another service: “%(handle)s”", handle=handle), 2
    spelled = number_in_words(folded)
    if spelled:
        yield _l("A phone number written in words: “%(words)s”", words=spelled), 2
    address = address_in_words(folded)
    if address:
        yield _l("An email or web address written in words: “%(words)s”", words=address), 2


def _messenger(folded: str) -> str:
    plain = unleet_text(folded)
    found = _MESSENGER.search(folded) or (plain is not folded and _MESSENGER.search(plain))
    return found[0] if found else ""


def _backwards(folded: str) -> str:
    """A messenger, or an email address, that is only there when the text is read from its end."""
    if turned := next((each for each in _TURNED if each in folded), ""):
        return turned[::-1]
    if "@" not in folded or _EMAIL.search(folded):
        return ""
    found = _EMAIL.search(folded[::-1])
    return found[0] if found else ""


def _request(folded: str) -> str:
    asks_for = () if _WRITING.isdisjoint(vocabulary_of(folded)) else _WRITE_TO.finditer(folded)
    for found in islice(asks_for, _MOST_LOOKED_AT):
        if not is_told(folded[max(0, found.start() - _LENGTH_BEFORE) : found.start()].split()[-2:]):
            return found[0]
    asks = _GET_IN_TOUCH.search(folded)
    return asks[0] if asks else ""


def _handle(folded: str) -> str:
    words = vocabulary_of(folded)
    names_service = not _SERVICES.isdisjoint(words)
    is_likely = names_service or _MAYBE_HANDLE.search(folded)
    found = is_likely and _HANDLE.search(folded)
    if not found and names_service:
        found = _HANDLE_AFTER.search(folded)
    return found[0] if found else ""


def _with_digits(folded: str) -> str:
    """A text with the letters O, I and l in numbers as digits, and digits that were set apart as one number."""
    if not _ANY_DIGIT.search(folded):
        return folded
    text = _DASH_IN_WORDS.sub("-", _ODDLY_APART.sub("-", folded))
    if _LETTER_AT_DIGIT.search(text):
        text = _LETTERS_AS_DIGITS.sub(lambda found: found[0].translate(_AS_DIGITS), text)
    return _SINGLE_DIGITS.sub(_joined, text) if _DIGITS_APART.search(text) else text


def _joined(found: re.Match[str]) -> str:
    digits = _NO_DIGITS.sub("", found[0])
    return found[0] if digits in _COUNTING or digits[::-1] in _COUNTING else digits
