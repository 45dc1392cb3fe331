"""The admin pages of articles and pages, which share one set of handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.articles import desk, rendering, services, views
from shop.blueprints.articles.authors.queries import authors
from shop.blueprints.articles.authors.services import own_author
from shop.blueprints.articles.bodies import without_mark
from shop.blueprints.articles.forms import ArticleForm, PageForm, WritingForm
from shop.blueprints.articles.insets.addresses import EMBEDDED_HOSTS
from shop.blueprints.articles.models import Article, ArticleKind, ArticleState
from shop.blueprints.articles.writing.checklist import checklist
from shop.blueprints.articles.writing.comparing import word_differences
from shop.blueprints.articles.writing.help import what_can_be_written
from shop.blueprints.articles.writing.models import UnsavedWords
from shop.blueprints.articles.writing.pages import WritingPages
from shop.blueprints.articles.writing.revisions import wording_of
from shop.blueprints.articles.writing.sharing_drafts import DAYS, shared_draft
from shop.blueprints.articles.writing.typed import typed_article
from shop.blueprints.articles.writing.unsaved import as_sent, forget_unsaved, unsaved_words
from shop.core import clock
from shop.core.web.security import content_security_policy
from shop.plugins.api import AdminFound, ArticleView, NotFound, Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field
from shop.plugins.fields.custom_fields import keep_custom_fields
from shop.plugins.fields.custom_forms import with_custom_fields

LONGEST_SEARCH = 100
FRAMED_POLICY = content_security_policy().replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)
"""Of what the editor shows in a frame."""
Decision = Callable[..., None]


class Desk:
    """The admin pages of one kind of article."""

    def __init__(self, name: str, kind: ArticleKind, form: type[WritingForm]) -> None:
        self.kind = kind
        self.form = form
        self.bp = Blueprint(name, __name__)
        rules: list[tuple[str, Callable[..., ResponseReturnValue], str]] = [
            ("/", self.index, "GET"),
            ("/new", self.new, "GET"),
            ("/new", self.write, "POST"),
            ("/preview", self.preview, "POST"),
            ("/<int:article_id>", self.edit, "GET"),
            ("/<int:article_id>", self.save, "POST"),
            ("/<int:article_id>/publication", self.publish, "POST"),
            ("/<int:article_id>/draft", self.unpublish, "POST"),
            ("/<int:article_id>/removal", self.remove, "POST"),
            ("/<int:article_id>/return", self.restore, "POST"),
        ]
        for rule, handler, method in rules:
            self.bp.add_url_rule(rule, handler.__name__, handler, methods=[method])
        WritingPages(self)

    def index(self) -> ResponseReturnValue:
        """The last changed first; `?shelf=` and `?q=` choose."""
        try:
            shelf = desk.Shelf(request.args.get("shelf", desk.Shelf.ALL))
        except ValueError:
            raise NotFound from None
        search = request.args.get("q", "")[:LONGEST_SEARCH].strip()
        page = desk.articles_for_staff(
            self.kind, shelf, search, request.args.get("after"), only_of=_writer()
        )
        return render_template(
            "admin/articles/index.html", desk=self, page=page, shelf=shelf, search=search
        )

    def find(self, typed: str, limit: int) -> Iterable[AdminFound]:
        """Those with this in their title."""
        page = desk.articles_for_staff(self.kind, search=typed, only_of=_writer())
        for article in page.items[:limit]:
            url = url_for(f"admin.{self.bp.name}.edit", article_id=article.id)
            yield AdminFound(article.title, url, _standing(article))

    def new(self) -> ResponseReturnValue:
        """The empty form; with `?unsaved=1`, what this person had typed into it and not saved."""
        return self._draw(self._unsaved_form(None) or self._form())

    def write(self) -> ResponseReturnValue:
        """Store a new article."""
        form = self._form()
        if not form.validate():
            return self._draw(form), 422
        try:
            with unit_of_work():
                fields = form.fields()
                if writer := _writer():
                    fields["author"] = own_author(writer)
                article = services.write_article(kind=self.kind, by=current_account(), **fields)
                article_id = article.id
                keep_custom_fields(ArticleView, article_id, form.custom())
                self._forget_unsaved(None)
                said = _saved(article)
        except Refused as refusal:
            refuse_field(form, refusal)
            return self._draw(form), 422
        notify(said)
        return redirect(self.url("edit", article_id=article_id), 303)

    def edit(self, article_id: int) -> ResponseReturnValue:
        """One article as it is stored; with `?unsaved=1`, with what this person had typed and not saved."""
        article = self.article(article_id)
        form = self._unsaved_form(article)
        if form is None:
            form = self._form()
            form.show(article)
        return self._draw(form, article)

    def save(self, article_id: int) -> ResponseReturnValue:
        """Store a changed article, unless someone else did in the meantime."""
        return self._store(article_id)

    def preview(self) -> ResponseReturnValue:
        """The real page of what stands in the form, for a frame beside it or a window of its own. Stores nothing.

        What would be refused is shown as far as it goes: it may still be being typed.
        """
        form = self._form()
        article_id = request.args.get("article", type=int)
        stored = self.article(article_id) if article_id else None
        fields = form.fields(stored)
        try:
            text = rendering.render(without_mark(fields["body"]))
        except Refused as refusal:
            return refusal.message, HTTPStatus.UNPROCESSABLE_ENTITY
        response = make_response(views.typed_page(typed_article(self.kind, fields, stored), text))
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = FRAMED_POLICY
        return response

    def publish(self, article_id: int) -> ResponseReturnValue:
        """Let readers see it now."""
        return self._decide(article_id, services.publish_article, _("Published."))

    def unpublish(self, article_id: int) -> ResponseReturnValue:
        """Take it back to a draft."""
        return self._decide(article_id, services.unpublish, _("Unpublished. It is a draft again."))

    def remove(self, article_id: int) -> ResponseReturnValue:
        """Delete it."""
        return self._decide(
            article_id,
            services.remove_article,
            _("Deleted. Choose “Restore” on this page to undo."),
        )

    def restore(self, article_id: int) -> ResponseReturnValue:
        """Restore it."""
        return self._decide(article_id, services.restore_article, _("Restored as a draft."))

    def url(self, view: str, **values: object) -> str:
        """The address of another of these pages."""
        return url_for(f"admin.{self.bp.name}.{view}", **values)  # type: ignore[arg-type]

    def _decide(self, article_id: int, decision: Decision, said: str) -> ResponseReturnValue:
        """Decide about an article; a button of its page sends along what was typed, and that is saved first."""
        if "version" in request.form:
            return self._store(article_id, said, decision)
        with unit_of_work():
            decision(self.article(article_id), by=current_account())
        notify(said)
        return redirect(self.url("edit", article_id=article_id), 303)

    def _store(
        self, article_id: int, said: str = "", decision: Decision | None = None
    ) -> ResponseReturnValue:
        form = self._form()
        article = self.article(article_id)
        if not form.validate():
            return self._draw(form, article), 422
        conflict = None
        try:
            with unit_of_work():
                article = self.article(article_id)
                services.save_article(
                    article,
                    version=form.opened_version,
                    by=current_account(),
                    **form.fields(article),
                )
                keep_custom_fields(ArticleView, article_id, form.custom())
                if decision is not None:
                    decision(article, by=current_account())
                self._forget_unsaved(article)
                said = said or _saved(article)
        except services.Conflict as refusal:
            conflict = refusal
        except Refused as refusal:
            refuse_field(form, refusal)
        else:
            notify(said)
            return redirect(self.url("edit", article_id=article_id), 303)
        article = self.article(article_id)
        if conflict is not None:
            # The page shows what the other person wrote; saving once more replaces it on purpose.
            form.version.data = str(article.version)
        return self._draw(form, article, conflict=conflict), 422

    def _forget_unsaved(self, article: Article | None) -> None:
        account = current_account()
        if account is not None:
            forget_unsaved(account, self.kind, article)

    def _unsaved(self, article: Article | None) -> UnsavedWords | None:
        account = current_account()
        return unsaved_words(account, self.kind, article) if account is not None else None

    def _unsaved_form(self, article: Article | None) -> WritingForm | None:
        """The form with what was typed and not saved, if that is asked for and there is anything."""
        words = self._unsaved(article) if "unsaved" in request.args else None
        return self._form(as_sent(words)) if words is not None else None

    def _form(self, sent: MultiDict[str, str] | None = None) -> WritingForm:
        kind = with_custom_fields(self.form, ArticleView)
        form = kind(formdata=sent) if sent is not None else kind()
        if isinstance(form, ArticleForm):
            form.offer(authors() if _writer() is None else None)
        return form

    def article(self, article_id: int) -> Article:
        """An article that this person may change; that there are others, somebody who may not is not told."""
        article = desk.article_or_404(article_id, self.kind)
        if not desk.may_change(current_account(), article):
            raise NotFound
        return article

    def _draw(
        self,
        form: WritingForm,
        article: Article | None = None,
        *,
        conflict: services.Conflict | None = None,
    ) -> str:
        is_unsaved = "unsaved" in request.args
        return render_template(
            "admin/articles/edit.html",
            desk=self,
            form=form,
            article=article,
            is_unsaved=is_unsaved,
            findings=checklist(form.body.data or "", form.excerpt.data or "", article),
            shared=shared_draft(article) if article else None,
            share_days=DAYS,
            unsaved=self._unsaved(article) if request.method == "GET" and not is_unsaved else None,
            differing=word_differences(wording_of(article).body, form.body.data or "")
            if conflict and article
            else (),
            examples=what_can_be_written(),
            embedded_hosts=EMBEDDED_HOSTS,
            originals=desk.originals(self.kind, besides=article),
            conflict=conflict,
            conflict_name=_name_of(conflict.by) if conflict else "",
        )


def _writer() -> Account | None:
    """Who is here and writes their own articles only; None for who may change all."""
    account = current_account()
    return None if may(account, desk.WRITE) else account


def _name_of(account: Account | None) -> str:
    return account.name if account is not None else _("Someone")


def _saved(article: Article) -> str:
    """What saving did. A later date alone publishes nothing, which its writer has to know."""
    date = article.published_at
    said: str = _("Saved.")
    if not article.is_published and date is not None and date > clock.now():
        said = _(
            "Saved as a draft. To publish it at the date you chose, choose the status “Published”."
        )
    return said


def _standing(article: Article) -> str:
    return _("Scheduled") if article.is_scheduled else ArticleState(article.state).label


articles = Desk("articles", ArticleKind.ARTICLE, ArticleForm)
pages = Desk("pages", ArticleKind.PAGE, PageForm)
