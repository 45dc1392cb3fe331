"""Comments of Remark42 and Commento, orders of WooCommerce, members of Ghost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from shop.blueprints.comments.models import Comment, State
from shop.blueprints.newsletter.models import NewsletterSubscriber
from shop.blueprints.orders.models import Order
from shop.extensions import db
from tests.conftest import Outbox
from tests.factories.comments import all_comments, make_article
from tests.importers.conftest import Import


def test_remark42_comments_come_in_with_their_threads_packed_or_not(
    app: Flask, bring_in: Import, tmp_path: Path
) -> None:
    make_article(slug="seven")
    said = [
        {"version": 1, "users": [], "posts": []},
        {"id": "b", "pid": "a", "text": "<p>An <em>answer</em></p>", "user": {"name": "Ben"},
         "locator": {"url": "https://old.example/2020/seven/"}, "time": "2020-02-02T10:00:00+01:00"},
        {"id": "a", "pid": "", "text": "x", "orig": "A *word*", "user": {"name": "Ada", "admin": True},
         "locator": {"url": "https://old.example/2020/seven/"}, "time": "2020-02-01T10:00:00Z",
         "pin": True, "score": 3},
        {"id": "c", "pid": "", "text": "", "delete": True, "user": {"name": "deleted"},
         "locator": {"url": "https://old.example/lost/"}, "time": "2020-02-01T10:00:00Z"},
    ]  # fmt: skip
    written = "\n".join(map(json.dumps, said)).encode()
    plain, packed = tmp_path / "backup.json", tmp_path / "backup.json.gz"
    plain.write_bytes(written)
    packed.write_bytes(gzip.compress(written))
    assert bring_in("remark42", packed).output.endswith("imported 2, unchanged 0, refused 1\n")
    assert bring_in("remark42", plain).output.endswith("imported 0, unchanged 2, refused 1\n")
    top, answer = all_comments()
    assert (top.body, top.is_staff, top.helpful) == ("A *word*", True, 3)
    assert top.pinned_at is not None
    assert (answer.parent_id, answer.body) == (top.id, "An *answer*")


def test_commento_comments_come_in_with_their_states(
    app: Flask, bring_in: Import, tmp_path: Path
) -> None:
    make_article(slug="seven")
    comment = {"url": "/blog/seven", "parentHex": "root", "creationDate": "2021-03-12T11:21:56Z"}
    file = tmp_path / "commento.json"
    export = {
        "version": 1,
        "comments": [
            comment | {"commentHex": "1", "commenterHex": "a", "markdown": "One", "state": "approved"},
            comment | {"commentHex": "2", "commenterHex": "anonymous", "markdown": "Two", "state": "unapproved",
                       "parentHex": "1"},
            comment | {"commentHex": "3", "commenterHex": "a", "markdown": "", "deleted": True},
        ],
        "commenters": [
            {"commenterHex": "a", "name": "Ada", "email": "ada@example.org", "link": "https://ada.example"}
        ],
    }  # fmt: skip
    file.write_text(json.dumps(export), encoding="utf-8")
    assert bring_in("commento", file).output.endswith("imported 3, unchanged 0, refused 0\n")
    one, two, gone = db.session.scalars(select(Comment).order_by(Comment.import_key)).all()
    assert (one.author_name, one.author_url) == ("Ada", "https://ada.example")
    assert (two.parent_id, two.state, two.author_name) == (one.id, State.WAITING, "Anonymous")
    assert gone.state == State.ERASED


def test_orders_of_woocommerce_are_history_and_nobody_is_written_to(
    app: Flask, bring_in: Import, tmp_path: Path, outbox: Outbox, run_jobs
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "order_id,order_number,order_date,paid_date,status,shipping_total,tax_total,discount_total,order_total,"
        "order_currency,billing_email,billing_first_name,billing_last_name,billing_address_1,billing_city,"
        "billing_country,line_item_1,line_item_2\n"
        "7,1007,2024-03-01 10:00:00,2024-03-01 10:02:00,wc-completed,4.90,1.00,2.00,31.90,EUR,Ruth@Example.org,Ruth,"
        "Miller,4 Quiet Lane,Leeds,GB,name:Mug|product_id:3|sku:M-1|quantity:2|total:28.00|sub_total:28.00,\n"
        "8,1008,2024-03-02 10:00:00,,pending,0,0,0,5.00,EUR,ann@example.org,Ann,,,,,"
        "name:Mug|quantity:1|total:5.00|sub_total:5.00,\n"
        "9,1009,2024-03-03 10:00:00,,refunded,0,0,0,5.00,EUR,ann@example.org,Ann,,,,,"
        "name:Mug|quantity:1|total:5.00|sub_total:5.00,\n",
        encoding="utf-8",
    )
    first = bring_in("woocommerce-orders", file)
    assert "refused  line 3, order 8: it was pending there, so it was not paid" in first.output
    assert first.output.endswith("imported 2, unchanged 0, refused 1\n"), first.output
    assert bring_in("woocommerce-orders", file).output.endswith("unchanged 2, refused 1\n")
    run_jobs()
    assert not outbox.messages
    order, back = db.session.scalars(select(Order).order_by(Order.number)).all()
    assert (order.number, order.state, order.email) == ("1007", "fulfilled", "ruth@example.org")
    assert (order.total_minor, order.tax_minor, order.prices_include_tax) == (3190, 100, False)
    assert (order.lines[0].quantity, order.lines[0].shipped_quantity) == (2, 2)
    assert order.to_send_since is None
    assert (back.refund_state, back.refunded_minor) == ("refunded", 500)


def test_members_of_ghost_are_subscribers_with_the_date_on_which_they_agreed(
    app: Flask, bring_in: Import, tmp_path: Path
) -> None:
    file = tmp_path / "ghost.json"
    members = [
        {"id": "1", "email": "ruth@example.org", "created_at": "2023-01-02T03:04:05.000Z"},
        {"id": "2", "email": "left@example.org", "created_at": "2023-01-02T03:04:05.000Z"},
        {"id": "3", "email": "undated@example.org"},
    ]
    said = {"posts": [], "members": members, "members_newsletters": [{"member_id": "1"}]}
    file.write_text(json.dumps({"db": [{"data": said}]}), encoding="utf-8")
    assert bring_in("ghost", file).output.endswith("imported 2, unchanged 0, refused 1\n")
    ruth, left = db.session.scalars(
        select(NewsletterSubscriber).order_by(NewsletterSubscriber.id)
    ).all()
    assert ruth.is_confirmed
    assert ruth.asked_on == "import: signed up 2023-01-02 03:04 UTC"
    assert left.state == "left"
