"""What bank transfer contributes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from bookstall_bank_transfer import desk, moving, pages, personal, transfers
from bookstall_bank_transfer.provider import BankTransfer
from bookstall_bank_transfer.settings import BankTransferSettings
from shop.plugins.api import (
    AdminSection,
    ExportPart,
    HealthCheck,
    JobKind,
    MailKind,
    PaymentProvider,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    Slot,
    hookimpl,
    now,
)

PLUGIN = Plugin(
    name="bank_transfer",
    title=_l("Bank transfer"),
    requires=("payments",),
    settings=BankTransferSettings,
    api=">=1.1,<2",
)
HERE = Path(__file__).parent
LATE = timedelta(days=7)


class ReturnsForgotten(Exception):
    """Money waits to be sent back for a week. The text says how much of it."""


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield pages.bp


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="bank_transfer",
        label=_l("Bank transfers"),
        group="sell",
        permission="bank_transfer.note",
        blueprint=desk.bp,
        order=16,
        count=lambda: len(transfers.to_send_back()),
        proof="change",
    )


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(
        "bank_transfer.note", _l("Note what came by bank transfer"), frozenset({"bookkeeper"})
    )


@hookimpl
def migrations() -> Iterable[Path]:
    yield HERE / "versions"


@hookimpl
def payment_providers() -> Iterable[PaymentProvider]:
    yield BankTransfer()


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("order.sections", "bank_transfer/on_order.html", pages.on_order, 10)


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    reason = _l("You get this email because you ordered from us with this email address.")
    yield MailKind(
        name="bank-transfer-details",
        title=_l("Where to pay by bank transfer"),
        subject=_l("How to pay your order {{ transfer.order_number }}"),
        reason=reason,
    )
    yield MailKind(
        name="bank-transfer-reminder",
        title=_l("A bank transfer is still awaited"),
        subject=_l("A reminder: please pay your order {{ transfer.order_number }}"),
        reason=reason,
    )
    yield MailKind(
        name="bank-transfer-missing",
        title=_l("A part of a bank transfer is missing"),
        subject=_l("A part is missing for your order {{ transfer.order_number }}"),
        reason=reason,
    )


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind(transfers.MAIL_JOB, transfers.write_mail, in_transaction=False)


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("bank_transfer.remind", timedelta(hours=1), transfers.remind)


@hookimpl
def export_parts() -> Iterable[ExportPart]:
    yield ExportPart("bank-transfers", "bank transfer", moving.write, moving.read)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("bank_transfer", _l("Bank transfers"), personal.export, personal.erase)


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("bank transfers", _check)


def _check() -> str:
    """For `shop doctor`: a transfer that takes its days is nothing to worry about, forgotten returns are."""
    returns = transfers.to_send_back()
    late = [each for each in returns if each.asked_at < now() - LATE]
    if late:
        raise ReturnsForgotten(
            ngettext(
                "One amount waits to be sent back since a week or longer",
                "%(num)d amounts wait to be sent back since a week or longer",
                len(late),
            )
        )
    return str(
        _(
            "transfers awaited: %(transfers)d, amounts to send back: %(returns)d",
            transfers=len(transfers.awaited()),
            returns=len(returns),
        )
    )
