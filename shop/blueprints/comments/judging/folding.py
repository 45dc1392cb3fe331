"""Text as a reader understands it: disguises are removed, so that disguised words become the same words again.

All of it takes time in proportion to the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

LONGEST = 20_000


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


_WORD = re.compile(r"\w+")
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufe0f\u20e3\ufeff]"
)
_HIDDEN_IN_WORD = re.compile("(?<=[A-Za-z])[\u00ad\u200b\u200c\u200d\u2060\ufeff]{1,9}(?=[A-Za-z])")
_LATIN = re.compile(r"[a-z]")
_LOOKALIKE_LETTER = re.compile(r"[\u0370-\u052f]")
# Mathematical letters, letters in circles and squares, full-width ones: alphabets for decoration.
_COSTUME = re.compile(
    "[\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169"
    "\U0001f170-\U0001f189\uff21-\uff3a\uff41-\uff5a]"
)
_SQUARED = {
    base + offset: chr(ord("a") + offset)
    for base in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
    for offset in range(26)
} | dict(zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ"), "abcdefghijklmnopqrstuvwyz", strict=True))
"""Letters in squares, letters that make flags, and small capitals."""
# Whole alphabets that serve as costumes in a Latin text: Cherokee and Lisu.
_BORROWED = re.compile("[\u13a0-\u13ff\uab70-\uabbf\ua4d0-\ua4ff]")
# Cyrillic and Greek letters that look like a Latin one; lower case.
_LOOKALIKES = str.maketrans(
    {
        pair[0]: pair[1]
        for pair in word_set(
            "аa вb сc ԁd еe һh іi јj кk ӏl мm нh оo рp ԛq ѕs тt уy хx ԝw "
            "αa εe ηn ιi κk νv οo ρp τt υu χx γy ωw"
        )
    }
)
_LEET = str.maketrans("013457@$", "oleastas")


def fold_text(text: str) -> str:
    """Lower case, plain letters: styled alphabets, look-alikes in Latin words, accents and invisible signs undone.

    Of a text that is longer than any comment, the beginning.
    """
    text = text[:LONGEST]
    if text.isascii():
        return text.lower()
    if _BORROWED.search(text) and _LATIN.search(text.lower()):
        text = text.translate(_borrowed())
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text.translate(_SQUARED)))
    text = text.casefold()
    if _LOOKALIKE_LETTER.search(text):
        text = _WORD.sub(_undisguised, text)
    parts = unicodedata.normalize("NFD", text)
    return "".join(each for each in parts if not unicodedata.combining(each))


@cache
def _borrowed() -> dict[int, str]:
    """The Latin letters that those of borrowed alphabets look like, by the tables of Unicode (UTS 39)."""
    # Imported here, because its tables are only needed for such a text.
    from confusable_homoglyphs.confusables import confusables_data

    found: dict[int, str] = {}
    for letter, others in confusables_data.items():
        if _BORROWED.fullmatch(letter):
            latin = [each["c"] for each in others if each["c"].isascii() and each["c"].isalpha()]
            if latin:
                found[ord(letter)] = latin[0].lower()
    return found


def unleet(word: str) -> str:
    """`c0ntact` as contact; numbers stay numbers."""
    return word if word.isalpha() or not _LATIN.search(word) else word.translate(_LEET)


def costumes(text: str) -> list[str]:
    """Words with look-alike letters of another alphabet or with invisible characters, at most three of them."""
    text = text[:LONGEST]
    if text.isascii():
        return []
    found = [match[0] for match in _WORD.finditer(text) if _is_mixed(match[0])]
    if _BORROWED.search(text) and _LATIN.search(text.lower()):
        found += [word for word in text.split() if _BORROWED.search(word)]
    if len(_COSTUME.findall(text)) > 3:
        found += [word for word in text.split() if _COSTUME.search(word)]
    if _HIDDEN_IN_WORD.search(text):
        found += [_INVISIBLE.sub("", word) for word in text.split() if _HIDDEN_IN_WORD.search(word)]
    return [word[:24] for word in dict.fromkeys(found)][:3]


def _undisguised(match: re.Match[str]) -> str:
    word = match[0]
    return word.translate(_LOOKALIKES) if _is_mixed(word) else word


def _is_mixed(word: str) -> bool:
    """Latin letters beside look-alikes of another alphabet, in one word."""
    lowered = word.lower()
    return bool(_LATIN.search(lowered) and _LOOKALIKE_LETTER.search(lowered))
