"""Numbers that are written in words, as telephone numbers are where digits would be seen."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise

from shop.blueprints.comments.judging.folding import LETTERS, fold_text, word_set

FEWEST_DIGITS, FEWEST_WORDS = 7, 3
LONGEST_GAP = 3
TOKEN = re.compile(f"[0-9]+|{LETTERS}")
_PLAIN_TOKEN = re.compile("[0-9]+|[A-Za-z]+")
_IN_ORDER = (
    "zero one two three four five six seven eight nine",
    "oh one two three four five six seven eight nine",
    "null eins zwei drei vier funf sechs sieben acht neun",
    "null ein zwo drei vier fuenf sechs sieben acht neun",
    "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "zero un deux trois quatre cinq six sept huit neuf",
    "zero um dois tres quatro cinco meia sete oito nove",
    "zero uma duas tres quatro cinco seis sete oito nove",
    "zero uno due tre quattro cinque sei sette otto nove",
    "nul een twee drie vier vijf zes zeven acht negen",
    "noll ett tva tre fyra fem sex sju atta nio",
    "zero jeden dwa trzy cztery piec szesc siedem osiem dziewiec",
    "ноль один два три четыре пять шесть семь восемь девять",
    "нуль один два три чотири пять шість сім вісім девять",
    "sifir bir iki uc dort bes alti yedi sekiz dokuz",
    "nol satu dua tiga empat lima enam tujuh delapan sembilan",
    "kosong satu dua tiga empat lima enam tujuh delapan sembilan",
    "صفر واحد اثنان ثلاثة اربعة خمسة ستة سبعة ثمانية تسعة",
    "صفر واحد اثنين ثلاثه اربعه خمسه سته سبعه ثمانيه تسعه",
    "शून्य एक दो तीन चार पांच छह सात आठ नौ",
    "जीरो एक दो तीन चार पाँच छः सात आठ नौ",
    "shunya ek do teen char paanch chhe saat aath nau",
    "〇 一 二 三 四 五 六 七 八 九",
    "zero unu doi trei patru cinci sase sapte opt noua",
    "nulla egy ketto harom negy ot hat het nyolc kilenc",
    "nula jedna dva tri ctyri pet sest sedm osm devet",
    "nula edno dve tri cetiri pet sest sedem osem devet",
    "нула едно две три четири пет шест седем осем девет",
    "không một hai ba bốn năm sáu bảy tám chín",
    "μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα",
    "אפס אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע",
    "صفر یک دو سه چهار پنج شش هفت هشت نه",
    "صفر ایک دو تین چار پانچ چھ سات آٹھ نو",
    "nul en to tre fire fem seks syv otte ni",
    "null en to tre fire fem seks sju atte ni",
    "nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän",
    "sifuri moja mbili tatu nne tano sita saba nane tisa",
    "shunya ek do tin char panch chhoy sat at noy",
    "ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า",
    "공 일 이 삼 사 오 육 칠 팔 구",
)
_TWO_DIGITS = word_set(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty "
    "seventy eighty ninety double zehn elf zwolf zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig "
    "dix onze douze treize quatorze quinze seize vingt trente quarante cinquante soixante "
    "diez once doce trece quince veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa "
    "dez doze quinze vinte trinta quarenta cinquenta sessenta setenta oitenta noventa "
    "dieci undici dodici venti trenta quaranta cinquanta sessanta settanta ottanta novanta "
    "tien elf twaalf twintig dertig veertig vijftig zestig zeventig tachtig negentig "
    "десять одиннадцать двенадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто "
    "on yirmi otuz kirk elli altmis yetmis seksen doksan "
    "dziesiec dwadziescia trzydziesci czterdziesci piecdziesiat szescdziesiat"
)
_THREE_DIGITS = word_set(
    "triple сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот yuz"
)
_BETWEEN = word_set(
    "and und et e y i ve dan en и و then puis dann luego dash minus hyphen space plus"
)
_SMALL = 3
_GLUED = re.compile("[〇零一二三四五六七八九幺]{7,15}|[공영일이삼사오육칠팔구]{9,15}")
_GLUED_COUNTING = "一二三四五六七八九"
_SOME_IN_A_ROW = re.compile("w-*" * FEWEST_WORDS)
"""In the kinds of a text's tokens: what every number that is written in words has in it; quickly looked for."""


@lru_cache(maxsize=4)
def tokens_in(folded: str) -> tuple[str, ...]:
    """The words and numbers of a folded text."""
    return tuple((_PLAIN_TOKEN if folded.isascii() else TOKEN).findall(folded))


@lru_cache(maxsize=4)
def vocabulary_of(folded: str) -> frozenset[str]:
    """The same, each once."""
    return frozenset(tokens_in(folded))


def number_in_words(folded: str) -> str:
    """The first run of at least seven digits of which some are words, or nothing; counting up is none."""
    if not folded.isascii() and (glued := _glued_number(folded)):
        return glued
    if not _SOME_IN_A_ROW.search("".join(map(_kind_of, tokens_in(folded)))):
        return ""
    run: list[str] = []
    worth, words, end = 0, 0, -9
    for match in TOKEN.finditer(folded):
        token = match[0]
        digits = _digits_of(token)
        if not digits and token not in _BETWEEN:
            continue
        if match.start() - end > LONGEST_GAP:
            run, worth, words = [], 0, 0
        end = match.end()
        if not digits:
            continue
        run.append(token)
        worth += digits
        words += not token.isdigit()
        if worth >= FEWEST_DIGITS and words >= FEWEST_WORDS and not _counts(run):
            return " ".join(run)
    return ""


def _glued_number(folded: str) -> str:
    """Seven digits or more in the signs of Chinese or Korean, between which nothing stands."""
    found = _GLUED.search(folded)
    return found[0] if found and found[0] not in _GLUED_COUNTING else ""


@lru_cache(maxsize=20_000)
def _kind_of(token: str) -> str:
    """A sign for a word of a number, for what may stand inside a number, and for all else."""
    if _digits_of(token):
        return "-" if token.isdigit() else "w"
    return "-" if token in _BETWEEN or len(token) <= LONGEST_GAP else "."


@lru_cache(maxsize=20_000)
def _digits_of(token: str) -> int:
    """How many digits a token stands for; 0 when it is no number, or too long for a part of one."""
    if token.isdigit():
        return len(token) if len(token) < 5 else 0
    if token in _values():
        return 1
    if token in _TWO_DIGITS:
        return 2
    if token in _THREE_DIGITS:
        return 3
    return 2 if len(token) > _SMALL * 2 and _compound().fullmatch(token) else 0


def _counts(run: list[str]) -> bool:
    """Whether each number of a run is one more or one less than the last, as in a song or a list."""
    values = [_values().get(token, -9) for token in run if not token.isdigit()]
    steps = {after - before for before, after in pairwise(values)}
    return steps in ({1}, {-1})


@cache
def _values() -> dict[str, int]:
    return {word: value for row in _IN_ORDER for value, word in enumerate(fold_text(row).split())}


@cache
def _compound() -> re.Pattern[str]:
    """`vierundzwanzig`, `trentaquattro`: number words in one."""
    known = {*_values(), *_TWO_DIGITS}
    words = sorted(
        (word for word in known if len(word) >= _SMALL and word.isascii()), key=len, reverse=True
    )
    return re.compile(f"(?:{'|'.join(words)})(?:und|en|e)?(?:{'|'.join(words)})")
