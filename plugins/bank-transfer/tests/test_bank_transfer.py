"""From the checkout to the bank and back: what buyers are told, what staff note, what becomes of the order."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import timedelta

import pytest
from bookstall_bank_transfer import moving, transfers
from bookstall_bank_transfer.models import Receipt, Return, Transfer
from bookstall_bank_transfer.provider import BankTransfer

from shop.plugins.api import Refused, db, now, order, product, unit_of_work

IBAN = "DE89 3704 0044 0532 0130 00"
ACCOUNT = {
    "account_name": "Bookstall Ltd",
    "iban": IBAN,
    "bic": "COBADEFF",
    "days": "7",
}
REGULARLY = "bank_transfer.remind", "payments.reconcile", "payments.close_expired"


@pytest.fixture
def owner(signed_in):
    """The owner's browser, with the account filled in."""
    browser = signed_in("owner")
    assert fill_in(browser).status_code == 303
    return browser


def fill_in(browser, **typed):
    fields = {f"value_{name}": value for name, value in (ACCOUNT | typed).items()}
    return browser.post("/admin/settings/bank_transfer", data=fields)


@pytest.fixture
def bought(site, owner, visitor, for_sale, check_out):
    """An order of 14.00 EUR, one of three in stock, that waits for a transfer."""
    goods = for_sale(price_minor=1400, stock=3)
    answer = check_out(visitor, goods, "bank_transfer")
    assert answer.status_code == 303, answer.text
    found = db.session.query(Transfer).order_by(Transfer.id.desc()).first()
    return found, goods, visitor.get(answer.location, follow_redirects=True)


def noted(owner, transfer, amount, **typed):
    form = {"amount": amount, "came_on": now().date().isoformat(), "note": "", "seen": ""} | typed
    return owner.post(f"/admin/bank_transfer/{transfer.id}/receipts", data=form)


def as_it_is(transfer):
    db.session.rollback()
    return order(transfer.order_number)


def test_an_iban_with_a_wrong_digit_is_refused_beside_its_field(owner):
    answer = fill_in(owner, iban="DE89 3704 0044 0532 0130 01")
    assert answer.status_code == 422
    assert "its check digits do not fit" in answer.text


def test_the_buyer_reads_where_to_pay_and_the_stock_is_kept(
    bought, visitor, mails_to, run_jobs, run_periodic, travel
):
    transfer, goods, page = bought
    run_jobs()
    for told in (IBAN, "Bookstall Ltd", transfer.order_number, "€14.00"):
        assert told in page.text
        assert told in mails_to("ruth@example.org")[-1].text
    assert "How to pay" in page.text
    printed = visitor.get(f"/bank-transfer/{transfer.reference}")
    assert IBAN in printed.text
    assert "no-store" in printed.headers["Cache-Control"]
    code = visitor.get(f"/bank-transfer/{transfer.reference}/code.svg")
    assert code.mimetype == "image/svg+xml"
    assert "currently empty" in visitor.get("/cart").text, "what was ordered is still in the cart"
    travel(timedelta(days=6))
    run_periodic(*REGULARLY)
    assert product(goods.id).variants[0].remaining == 2
    assert not as_it_is(transfer).is_cancelled
    assert mails_to("ruth@example.org")[-1].kind == "bank-transfer-reminder"


def test_the_order_is_paid_once_staff_have_noted_all_of_it(bought, owner, mails_to, run_jobs):
    transfer, _goods, _page = bought
    assert noted(owner, transfer, "14.00").status_code == 303
    run_jobs()
    assert as_it_is(transfer).is_paid
    assert mails_to("ruth@example.org")[-1].kind == "order-confirmation"


def test_a_wrong_amount_is_said_in_words_before_it_is_noted(bought, owner, mails_to, run_jobs):
    transfer, _goods, _page = bought
    asked = noted(owner, transfer, "10.00")
    assert "€10.00 came and €14.00 is due: €4.00 is missing." in asked.text
    assert not transfers.one(transfer.id).receipts, "nothing is noted by being looked at"
    assert noted(owner, transfer, "10.00", seen="1000").status_code == 303
    run_jobs()
    assert "€4.00" in mails_to("ruth@example.org")[-1].text
    assert noted(owner, transfer, "9.00", seen="900").status_code == 303
    run_jobs()
    assert as_it_is(transfer).is_paid
    desk = owner.get("/admin/bank_transfer/").text
    assert "More came than was due." in desk
    assert "€5.00" in desk


def test_an_order_that_is_not_paid_in_time_ends_with_a_mail_and_gives_its_stock_back(
    bought, owner, signed_in, mails_to, run_periodic, travel
):
    transfer, goods, _page = bought
    noted(owner, transfer, "10.00", seen="1000")
    travel(timedelta(days=8))
    run_periodic(*REGULARLY)
    assert as_it_is(transfer).is_cancelled
    assert product(goods.id).variants[0].remaining == 3
    assert mails_to("ruth@example.org")[-1].kind == "order-not-paid"
    desk = signed_in("owner").get("/admin/bank_transfer/").text
    assert "The order was not paid in full." in desk
    assert "€10.00" in desk


def test_money_that_comes_late_serves_the_order_while_its_goods_are_there(
    bought, signed_in, run_jobs, run_periodic, travel
):
    transfer, _goods, _page = bought
    travel(timedelta(days=8))
    run_periodic(*REGULARLY)
    assert as_it_is(transfer).is_cancelled
    noted(signed_in("owner"), transfer, "14.00")
    run_jobs()
    assert as_it_is(transfer).is_paid


def test_a_refund_waits_until_staff_have_sent_it(bought, owner, run_jobs):
    transfer, _goods, _page = bought
    noted(owner, transfer, "14.00")
    run_jobs()
    bank = BankTransfer()
    asked = {"amount_minor": 500, "currency": "EUR", "idempotency_key": "k1", "reason": "torn"}
    first, second = (bank.refund(transfer.reference, **asked) for _ in range(2))
    assert first == second, "asked for twice, it goes back once"
    assert first.state == "pending"
    number = re.search(r"returns/(\d+)/sending", owner.get("/admin/bank_transfer/").text)[1]
    owner.post(f"/admin/bank_transfer/returns/{first.reference.removeprefix('return-')}/sending")
    assert number
    db.session.rollback()
    assert bank.look_up_refund(first.reference).state == "done"


def test_transfers_move_to_another_site_with_their_orders_and_without_links(
    bought, owner, export_site, import_site
):
    transfer, _goods, _page = bought
    noted(owner, transfer, "10.00", seen="1000", note="came in part")
    secrets = transfer.key, transfer.reference, transfer.order_url.rpartition("/")[2]
    number = transfer.order_number
    exported = export_site()
    with zipfile.ZipFile(exported) as packed:
        written = packed.read("plugins/bank-transfers.jsonl").decode()
    rows = list(map(json.loads, written.splitlines()))
    assert not [each for each in secrets if each in written], "what opens something stays here"
    assert import_site(exported).imported == 0, "all of it is here"
    with unit_of_work():
        for table in (Return, Receipt, Transfer):
            db.session.query(table).delete()
    report = import_site(exported)
    assert (report.imported, report.refusals) == (len(rows), [])
    (back,) = transfers.all_of_order(number)
    assert not back.is_awaited, "its order comes in as cancelled"
    assert [(each.amount_minor, each.note) for each in back.receipts] == [(1000, "came in part")]
    assert [each.amount_minor for each in back.returns] == [1000], "staff send it back"
    assert back.reference not in secrets
    assert back.order_url == order(number).url
    with unit_of_work():
        row = next(each for each in rows if each["order_number"] == number)
        for wrong in (
            {"order_number": "gone"},
            {"order_placed_at": now().isoformat()},
            {"name": f"{moving.MOVED}x", "amount_minor": -1},
            {"name": f"{moving.MOVED}y", "receipts": [{**row["receipts"][0], "came_on": "soon"}]},
        ):
            with pytest.raises(Refused):
                moving.read({**row, **wrong})
