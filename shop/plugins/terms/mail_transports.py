"""Ways out for mail that plugins bring, such as the interface of a company that delivers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shop.core.mail.transports import MailTransport


@dataclass(frozen=True, slots=True)
class MailTransportKind:
    """A way out for mail. It is taken when `SHOP_SMTP_URL` begins with its scheme, e.g. `courier://KEY@eu`.

    Attributes:
        name: the scheme: lower case letters, digits, + and -; not `smtp`, `smtps` or `file`, which are ours.
        open: makes the transport from the whole address, once, when the application starts. A `ValueError` says what is
            wrong with the address, and stops the start.
    """

    name: str
    open: Callable[[str], MailTransport]
