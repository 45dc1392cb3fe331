"""What is said to Akismet, and what it answers (https://akismet.com/developers/detailed-docs/)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.plugins.api import Fetched, Unreachable, current_settings, external_url, fetch, setting

SERVICE = "https://rest.akismet.com/1.1/"
NO_ADDRESS = "127.0.0.1"
"""For the field `user_ip`, which must be there: the site does not keep whose address it was."""
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AkismetSettings:
    """What the owner may change, in the admin under Settings."""

    key: str = setting(
        "",
        _l("API key"),
        help=_l(
            "From akismet.com. Without one nobody is asked. Comments are sent there: tell your readers."
        ),
        maximum=100,
        secret=True,
    )
    sends_author: bool = setting(
        True,
        _l("Send name and email address"),
        help=_l("Those that the commenter typed. Without them Akismet finds less."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A comment as Akismet gets it. `page` is the article's address."""

    body: str
    author: str
    email: str
    page: str
    url: str = ""
    is_reply: bool = False


class Unclear(Exception):
    """Akismet answered, and neither yes nor no."""


def has_key() -> bool:
    """Whether there is anybody to ask."""
    return bool(current_settings(AkismetSettings).key)


def is_spam(sample: Sample) -> bool:
    """What Akismet thinks of a comment. In a job: it may take ten seconds.

    Raises:
        Unreachable: it is away.
        Unclear: it answered neither yes nor no, as for a wrong key.
    """
    said = _post("comment-check", _fields(sample))
    if said.text.strip() not in {"true", "false"}:
        raise Unclear(said.headers.get("x-akismet-debug-help") or said.text[:100])
    return said.text.strip() == "true"


def teach(sample: Sample, *, is_spam: bool) -> None:
    """Tell Akismet what a person decided. In a job.

    Raises:
        Unreachable: it is away.
    """
    _post("submit-spam" if is_spam else "submit-ham", _fields(sample))


def check_key() -> str:
    """For `shop doctor`: whether the key holds."""
    if not has_key():
        return str(_("no key: nobody is asked"))
    said = _post("verify-key", {"key": current_settings(AkismetSettings).key})
    if said.text.strip() != "valid":
        raise Unclear(_("the key does not hold: write it anew under Settings, Akismet"))
    return str(_("the key holds"))


def _fields(sample: Sample) -> Mapping[str, str]:
    named = {"comment_author": sample.author, "comment_author_email": sample.email}
    return {
        "comment_content": sample.body,
        "comment_author_url": sample.url,
        "comment_type": "reply" if sample.is_reply else "comment",
        "permalink": sample.page,
        "user_ip": NO_ADDRESS,
        **(named if current_settings(AkismetSettings).sends_author else {}),
    }


def _post(verb: str, fields: Mapping[str, str]) -> Fetched:
    known = {"api_key": current_settings(AkismetSettings).key, "blog": _our_address()}
    answer = fetch(
        SERVICE + verb,
        method="POST",
        body=urlencode({**known, "blog_charset": "UTF-8", **fields}).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        seconds=SECONDS,
        most_bytes=10_000,
    )
    if answer.status != 200:
        raise Unreachable(f"Akismet answered {answer.status}")
    return answer


def _our_address() -> str:
    return external_url("articles.home")
