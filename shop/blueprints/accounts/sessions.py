"""How sessions begin and end, and views for people who are signed in.

Flask-Login remembers whose session it is (`login_user`, `logout_user`, `Account.get_id`), fetches the account when it
is first asked for in a request and then no more (`user_loader`, `current_user`), and keeps others out of views for
members (`login_required`, `unauthorized_handler`). Its `init_app` is not called: that would read the session on every
request, to refresh a "remember me" cookie and to hand `current_user` to every template, and no page would be the same
for everyone. Nor do we use its session protection, which ends a session with a change of network: a session ends with
its time, by signing out, or with the account's `session_key`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, cast

from flask import (
    Response,
    after_this_request,
    current_app,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import login_required, login_user, logout_user

from shop.blueprints.accounts import queries
from shop.blueprints.accounts.models import Account
from shop.core.cookies import forget_cookie, set_cookie
from shop.core.errors import NotFound
from shop.extensions import login_manager

P = ParamSpec("P")

MARK = "member"
"""A readable cookie for scripts that says no more than that someone is signed in: pages are the same for all."""

login_manager.session_protection = None
login_manager.user_loader(queries.account_of_session)


def begin(account: Account) -> None:
    """Begin a session. Nothing of an earlier one survives, so that none can be planted."""
    session.clear()
    session.permanent = True
    login_user(account)
    after_this_request(_mark)


def end() -> None:
    """End the session of this browser."""
    logout_user()
    session.clear()
    after_this_request(_unmark)


def _mark(response: Response) -> Response:
    seconds = current_app.permanent_session_lifetime.total_seconds()
    set_cookie(response, MARK, "1", seconds=int(seconds), for_scripts=True)
    return response


def _unmark(response: Response) -> Response:
    forget_cookie(response, MARK, for_scripts=True)
    return response


def for_members(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Show a page to people who are signed in; send others to sign in first, and back."""
    return cast("Callable[P, ResponseReturnValue]", login_required(view))


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a visitor to the sign-in page, and after it to the page that was asked for."""
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    return redirect(url_for("accounts.sign_in", next=wanted), 303)


login_manager.unauthorized_handler(ask_to_sign_in)


def person() -> Account:
    """Who is signed in, in a view for members.

    Raises:
        NotFound: nobody is.
    """
    account = queries.current_account()
    if account is None:
        raise NotFound
    return account
