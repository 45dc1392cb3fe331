"""Text as a reader understands it: disguises are removed, so that disguised words become the same words again.

All of it takes time in proportion to the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache, lru_cache
from urllib.parse import unquote

LONGEST = 20_000
_VOWEL_SIGNS = "\u0900-\u0963\u0966-\u0dff"
WORD = f"[^\\W_]+(?:[{_VOWEL_SIGNS}]+[^\\W_]*)*"
LETTERS = f"[^\\W\\d_]+(?:[{_VOWEL_SIGNS}]+[^\\W\\d_]*)*"
"""Patterns of a word, and of one without digits. India's vowel signs belong to them, which `\\w` leaves out."""


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


_WORD = re.compile(r"\w+")
_WHOLE_WORD = re.compile(WORD)
_BETWEEN_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}
_HIDING = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{_HIDING}]")
_ESCAPES = re.compile(r"%(?:2[ef]|3a|40)", re.IGNORECASE)
_BACKWARDS = "\u202e"
_SHOWN_BACKWARDS = re.compile("\u202e([^\u202c\n]*)\u202c?")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_HIDDEN_IN_WORD = re.compile(f"(?<=[A-Za-z])[{_HIDING}]{{1,9}}(?=[A-Za-z])")
_LATIN = re.compile(r"[a-z]")
_LOOKALIKE_LETTER = re.compile(
    "[\u0370-\u058f\u2c80-\u2cff\U00010400-\U0001044f\U000118a0-\U000118df]"
)
# Mathematical letters, letters in circles and squares, full-width ones: alphabets for decoration.
_COSTUME = re.compile(
    "[\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169"
    "\U0001f170-\U0001f189\uff21-\uff3a\uff41-\uff5a]"
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_SQUARED = {
    base + offset: chr(ord("a") + offset)
    for base in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
    for offset in range(26)
}
"""Letters in squares and circles, and letters that make flags."""
_ODD_LATIN = str.maketrans(
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢøđłħŧƀıɑɡɐɒƃɓɔɖɗɘəǝɛɜɟʄɠɥɦɨɩʝɾʞɫɬɭɱɯɲɳŋɵƥʠɹɽʁʂʃʇʈʉʊʋʌʍʎʐʒⱥȼɇꝁɍƨ",
    "abcdefghijklmnopqrstuvwyzodlhtbiagaagbcddeeeeeffghhiijrklllmmnnnopqrrrssttuuvvwyzzacekrs",
)
"""Small capitals, letters of phonetic alphabets, letters with a stroke or upside down."""
_STYLES = (
    "卂乃匚ᗪ乇千Ꮆ卄丨ﾌҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙",
    "ค๒ς๔єŦﻮђเןкɭ๓ภ๏קợгรՇยשฬאץչ",
    "ልፕርዕቿቻኗዘጎጋኡረጠክዐየዒዪነፕሁሀሠሸሃጊ",
    "ΛBCDΣFGΉIJKᄂMПӨPQЯƧƬЦVЩXYZ",
    "ᗩᗷᑕᗪEᖴGᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ",
    "αвc∂єƒgнιנкℓмησρqяѕтυνωχуz",
    "ąცƈɖɛʄɠɧıʝƙƖɱŋơ℘զཞʂɬų۷ῳҳყʑ",
)
"""Alphabets of signs that "fancy text" is made with; each sign stands for the Latin letter at its place."""
# Whole alphabets that serve as costumes in a Latin text: Cherokee, Lisu and Canadian syllables.
_BORROWED = re.compile("[\u13a0-\u13ff\uab70-\uabbf\ua4d0-\ua4ff\u1400-\u167f]")
_LOOKALIKE_BLOCKS = re.compile(
    "[\u0530-\u058f\u13a0-\u13ff\u1400-\u167f\u2c80-\u2cff\ua4d0-\ua4ff\uab70-\uabbf\U00010400-\U0001044f"
    "\U000118a0-\U000118df]"
)
_FOREIGN = re.compile(f"{_LOOKALIKE_LETTER.pattern}|{_BORROWED.pattern}")
FEWEST_DRESSED, FEWEST_WHOLE = 4, 4
_SPACED = re.compile(r"\S+")
# Cyrillic and Greek letters that look like a Latin one; lower case.
_LOOKALIKES = {
    ord(pair[0]): pair[1]
    for pair in word_set(
        "аa вb сc ԁd еe һh іi јj кk ӏl мm нh оo рp ԛq ѕs тt уy хx ԝw зz пn иn яr гr ьb ѵv ѡw үy ҽe ђh ћh "
        "αa βb ςc εe ηn ιi κk μu νv οo ρp σo τt υu χx γy ωw ζz λa θo ϲc ϳj"
    )
}
_LEET_WORD = re.compile(r"[\w@$]+")
_LEET_SIGN = re.compile(r"[013457@$]")
_LEET = str.maketrans("013457@$", "oleastas")


@lru_cache(maxsize=64)
def fold_text(text: str) -> str:
    """Lower case, plain letters and digits: styled alphabets, look-alikes, accents and hidden signs undone.

    Of a text that is longer than any comment, the beginning.
    """
    text = _decoded(text[:LONGEST])
    if text.isascii():
        return text.lower()
    text = _undressed(_INVISIBLE.sub("", text).translate(_SQUARED))
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    text = _BEYOND_ASCII.sub(_plain_sign, parts)
    return _undisguised(text.translate(_ODD_LATIN))


def _decoded(text: str) -> str:
    """A text with the signs that its codes stand for, and with what is shown backwards as it is read."""
    if "&" in text:
        text = html.unescape(text)
    if "%" in text:
        text = _ESCAPES.sub(lambda found: unquote(found[0]), text)
    if _BACKWARDS in text:
        text = _SHOWN_BACKWARDS.sub(lambda found: found[1][::-1], text)
    return text


def folded_words(folded: str) -> list[str]:
    """The words of a folded text, numbers too."""
    if folded.isascii():  # as the pattern finds them, in a sixth of the time
        return folded.translate(_BETWEEN_WORDS).split()
    return _WHOLE_WORD.findall(folded)


def _plain_sign(found: re.Match[str]) -> str:
    """Nothing of an accent; a digit of any writing as ours; another sign as it is."""
    sign = found[0]
    if unicodedata.combining(sign):
        return ""
    return str(unicodedata.digit(sign)) if sign.isdigit() else sign


def _undressed(text: str) -> str:
    """Words in an alphabet for decoration as they are read; a word of one writing stays, if others are in it too."""
    odd = set(_BEYOND_ASCII.findall(text))
    for signs, letters in _styles() if len(odd) >= FEWEST_DRESSED else ():
        if len(signs & odd) >= FEWEST_DRESSED:
            is_latin = _is_mostly_latin(text)
            for word in _SPACED.findall(text):
                if _is_dressed(word, signs, alone=is_latin):
                    text = text.replace(word, word.translate(letters))
            odd = set(_BEYOND_ASCII.findall(text))
    return text


def _is_dressed(word: str, signs: frozenset[str], *, alone: bool) -> bool:
    """Whether a word consists of such signs and comes from several writings; `alone`: or from one."""
    letters = [each for each in word if each.isalnum() or each in signs]
    odd = {each for each in letters if not each.isascii()}
    if len(letters) < FEWEST_DRESSED or not odd or not odd <= signs:
        return False
    return alone or len({unicodedata.name(each, "?").split()[0] for each in letters}) > 1


@cache
def _styles() -> list[tuple[frozenset[str], dict[int, str]]]:
    """The signs of each alphabet for decoration that are not plain ones, and the letters they stand for."""
    return [
        (
            frozenset(each for each in style if not each.isascii()),
            {ord(each): letter for each, letter in zip(style, _ALPHABET, strict=True)},
        )
        for style in _STYLES
    ]


def _is_mostly_latin(text: str) -> bool:
    return len(_LATIN.findall(text.lower())) * 2 > sum(map(str.isalpha, text))


def _undisguised(text: str) -> str:
    """Words with look-alikes of Latin letters as they are read: mixed ones; and whole ones in a Latin text."""
    if not _FOREIGN.search(text):
        return text
    letters = lookalikes()
    is_latin = _is_mostly_latin(text)

    def read(match: re.Match[str]) -> str:
        word = match[0]
        if word.isascii() or not (is_latin or _LATIN.search(word)):
            return word
        plain = word.translate(letters)
        is_whole = plain.isascii() and len(word) >= FEWEST_WHOLE
        return plain if is_whole or _is_mixed(word) else word

    return _WORD.sub(read, text)


@cache
def lookalikes() -> dict[int, str]:
    """The Latin letters that those of other alphabets look like: the tables of Unicode (UTS 39), and some of ours."""
    # Not its module of that name, which keeps the whole table for ever.
    from confusable_homoglyphs.utils import load

    found: dict[int, str] = {}
    for letter, others in load("confusables.json").items():
        if _LOOKALIKE_BLOCKS.fullmatch(letter):
            latin = [each["c"] for each in others if each["c"].isascii() and each["c"].isalpha()]
            if latin:
                found[ord(letter.casefold())] = latin[0].lower()
    return found | _LOOKALIKES


@lru_cache(maxsize=20_000)
def unleet(word: str) -> str:
    """`c0ntact` as contact; numbers stay numbers."""
    return word if word.isalpha() or not _LATIN.search(word) else word.translate(_LEET)


def unleet_words(folded: str) -> str:
    """The words of a folded text as they are read, one space between them."""
    words = folded.split()
    return " ".join(map(unleet, words) if _LEET_SIGN.search(folded) else words)


def unleet_text(folded: str) -> str:
    """A folded text with each word of letters and signs as it is read."""
    if not _LEET_SIGN.search(folded):
        return folded
    return _LEET_WORD.sub(lambda found: unleet(found[0]), folded)


def costumes(text: str) -> list[str]:
    """Words with look-alike letters of another alphabet or with invisible characters, at most three of them."""
    text = text[:LONGEST]
    if text.isascii():
        return []
    found: list[str] = []
    if _LOOKALIKE_LETTER.search(text.lower()):
        found += [match[0] for match in _WORD.finditer(text) if _is_mixed(match[0].lower())]
    if _BORROWED.search(text) and _LATIN.search(text.lower()):
        found += [word for word in text.split() if _BORROWED.search(word)]
    if (undressed := _undressed(text)) != text:
        plain = undressed.split()
        found += [word for word in text.split() if word not in plain]
    if len(_COSTUME.findall(text)) > 3:
        found += [word for word in text.split() if _COSTUME.search(word)]
    found += [shown[1] for shown in _SHOWN_BACKWARDS.finditer(text) if shown[1]]
    if _HIDDEN_IN_WORD.search(text):
        found += [_INVISIBLE.sub("", word) for word in text.split() if _HIDDEN_IN_WORD.search(word)]
    return [word[:24] for word in dict.fromkeys(found)][:3]


def _is_mixed(lowered: str) -> bool:
    """Latin letters beside look-alikes of another alphabet, in one word."""
    return bool(_LATIN.search(lowered) and _LOOKALIKE_LETTER.search(lowered))
