"""Email addresses: one way to write each, and the mailbox that mail to it ends up in.

Whatever people type, import or give to a command goes through `normal_address`, so that an address is one string
everywhere: in rows, in questions and in unique keys. Who limits something for a person uses `mailbox_of` instead: one
mailbox has any number of addresses.
"""

from __future__ import annotations

import re
import unicodedata

_PLAIN = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII)

_BEYOND_DOUBT = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@"
    r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"(?!(?:arpa|invalid|local|localhost|onion|test)\Z)[a-z]{2,63}",  # no place for mail (RFC 6761)
    re.ASCII,
)
MAX_EMAIL = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 less its angle brackets."""

# Domains of one provider that deliver to the same mailbox, by the one that we count under. From the providers' help.
_SAME_PROVIDER = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
}
_IGNORED = {"gmail.com": ".", "proton.me": ".-_", "yandex.ru": ".-"}
"""Characters that make no difference to a provider."""


def is_beyond_doubt(address: str) -> bool:
    """Whether it is an address that mail can be sent to, at sight. Of any other the library is to be asked."""
    return len(address) <= MAX_EMAIL and _BEYOND_DOUBT.fullmatch(address) is not None


def read_address(typed: str) -> str | None:
    """The address as we write it: NFKC, lower case, the domain in its own script (UTS 46); None when it is none."""
    typed = unicodedata.normalize("NFKC", typed).strip()
    plain = typed.lower()
    if _PLAIN.fullmatch(plain) and "xn--" not in plain:
        return plain
    # Here, because what it compiles takes a start longer than any other module, and most addresses do without it.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(typed, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def normal_address(typed: str) -> str:
    """The address as we write it; what is none comes back in lower case, and is then found nowhere."""
    return read_address(typed) or unicodedata.normalize("NFKC", typed).strip().lower()


def mailbox_of(address: str) -> str:
    """What mail to an address ends up in, to limit by: without a plus and what follows it, nor the dots and dashes that
    large providers ignore. Never write to it: elsewhere it may be someone else's.
    """
    local, _at, domain = normal_address(address).rpartition("@")
    domain = _SAME_PROVIDER.get(domain, domain)
    local = local.partition("+")[0] or local
    kept = local.translate(dict.fromkeys(map(ord, _IGNORED.get(domain, ""))))
    return f"{kept or local}@{domain}"
