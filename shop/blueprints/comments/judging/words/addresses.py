"""Email and web addresses that are written in words or pulled apart, in many languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from shop.blueprints.comments.judging.folding import fold_text, word_set
from shop.blueprints.comments.judging.words.numbers import TOKEN, tokens_in
from shop.blueprints.comments.judging.words.sieve import Sieve

NEAR = 4
_SPELLED_SIGN = re.compile(
    r"[(\[{<*]\s?(?:at(?:[ -]sign)?|dot|d0t|full stop|period|punkt|punto|point|ponto|underscore|arroba|@|\.)"
    r"\s?[)\]}>*]\s?\w|\w\sunderscore\s\w"
    r"|(?<=\w)\s?[(\[]a[)\]]\s?[\w-]{2,40}\s?(?:\.\w|[(\[]\.|dot\b)"
)
_IN_BRACKETS = re.compile(
    r"[(\[{<*]\s?(?:at(?:[ -]sign)?|dot|d0t|full stop|period|punkt|punto|point|ponto|arroba|a|@|\.)\s?[)\]}>*]"
)
"""What every sign that is spelled has in it, but for an underscore; quickly looked for."""
_SERVICE = (
    r"(?:gmail|gmal|g-mail|g mail|gee mail|hotmail|outlook|yahoo(?: ?mail)?|protonmail|proton|icloud|yandex|gmx|mail ru"
    r"|джимейл|гмейл|جيميل|जीमेल)"
)
_AT_SERVICE = Sieve(
    re.compile(
        rf"\b[a-z0-9_.-]{{3,40}} (?:at|arroba) {_SERVICE}"
        r" ?(?:[.,]|\bdot\b|[(\[{<] ?dot ?[)\]}>]|\bpunto?\b|\bpoint\b)? ?com\b"
        rf"|\b[a-z]{{2,30}}[0-9_.][a-z0-9_.]{{0,30}} (?:at )?{_SERVICE}\b"
        rf"|\b{_SERVICE} ?[:=] ?[a-z0-9_.]{{3,40}}"
        rf"|\w ?@ ?{_SERVICE}\b"
        rf"|\b{_SERVICE} ?[.,•·] ?com\b"
    ),
    needs=(
        *("mail", "gmal", "outlook", "yahoo", "proton", "icloud", "yandex", "gmx"),
        *("джимейл", "гмейл", "جيميل", "जीमेल"),
    ),
)
_SERVICES = word_set(
    "gmail gmal hotmail outlook yahoo protonmail proton icloud yandex gmx aol mail web"
)
_ENDINGS = word_set(
    "com net org info biz xyz site online website shop store top click club casino bet loan link live icu vip pro tk "
    "invalid example ком орг нет ру рф कॉम كوم"
)
_COUNTRIES = word_set(
    "ae ar at be br ca cc ch cl cn co cz de dk es eu fi fr ge gg gr hk hu id ie il in io is it jp ke kr kz li lt lv ly "
    "ma me mx my ng nl no nz pe ph pk pl pt ro rs ru sa se sg sk th tn to tr tv tw ua uk us vn ws za"
)
_CHATS = word_set("t wa")


@dataclass(frozen=True, slots=True)
class _Signs:
    """What the dot and the sign @ are called. They are folded when first needed, because that reads large tables."""

    dots: frozenset[str]
    ats: frozenset[str]
    either: frozenset[str]


@cache
def _signs() -> _Signs:
    dots = fold_text(
        "dot d0t punkt punkte punt punto point ponto nokta titik kropka точка точку tochka نقطة نقطه डॉट डाट बिंदु "
        "pont tečka bodka punct punktum piste τελεία נקודה крапка chấm نقطہ"
    ).split()
    ats = fold_text(  # the English word is too common
        "arroba arobase arobas chiocciola klammeraffe aet собака собачка sobaka małpa apenstaartje apestaartje "
        "snabela snabel kuyruklu zavinac שטרודל kukac arond παπάκι miukumauku majmun равлик кльомба ات"
    ).split()
    return _Signs(frozenset(dots), frozenset(ats), frozenset(dots + ats))


def address_in_words(folded: str) -> str:
    """The first address that is written in words, as it is there; empty when there is none.

    Only together do such words make one: "point de vue" and "el punto es" are none.
    """
    is_likely = "underscore" in folded or _IN_BRACKETS.search(folded)
    if is_likely and (sign := _SPELLED_SIGN.search(folded)):
        return _around(folded, sign)
    if service := _AT_SERVICE.search(folded):
        return service[0]
    signs = _signs()
    if signs.either.isdisjoint(tokens_in(folded)):
        return ""
    tokens = list(TOKEN.finditer(folded))
    words = [token[0] for token in tokens]
    for at, word in enumerate(words[1:-1], 1):
        if (word in signs.dots and _is_dot(words, at)) or (word in signs.ats and _is_at(words, at)):
            return folded[tokens[at - 1].start() : tokens[at + 1].end()]
    return ""


def _is_dot(words: list[str], at: int) -> bool:
    signs, before, after = _signs(), words[at - 1], words[at + 1]
    if before == "the":
        return False
    if after in _ENDINGS or (after == "me" and before in _CHATS):
        return True
    near = words[max(0, at - NEAR) : at]
    is_at = words[at] != "point" and "at" in near  # but "at this point in" is English
    is_spelled = is_at or any(each in signs.either for each in near)
    return after in _COUNTRIES and is_spelled


def _is_at(words: list[str], at: int) -> bool:
    after = words[at + 1 : at + 1 + NEAR]
    follows = any(
        dot in _signs().dots and (end in _ENDINGS or end in _COUNTRIES)
        for dot, end in pairwise(after)
    )
    return words[at + 1] in _SERVICES or follows or not _ENDINGS.isdisjoint(after)


def _around(text: str, match: re.Match[str]) -> str:
    """The words that touch a match, and their neighbours."""
    before = text[max(0, match.start() - 24) : match.start()]
    after = text[match.end() : match.end() + 24]
    return f"{before.partition(' ')[2]}{match[0]}{after.rpartition(' ')[0]}".strip()
