"""Pages for readers: all reviews of a product, and the form."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from bookstall_reviews import reviews
from bookstall_reviews.models import tag_of
from bookstall_reviews.reviews import Opinion
from shop.plugins.api import (
    Gone,
    NotFound,
    ProductView,
    Refused,
    Visitor,
    WrittenText,
    judge_text,
    limit,
    notify,
    order,
    private_page,
    product,
    public_page,
    purchases,
    render_markdown,
    sign,
    unit_of_work,
    unsign,
    visitor,
)
from shop.plugins.api.forms import (
    Form,
    Required,
    email_address,
    one_line,
    refuse_field,
    several_lines,
)

bp = Blueprint("reviews", __name__, template_folder="templates")
LINK = "reviews.order"
"""What the link on an order's page is signed for."""
STARS = [
    SelectChoice(
        value=str(number),
        label=_l(
            "%(stars)s %(number)d of 5", stars="★" * number + "☆" * (5 - number), number=number
        ),
    )
    for number in (5, 4, 3, 2, 1)
]


class ReviewForm(Form):
    """What a reader says."""

    stars = RadioField(
        _l("Your rating"), choices=STARS, validators=[Required(_l("Choose a rating."))]
    )
    body = TextAreaField(_l("Your review"), **several_lines(reviews.LONGEST))
    author = StringField(_l("Name"), description=_l("Readers see it."), **one_line(80))
    email = EmailField(_l("Email"), description=_l("Readers never see it."), **email_address())
    website = HiddenField()


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes. `email` and `name` are empty of a stranger; `email` is otherwise confirmed."""

    email: str
    name: str
    has_bought: bool


@bp.get("/reviews/<slug>")
def index(slug: str) -> str:
    """All reviews of a product, a page at a time: the same for everyone."""
    reviewed = public_product(slug)
    public_page(tag_of(reviewed.id), "settings")
    found = reviews.newest(reviewed.id, reviews.ON_PAGE + 1, request.args.get("before", type=int))
    shown = found[: reviews.ON_PAGE]
    return render_template(
        "reviews/index.html",
        product=reviewed,
        rating=reviews.rating_of(reviewed.id),
        reviews=shown,
        older=shown[-1].id if len(found) > len(shown) else None,
        render_markdown=render_markdown,
    )


@bp.get("/reviews/<slug>/new")
def write(slug: str) -> str:
    """The form: what this person wrote before is in it."""
    reviewed, who = public_product(slug), writer(slug)
    form = ReviewForm(formdata=None, data={"author": who.name, "email": who.email})
    mine = reviews.own_review(reviewed.id, who.email) if who.email else None
    if mine is not None:
        form = ReviewForm(formdata=None, obj=mine)
        form.stars.data = str(mine.stars)
    return page(reviewed, who, form)


@bp.post("/reviews/<slug>/new")
def send(slug: str) -> ResponseReturnValue:
    """Take a review. Whoever is asked for no address has a confirmed one."""
    reviewed, who = public_product(slug), writer(slug)
    form = ReviewForm()
    if who.email:
        form.email.data, form.email.validators = who.email, ()
    if not form.validate():
        return page(reviewed, who, form), 422
    limit(f"reviews.write:{request.remote_addr}", "10 per hour")
    verdict = judge_text(
        WrittenText(
            body=form.body.data or "",
            author=form.author.data or "",
            email=form.email.data or "",
            address=request.remote_addr or "",
            honeypot=form.website.data or "",
        )
    )
    try:
        with unit_of_work():
            written = reviews.write(opinion(reviewed, who, form), verdict)
            is_shown = written.state == reviews.PUBLISHED
    except Refused as refusal:
        refuse_field(form, refusal)
        return page(reviewed, who, form), 422
    notify(
        _("Thank you for your review.")
        if is_shown
        else _("Thank you for your review. It will appear once it has been approved."),
    )
    return redirect(reviewed.url, 303)


@bp.post("/reviews/<slug>/removal")
def remove(slug: str) -> ResponseReturnValue:
    """The author takes a review away."""
    reviewed, who = public_product(slug), writer(slug)
    with unit_of_work():
        mine = reviews.own_review(reviewed.id, who.email) if who.email else None
        if mine is None:
            raise NotFound
        reviews.remove(mine)
    notify(_("Your review is deleted."))
    return redirect(reviewed.url, 303)


def public_product(slug: str) -> ProductView:
    """The product that an address names.

    Raises:
        NotFound: there is none that readers may see.
    """
    found = product(slug)
    if found is None or not found.is_public:
        raise NotFound
    return found


def writer(slug: str) -> Writer:
    """Who asks: whoever is signed in, or came by the link on the page of an order, or a stranger."""
    private_page()
    who = _by_link(request.args.get("order", ""), slug) or _signed_in(visitor(), slug)
    return who or Writer("", "", has_bought=False)


def _signed_in(who: Visitor | None, slug: str) -> Writer | None:
    if who is None or not who.is_verified:
        return None
    reviewed = product(slug)
    has_bought = reviewed is not None and reviewed.id in purchases(who.email)
    return Writer(who.email, who.name, has_bought)


def _by_link(token: str, slug: str) -> Writer | None:
    """The buyer of an order, whose page has this link. One that is old or made up is none."""
    try:
        bought = order(int(unsign(LINK, token))) if token else None
    except (Gone, NotFound):
        return None
    reviewed = product(slug)
    if bought is None or reviewed is None or bought.is_erased:
        return None
    return Writer(bought.email, bought.name, reviewed.id in purchases(bought.email))


def link_of(order_id: int, slug: str) -> str:
    """Where the buyer of an order reviews one of its products without signing in."""
    return url_for("reviews.write", slug=slug, order=sign(LINK, order_id))


def opinion(reviewed: ProductView, who: Writer, form: ReviewForm) -> Opinion:
    """What was sent, and what is known of its author."""
    return Opinion(
        product_id=reviewed.id,
        stars=int(form.stars.data),
        body=form.body.data or "",
        author=form.author.data or "",
        email=form.email.data or "",
        is_confirmed=bool(who.email),
        has_bought=who.has_bought,
    )


def page(reviewed: ProductView, who: Writer, form: ReviewForm) -> str:
    """The page with the form."""
    token = request.args.get("order") if who.email else None
    mine = reviews.own_review(reviewed.id, who.email) if who.email else None
    return render_template(
        "reviews/write.html", product=reviewed, who=who, form=form, token=token, mine=mine
    )
