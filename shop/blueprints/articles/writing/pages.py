"""The pages of the editor besides the form itself: what it keeps while somebody types, and earlier texts."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import current_account
from shop.blueprints.articles import services
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.checklist import checklist
from shop.blueprints.articles.writing.comparing import word_differences
from shop.blueprints.articles.writing.inserting import insertions
from shop.blueprints.articles.writing.link_checks import ask_to_check
from shop.blueprints.articles.writing.presence import note_presence, others_present
from shop.blueprints.articles.writing.revisions import (
    revision_before,
    revision_or_404,
    revisions_of,
    version_of_text,
    wording_of,
)
from shop.blueprints.articles.writing.sharing_drafts import DAYS, share_draft, stop_sharing
from shop.blueprints.articles.writing.unsaved import forget_unsaved, keep_unsaved
from shop.core import clock
from shop.core.dates import hour_in_words
from shop.plugins.api import NotFound, notify, unit_of_work

LONGEST_SEARCH = 100

if TYPE_CHECKING:
    from shop.blueprints.articles.admin import Desk


class WritingPages:
    """These pages for one kind of article; they stand below those of its desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        rules: list[tuple[str, Callable[..., ResponseReturnValue], str]] = [
            ("/unsaved", self.keep_new, "POST"),
            ("/unsaved/removal", self.discard_new, "POST"),
            ("/<int:article_id>/unsaved", self.keep, "POST"),
            ("/<int:article_id>/unsaved/removal", self.discard, "POST"),
            ("/<int:article_id>/presence", self.be_present, "POST"),
            ("/<int:article_id>/revisions", self.list_revisions, "GET"),
            ("/<int:article_id>/revisions/<int:version>", self.show_revision, "GET"),
            ("/<int:article_id>/revisions/<int:version>/restoration", self.restore_text, "POST"),
            ("/insertions", self.find_insertions, "GET"),
            ("/checklist", self.check, "POST"),
            ("/<int:article_id>/link-check", self.check_links, "POST"),
            ("/<int:article_id>/shared-draft", self.share, "POST"),
            ("/<int:article_id>/shared-draft/removal", self.stop_sharing, "POST"),
        ]
        for rule, handler, method in rules:
            desk.bp.add_url_rule(rule, handler.__name__, handler, methods=[method])

    def keep_new(self) -> ResponseReturnValue:
        """Keep what was typed of a new article, and say when."""
        return self._keep(None)

    def keep(self, article_id: int) -> ResponseReturnValue:
        """Keep what was typed and not saved, and say when, and who else is here."""
        return self._keep(self.desk.article(article_id))

    def _keep(self, article: Article | None) -> ResponseReturnValue:
        account = _writer()
        with unit_of_work():
            is_kept = keep_unsaved(account, self.desk.kind, article, request.form.items(multi=True))
            if article is not None:
                note_presence(account, article)
        if not is_kept:
            return {"said": _("This is too long to be kept.")}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        said = _("Kept at %(time)s, not saved", time=hour_in_words(clock.now()))
        return {"said": said, **_around(account, article)}

    def be_present(self, article_id: int) -> ResponseReturnValue:
        """Say who else has this article open, and be named to them."""
        article, account = self.desk.article(article_id), _writer()
        with unit_of_work():
            note_presence(account, article)
        return _around(account, article)

    def discard_new(self) -> ResponseReturnValue:
        """Throw away what was typed of a new article."""
        return self._discard(None)

    def discard(self, article_id: int) -> ResponseReturnValue:
        """Throw away what was typed and not saved."""
        return self._discard(self.desk.article(article_id))

    def _discard(self, article: Article | None) -> ResponseReturnValue:
        with unit_of_work():
            forget_unsaved(_writer(), self.desk.kind, article)
        notify(_("Unsaved changes discarded."))
        if article is None:
            return redirect(self.desk.url("new"), HTTPStatus.SEE_OTHER)
        return redirect(self.desk.url("edit", article_id=article.id), HTTPStatus.SEE_OTHER)

    def list_revisions(self, article_id: int) -> ResponseReturnValue:
        """The earlier texts, newest first."""
        article = self.desk.article(article_id)
        return render_template(
            "admin/articles/revisions.html",
            desk=self.desk,
            article=article,
            revisions=revisions_of(article),
        )

    def show_revision(self, article_id: int, version: int) -> ResponseReturnValue:
        """What somebody changed, word by word; with `?with=now`, what has become of it since."""
        article = self.desk.article(article_id)
        revision = revision_or_404(article, version)
        is_with_now = request.args.get("with") == "now"
        before = revision if is_with_now else revision_before(revision)
        after = article if is_with_now else revision
        return render_template(
            "admin/articles/revision.html",
            desk=self.desk,
            article=article,
            revision=revision,
            is_with_now=is_with_now,
            is_first=before is None,
            is_now=wording_of(revision) == wording_of(article),
            changed=[
                (label, word_differences(getattr(before, name, ""), getattr(after, name)))
                for name, label in (
                    ("title", _("Title")),
                    ("excerpt", _("Summary")),
                    ("body", _("Text")),
                )
            ],
        )

    def restore_text(self, article_id: int, version: int) -> ResponseReturnValue:
        """Make an earlier text the present one. The present one stays among the earlier ones."""
        with unit_of_work():
            article = self.desk.article(article_id)
            words, replaced = (
                wording_of(revision_or_404(article, version)),
                version_of_text(article),
            )
            services.save_article(
                article,
                by=_writer(),
                title=words.title,
                excerpt=words.excerpt,
                body=words.body,
            )
        notify(
            _("Earlier text restored. The text before it is kept among the revisions."),
            undo_url=self.desk.url("restore_text", article_id=article_id, version=replaced)
            if replaced
            else "",
        )
        return redirect(self.desk.url("edit", article_id=article_id), HTTPStatus.SEE_OTHER)

    def find_insertions(self) -> ResponseReturnValue:
        """What `?q=` finds to put into a text, as a part of a page."""
        search = request.args.get("q", "")[:LONGEST_SEARCH].strip()
        found = insertions(search) if search else []
        return render_template("admin/articles/_insertions.html", search=search, groups=found)

    def check(self) -> ResponseReturnValue:
        """What is to be mended of what stands in the form, as a part of a page."""
        article_id = request.args.get("article", type=int)
        article = self.desk.article(article_id) if article_id else None
        body, excerpt = request.form.get("body", ""), request.form.get("excerpt", "")
        return render_template(
            "admin/articles/_checklist.html", findings=checklist(body, excerpt, article)
        )

    def check_links(self, article_id: int) -> ResponseReturnValue:
        """Let the links of the stored text be followed."""
        with unit_of_work():
            ask_to_check(self.desk.article(article_id))
        notify(_("The links are being followed. The checklist says in a minute what came of it."))
        return redirect(self.desk.url("edit", article_id=article_id), HTTPStatus.SEE_OTHER)

    def share(self, article_id: int) -> ResponseReturnValue:
        """Make a link by which others can read it before it is public."""
        days = request.form.get("days", type=int)
        with unit_of_work():
            share_draft(self.desk.article(article_id), days=days if days in DAYS else DAYS[0])
        notify(_("Link made. It is shown below, under the settings."))
        return redirect(self.desk.url("edit", article_id=article_id) + "#sharing", 303)

    def stop_sharing(self, article_id: int) -> ResponseReturnValue:
        """Take that link back."""
        with unit_of_work():
            stop_sharing(self.desk.article(article_id))
        notify(_("The link no longer works."))
        return redirect(self.desk.url("edit", article_id=article_id) + "#sharing", 303)


def _writer() -> Account:
    account = current_account()
    if account is None:
        raise NotFound
    return account


def _around(account: Account, article: Article | None) -> dict[str, str | int]:
    """Who else is here, in words, and which version is stored by now."""
    if article is None:
        return {"others": "", "version": 0}
    names = others_present(account, article)
    others = ngettext(
        "%(names)s has this open too.",
        "%(names)s have this open too.",
        len(names),
        names=", ".join(names),
    )
    return {"others": others if names else "", "version": article.version}
