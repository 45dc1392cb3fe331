"""How mail leaves: as `SHOP_SMTP_URL` says, by a transport of ours or of a plugin."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import urlsplit

from shop.config import Config, ConfigError
from shop.core.errors import ends_process
from shop.core.mail.transports import (
    SCHEMES,
    AbsentTransport,
    MailTransport,
    NoTransport,
    RefusedByServer,
    transport_for,
)
from shop.core.observing.masking import words_of
from shop.plugins.guard import PluginFailed, attempted, guarded
from shop.plugins.manager import PluginError, Registry, is_switched_off
from shop.plugins.terms.mail_transports import MailTransportKind


def transport_of(boot: Config, found: Registry) -> MailTransport:
    """What sends mail. In safe mode mail whose way out is a plugin waits.

    Raises:
        ConfigError: nobody knows this kind of address, or its plugin says that it is wrong.
        PluginError: the plugin can't make its transport.
    """
    scheme = urlsplit(boot.smtp_url).scheme  # in lower case, however it is written
    if scheme in {"", *SCHEMES}:
        return transport_for(boot.smtp_url)
    for kind in found.mail_transports:
        if kind.name == scheme:
            return PluginTransport(kind, _opened(kind, boot.smtp_url, found))
    if boot.safe_mode:
        return AbsentTransport()
    raise ConfigError(
        "SHOP_SMTP_URL: write smtp://user:password@host:587, smtps://... or file:///folder; "
        f"no plugin of SHOP_PLUGINS brings {scheme}://"
    )


def _opened(kind: MailTransportKind, url: str, found: Registry) -> MailTransport:
    owner = found.owners.of(kind)
    try:
        transport = kind.open(url)
    except ValueError as error:
        raise ConfigError(f"SHOP_SMTP_URL: plugin {owner!r} says: {words_of(error)}") from error
    except BaseException as error:
        if ends_process(error):
            raise
        raise PluginError(f"plugin {owner!r}: mail_transports failed: {words_of(error)}") from error
    if not callable(getattr(transport, "send", None)) or not callable(
        getattr(transport, "rest", None)
    ):
        raise PluginError(f"plugin {owner!r}: mail_transports: {transport!r} has no send and rest")
    return transport


REMEMBERED = 1000


class StillUnderWay(OSError):
    """A call that was to send this very mail has not come back."""


@dataclass(frozen=True, slots=True)
class PluginTransport:
    """The transport of a plugin, asked through the guard. While the plugin is switched off, mail waits.

    A call that hangs outlives its job, which is then tried again: as long as it hangs in this process, nobody begins
    a second one for the same mail, and when it has sent it after all, that counts.
    """

    kind: MailTransportKind
    transport: MailTransport
    _under_way: set[str] = field(default_factory=set)
    _taken: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: EmailMessage) -> None:
        """Hand the message over. What was taken is not sent again, whatever the plugin left in the database.

        Raises:
            NoTransport: the plugin is switched off.
            StillUnderWay: a call for the same mail has not come back; it is tried again.
            RefusedByServer: a final no.
            PluginFailed: whatever else it raised; it is tried again.
        """
        if self.is_off:
            raise NoTransport
        named = str(message["Message-ID"])
        with self._lock:
            if named in self._taken:
                return
            if named in self._under_way:
                raise StillUnderWay(
                    f"the way out {self.kind.name!r} has not answered since the last try"
                )
            self._under_way.add(named)

        def hand_over() -> None:
            self.transport.send(message)
            self._taken.append(named)

        try:
            attempted("mail_transports", self.kind, hand_over, lets_through=(RefusedByServer,))
        except PluginFailed:
            if named not in self._taken:
                raise
        finally:
            self._under_way.discard(named)

    @property
    def is_off(self) -> bool:
        """Whether its plugin is switched off, so that mail waits."""
        return is_switched_off(self.kind)

    def rest(self) -> None:
        """There is nothing more to send for now."""
        guarded("mail_transports", self.kind, self.transport.rest, otherwise=None)
