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
from shop.blueprints.articles.writing.comparing import differences
from shop.blueprints.articles.writing.presence import note_presence, others_present
from shop.blueprints.articles.writing.revisions import (
    revision_before,
    revision_or_404,
    revisions,
    wording_of,
)
from shop.blueprints.articles.writing.unsaved import forget_unsaved, keep_unsaved
from shop.core import clock
from shop.core.dates import hour_in_words
from shop.plugins.api import NotFound, notify, unit_of_work

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
            revisions=revisions(article),
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
                (label, differences(getattr(before, name, ""), getattr(after, name)))
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
            words = wording_of(revision_or_404(article, version))
            services.save_article(
                article,
                by=_writer(),
                title=words.title,
                excerpt=words.excerpt,
                body=words.body,
            )
        notify(_("Earlier text restored. The text before it is kept among the revisions."))
        return redirect(self.desk.url("edit", article_id=article_id), HTTPStatus.SEE_OTHER)


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
