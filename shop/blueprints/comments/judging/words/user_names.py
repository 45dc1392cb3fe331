"""User names on services that a text names, paraphrases or draws."""

from __future__ import annotations

import re
from itertools import islice

from shop.blueprints.comments.judging.folding import word_set
from shop.blueprints.comments.judging.words.numbers import vocabulary_of

_NAME = r"(?<![\w@./-])@?(?=[a-z0-9_.]{0,30}(?:[a-z]_[a-z0-9]|[a-z]\.?\d\d))[a-z][a-z0-9_.]{3,31}(?![\w@/-])"
"""Letters with an underscore between them, or with a number after them: no word of any language."""
_ANY_NAME = re.compile(_NAME)
_LIKELY = re.compile(r"[_0-9](?<=[a-z][_0-9])|\.\d(?<=[a-z]\.\d)")
_SERVICES = word_set(
    "gram signal session simplex threema zangi imo botim line kakao kakaotalk viber plane green blue telegram whatsapp "
    "вайбер сигнал تلگرام تلگرامش واتساپ zalo"
)
_SERVICE = re.compile(
    r"\b(?:(?:on|via|by|in|use|my|his|her)(?: the)? (?:gram|signal|session|simplex)|threema|zangi|imo|botim"
    r"|kakao(?:talk)?|viber|zalo|line id|paper plane|(?:green|blue) app|telegram|whatsapp|вайбер\w?|сигнале?)\b"
    r"|تلگرام|واتساپ|카톡|카카오|微信|薇信|加v|加薇|加微|扣扣|line|ライン|ไลน์"
)
"""Written so that a word that is common elsewhere, as signal or line, counts only where it names a service."""
_OTHER_WRITING = re.compile("[\u0600-\u06ff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_DRAWN = re.compile(
    r"[📞📱📲☎✆📩🤙✈](?:[^\w\s]|\s){0,4}(?:@?[a-z][a-z0-9.]{0,20}[_0-9][a-z0-9_.]{0,20}|\+?\d(?:[ ().-]{0,2}\d){5,14})"
)
_NEAR = 60
_MOST_LOOKED_AT = 20


def user_name_elsewhere(folded: str) -> str:
    """The first user name beside the name or the picture of a service; empty when there is none."""
    if drawn := _DRAWN.search(folded):
        return drawn[0]
    if not _LIKELY.search(folded):
        return ""
    is_foreign = not folded.isascii() and _OTHER_WRITING.search(folded)
    if not is_foreign and _SERVICES.isdisjoint(vocabulary_of(folded)):
        return ""
    for found in islice(_ANY_NAME.finditer(folded), _MOST_LOOKED_AT):
        around = folded[max(0, found.start() - _NEAR) : found.end() + _NEAR]
        named = _SERVICE.search(around)
        if named and (is_foreign or named[0] != "line"):
            return found[0]
    return ""
