"""Every hook, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Blueprint, url_for

from bookstall_marginalia import (
    checks,
    courier,
    letters,
    moving,
    notes,
    orders,
    pages,
    payment,
    prices,
    proposals,
    sources,
)
from bookstall_marginalia.fields import Margins, OrderWishes
from bookstall_marginalia.notes import MarginaliaSettings, NoteWritten
from shop.plugins.api import (
    AdminAction,
    AdminFound,
    AdminSection,
    AnySubscriber,
    ArticleGate,
    ArticleView,
    Asset,
    BasketLineView,
    BasketView,
    BodyFilter,
    CartRule,
    CheckoutCheck,
    CommentCheck,
    CustomFields,
    Directive,
    ExportPart,
    FeedEntry,
    FeedSource,
    Guide,
    HealthCheck,
    Importer,
    ImportReport,
    JobKind,
    MailKind,
    MailTransportKind,
    MailView,
    NavigationItem,
    NavigationSource,
    OrderExtension,
    OrderView,
    PaymentProvider,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    ProductView,
    ReadModel,
    SearchDocument,
    SearchEngine,
    SearchSource,
    Sitemap,
    Slot,
    StructuredData,
    Subscriber,
    TemplateFilter,
    TextJudge,
    Theme,
    VariantChoice,
    Visitor,
    current_settings,
    field_values,
    hookimpl,
    indexed_pages,
    made_of,
    now,
    unit_of_work,
)
from shop.plugins.api.events import CommentApproved, OrderPaid

PLUGIN = Plugin(name="marginalia", title="Marginalia", settings=MarginaliaSettings)
HERE = Path(__file__).parent
SEE = '<a href="/marginalia">(margin)</a>'


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield pages.bp
    yield letters.bp


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
        find=_find_notes,
        actions=[AdminAction("Read the notes", "overview")],
    )
    yield AdminSection(
        name="marginalia-proposals",
        label="Proposals",
        group="talk",
        permission="marginalia.read",
        blueprint=proposals.desk,
        endpoint="overview",
        count=proposals.Proposal.number_waiting,
    )


def _find_notes(typed: str, limit: int) -> Iterable[AdminFound]:
    for note in notes.having(typed, limit):
        yield AdminFound(note.words, url_for("admin.marginalia.overview"), note.email)


@hookimpl
def navigation() -> Iterable[NavigationItem | NavigationSource]:
    yield NavigationItem("footer", "Marginalia", "marginalia.index")
    yield NavigationSource(_in_banner)


def _in_banner() -> Iterable[NavigationItem]:
    made_of("settings")
    if current_settings(MarginaliaSettings).in_banner:
        yield NavigationItem("primary", "Marginalia", "marginalia.index", order=60)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("home.sections", "marginalia/latest.html", _latest)
    yield Slot("product.after_body", "marginalia/latest.html", _about_product)
    yield Slot("guide.buy", "marginalia/margin.html", _last_one)
    yield Slot("checkout.review", "marginalia/margin.html", _own_note)
    yield Slot("admin.today", "marginalia/margin.html", _how_many)
    yield Slot("mail.text", "marginalia/postscript.txt", _postscript)
    yield Slot("mail.html", "marginalia/margin.html", _postscript)


def _latest() -> Mapping[str, Any] | None:
    made_of("marginalia")
    found = notes.newest(1)
    return {"note": found[0]} if found else None


def _about_product(product: ProductView) -> Mapping[str, Any] | None:
    made_of("marginalia")
    note = notes.about(product.title)
    return {"note": note} if note else None


def _last_one(guide: Guide, is_main: bool) -> Mapping[str, Any] | None:
    left: list[VariantChoice] = [each for each in guide.variants if each.is_available]
    return {"words": f"only {left[0].text}"} if is_main and len(left) == 1 else None


def _own_note(basket: BasketView) -> Mapping[str, Any] | None:
    first: BasketLineView | None = basket.lines[0] if basket.note and basket.lines else None
    return {"words": f"{first.title}: {basket.note}"} if first else None


def _how_many() -> Mapping[str, Any]:
    return {"words": f"{notes.count()} notes in the margin"}


def _postscript(mail: MailView) -> Mapping[str, Any] | None:
    if mail.kind != "order-confirmation" or mail.about is None:
        return None
    wishes = field_values(OrderWishes, mail.about.id)
    return {"words": f"P.S.: {wishes.postscript}"} if wishes.postscript else None


@hookimpl
def assets() -> Iterable[Asset]:
    yield Asset("marginalia.css", (HERE / "marginalia.css",))


@hookimpl
def themes() -> Iterable[Theme]:
    yield Theme("marginalia", "Marginalia", HERE / "theme")


@hookimpl
def template_filters() -> Iterable[tuple[str, TemplateFilter]]:
    yield "whispered", lambda words: f"({words})"


@hookimpl
def directives() -> Iterable[Directive]:
    yield Directive("margin", "marginalia/margin.html", lambda words: {"words": words})
    yield Directive(
        "aside",
        "marginalia/aside.html",
        lambda title, body: {"title": title, "body": body},
        has_body=True,
        help="A text set apart, with a title.",
        argument="Title",
    )


@hookimpl
def body_filters() -> Iterable[BodyFilter]:
    yield BodyFilter("marginalia-see", lambda html: html.replace("(margin)", SEE))


@hookimpl
def custom_fields() -> Iterable[CustomFields]:
    yield CustomFields("margins", ArticleView, Margins, "The margin")
    yield CustomFields(
        "postscript", OrderView, OrderWishes, "Your postscript", is_asked_at_checkout=True
    )


@hookimpl
def article_gates() -> Iterable[ArticleGate]:
    yield ArticleGate(
        "annotators", "Who has written a note", _has_written, "marginalia/margin.html", _why_behind
    )


def _has_written(article: ArticleView, who: Visitor | None) -> bool:
    return who is not None and who.is_verified and bool(notes.export(who.email))


def _why_behind(article: ArticleView) -> Mapping[str, Any]:
    return {"words": f"Write a note, and read all of “{article.title}”."}


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
def read_models() -> Iterable[ReadModel]:
    yield ReadModel(sources.NoteView, sources.find)


@hookimpl
def importers() -> Iterable[Importer]:
    skip = click.Option(["--skip"], type=int, default=0, help="How many lines to leave out.")
    yield Importer("notes", "A file with a note on each line", _bring_in, options=(skip,))


def _bring_in(file: Path, report: ImportReport, skip: int) -> None:
    longest = current_settings(MarginaliaSettings).longest
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines[skip:], start=skip + 1):
        if len(line) > longest:
            report.refuse(f"line {number}", "too long")
            continue
        with unit_of_work():
            notes.write("", line, longest=longest)
        report.accept(is_new=True)


@hookimpl
def search_sources() -> Iterable[SearchSource]:
    yield SearchSource("marginalia", "Notes", _documents)


def _documents() -> Iterable[SearchDocument]:
    return map(notes.page_of, notes.newest(1000))


@hookimpl
def search_engines() -> Iterable[SearchEngine]:
    yield SearchEngine("marginalia", "The margin", _find_in_margin)


def _find_in_margin(
    typed: str, sources: Sequence[str], limit: int, offset: int
) -> Sequence[tuple[str, str]]:
    """Pages with these words at the beginning of their title."""
    found = [
        (source, page.key)
        for source in sources
        for page in indexed_pages(source)
        if page.title.lower().startswith(typed.lower())
    ]
    return found[offset : offset + limit]


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


@hookimpl
def structured_data() -> Iterable[StructuredData]:
    yield StructuredData("marginalia", ProductView, _notes_of)


def _notes_of(product: ProductView) -> Iterable[Mapping[str, Any]]:
    made_of("marginalia")
    note = notes.about(product.title)
    if note:
        yield {
            "@id": product.node_id,
            "review": [{"@type": "Review", "reviewBody": note.words}],
        }


@hookimpl
def comment_checks() -> Iterable[CommentCheck]:
    yield checks.Shouting()


@hookimpl
def late_comment_checks() -> Iterable[CommentCheck]:
    yield checks.LinksThatAreGone()


@hookimpl
def text_judges() -> Iterable[TextJudge]:
    yield TextJudge("marginalia", checks.judge_loudness)


@hookimpl
def order_extensions() -> Iterable[OrderExtension]:
    yield orders.MARGIN


@hookimpl
def cart_rules() -> Iterable[CartRule]:
    yield prices.PalindromesAreHalfPrice()
    yield prices.CarriedByHand()


@hookimpl
def checkout_checks() -> Iterable[CheckoutCheck]:
    yield checks.NotForRobots()


@hookimpl
def payment_providers() -> Iterable[PaymentProvider]:
    yield payment.OnAccount()


@hookimpl
def export_parts() -> Iterable[ExportPart]:
    yield ExportPart("marginalia", "note", moving.write, moving.read)


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="marginalia-note",
        title="A note in the margin",
        subject="A note for {{ site.name }}",
        reason="You get this because you are named in the settings of Marginalia.",
    )


@hookimpl
def mail_transports() -> Iterable[MailTransportKind]:
    yield MailTransportKind("courier", courier.open_courier)


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("marginalia.tell", NoteWritten, _tell, in_transaction=False)
    yield Subscriber(
        "marginalia.keep-findable", NoteWritten, notes.keep_findable, in_transaction=False
    )
    yield Subscriber("marginalia.note-paid", OrderPaid, _note_paid)
    yield Subscriber("marginalia.note-comment", CommentApproved, _note_comment)


def _tell(event: NoteWritten) -> Callable[[], None] | None:
    return notes.tell_the_editor(event, current_settings(MarginaliaSettings).editor)


def _note_paid(event: OrderPaid) -> None:
    longest = current_settings(MarginaliaSettings).longest
    notes.write("", f"order {event.order_id} was paid", longest=longest)


def _note_comment(event: CommentApproved) -> None:
    notes.quote_comment(event.comment_id, longest=current_settings(MarginaliaSettings).longest)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind("marginalia.forget", lambda payload: notes.forget(payload["note_id"]))
    yield JobKind("marginalia.expect", _expect)
    yield JobKind("marginalia.read-source", _read_source, in_transaction=False)


def _read_source(payload: dict[str, Any]) -> None:
    """Asks another server, so it is no unit of work, and may be called again."""
    title = sources.title_of(payload["url"])
    with unit_of_work():
        notes.write("", title, longest=current_settings(MarginaliaSettings).longest)


def _expect(payload: dict[str, Any]) -> None:
    payment.tell_of_expected(payload, current_settings(MarginaliaSettings).editor)


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("marginalia.tidy", timedelta(days=1), notes.tidy)


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
