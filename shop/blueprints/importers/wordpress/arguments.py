"""What the arguments of shortcodes and the attributes of blocks say: words, or only how something looks."""

from __future__ import annotations

import html
import re

_WORDS = re.compile(
    r"(?:[a-z0-9]{1,20}_){0,3}(?:title|heading|header|headline|subtitle|subheading|subheader|subhead|text|content|"
    r"desc|description|quote|question|answer|caption|message|testimonial)(?:_text|_front|_back)?"
)
"""What an argument is called that says something, whatever that is."""
_NAMES = re.compile(
    r"(?:[a-z0-9]{1,20}_){0,3}(?:name|author|cite|position|job|role|company|label|label_value|price|address|h[1-6])"
)
"""The same of arguments that now and then hold a word of the machine instead."""
_OF_THE_MACHINE = re.compile(
    r"(?:admin|field|font|css|el|use|show|hide|meta|aria|animation)_.*|.*_(?:font|tag)_.*|.*email.*"
    r"|(?:class|icon|font|social|menu|plugin|block|type)_?name"
)
_HAS_CAPITAL = re.compile(r"[^\W\d_a-z]")
_NO_WORDS = re.compile(
    r"[\d.,%#|-]*(?:px|em|rem|vh|vw|s|ms|deg)?|#[0-9a-f]{3,8}|(?:rgba?|hsla?|var)\(.*\)|h[1-6]|on|off|yes|no|true|false"
    r"|left|right|center|centre|top|bottom|middle|full|auto|inherit|normal|bold|italic|light|dark|none|default|custom"
    r"|small|medium|large|mini|[xsml]{1,2}|outline|flat|solid|inside|outside|before|after|\S+://\S*|\S*@\S*\.\S*",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"https?://\S+\.(?:jpe?g|png|gif|webp|avif)(?:\?\S*)?", re.IGNORECASE)
_PICTURE_KEYS = re.compile(
    r"(?:[a-z]{1,20}_)?(?:image|images|img|photo|picture|portrait|logo)(?:_url|_src|_id|_ids)?|src|gallery_ids"
)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_SIGNS = {"%22": '"', "%91": "[", "%93": "]", "``": '"', "`{`": "[", "`}`": "]"}
"""How builders write what an argument can't hold."""


PACKED = "#E-8_"
"""How WPBakery marks base64 in an argument."""
GROUP = ("%5B%7B", "[{")
"""How a list of several parts begins that stands in one argument."""


def says_words(key: str, value: str) -> bool:
    """Whether the argument of this name has something to be read."""
    words = spoken_words(value)
    if not words or value.startswith((PACKED, *GROUP)) or _OF_THE_MACHINE.fullmatch(key):
        return False
    is_named = _NAMES.fullmatch(key) and (" " in words or _HAS_CAPITAL.search(words))
    return bool(_WORDS.fullmatch(key) or is_named)


def spoken_words(value: str) -> str:
    """What an argument says, on one line; empty for numbers, colours and the like."""
    plain = html.unescape(value)
    for written, sign in _SIGNS.items():
        plain = plain.replace(written, sign)
    words = " ".join(plain.split())
    return "" if _NO_WORDS.fullmatch(words) else words


def words_as_html(words: str) -> str:
    """Words that may be HTML already."""
    return words if _TAG.search(words) else html.escape(words)


def is_picture(value: str) -> bool:
    """Whether it is the address of a picture."""
    return bool(_PICTURE.fullmatch(value))


def names_picture(key: str) -> bool:
    """Whether the argument of this name holds pictures, by their addresses or their numbers."""
    return bool(_PICTURE_KEYS.fullmatch(key)) and not key.startswith("background")
