"""A stored mail as the message that travels: both parts whole, each mail with its own headers."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from types import SimpleNamespace

import pytest

from shop.core.mail import messages
from shop.core.mail.messages import CannotBeBuilt, as_message
from tests import controls

pytestmark = controls.on_sqlite


def stored(to="ruth@example.org", **changed):
    return SimpleNamespace(
        **{
            "recipient": to,
            "subject": "This month",
            "text": "It held.\n",
            "html": "<p>It held.</p>\n",
            "headers": {"List-Unsubscribe": f"<http://localhost/{to}>"},
            "message_id": f"<{to}>",
            "created_at": datetime(2026, 11, 30, tzinfo=UTC),
        }
        | changed
    )


def read(mail):
    return message_from_bytes(as_message(mail).octets, policy=SMTP)


def words_of(message):
    """The text and the HTML, with the ends of lines as we store them."""
    bodies = filter(None, (message.get_body((kind,)) for kind in ("plain", "html")))
    return [body.get_content().replace("\r\n", "\n") for body in bodies]


def test_mails_share_what_is_the_same_and_nothing_else(app):
    ruth, omar = (read(stored(f"{name}@example.org")) for name in ("ruth", "omar"))
    for own in ("To", "Message-ID", "List-Unsubscribe"):
        assert "ruth@example.org" in ruth[own]
        assert "omar@example.org" in omar[own]
    for same in ("Subject", "From", "Date", "Auto-Submitted", "Content-Type"):
        assert ruth[same] == omar[same] is not None


@pytest.mark.parametrize(
    "words",
    [
        "Plain, with a full stop on a line of its own\n.\n",
        "From the beginning = with equal signs, trailing blanks  \nand a line " + "so long " * 200,
        "Schöne Grüße – “both” of them\n",
        "السلام عليكم، هذه رسالة هذا الشهر\n" * 20,
        "\N{ROLLING ON THE FLOOR LAUGHING}\n",
    ],
    ids=["ascii", "long", "latin", "arabic", "beyond"],
)
def test_whatever_was_written_is_read_and_only_ascii_travels(app, words):
    mail = stored(text=words, html=f"<p>{words}</p>")
    assert [each.strip() for each in words_of(read(mail))] == [words.strip(), mail.html.strip()]
    message = as_message(mail)
    assert message.octets.isascii()
    assert message.octets == message.as_bytes()


def test_what_is_hardly_ascii_takes_no_more_room_than_in_base64(app):
    arabic = ("السلام عليكم " * 20 + "\n") * 20
    assert len(as_message(stored(text=arabic)).octets) < 1.5 * len(arabic.encode())


ENDS_A_PART = f"Hello\n--{messages.BOUNDARY}--\n\n--{messages.BOUNDARY}\nX-Mine: 1\n\nForged\n"


@pytest.mark.parametrize(
    "words", [ENDS_A_PART, "سلام\n" * 50 + ENDS_A_PART], ids=["ascii", "arabic"]
)
def test_no_text_ends_the_part_it_stands_in(app, words):
    mail = stored(text=words)
    assert words_of(read(mail)) == [words, mail.html]


def test_control_a_text_that_ends_its_part(app):
    with controls.failing_without("no boundary in a part"):
        test_no_text_ends_the_part_it_stands_in(app, ENDS_A_PART)


def test_a_header_is_written_as_each_server_wants_it(app):
    message = as_message(stored(subject="Grüße"))
    assert b"\r\nSubject: =?utf-8?" in b"\r\n" + message.octets
    spoken = message.as_bytes(policy=message.policy.clone(utf8=True)).decode()
    assert "\r\nSubject: Grüße\r\n" in "\r\n" + spoken


@pytest.mark.parametrize(
    "changed",
    [
        {"recipient": "ruth at example.org"},
        {"recipient": "jörg@example.org"},
        {"recipient": "ruth@example.org\r\nBcc: all@example.org"},
        {"headers": {"To": "all@example.org"}},
        {"headers": {"Reply-To": "a\r\nBcc: all@example.org"}},
        {"text": "\ud800"},
    ],
)
def test_what_fits_no_mail_is_said(app, changed):
    with pytest.raises(CannotBeBuilt):
        as_message(stored(**changed))
