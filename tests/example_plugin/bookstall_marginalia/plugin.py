"""Every hook, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Blueprint

from bookstall_marginalia import notes, pages
from bookstall_marginalia.notes import MarginaliaSettings, NoteWritten
from shop.plugins.api import (
    AdminSection,
    CartFacts,
    CartRule,
    CartTerm,
    CheckoutCheck,
    CommentCheck,
    CommentDraft,
    Directive,
    Discount,
    DisputeVerdict,
    Evidence,
    FeedEntry,
    FeedSource,
    HealthCheck,
    Importer,
    ImportReport,
    JobKind,
    MailKind,
    NavigationItem,
    NotFound,
    PaymentProvider,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    RefundVerdict,
    Refusal,
    SearchDocument,
    SearchSource,
    Sitemap,
    Slot,
    Subscriber,
    Theme,
    WebhookForged,
    WebhookNotice,
    current_settings,
    hookimpl,
    made_of,
    now,
    unit_of_work,
)

PLUGIN = Plugin(name="marginalia", title="Marginalia", settings=MarginaliaSettings)
HERE = Path(__file__).parent


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield pages.bp


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="marginalia",
        label="Marginalia",
        group="talk",
        permission="marginalia.read",
        blueprint=pages.desk,
        endpoint="overview",
        count=notes.count,
    )


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("footer", "Marginalia", "marginalia.index")


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("home.sections", "marginalia/latest.html", _latest)


def _latest() -> Mapping[str, Any] | None:
    made_of("marginalia")
    found = notes.newest(1)
    return {"note": found[0]} if found else None


@hookimpl
def themes() -> Iterable[Theme]:
    yield Theme("marginalia", "Marginalia", HERE / "theme")


@hookimpl
def template_filters() -> Iterable[tuple[str, Any]]:
    yield "whispered", lambda words: f"({words})"


@hookimpl
def directives() -> Iterable[Directive]:
    yield Directive("margin", "marginalia/margin.html", lambda words: {"words": words})


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("marginalia.read", "Read notes", frozenset({"editor"}))


@hookimpl
def migrations() -> Iterable[Path]:
    yield HERE / "versions"


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("marginalia", "Notes in the margin", notes.export, notes.erase)


@hookimpl
def importers() -> Iterable[Importer]:
    yield Importer("notes", "A file with a note on each line", _bring_in)


def _bring_in(file: Path, report: ImportReport) -> None:
    longest = current_settings(MarginaliaSettings).longest
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if len(line) > longest:
            report.refuse(f"line {number}", "too long")
            continue
        with unit_of_work():
            notes.write("import@example.org", line, longest=longest)
        report.accept(is_new=True)


@hookimpl
def search_sources() -> Iterable[SearchSource]:
    yield SearchSource("marginalia", "Notes", _documents)


def _documents() -> Iterable[SearchDocument]:
    for note in notes.newest(1000):
        yield SearchDocument(str(note.id), "A note", note.words, "/marginalia")


@hookimpl
def feed_sources() -> Iterable[FeedSource]:
    yield FeedSource(name="marginalia", entries=_entries)


def _entries(limit: int) -> Iterable[FeedEntry]:
    for note in notes.newest(limit):
        yield FeedEntry(
            id=f"note-{note.id}",
            path="/marginalia",
            title="A note",
            summary=note.words,
            html="",
            author="",
            published_at=note.written_at,
            updated_at=note.written_at,
        )


@hookimpl
def sitemaps() -> Iterable[Sitemap]:
    yield Sitemap("marginalia", _addresses)


def _addresses() -> Iterable[tuple[str, datetime]]:
    made_of("marginalia")
    found = notes.newest(1)
    yield "/marginalia", found[0].written_at if found else now()


class Shouting:
    """Speaks against a comment in capitals."""

    name = "shouting"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        if draft.body.isupper():
            yield Evidence("All in capitals", 20)


@hookimpl
def comment_checks() -> Iterable[CommentCheck]:
    yield Shouting()


class PalindromesAreHalfPrice:
    """The code LEVEL takes half off."""

    name = "palindromes"
    takes_codes = True

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        if cart.code == "LEVEL":
            yield Discount("Half price for a palindrome", percent=50_000, code=cart.code)

    def claim(self, cart: CartFacts, *, order_id: int) -> None:
        """Nothing is counted."""


@hookimpl
def cart_rules() -> Iterable[CartRule]:
    yield PalindromesAreHalfPrice()


class NotForRobots:
    """Sells nothing to a robot that says so."""

    name = "not-for-robots"

    def check(self, *, email: str, total_minor: int, currency: str) -> Refusal | None:
        return Refusal("We sell to people.") if email.startswith("robot@") else None


@hookimpl
def checkout_checks() -> Iterable[CheckoutCheck]:
    yield NotForRobots()


class OnAccount:
    """Paid by hand: the owner looks at his bank, and no buyer is offered it before he says so."""

    name = "on-account"
    label = "On account"
    form_targets = ()

    def is_offered(self) -> bool:
        return False

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        return PaymentStarted(f"account-{payment.idempotency_key}", payment.return_url)

    def look_up(self, reference: str) -> PaymentVerdict:
        return PaymentVerdict(reference, "open")

    def expire(self, reference: str) -> None:
        """Nothing is open anywhere else."""

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        """The owner sends it back from his bank; it stays pending until he says so."""
        return RefundVerdict(
            f"back-{idempotency_key}", reference, "pending", amount_minor, currency
        )

    def look_up_refund(self, reference: str) -> RefundVerdict:
        raise NotFound

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        raise NotFound

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        raise WebhookForged


@hookimpl
def payment_providers() -> Iterable[PaymentProvider]:
    yield OnAccount()


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="marginalia-note",
        title="A note in the margin",
        subject="A note for {{ site.name }}",
        reason="You get this because you are named in the settings of Marginalia.",
    )


@hookimpl
def subscribers() -> Iterable[Subscriber]:
    yield Subscriber("marginalia.tell", NoteWritten, _tell)


def _tell(event: NoteWritten) -> None:
    notes.tell_the_editor(event, current_settings(MarginaliaSettings).editor)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind("marginalia.forget", lambda payload: notes.erase(payload["email"]))


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("marginalia.tidy", timedelta(days=1), lambda: notes.erase(""))


@hookimpl
def commands() -> Iterable[click.Command]:
    yield count_notes


@click.command("marginalia")
def count_notes() -> None:
    """Say how many notes there are."""
    click.echo(f"{notes.count()} notes")


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("marginalia", lambda: f"{notes.count()} notes")
