"""Subscribers come in with the proof of their consent, or not at all."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from shop.blueprints.newsletter.models import NewsletterSubscriber
from shop.extensions import db
from tests.importers.conftest import Import


def stored() -> dict[str, NewsletterSubscriber]:
    db.session.rollback()
    return {row.email: row for row in db.session.scalars(select(NewsletterSubscriber))}


def read(bring_in: Import, tmp_path: Path, content: str, *options: str) -> str:
    file = tmp_path / "list.csv"
    file.write_text(content, encoding="utf-8-sig")
    result = bring_in("subscribers", file, *options)
    return str(result.output)


def test_whoever_agreed_comes_in_with_the_proof_and_whoever_left_has_left(
    bring_in: Import, tmp_path: Path
) -> None:
    mailchimp = (
        "Email Address,First Name,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CLEAN_TIME,UNSUB_TIME\n"
        "One@Example.org,A,2023-04-21 11:16:57,203.0.113.9,2023-04-21 11:17:00,,\n"
        "left@example.org,B,2018-02-12 10:54:27,,2018-02-12 10:54:27,,2018-07-23 12:19:27\n"
        "dead@example.org,C,2018-02-12 10:54:27,,,2020-03-23 17:30:05,\n"
        "no address,D,2018-02-12 10:54:27,,,,\n"
        "unproven@example.org,E,,,,,\n"
    )
    output = read(bring_in, tmp_path, mailchimp)
    assert output.splitlines()[-1] == "read 5, imported 2, unchanged 0, refused 3"
    found = stored()
    assert found["one@example.org"].is_confirmed
    assert found["one@example.org"].asked_on == "import: confirmed 2023-04-21 11:17 UTC"
    assert found["left@example.org"].state == "left"
    again = read(
        bring_in, tmp_path, mailchimp, "--consent", "Signed lists of the fair in Bern, folder 3"
    )
    assert again.splitlines()[-1] == "read 5, imported 1, unchanged 2, refused 2"
    assert "folder 3" in stored()["unproven@example.org"].asked_on
    assert not any("203.0.113.9" in str(row.__dict__) for row in stored().values())


def test_lists_of_other_systems_and_ours_are_read(bring_in: Import, tmp_path: Path) -> None:
    lists = {
        "email,subscribed_to_emails,created_at,deleted_at": "g@example.org,false,2023-03-24T10:23:10.000Z,",
        "email,active_subscription,email_disabled,created_at": "s@example.org,true,true,2018-08-27T15:06:27.713Z",
        "email,status,created_at": "b@example.org,active,2023-03-24 10:23:10 UTC",
        "email,confirmed,asked_on": "o@example.org,2024-01-01T00:00:00+00:00,/",
    }
    for heading, row in lists.items():
        assert "imported 1" in read(bring_in, tmp_path, f"{heading}\n{row}\n")
    assert {email: row.state for email, row in stored().items()} == {
        "g@example.org": "left",
        "s@example.org": "left",
        "b@example.org": "confirmed",
        "o@example.org": "confirmed",
    }
    assert "no column for email addresses" in read(bring_in, tmp_path, "name\nx\n")


def test_a_map_puts_cells_right_that_were_refused(bring_in: Import, tmp_path: Path) -> None:
    file, right = tmp_path / "list.csv", tmp_path / "map.csv"
    file.write_text("Email,created_at\nruth(at)example.org,2023-01-02\n", encoding="utf-8")
    assert "refused  line 2" in bring_in("subscribers", file).output
    right.write_text("line 2,email,ruth@example.org\n", encoding="utf-8")
    assert "imported 1," in bring_in("subscribers", file, "--map", str(right)).output
    right.write_text("seven,email,x\n", encoding="utf-8")
    assert (
        "is not a line, a column and a value"
        in bring_in("subscribers", file, "--map", str(right)).output
    )


def test_a_table_whose_heading_is_damaged_is_refused(bring_in: Import, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('"Email"x,Name\nada@example.org,Ada\n', encoding="utf-8")
    done = bring_in("subscribers", file)
    assert done.exit_code == 1
    assert "is damaged near line" in done.output
