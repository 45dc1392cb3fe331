"""Subscribers of a CSV file: Mailchimp's, Ghost's, Substack's, Beehiiv's, or ours.

Whoever agreed there gets issues here only with proof: the moment at which they confirmed or signed up, kept with the
subscription. Without one the row is refused, unless the owner says with `--consent` where the agreement can be looked
up. Whoever left there has left here. IP addresses are not read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

from click import Option
from flask_babel import gettext as _

from shop.blueprints.importers.formats import files
from shop.blueprints.importers.formats.corrections import Corrections, table_map_option
from shop.blueprints.importers.magazines.arriving import moment_in
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.newsletter import services
from shop.core import clock, text
from shop.core.mail.mailboxes import read_address
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused, unit_of_work

LONGEST_PROOF = 160
BATCH = 100
options = (
    Option(
        ["--consent"],
        default="",
        help="For rows without a date: where the agreement to get the newsletter can be looked up.",
    ),
    table_map_option,
    files.max_mb,
)
_EMAIL = (
    "email", "email address", "e-mail", "e-mail address", "email_address", "emailaddress", "subscriber_email",
    "subscriber email", "user email", "user_email", "mail", "e-mail-adresse", "e-mail adresse", "mailadresse",
    "correo electrónico", "correo", "dirección de correo electrónico", "adresse e-mail", "adresse email", "courriel",
    "indirizzo email", "indirizzo e-mail", "e-mailadres", "endereço de e-mail",
)  # fmt: skip
_DELIMITERS = ",;\t"
_GERMAN_DATE = re.compile(r"^(\d{2})\.(\d{2})\.(\d{4})")
_OWN_MARK = re.compile(r"^'(?=[=+@-])")
"""Our own list has it before what a spreadsheet would run."""
_SLASHED_DATE = re.compile(r"^(\d{4})/(\d{2})/(\d{2})")
_LEFT_AT = ("unsub_time", "unsubscribed_at", "left_at", "deleted_at")
_CONFIRMED_AT = (
    "confirm_time", "confirmed", "confirmed_at", "confirmation date", "confirmation time", "double opt-in date",
    "opt-in confirm date", "bestätigt am",
)  # fmt: skip
_ASKED_AT = (
    "optin_time", "created_at", "subscription date (substack)", "subscribed_at", "date", "subscribe date",
    "subscribed", "subscription date", "signup date", "signed up", "date added", "created", "creation date",
    "opt-in date", "optin date", "consent date", "date_added", "fecha", "fecha de suscripción", "angemeldet am",
    "anmeldedatum", "date d'inscription", "date d’inscription",
)  # fmt: skip
_STATE = (
    "status", "state", "subscriber status", "subscription status", "email status", "marketing status",
    "email marketing status", "estado", "statut", "stato",
)  # fmt: skip
_UNSURE = {
    "pending", "unconfirmed", "unactivated", "awaiting confirmation", "ausstehend", "unbestätigt", "pendiente",
    "en attente",
}  # fmt: skip
_DEAD = {
    "cleaned",
    "bounced",
    "bounce",
    "hard bounced",
    "hard bounce",
    "invalid",
    "undeliverable",
    "rebotado",
}
_NO = {
    "false", "no", "0", "unsubscribed", "unsubscribe", "inactive", "paused", "non-subscribed", "nonsubscribed",
    "never subscribed", "complained", "complaint", "spam", "suppressed", "blocked", "deleted", "removed", "abgemeldet",
    "abbestellt", "nein", "cancelado", "dado de baja", "désabonné", "désinscrit", "non", "disiscritto",
}  # fmt: skip


def run(
    file: Path, report: ImportReport, *, consent: str, max_mb: int, mapping: Path | None = None
) -> None:
    """Bring subscribers in.

    Raises:
        Refused: the file is no use as a whole, or the newsletter is switched off.
    """
    if not registry().has("newsletter"):
        raise Refused(_("The newsletter is off, so subscribers can’t be imported."))
    consent = text.clean_line(consent)[:LONGEST_PROOF]
    right = Corrections(mapping)
    waiting = _rows(file, files.read_text(file, max_mb=max_mb))
    while batch := list(islice(waiting, BATCH)):
        with unit_of_work():
            for line, row in batch:
                with one_row(report, f"line {line}"):
                    _bring_in(right.put_right(line, row), consent, report)


def _rows(file: Path, content: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    heading = content.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    table = io.StringIO(content, newline="")
    reader = csv.DictReader(table, restval="", delimiter=delimiter, strict=True)
    try:
        names = [text.clean_line(name).casefold() for name in reader.fieldnames or []]
        if not set(names) & set(_EMAIL):
            raise Refused(_("%(name)s has no column for email addresses.", name=file.name))
        reader.fieldnames = names
        for row in reader:
            yield (
                reader.line_num,
                {name: value.strip() for name, value in row.items() if isinstance(value, str)},
            )
    except csv.Error as error:
        raise Refused(
            _(
                "%(name)s is damaged near line %(line)s: %(error)s.",
                name=file.name,
                line=reader.line_num,
                error=error,
            )
        ) from None


def _bring_in(row: Mapping[str, str], consent: str, report: ImportReport) -> None:
    address = read_address(_OWN_MARK.sub("", _first(row, _EMAIL)))
    if address is None:
        raise Refused(_("it has no email address that can be written to"))
    has_left = _first(row, _LEFT_AT) != "" or _has_left(row)
    states = {row.get(name, "").casefold() for name in _STATE}
    if row.get("clean_time") or states & _DEAD:
        raise Refused(_("its email address did not work there"))
    if states & _UNSURE:
        raise Refused(_("its owner never confirmed that they want the newsletter"))
    confirmed_at, asked_at = _moment(row, _CONFIRMED_AT), _moment(row, _ASKED_AT)
    agreed_at = confirmed_at or asked_at
    if not has_left and agreed_at is None and not consent:
        raise Refused(
            _(
                "it has no date on which its owner agreed; say with --consent where that can be looked up"
            )
        )
    is_new = services.import_subscriber(
        email=address,
        asked_on=row.get("asked_on") or _proof(confirmed_at, asked_at, consent),
        asked_at=asked_at or agreed_at or clock.now(),
        confirmed_at=agreed_at or (None if has_left else clock.now()),
        left_at=clock.now() if has_left else None,  # from when it is kept for a year that they left
    )
    report.accept(is_new=is_new)


def _proof(confirmed_at: datetime | None, asked_at: datetime | None, consent: str) -> str:
    if confirmed_at is not None:
        return f"import: confirmed {confirmed_at:%Y-%m-%d %H:%M} UTC"
    if asked_at is not None:
        return f"import: signed up {asked_at:%Y-%m-%d %H:%M} UTC"
    return f"import: {consent}" if consent else "import"


def _has_left(row: Mapping[str, str]) -> bool:
    said = [
        row.get(name, "").casefold()
        for name in (*_STATE, "subscribed_to_emails", "active_subscription", "subscribed")
    ]
    return any(value in _NO for value in said) or row.get("email_disabled", "").casefold() == "true"


def _first(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _moment(row: Mapping[str, str], names: tuple[str, ...]) -> datetime | None:
    """The first of these cells that is a moment; some lists have `true` where others have a date."""
    moments = (moment_in(_with_iso_date(row.get(name, ""))) for name in names)
    return next((moment for moment in moments if moment is not None), None)


def _with_iso_date(written: str) -> str:
    """`31.12.2023` and `2023/12/31` as `2023-12-31`; `01/02/2023` may be two days and stays as it is."""
    written = _GERMAN_DATE.sub(r"\3-\2-\1", written)
    return _SLASHED_DATE.sub(r"\1-\2-\3", written)
