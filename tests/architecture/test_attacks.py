"""Each attack and fault that we promise to withstand has a test, and a control that takes the guard out."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]

ATTACKS = {
    "address_idor": "checkout/test_checking_out.py",
    "cache_poison": "comments/test_attacks.py",
    "card_testing": "checkout/test_card_testing.py",
    "cart_idor": "cart/test_shopping.py",
    "comment_xss": "comments/test_attacks.py",
    "confirm_prefetch": "newsletter/test_subscribing.py",
    "coupon_race": "discounts/test_counting.py",
    "csrf": "contact/test_writing_to_us.py",
    "currency_tamper": "checkout/test_checking_out.py",
    "decompression": "catalog/test_pictures.py",
    "download_leak": "downloads/test_downloads.py",
    "enumeration": "accounts/test_signing_in.py",
    "formula_injection": "orders/test_exports.py",
    "host_poison": "articles/test_reading.py",
    "import_bombs": "importers/test_import_bombs.py",
    "json_bomb": "payments_stripe/test_stripe_webhooks.py",
    "last_item_race": "catalog/test_stock.py",
    "list_bombing": "newsletter/test_subscribing.py",
    "lock_out": "accounts/test_signing_in.py",
    "mail_header_injection": "core/test_header_fields.py",
    "mail_placeholder": "contact/test_writing_to_us.py",
    "mass_assignment": "accounts/test_registering.py",
    "multipart_bomb": "catalog/test_desk.py",
    "open_redirect": "accounts/test_signing_in.py",
    "order_idor": "orders/test_order_page.py",
    "payment_swap": "payments/test_settling.py",
    "pre_hijacking": "accounts/test_unproven.py",
    "price_tamper": "checkout/test_checking_out.py",
    "quantity_abuse": "cart/test_quantities.py",
    "redos": "comments/test_attacks.py",
    "refund_race": "payments/test_refunds.py",
    "session_fixation": "accounts/test_signing_in.py",
    "session_idor": "accounts/test_sessions.py",
    "session_revocation": "accounts/test_signing_in.py",
    "slow_headers": "serving/test_slow_clients.py",
    "unsubscribe_prefetch": "newsletter/test_leaving.py",
    "upload_polyglot": "catalog/test_pictures.py",
    "upload_svg": "catalog/test_pictures.py",
    "verdict_prefetch": "comments/test_digests.py",
    "webhook_empty_secret": "core/test_config.py",
    "webhook_forged": "payments_stripe/test_stripe_webhooks.py",
    "webhook_future": "payments_stripe/test_stripe_webhooks.py",
    "webhook_replayed": "payments/test_webhooks.py",
    "webhook_stale": "payments_stripe/test_stripe_webhooks.py",
}
"""Where an attack is tried and its control stands. Other tests of the same name try it at other doors."""

FAULTS = {
    "settling_again": "payments/test_settling.py",
    "webhooks_that": "payments_stripe/test_buying_with_stripe.py",
    "a_time_out_after_stripe_opened_the_session": "payments_stripe/test_buying_with_stripe.py",
    "a_locked_database": "faults/test_database_refuses.py",
    "a_server_that_was_restarted": "faults/test_database_refuses.py",
    "a_kill_after_the_commit": "faults/test_kills.py",
    "a_kill_at_work": "faults/test_kills.py",
    "a_kill_before_what_the_provider_said_is_written": "faults/test_kills.py",
    "a_mail_server_in_trouble": "faults/test_mail_server.py",
    "a_frozen_valkey": "core/test_shared_limits.py",
}
"""The same for faults whose guard can be taken out inside one process, by how the names of their tests begin."""


def missing(attack: str, source: str) -> list[str]:
    """What a file lacks: a test named after the attack, or its control.

    A control is a test of its own, `test_control_<attack>...`, or the same test run once more with `guarded` false.
    """
    functions = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)]
    tests = [each for each in functions if each.name.startswith(f"test_{attack}")]
    lacks = [] if tests else ["test"]
    has_both = any("guarded" in {given.arg for given in each.args.args} for each in tests)
    if not has_both and not any(
        each.name.startswith(f"test_control_{attack}") for each in functions
    ):
        lacks.append("control")
    return lacks


def test_each_attack_and_fault_has_a_test_and_a_control():
    found = {
        attack: missing(attack, (TESTS / path).read_text(encoding="utf-8"))
        for attack, path in (ATTACKS | FAULTS).items()
    }
    assert {attack: lacks for attack, lacks in found.items() if lacks} == {}


def test_the_documents_name_each_attack():
    document = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
    assert [attack for attack in ATTACKS if f"test_{attack}" not in document] == []


def test_control_a_missing_test_or_control_is_noticed():
    test = "def test_redos(app): pass\n"
    assert missing("redos", "") == ["test", "control"]
    assert missing("redos", test) == ["control"]
    assert missing("redos", test + "def test_control_redos(): pass") == []
    assert missing("redos", "def test_redos_of_names(guarded): pass") == []
    assert missing("redos", "def test_control_redos(): pass") == ["test"]
