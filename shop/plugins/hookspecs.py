"""Every hook. Its docstring is what plugin authors read: `docs/HOOKS.md` is made from it.

A hook is called once, when the application starts, and yields typed objects. *Called* says when those are used and
how often, *Failure* what happens when they fail. A hook that is misspelt, has a wrong argument, names an unknown slot
or raises stops the start with one line that names the plugin.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pluggy
from flask import Blueprint

from shop.plugins.types import (
    AdminSection,
    AnySubscriber,
    ArticleGate,
    Asset,
    BodyFilter,
    CartRule,
    CheckoutCheck,
    Command,
    CommentCheck,
    CustomFields,
    Directive,
    ExportPart,
    FeedSource,
    HealthCheck,
    Importer,
    JobKind,
    MailKind,
    MailTransportKind,
    NavigationItem,
    NavigationSource,
    OrderExtension,
    PaymentProvider,
    Periodic,
    Permission,
    PersonalData,
    ReadModel,
    SearchEngine,
    SearchSource,
    Sitemap,
    Slot,
    StructuredData,
    TemplateFilter,
    TextJudge,
    Theme,
)

hookspec = pluggy.HookspecMarker("shop")
hookimpl = pluggy.HookimplMarker("shop")
"""Marks a function of your `plugin` module as a hook. The function has the hook's name."""


@hookspec
def blueprints() -> Iterable[Blueprint]:  # type: ignore[empty-body]
    """Pages for visitors. A Flask blueprint brings its own addresses, templates and static files.

    Called:
        A view runs on each request for its address, but for a page that is kept (`public_page`).

    Failure:
        `Refused` answers 422, `NotFound` 404, `Gone` 410, `TooMany` 429, each with a page that says so. Any other
        exception is logged, counted (Admin, Plugins) and answers 500; an open unit of work is rolled back. What runs at
        every request (`before_app_request` and its like) is left out when it fails, and its answer when it is none. Two
        blueprints of one name stop the start, and so do an address that begins with a variable and an
        `app_errorhandler` for errors that are not of your own classes.
    """


@hookspec
def admin_sections() -> Iterable[AdminSection]:  # type: ignore[empty-body]
    """Pages of the admin, mounted at `/admin/<name>`. The permission is checked before any view runs.

    Called:
        A view runs on each request. `count` is called for each page of the admin that is drawn for somebody
        who may enter the section.

    Failure:
        A view fails like any page (see `blueprints`). Of a `count` that fails no number is shown; it is counted, and
        paused when it goes on. A name that is taken, an unknown group or an undeclared permission stops the start.
    """


@hookspec
def navigation() -> Iterable[NavigationItem | NavigationSource]:  # type: ignore[empty-body]
    """Links of the menus. A `NavigationSource` gives links that change while the site runs.

    Called:
        `items` of a source is called for each menu of each page that is made: about three times a page.

    Failure:
        An endpoint that does not exist, or a source that raises or gives something else, is logged; the menu has the
        other links, and the page is not kept. A source that fails again and again, or is slow, is paused.
    """


@hookspec
def slots() -> Iterable[Slot]:  # type: ignore[empty-body]
    """Things drawn at named points of other features' pages and mails.

    Called:
        `context` is called each time that a page with this point is made, and for a mail when it is queued.

    Failure:
        Nothing is drawn, nothing of it is left in the database, and the page is answered but not kept. It is logged and
        counted (Admin, Plugins). With `SHOP_DEBUG=1` a box says so. Everything else is drawn. After ten failures in a
        row, two calls in a row that took more than a second, or one of more than three, it is left out for a minute,
        then asked again; when that fails for two, four, and so on up to 15. Nobody can end a thread, so one page waits
        for a slot that sleeps before it is paused. An unknown point stops the start.
    """


@hookspec
def assets() -> Iterable[Asset]:  # type: ignore[empty-body]
    """Style sheets and scripts of yours, which are loaded where a template of yours says `{{ needs("name.css") }}`.

    Called:
        The files are read when the application starts. In a style sheet, `@layer features` keeps ours and themes
        in their places, and `shop/static/css/tokens.css` has the colours, letters and distances.

    Failure:
        A file that is not there, or a name that is taken or ends with anything else, stops the start.
    """


@hookspec
def themes() -> Iterable[Theme]:  # type: ignore[empty-body]
    """What pages may look like: templates instead of ours, and a style sheet after ours.

    The owner chooses a theme under Admin, Themes; until then the last plugin in `SHOP_PLUGINS` that has one wins.

    Called:
        The folder is looked in whenever a template is loaded.

    Failure:
        A template with a mistake fails the page that needs it, like one of ours: 500, and a line in the log.
    """


@hookspec
def template_filters() -> Iterable[tuple[str, TemplateFilter]]:  # type: ignore[empty-body]
    """Filters for templates, as (name, function).

    Called:
        Each time that a template uses the filter.

    Failure:
        The template fails: in a slot nothing is drawn, a page answers 500. A name that is taken stops the start.
    """


@hookspec
def directives() -> Iterable[Directive]:  # type: ignore[empty-body]
    """What `::name[argument]` alone on a line of an article draws, and what is drawn around the text between a line
    `::: name[argument]` and a line `:::`. Below the text that they write, writers find what there is.

    Called:
        When an article is made into HTML: once after each change of the article, or of what `context` names with
        `made_of`, in each process; and at each preview. In feeds and in the search a directive stands for nothing, and
        one with a body for its text.

    Failure:
        Nothing is drawn in its place, or the text between its lines alone, and it is logged and counted; the article is
        shown and not kept. It is paused like a slot. A name that is taken stops the start.
    """


@hookspec
def body_filters() -> Iterable[BodyFilter]:  # type: ignore[empty-body]
    """What changes the text of articles and standing pages: links for the words of a glossary.

    Called:
        When an article is made into HTML, as often as a directive, and for feeds.

    Failure:
        A filter that gives anything but text, more than a million characters, or a text without the places of
        directives has failed too. The text stays as it was before this filter; it is logged and counted, and the
        article is shown and not kept. It is paused like a slot. A name that is taken stops the start.
    """


@hookspec
def custom_fields() -> Iterable[CustomFields]:  # type: ignore[empty-body]
    """Fields of your own on products, articles and orders, and questions to buyers at the checkout.

    They stand in the forms of the admin, or in that of the checkout, where what does not fit is said beside the field;
    on the pages, in the search and in the exports, as each field says. They are kept while the plugin is switched off.

    Called:
        `is_wanted` whenever the checkout is shown or sent. Nothing else of the plugin's is called: read what was
        entered with `field_values`.

    Failure:
        If `is_wanted` raises, or gives anything but True or False, the buyer is asked. A name that is taken, a type
        that a field can't have, or a default that does not fit stops the start.
    """


@hookspec
def article_gates() -> Iterable[ArticleGate]:  # type: ignore[empty-body]
    """Who may read the whole of an article that an editor has put behind a gate.

    Everyone reads its beginning: what stands above a line `<!--more-->`, or else the first paragraph. That is what the
    article's page, the feeds, the search and the summary have of it. The whole stands at `/articles/<slug>/whole`,
    which is made for one visitor and never kept.

    Called:
        `lets_in` each time that somebody opens the whole article. `context` when the article's page is made.

    Failure:
        If `lets_in` raises, gives anything but True, or has not answered after three seconds, nobody is let in. If
        `context` or the template does so, the page shows the beginning and the link alone. Both are logged. A `label`
        that can't be read is replaced by the name. A name that is taken stops the start.
    """


@hookspec
def permissions() -> Iterable[Permission]:  # type: ignore[empty-body]
    """What staff may do, and which roles may do it.

    Called:
        Read at each page of the admin. Nothing of the plugin is called.

    Failure:
        A name that is taken stops the start.
    """


@hookspec
def migrations() -> Iterable[Path]:  # type: ignore[empty-body]
    """A folder of Alembic versions for the plugin's own tables, named `plugin_<name>_*`.

    Each plugin has a version table of its own, so that one that was uninstalled never blocks an upgrade.

    Called:
        By `shop db upgrade`, `shop init`, `shop demo` and `shop plugins upgrade`: those that have not been run yet.

    Failure:
        All that its migrations did is undone, on SQLite too; ours and those of the other plugins are up to date, the
        command ends with a line that names the plugin, and the site does not start before it is mended or not used. So
        it is when they drop a table that is not named `plugin_<name>_...`, or change its columns, or at which revision
        ours are; when they have two heads, or can't be read.
    """


@hookspec
def personal_data() -> Iterable[PersonalData]:  # type: ignore[empty-body]
    """What is kept about a person: to hand out, and to erase on request.

    Called:
        `export` when somebody opens or downloads what is kept about them. `erase` when they, or the owner, erase it,
        and after that `export` once more, to say what had to stay.

    Failure:
        `Refused` from `erase` stops all erasing and says why. Of an `export` that raises, or gives what JSON can't
        hold, the file says under `incomplete` that it is missing; the rest is there. When `erase` raises nothing is
        erased, and the person is told so. Either is counted, and the owner gets a mail.
    """


@hookspec
def read_models() -> Iterable[ReadModel]:  # type: ignore[empty-body]
    """Things of yours that other plugins may look up, with `look_up(YourView, key)`.

    The features that ship offer `ArticleView`, `ProductView` and `OrderView` this way; for those there are the
    functions `article`, `product` and `order`.

    Called:
        `find` each time that somebody looks one up.

    Failure:
        Whoever looks it up gets the error. A kind that is offered twice stops the start.
    """


@hookspec
def importers() -> Iterable[Importer]:  # type: ignore[empty-body]
    """Files of other systems: each importer becomes `shop import <name> FILE`.

    Called:
        Once for each run of the command.

    Failure:
        `Refused` ends the command with its message. Whatever else it raises, `SystemExit` too, ends it with an error
        and stands in the log, and so does a report with anything but numbers and texts. Rows of units of work that were
        finished before stay; with `--dry-run`, and while a file is checked in the admin, nothing stays, and `commit()`
        raises. A check on SQLite that has not ended after four seconds is undone. A name that is taken stops the start.
    """


@hookspec
def export_parts() -> Iterable[ExportPart]:  # type: ignore[empty-body]
    """What the plugin keeps, in the export of the whole site.

    Called:
        `write` once for each export, after everything else was written; `read` once for each row, after everything else
        was read in, so that products, articles and orders are there.

    Failure:
        A `write` that fails, or gives ten million rows, ends the export, and the line says whose it was: an export
        without it would look whole. A row that `read` refuses, or fails at, is named in the report, and nothing of it
        is stored; the others come in. Where the plugin is not there, the import leaves its part out and says so.
    """


@hookspec
def search_sources() -> Iterable[SearchSource]:  # type: ignore[empty-body]
    """Kinds of pages that `/search` finds.

    Called:
        `documents` by `shop search rebuild`, and by nothing else: as a page changes, call `index_page` or
        `unindex_page`. `pictures` for the pages of each list of results, and of each panel that shows them.

    Failure:
        The other sources are read all the same. The command says which failed, and ends with an error; what was found
        of that source before is still found. A source of a third party that has not given all its pages after a
        minute has failed, and so has one with an address that is no path on this site. Where `pictures` fails the
        results are shown without.
    """


@hookspec
def search_engines() -> Iterable[SearchEngine]:  # type: ignore[empty-body]
    """What `/search` asks in place of our own search. Of several, the first that is switched on is asked.

    Called:
        `find` each time that somebody searches. To fill your index, read `indexed_pages`.

    Failure:
        If `find` raises, gives anything but pairs of texts, or is paused because it was slow, our own search answers,
        and the page says so. Of more pages than were wanted the first are taken. It is logged and counted. A name that
        is taken stops the start.
    """


@hookspec
def feed_sources() -> Iterable[FeedSource]:  # type: ignore[empty-body]
    """What `/feed.xml` and `/feed.json` tell their readers of.

    Called:
        Each time that a feed is made. Feeds are kept like pages, for a minute at most.

    Failure:
        The feed has the other sources' entries, and is not kept. It is logged and counted.
    """


@hookspec
def sitemaps() -> Iterable[Sitemap]:  # type: ignore[empty-body]
    """Pages that `/sitemap.xml` lists.

    Called:
        Each time that the sitemap is made. It is kept like a page, for a minute at most.

    Failure:
        The sitemap has the other pages, and is not kept. It is logged and counted.
    """


@hookspec
def structured_data() -> Iterable[StructuredData]:  # type: ignore[empty-body]
    """What search engines are told of an article or a product, beside what its page tells them: stars of reviews.

    Called:
        `nodes` each time that the page is made.

    Failure:
        Nodes without an `@id`, or with values that JSON can't hold, or more than 100,000 characters of them, are a
        failure too. Nothing of the plugin's is told; the page and the others' nodes are there, and the page is not
        kept. It is logged and counted, and paused like a slot. A name that is taken, or a page that can't be added to,
        stops the start.
    """


@hookspec
def comment_checks() -> Iterable[CommentCheck]:  # type: ignore[empty-body]
    """Ways to judge a comment. What they find adds up; a person decides whenever one could not answer.

    Called:
        `judge` once for each comment that is sent or changed by its author, before it is stored, and once for each that
        a rescan looks at. It runs in a thread, outside any unit of work.

    Failure:
        A check that raises, or takes longer than 0.4 seconds (all checks together: one second), counts as "could not
        be judged", and the comment waits for a person. It is logged. A comment is never lost or published by it.
    """


@hookspec
def late_comment_checks() -> Iterable[CommentCheck]:  # type: ignore[empty-body]
    """Ways to judge a comment that ask another server (`fetch`), and so need seconds.

    Until every late check has answered, the comment waits, and a person may decide. Then it comes to where it would
    have been without them, unless one of them holds or refuses it.

    Called:
        `judge` once for each comment that is sent or changed by its author, after the commit, by a job that has 30
        seconds, outside any unit of work; again after a kill or a failure. How the comment was sent (`honeypot`,
        `seconds_to_write`) is not known then. Not asked about what somebody has decided meanwhile.

    Failure:
        Tried five times with growing pauses, then a failed job in the admin. The comment waits for a person. Others are
        not touched. A name that another check has stops the start.
    """


@hookspec
def text_judges() -> Iterable[TextJudge]:  # type: ignore[empty-body]
    """Who judges what readers write in plugins (`judge_text`): a review, a question, a page that mentions ours.

    The comments that ship judge it by all comment checks, as the owner has set them. What one judge refuses or leaves
    to a person stays so, whatever the others say.

    Called:
        `judge` once for each text that a plugin asks about, outside any unit of work.

    Failure:
        A judge that raises, or gives anything but a `TextVerdict`, leaves the text to a person. It is logged and
        counted. Without any judge a person decides too. A name that is taken stops the start.
    """


@hookspec
def order_extensions() -> Iterable[OrderExtension]:  # type: ignore[empty-body]
    """What stands on orders and adds to their pages and their history: payments and shipments do.

    Called:
        `situation`, `progress` and `answer` whenever an order's page is shown to its buyer, `progress` alone when that
        page looks again. `timeline` whenever it is shown in the admin, `badges` once for each page of its list.
        `keeps_buyer` when the buyer has asked to be forgotten, once a day until it says no.

    Failure:
        A part that raises is left out and logged; the page stands without it. `keeps_buyer` that raises counts as yes:
        nobody is forgotten on an error.
    """


@hookspec
def cart_rules() -> Iterable[CartRule]:  # type: ignore[empty-body]
    """What a cart costs: discounts, shipping, taxes.

    Called:
        `terms` whenever a cart is priced: when the cart or the checkout is shown, several times on the way to an order.
        `claim` once for each order, in the unit of work that places it.

    Failure:
        If `terms` raises or gives anything but terms, a number can't be true (a discount below zero or above 100 %), or
        two rules contradict each other, the cart is shown but can't be ordered. If `claim` raises, nothing is placed.
        The buyer is asked to try again later, it is logged and counted, and the owner gets a mail. A rule is never
        paused: without it something would be sold at a wrong price.
    """


@hookspec
def checkout_checks() -> Iterable[CheckoutCheck]:  # type: ignore[empty-body]
    """Looks at an order before it is placed.

    Called:
        `check` once for each press of the button that places an order, outside any unit of work.

    Failure:
        A check that raises, or answers anything but None or a `Refusal`, refuses: nothing is placed, the buyer is asked
        to try again later, it is logged and counted, and the owner gets a mail. A check is never paused.
    """


@hookspec
def payment_providers() -> Iterable[PaymentProvider]:  # type: ignore[empty-body]
    """Payment methods.

    Called:
        `form_targets` once, at the start; `is_offered` each time that the checkout is shown or sent. The other methods
        once for each payment, refund, dispute or webhook that needs them, again after a kill or an error, and about
        every two minutes for a payment of which nothing was heard. Always outside a unit of work.

    Failure:
        If `start` raises, or answers anything but a `PaymentStarted`, this payment method is hidden and the others are
        offered; the order still waits, and the owner gets a mail. If
        `read_webhook` raises `WebhookForged`, the answer is 400; any other exception answers 500, so that the provider
        tries again. The other methods are called again later, and nothing changes until then. An answer fails too that
        can't be true: of another type, about something else, of a sum below zero, in no currency, with a state that is
        not listed, or an address that is not one of `form_targets`. A name or `form_targets` that can't be written into
        an address or a policy stop the start; a `label` that fails is replaced by the name.
    """


@hookspec
def mail_kinds() -> Iterable[MailKind]:  # type: ignore[empty-body]
    """Kinds of mail, each with the templates `email/<name>.txt` and `email/<name>.html`.

    Called:
        The templates are rendered when a mail is prepared (`prepare_mail`, before a transaction) or queued
        (`queue_mail`, in one); it is sent by a job.

    Failure:
        A template that fails raises in these two: nothing of that unit of work happens. A mail server that is away
        is tried again with growing pauses. A name that is taken stops the start.
    """


@hookspec
def mail_transports() -> Iterable[MailTransportKind]:  # type: ignore[empty-body]
    """Ways out for mail besides a mail server, for an owner who names one in `SHOP_SMTP_URL`.

    Called:
        `open` once, when the application starts and `SHOP_SMTP_URL` begins with its scheme. `send` of what it made once
        for each mail, in a job, outside a unit of work, by one thread of each process; `rest` when there is nothing
        more to send for now.

    Failure:
        `RefusedByServer` is a final no: the mail is refused, and the admin shows the words. Whatever else `send` raises
        is counted, and it is tried twelve times with growing pauses. A `ValueError` of `open` stops the start with its
        words; so does a scheme that is taken. What it changes in a message is gone when that is tried again. A `send`
        that takes longer than a minute is left behind and counts as failed, so the mail may go out twice; while five of
        them hang, no mail leaves that process: give each of your calls a deadline. In safe mode, and while the plugin
        is switched off, mail waits.
    """


@hookspec
def subscribers() -> Iterable[AnySubscriber]:  # type: ignore[empty-body]
    """Who wants to know when something has happened.

    Called:
        Once for each event of the type, after the commit, by a job in a unit of work of its own. After a kill it may
        begin again, but what it wrote is committed once. With `in_transaction=False` it reads and draws first, and
        what it returns is called in the unit of work.

    Failure:
        What it wrote is rolled back, and it is tried eight times with growing pauses (5 s, 20 s, 80 s, at most
        6 hours). Then it is a failed job in the admin. Other subscribers and the fact itself are not touched.
    """


@hookspec
def job_kinds() -> Iterable[JobKind]:  # type: ignore[empty-body]
    """Kinds of work that run after a commit, the oldest first.

    Called:
        Once for each `enqueue`, when its time has come, in one process.

    Failure:
        Tried `max_attempts` times with growing pauses, then a failed job in the admin. Other jobs go on. A name
        that is taken stops the start.
    """


@hookspec
def periodic_jobs() -> Iterable[Periodic]:  # type: ignore[empty-body]
    """Work that is done again and again, e.g. once a day.

    Called:
        Once in each slot of time (`every`), in one process, however many there are. A slot in which no process ran is
        not made up for.

    Failure:
        Tried three times with growing pauses, then a failed job in the admin. The next slot runs all the same.
    """


@hookspec
def commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Commands of `shop`, made with click.

    Called:
        Once for each `shop <name>`, inside an application context. To change something, open a unit of work.

    Failure:
        The exception ends the command. A name that is taken stops the start.
    """


@hookspec
def health_checks() -> Iterable[HealthCheck]:  # type: ignore[empty-body]
    """Lines of `shop doctor`, and of `/readyz` for what is vital.

    Called:
        At each `shop doctor`; a vital one also at each request for `/readyz`, so be quick.

    Failure:
        Raising is how a check says what is wrong. `shop doctor` prints the message and ends with an error; `/readyz`
        answers 503. The other checks are asked all the same. A check that does not answer within 10 seconds (5 for
        `/readyz`) has failed.
    """
