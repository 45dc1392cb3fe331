"""Commenting."""

from __future__ import annotations

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import RequestLimit

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.articles.syndication import article_endpoint, article_path
from shop.blueprints.articles.views import article_page, standing_page
from shop.blueprints.comments import addresses, cookie, queries, services
from shop.blueprints.comments.blueprints import bp
from shop.blueprints.comments.forms import CommentForm, id_in
from shop.blueprints.comments.judging.panel import judge
from shop.blueprints.comments.models import Comment
from shop.blueprints.comments.queries import Discussion
from shop.blueprints.comments.reading import helpful, section
from shop.blueprints.comments.reading.threads import cursor_before, is_on_first_page
from shop.blueprints.comments.replies import watches
from shop.core import clock
from shop.core.markdown import render_comment
from shop.core.pages import own_pages
from shop.extensions import limiter
from shop.plugins.api import CommentDraft, NotFound, Refused, notify, unit_of_work


def _ask_to_wait(limit: RequestLimit) -> Response:
    """Too many comments from one address: what was written stays in the form."""
    form = CommentForm()
    form.form_errors.append(
        _("You sent many comments in a short time. Wait a little, then post your comment again.")
    )
    kind = ArticleKind.PAGE if request.endpoint == "comments.post_on_page" else ArticleKind.ARTICLE
    response = _refused(str((request.view_args or {}).get("slug")), kind, form, 429)
    response.headers["Retry-After"] = str(max(1, limit.reset_at - int(clock.now().timestamp())))
    return response


@bp.post("/articles/<slug>/comments")
@limiter.limit("5 per minute; 50 per day", on_breach=_ask_to_wait)
def post(slug: str) -> ResponseReturnValue:
    """Take a comment. Whether it was held or taken for spam, the visitor gets the same answer."""
    return _post(queries.discussion_at(slug, ArticleKind.ARTICLE))


@bp.post("/pages/<slug>/comments")
@limiter.limit("5 per minute; 50 per day", on_breach=_ask_to_wait)
def post_on_page(slug: str) -> ResponseReturnValue:
    """The same on a standing page."""
    return _post(queries.discussion_at(slug, ArticleKind.PAGE))


def _post(below: Discussion) -> ResponseReturnValue:
    slug, kind = below.slug, ArticleKind(below.kind)
    place = article_path(kind, slug)
    form = CommentForm()
    account = current_account()
    if account is not None:
        form.fill_in(account.name, account.email)
    if not below.is_open:
        return _closed(place, form)
    if not form.validate():
        return _refused(slug, kind, form, 422)
    draft = _draft(below.article_id, form)
    judgement, html = judge(draft), render_comment(draft.body)
    is_staff = account is not None and account.is_staff
    edit_key, token = cookie.key_for_new()
    try:
        with unit_of_work():
            comment = services.post(draft, judgement, html, is_staff=is_staff, edit_key=edit_key)
            is_visible, is_own = comment.is_visible, comment.edit_key == edit_key
            if form.answers.data and is_own:
                watches.watch_replies(comment, is_verified=comment.email == cookie.verified_email())
    except services.Closed:
        return _closed(place, form)
    except Refused as refusal:
        form.form_errors.append(refusal.message)
        return _refused(slug, kind, form, 422)
    if is_visible:
        notify(_("Thanks for your comment."))
    else:
        notify(_("Thanks for your comment. It will appear once it has been approved."))
        for hint in judgement.hints:
            notify(hint, "info")
    response = make_response(redirect(f"{place}#comments", 303))
    if is_own and not is_visible:
        own_pages.make_own(response, place)
    return cookie.remember(response, token) if token and is_own else response


@bp.get("/articles/<slug>/comments")
def index(slug: str) -> ResponseReturnValue:
    """The address of a refused form, when it is reloaded: it leads to the article, at the same place in the threads."""
    return _to_form(slug, ArticleKind.ARTICLE)


@bp.get("/pages/<slug>/comments")
def index_of_page(slug: str) -> ResponseReturnValue:
    """The same of a standing page."""
    return _to_form(slug, ArticleKind.PAGE)


def _to_form(slug: str, kind: ArticleKind) -> ResponseReturnValue:
    target = url_for(
        article_endpoint(kind),
        slug=slug,
        comments=request.args.get("comments"),
        reply=request.args.get("reply"),
        _anchor="comment-form",
    )
    return redirect(target, 302)


@bp.get("/comments/<int:comment_id>")
def show(comment_id: int) -> ResponseReturnValue:
    """A comment's permanent address: the page of its thread, at the comment."""
    comment = queries.comment_or_404(comment_id)
    article = queries.article_showing(comment)
    if article is None:
        raise NotFound
    return redirect(_place_of(comment, article), 302)


@bp.post("/comments/helpful")
@limiter.limit("30 per minute; 200 per day")
def mark_helpful() -> ResponseReturnValue:
    """A reader found a comment helpful, once each, or takes that back. All buttons of a page belong to one form.

    A script asks with `X-Fragment: helpful` and gets the count and the state as JSON.
    """
    given = request.form.get("undo") or request.form.get("comment", "")
    comment = queries.comment_or_404(id_in(given))
    article = queries.article_showing(comment)
    if article is None:
        raise NotFound
    is_counted, said, kept = _pressed(comment)
    answer: Response
    if request.headers.get("X-Fragment") == "helpful":
        answer = jsonify(number=comment.helpful, pressed=comment.id in kept, said=said)
    else:
        notify(said, "success" if is_counted else "info")
        answer = make_response(redirect(_place_of(comment, article), 303))
    if comment.id in kept:
        own_pages.make_own(answer, article_path(article.kind, article.slug))
    return cookie.remember_marks(answer, kept)


def _pressed(comment: Comment) -> tuple[bool, str, dict[int, str]]:
    """Mark a comment as helpful or take that back, as the button says: whether that counted, what to say, and what the
    browser keeps of its marks. What is so already counts no second time.
    """
    kept = cookie.marks()
    key = helpful.reader_key(comment.id, request.remote_addr or "")
    if "undo" in request.form:
        mine = kept.pop(comment.id, "")
        with unit_of_work():
            is_counted = bool(mine) and helpful.unmark_helpful(comment, mine)
        if is_counted:
            return True, _("Your vote was taken back."), kept
        return False, _("You have not marked this comment as helpful."), kept
    if comment.edit_key and comment.edit_key in cookie.keys_of_visitor():
        return False, _("You can’t mark your own comment as helpful."), kept
    with unit_of_work():
        is_counted = helpful.mark_helpful(comment, key)
    if is_counted:
        kept[comment.id] = key[: helpful.SHORT_KEY]
        return True, _("Thanks. Your vote was counted."), kept
    if comment.id in kept:
        return False, _("You have already marked this comment as helpful."), kept
    return False, _("This comment has already been marked as helpful from your network."), kept


def _place_of(comment: Comment, article: Article) -> str:
    """The article itself where its first page shows the comment, else the page that begins with the comment."""
    cursor = None if is_on_first_page(comment) else cursor_before(comment)
    anchor = f"comment-{comment.id}"
    endpoint = article_endpoint(article.kind)
    return url_for(endpoint, slug=article.slug, comments=cursor, _anchor=anchor)


def _draft(article_id: int, form: CommentForm) -> CommentDraft:
    return CommentDraft(
        article_id=article_id,
        author=form.author.data or "",
        email=form.email.data or "",
        body=form.body.data or "",
        parent_id=form.parent_id,
        address_key=addresses.address_key_of(request.remote_addr or ""),
        network_key=addresses.network_key_of(request.remote_addr or ""),
        seconds_to_write=form.seconds_to_write,
        honeypot=form.website.data or "",
    )


def _refused(slug: str, kind: ArticleKind, form: CommentForm, status: int) -> Response:
    """The article's whole page, with what was written and what is wrong."""
    draw = standing_page if kind is ArticleKind.PAGE else article_page
    response = make_response(draw(slug, {section.TEMPLATE: {"form": form}}))
    response.status_code = status
    return response


def _closed(place: str, form: CommentForm) -> ResponseReturnValue:
    return render_template("comments/closed.html", place=place, form=form), 403
