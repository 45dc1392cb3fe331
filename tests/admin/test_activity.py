"""Who did what is written down, and nobody changes it unseen."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from shop import cli as shop_cli
from shop.blueprints.accounts import cli
from shop.core import activity
from shop.core.activity import ActivityEntry, ActivityHead, ActivityKind, Tampered
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugins import registry
from tests.factories.accounts import make_account, sign_in
from tests.factories.catalog import make_product


@pytest.fixture
def owner(app, client):
    return sign_in(client, make_account("owner", name="Ada"))


def entries():
    db.session.expire_all()
    return db.session.scalars(select(ActivityEntry).order_by(ActivityEntry.id)).all()


def newest():
    return entries()[-1]


def changed(entry):
    return {
        f"{change['what']} {name}": values
        for change in entry.changes
        for name, values in change["fields"].items()
    }


def test_a_price_is_logged_with_what_it_was(owner):
    product = make_product({"price_minor": 1400}, title="Atlas")
    variant = product.variants[0]
    form = {"title": "PDF", "sku": "MH-1", "price": "16", "low_stock_at": "3", "weight_grams": "0"}
    answer = owner.post(f"/admin/products/{product.id}/variants/{variant.id}", data=form)
    assert answer.status_code == 303
    assert changed(newest())["variant price_minor"] == [1400, 1600]
    said = owner.get("/admin/activity/").text
    assert "price minor 1400 → 1600" in said
    assert "Ada" in said


def test_a_setting_is_logged_by_name_and_a_secret_without_its_value(owner):
    page = owner.get("/admin/settings/accounts").text
    assert "idle" in page
    form = {
        "value_idle_hours": 5,
        "value_longest_days": 30,
        "value_staff_idle_hours": 24,
        "value_staff_longest_days": 14,
    }
    assert owner.post("/admin/settings/accounts", data=form).status_code == 303
    assert changed(newest())["setting idle_hours"] == [None, 5]
    assert newest().changes[0]["name"] == "accounts"


def test_a_role_and_a_permission_are_logged_but_no_name_and_no_address(owner):
    account = make_account("editor", "ruth@example.org", name="Ruth Miller")
    form = {"name": "Ruth Other", "role": "moderator", "given": ["newsletter.manage"]}
    owner.post(f"/admin/users/{account.id}", data=form)
    said = changed(newest())
    assert said["account role"] == ["editor", "moderator"]
    assert said["account given"] == ["", "newsletter.manage"]
    assert said["account name"] == []
    for word in ("Ruth", "ruth@"):
        assert word not in str(newest().changes)


def test_what_was_not_done_is_not_logged(owner):
    account, before = make_account(), len(entries())
    owner.post(f"/admin/users/{account.id}", data={"name": "", "role": "editor"})
    owner.get(f"/admin/users/{account.id}")
    assert len(entries()) == before


def test_sign_ins_of_staff_are_logged_and_those_of_buyers_are_not(app, owner):
    sign_in(app.test_client(), make_account())
    [entry] = entries()
    assert (entry.kind, entry.act) == (ActivityKind.SIGN_IN, "sign-in")


def test_wrong_passwords_for_staff_are_logged_now_and_then(app, client, run_jobs):
    staff, buyer = make_account("editor"), make_account()
    for email in (*[staff.email] * 23, buyer.email, "nobody@example.org"):
        client.post("/account/sign-in", data={"email": email, "password": "wrong"})
    run_jobs()
    assert [(entry.account_id, entry.kind) for entry in entries()] == [(staff.id, "refusal")] * 20


def test_a_closed_door_is_logged_now_and_then(app, client, limits):
    moderator = sign_in(client, make_account("moderator"))
    for _ in range(22):
        assert moderator.get("/admin/orders/").status_code == 403
    refused = [entry.act for entry in entries() if entry.kind == ActivityKind.REFUSAL]
    assert refused == ["admin.orders.index"] * 20
    assert limiter.enabled


def test_an_export_is_logged_with_what_was_chosen(owner):
    owner.get("/admin/orders/export?as=csv&since=2026-01-01", buffered=True)
    assert newest().kind == ActivityKind.EXPORT
    assert changed(newest())[" since"] == [None, "2026-01-01"]


def test_the_command_line_is_logged(app, tmp_path):
    chosen = tmp_path / "password"
    chosen.write_text("seven slow yellow kites")
    arguments = ["add", "--role", "owner", "new@example.org", "--password-file", str(chosen)]
    result = app.test_cli_runner().invoke(cli.user, arguments)
    assert result.exit_code == 0, result.output
    [entry] = entries()
    assert (entry.act, entry.account_id) == ("shop user add", None)
    assert changed(entry)["account role"] == [None, "owner"]


def test_the_log_is_filtered_and_comes_in_pages(app, owner):
    editor = make_account("editor", name="Ed")
    with unit_of_work():
        for _ in range(60):
            activity.log_act(ActivityKind.CHANGE, "admin.products.save", by=editor.id)
    assert "Products: save" in owner.get("/admin/activity/?section=products").text
    assert "Products: save" not in owner.get("/admin/activity/?section=pages").text
    assert "Products: save" not in owner.get("/admin/activity/?kind=sign_in").text
    by = f"/admin/activity/?by={editor.id}"
    page = owner.get(by).text
    assert page.count("Products: save") == 50
    after = page.partition("after=")[2].partition('"')[0].partition("&")[0]
    assert owner.get(f"{by}&after={after}").text.count("Products: save") == 10


def test_only_who_may_reads_the_log(client):
    sign_in(client, make_account("editor"))
    assert client.get("/admin/activity/").status_code == 403


def test_an_erased_account_is_a_number(owner):
    editor = make_account("editor", name="Ed Itor")
    with unit_of_work():
        activity.log_act(ActivityKind.CHANGE, "admin.products.save", by=editor.id)
        db.session.delete(editor)
    page = owner.get("/admin/activity/").text
    assert f"Erased account {editor.id}" in page
    assert "Ed Itor" not in page


@pytest.fixture
def three(app):
    for number in range(3):
        with unit_of_work():
            activity.log_act(ActivityKind.CHANGE, f"act {number}", by=1)
    assert activity.check_chain() == "3 entries, none changed"


TAMPERINGS = {
    "changed": "UPDATE activity_entry SET account_id = 2 WHERE id = 2",
    "removed": "DELETE FROM activity_entry WHERE id = 2",
    "cut off": "DELETE FROM activity_entry WHERE id = 3",
    "head removed": "DELETE FROM activity_head",
}


def on_the_database(statement):
    with db.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("how", ["changed", "removed", "cut off"])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_the_database_refuses_to_change_the_past(three, guarded, how):
    if guarded:
        with pytest.raises(DBAPIError, match="only grows"):
            on_the_database(TAMPERINGS[how])
        assert activity.check_chain()
    else:
        tamper(TAMPERINGS[how])
        with pytest.raises(Tampered):
            activity.check_chain()


def tamper(statement):
    """As whoever has the database and takes the triggers away first."""
    db.session.rollback()
    with db.engine.begin() as connection:
        activity.take_guards(connection)
        connection.execute(text(statement))
        activity.put_guards(connection)
    db.session.expire_all()


def test_a_missing_head_is_found(three):
    tamper(TAMPERINGS["head removed"])
    with pytest.raises(Tampered, match="how far"):
        activity.check_chain()


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_chain_that_was_made_anew_lacks_our_seal(three, monkeypatch, guarded):
    """Who knows how the chain is made still has not our secret key."""
    if not guarded:
        monkeypatch.setattr(activity, "_has_seal", lambda _entry: True)
        monkeypatch.setattr(activity, "_is_sealed", lambda _head: True)
    db.session.rollback()
    with db.engine.begin() as connection:
        activity.take_guards(connection)
    previous = ""
    with unit_of_work():
        for entry in entries():
            if entry.id == 2:
                entry.account_id = 2
            entry.hash = previous = activity._hash_of(previous, entry)
        db.session.execute(update(ActivityHead).values(hash=previous))
    with db.engine.begin() as connection:
        activity.put_guards(connection)
    db.session.expire_all()
    if guarded:
        with pytest.raises(Tampered, match="entry 2"):
            activity.check_chain()
    else:
        assert activity.check_chain()


def as_the_site_would_seal(count, last):
    """The seal of a head, for whoever has the site's key."""
    return activity.seal_of("activity.head", f"{count}:{last}")


@pytest.mark.parametrize("has_key", [False, True], ids=["guarded", "control"])
def test_a_log_whose_end_is_cut_off_is_found_before_and_after_the_next_entry(three, has_key):
    """Though the head says that all of it is there."""
    second = entries()[1].hash
    seal = as_the_site_would_seal(2, second) if has_key else "0" * 64
    tamper("DELETE FROM activity_entry WHERE id = 3")
    tamper(f"UPDATE activity_head SET count = 2, hash = '{second}', seal = '{seal}'")  # noqa: S608
    if has_key:
        assert activity.check_chain() == "2 entries, none changed"
        return
    with pytest.raises(Tampered, match="does not end as it was sealed"):
        activity.check_chain()
    with unit_of_work():
        activity.log_act(ActivityKind.CHANGE, "later", by=1)
    with pytest.raises(Tampered, match="before entry 3 did not end"):
        activity.check_chain()


def test_a_log_that_is_emptied_or_written_anew_without_the_key_is_found(three):
    tamper("DELETE FROM activity_entry")
    tamper("UPDATE activity_head SET count = 0, hash = ''")
    with pytest.raises(Tampered, match="does not end as it was sealed"):
        activity.check_chain()
    with unit_of_work():
        activity.log_act(ActivityKind.CHANGE, "later", by=1)
    with pytest.raises(Tampered, match="before entry 1 did not end"):
        activity.check_chain()


def test_another_secret_key_is_no_tampering_while_the_former_is_listed(app, three, monkeypatch):
    before = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "another one, of some length")
    with pytest.raises(Tampered, match="SHOP_SECRET_KEY_PREVIOUS"):
        activity.check_chain()
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [before])
    assert activity.check_chain() == "3 entries, none changed"
    with unit_of_work():
        activity.log_act(ActivityKind.CHANGE, "later", by=1)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [])
    assert activity.check_chain() == "4 entries, none changed"
    monkeypatch.setitem(app.config, "SECRET_KEY", "a key of a stranger")
    with unit_of_work():
        activity.log_act(ActivityKind.CHANGE, "stranger", by=1)
    monkeypatch.setitem(app.config, "SECRET_KEY", before)
    with pytest.raises(Tampered, match="entry 5"):  # a seal of a stranger's after ours
        activity.check_chain()


def test_the_doctor_looks_at_the_chain(app, three):
    [check] = [each for each in registry().health_checks if each.name == "activity log"]
    assert check.check() == "3 entries, none changed"
    tamper(TAMPERINGS["changed"])
    said = CliRunner().invoke(shop_cli.commands(app), ["doctor"], obj=app).output
    assert "entry 2 was changed" in said


def test_whoever_lost_the_key_accepts_that_the_log_can_not_be_checked(app, three, monkeypatch):
    monkeypatch.setitem(app.config, "SECRET_KEY", "another one, of some length")
    with unit_of_work():
        activity.log_act(ActivityKind.CHANGE, "later", by=1)
    said = CliRunner().invoke(shop_cli.commands(app), ["doctor", "--accept-log"], obj=app).output
    assert "6 entries, none changed" in said
    assert [entry.act for entry in entries()][3:] == [activity.BROKEN, "later", activity.ACCEPTED]


def test_what_is_rolled_back_leaves_no_entry(app, owner):
    before = len(entries())
    activity.act(1, "admin.tests.fail")
    with pytest.raises(ZeroDivisionError), unit_of_work():
        make_account()
        raise ZeroDivisionError
    with unit_of_work():
        pass
    assert len(entries()) == before
