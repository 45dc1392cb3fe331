"""From the offer to the end: who pays reads everything, and stops with one press."""

from __future__ import annotations

import json
import re
import zipfile

import pytest
from bookstall_membership import members, moving
from bookstall_membership.models import Letter, Member, Tier
from bookstall_membership.settings import ForMembers

from shop.plugins.api import Refused, Visitor, db, external_url, set_field_values, unit_of_work


@pytest.fixture
def owner(signed_in):
    return signed_in("owner")


@pytest.fixture
def tier(site, owner):
    """Five euros a month."""
    form = {"name": "Reader", "text": "Everything", "amount": "5.00", "every": "month"}
    assert owner.post("/admin/membership/tiers", data=form).status_code == 303
    return max(members.offered(), key=lambda each: each.id)


@pytest.fixture
def joined(tier, signed_in, run_jobs):
    """A member's browser, their row and their pay page."""
    browser = signed_in("buyer")
    answer = browser.post(f"/membership/{tier.id}")
    assert answer.status_code == 303, answer.text
    page = answer.location
    assert page.startswith("/payments/test/"), "the pay page of the stand-in"
    assert browser.post(page, data={"outcome": "succeed"}).status_code == 303
    run_jobs()
    db.session.rollback()
    return browser, db.session.query(Member).order_by(Member.id.desc()).first(), page


def test_who_pays_is_welcomed_and_let_in(joined, visitor, mails_to):
    browser, member, _page = joined
    assert "Paid until" in browser.get("/membership/mine").text
    assert members.is_member(Visitor(member.account_id, member.email, "", "buyer", True))
    assert not members.is_member(None)
    assert "membership-welcome" in [mail.kind for mail in mails_to(member.email)]
    assert visitor.get("/membership/mine").status_code == 303, "a stranger signs in first"


def test_a_failed_renewal_keeps_the_member_while_it_is_tried_again(joined, run_jobs):
    browser, member, page = joined
    browser.post(page, data={"outcome": "renew_declined"})
    run_jobs()
    assert "Your last payment failed" in browser.get("/membership/mine").text
    assert members.subscription_of(member.account_id).state == "past_due"


def test_a_member_ends_with_one_press_and_may_stay_until_the_end(joined):
    browser, _member, _page = joined
    assert "End membership" in browser.get("/membership/mine").text
    browser.post("/membership/mine/end")
    assert "is not renewed" in browser.get("/membership/mine").text
    browser.post("/membership/mine/keep")
    assert "is not renewed" not in browser.get("/membership/mine").text


def test_a_member_changes_the_tier_and_the_gates_follow_at_once(
    joined, owner, make_article, run_jobs, mails_to
):
    browser, member, _page = joined
    form = {"name": "Patron", "text": "", "amount": "15.00", "every": "month"}
    assert owner.post("/admin/membership/tiers", data=form).status_code == 303
    reader, patron = member.tier_id, members.offered()[-1].id
    article = make_article(body="Begins.\n\n<!--more-->\n\nFor patrons.", gate="members")
    with unit_of_work():
        set_field_values(ForMembers, article.id, tiers="Patron\nBenefactor")
    whole = f"/articles/{article.slug}/whole"
    assert "For patrons." not in browser.get(whole).text
    assert "Change to Patron" in browser.get("/membership/mine").text
    assert browser.post(f"/membership/mine/tiers/{patron}").status_code == 303
    assert "For patrons." in browser.get(whole).text
    run_jobs()
    assert "15.00" in browser.get("/membership/mine").text
    assert "membership-changed" in [mail.kind for mail in mails_to(member.email)]
    assert db.session.get_one(Member, member.id, populate_existing=True).tier_id == patron
    browser.post(f"/membership/mine/tiers/{reader}")
    assert "For patrons." not in browser.get(whole).text
    owner.post(f"/admin/membership/tiers/{patron}/end")


def test_a_letter_goes_to_members_until_they_turn_it_off(
    joined, owner, visitor, run_jobs, mails_to
):
    _browser, member, _page = joined
    letter = {"subject": "News for you", "body": "Read *this*."}
    owner.post("/admin/membership/letters", data=letter)
    run_jobs()
    mail = mails_to(member.email)[-1]
    assert (mail.kind, mail.subject) == ("membership-letter", "News for you")
    assert "<em>this</em>" in mail.html
    off = re.search(r"/membership/letters-off/\S+", mail.text)[0]
    assert visitor.get(off).status_code == 200
    assert visitor.post(off).status_code == 303
    count = len(mails_to(member.email))
    owner.post("/admin/membership/letters", data=letter)
    run_jobs()
    assert len(mails_to(member.email)) == count
    assert external_url("membership.index").endswith("/membership")


def test_staff_end_a_membership_and_its_last_payment_goes_back(joined, owner, run_jobs):
    browser, member, _page = joined
    assert member.email in owner.get("/admin/membership/").text
    owner.post(f"/admin/membership/{member.id}/end")
    run_jobs()
    assert "not a member any more" in browser.get("/membership/mine").text


def test_members_move_to_another_site_and_are_the_same_when_they_join_again(
    joined, owner, export_site, import_site, run_jobs, mails_to
):
    browser, member, _page = joined
    email, desk = member.email, f"/admin/membership/{member.id}"
    browser.post("/membership/mine/letters")
    owner.post("/admin/membership/letters", data={"subject": "Moving", "body": "We move."})
    exported = export_site()
    with zipfile.ZipFile(exported) as packed:
        written = packed.read("plugins/membership.jsonl").decode()
    rows = list(map(json.loads, written.splitlines()))
    assert "account" not in written
    assert import_site(exported).imported == 0, "all of it is here"
    owner.post(f"{desk}/end")
    run_jobs()
    with unit_of_work():
        for table in (Letter, Member, Tier):
            db.session.query(table).delete()
    report = import_site(exported)
    assert (report.imported, report.refusals) == (len(set(written.splitlines())), [])
    back = db.session.query(Member).filter_by(email=email).one()
    assert (back.account_id, back.tier.name, back.gets_letters) == (None, "Reader", False)
    assert back.ended_at is not None, "nobody pays there yet"
    assert email in owner.get("/admin/membership/").text
    page = browser.post(f"/membership/{back.tier_id}").location
    browser.post(page, data={"outcome": "succeed"})
    run_jobs()
    db.session.rollback()
    again = db.session.query(Member).filter_by(email=email).one()
    assert (again.ended_at, again.gets_letters) == (None, False)
    assert again.account_id is not None
    with unit_of_work():
        wrongs = {"is": "card"}, {"email": 7}, {"email": "new@x.example", "tier": {"name": "None"}}
        for wrong in wrongs:
            with pytest.raises(Refused):
                moving.read({**rows[-1], **wrong})
