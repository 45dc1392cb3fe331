"""Brings the items of a WXR file in: each with its comments in one unit of work, converted before it is opened."""

from __future__ import annotations

from pathlib import Path

from shop.blueprints.articles import services as article_services
from shop.blueprints.articles.models import Article, Author
from shop.blueprints.comments import services as comment_services
from shop.blueprints.comments.models import Comment
from shop.blueprints.importers import conversion, files, queries, talk
from shop.blueprints.importers.wordpress import drafts, reading
from shop.blueprints.importers.wordpress.drafts import ImportedComment, PostDraft
from shop.blueprints.importers.wordpress.reading import SiteSurvey, WxrItem
from shop.core import text
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.types import ImportReport

NAME_LENGTH = 80


def run(file: Path, report: ImportReport, *, max_mb: int) -> None:
    """Bring a WXR file in.

    Raises:
        Refused: the file is no use as a whole.
    """
    files.require_harmless(file, max_mb=max_mb)
    survey = reading.survey_site(file)
    for item in reading.items(file):
        _Arrival(item, survey, report).bring_in()


class _Arrival:
    """One item on its way in."""

    def __init__(self, item: WxrItem, survey: SiteSurvey, report: ImportReport) -> None:
        self.item = item
        self.survey = survey
        self.report = report

    def bring_in(self) -> None:
        try:
            draft = drafts.post_draft(self.item, base=self.survey.address)
        except Refused as refused:
            self._refuse_with_comments(refused.message)
            return
        comments = self._comment_drafts()
        with unit_of_work():
            article = self._article(draft)
            if article is not None:
                self._thread(article, comments)

    def _refuse_with_comments(self, reason: str) -> None:
        self.report.refuse(self.item.label, reason)
        for written in self.item.comments:
            self._refuse_comment(written.number, "its post or page was refused")

    def _refuse_comment(self, number: int | None, reason: str) -> None:
        self.report.refuse(f"comment {number or '?'} on {self.item.label}", reason)

    def _comment_drafts(self) -> list[ImportedComment]:
        found: dict[int, ImportedComment] = {}
        for written in self.item.comments:
            if not registry().has("comments"):
                self._refuse_comment(written.number, "comments are off")
                continue
            try:
                comment = drafts.comment_of(written, self.item)
            except Refused as refused:
                self._refuse_comment(written.number, refused.message)
                continue
            if comment.number in found:
                self._refuse_comment(comment.number, "another one has the same number")
            else:
                found[comment.number] = comment
        return drafts.in_thread_order(found.values())

    def _article(self, draft: PostDraft) -> Article | None:
        key = self._key(f"post:{self.item.number}")
        known = queries.article_brought_in(key)
        if known is not None:
            self.report.accept(is_new=False)
            return known
        try:
            with db.session.begin_nested():
                article = self._write(draft, key)
        except Refused as refused:
            self._refuse_with_comments(refused.message)
            return None
        if draft.slug and article.slug != text.slugify(draft.slug, max_length=110):
            draft.notes.append(f"its web address was already in use; it is now {article.slug}")
        for remark in draft.notes:
            self.report.note(self.item.label, remark)
        self.report.accept(is_new=True)
        return article

    def _write(self, draft: PostDraft, key: str) -> Article:
        return article_services.write_article(
            kind=draft.kind,
            import_key=key,
            title=draft.title,
            slug=draft.slug,
            body=draft.body,
            excerpt=draft.excerpt,
            state=draft.state,
            published_at=draft.published_at,
            tags=draft.tags,
            author=self._author(),
            comments_open=self.item.comments_open,
        )

    def _author(self) -> Author | None:
        login = self.item.login
        slug = text.slugify(login)
        if not slug:
            return None
        known = queries.author_of_slug(slug)
        if known is not None:
            return known
        name = conversion.to_plain(self.survey.authors.get(login, login))[:NAME_LENGTH]
        return article_services.write_author(name=name or login[:NAME_LENGTH], slug=slug)

    def _thread(self, article: Article, comments: list[ImportedComment]) -> None:
        stored: dict[int, Comment] = {}
        deeper = 0
        for draft in comments:
            if draft.parent and draft.parent not in stored:
                self.report.note(
                    f"comment {draft.number} on {self.item.label}",
                    f"it replied to comment {draft.parent}, which was not imported; it starts a new thread",
                )
            try:
                with db.session.begin_nested():
                    comment, is_new = comment_services.import_comment(
                        import_key=self._key(f"comment:{draft.number}"),
                        article_id=article.id,
                        author_name=draft.author,
                        email=draft.email,
                        body=draft.body,
                        posted_at=draft.posted_at,
                        state=draft.state,
                        parent=stored.get(draft.parent),
                        is_staff=bool(draft.user) and draft.user in self.survey.staff,
                        author_url=draft.url,
                        teaches=True,
                    )
            except Refused as refused:
                self._refuse_comment(draft.number, refused.message)
                continue
            stored[draft.number] = comment
            self.report.accept(is_new=is_new)
            parent = stored.get(draft.parent)
            deeper += is_new and parent is not None and parent.parent_id is not None
        if deeper:
            self.report.note(self.item.label, talk.DEEPER % deeper)

    def _key(self, what: str) -> str:
        return f"wordpress:{self.survey.host[:120]}:{what}"
