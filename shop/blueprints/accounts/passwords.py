"""Passwords: which are good enough, and how they are kept.

Rules after NIST SP 800-63B and OWASP ASVS 5.0, 6.2: at least 10 characters, at most 200, no composition rules, nothing
that a guesser tries first. Kept as Argon2id; one hash costs about 0.2 s, so never make one inside a unit of work that
a visitor can start.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from flask_babel import gettext as _
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shop.core.errors import Refused

SHORTEST = 10
LONGEST = 200

hasher = PasswordHash((Argon2Hasher(),))

# What guessers begin with, without the digits and signs that people put around it.
_COMMON = frozenset(
    """
    abc access account administrator admin adminadmin alexander angel arsenal babygirl baseball basketball batman
    blink bookstall bookstore butterfly change changeme charlie cheese chelsea chocolate computer cookie correcthorse
    correcthorsebatterystaple default demo diamond dragon elephant everton fabulous facebook family flower football
    forever freedom friends fuckyou google guest hallo hallowelt hello helloworld hunter iloveu iloveyou internet
    jessica jordan killer letmein letmeinnow liverpool login london loveme lovely loveyou manchester master michael
    microsoft minecraft monkey mother mypassword myspace newpassword nothing ordinateur parola pass passe passphrase
    passw passwd password passwordpassword passwort pokemon princess purple qazwsx qazwsxedc qwe qweasd qweasdzxc
    qwer qwert qwerty qwertyui qwertyuiop qwertz root samsung schalke secret security shadow shop spiderman starwars
    summer sunshine superman superstar support sweetheart system temp temporary test tester testtest thankyou
    tinkerbell tottenham trust trustno unknown user username vergessen volleyball welcome whatever willkommen winter
    yankees zaqwsx zxc zxcvbn zxcvbnm
    """.split()  # noqa: SIM905 - words read better unquoted
)
_ROWS = (
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
_LOOKALIKES = str.maketrans("013457@$!|", "oleastasil")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or among the first to be guessed.

    `about` are the person's address and name and the site's name: none may be the heart of the password.

    Raises:
        Refused: with `field="password"`.
    """
    if len(password) < SHORTEST:
        raise Refused(
            _("Use at least %(min)d characters. Three or four words are good.", min=SHORTEST),
            field="password",
        )
    if len(password) > LONGEST:
        raise Refused(_("Use at most %(max)d characters.", max=LONGEST), field="password")
    if _is_guessable(password):
        raise Refused(
            _("This is among the first that a guesser tries. Use three or four words."),
            field="password",
        )
    if _is_about(password, about):
        raise Refused(
            _("Leave out your name, your address and the name of the site."), field="password"
        )


def make_hash(password: str) -> str:
    """The hash to keep. Takes about 0.2 s."""
    return hasher.hash(_normal(password))


def verify(password: str, password_hash: str | None) -> bool:
    """Whether it is this password. Takes as long when there is none to compare with."""
    if len(password) > LONGEST:
        password, password_hash = "", None
    if password_hash is None:
        hasher.verify(_normal(password), _nobodys(hasher))
        return False
    return hasher.verify(_normal(password), password_hash)


@cache
def _nobodys(_hasher: PasswordHash) -> str:
    return _hasher.hash("the password of nobody")


def _normal(password: str) -> str:
    # One person's keyboard composes é, another's sends two characters.
    return unicodedata.normalize("NFKC", password)


def _is_guessable(password: str) -> bool:
    plain = password.lower()
    heart = _EDGES.sub("", plain)
    return (
        len(set(plain)) < 4
        or heart in _COMMON
        or _EDGES.sub("", heart.translate(_LOOKALIKES)) in _COMMON
        or _EDGES.sub("", plain.translate(_LOOKALIKES)) in _COMMON
        or _is_walk(plain)
        or _is_repeated(plain)
    )


def _is_walk(plain: str) -> bool:
    """Whether it is made of few runs along the keyboard or the alphabet: 1234567890, qwertyasdfgh."""
    runs, index = 0, 0
    while index < len(plain):
        length = 1
        while index + length < len(plain) and any(
            plain[index : index + length + 1] in row
            or plain[index : index + length + 1] in row[::-1]
            for row in _ROWS
        ):
            length += 1
        runs += 1
        index += length
    return runs <= len(plain) // 4


def _is_repeated(plain: str) -> bool:
    """Whether it says one short thing again and again: abcdabcdabcd."""
    return any(
        (plain[:size] * (len(plain) // size + 1))[: len(plain)] == plain
        for size in range(1, min(6, len(plain) // 2) + 1)
    )


def _is_about(password: str, about: Iterable[str]) -> bool:
    """Whether little is left of it without the words that stand for the person or the site."""
    rest = password.lower()
    words = {part for text in about for part in re.split(r"[\W_]+", text.lower()) if len(part) > 3}
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < len(password) and len(_EDGES.sub("", rest)) < SHORTEST - 2
