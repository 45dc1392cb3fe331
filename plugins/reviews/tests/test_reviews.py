"""What the plugin promises."""

import json
import zipfile

import pytest

WORDS = "A calm and thorough book; the chapter on roofs alone is worth it."
TYPED = {"stars": "4", "body": WORDS, "author": "Ann", "email": "ann@example.org"}


def path_of(url):
    return url.removeprefix("http://localhost")


def link_in(page):
    return page.split('<a href="/reviews/')[1].split('"')[0].replace("&amp;", "&")


@pytest.fixture
def send(run_jobs):
    """Sends a review, and has late checks answer where another plugin has some."""

    def send(browser, address, data):
        answer = browser.post(address, data=data)
        run_jobs()
        return answer

    return send


def test_a_buyers_review_is_shown_at_once_and_says_so(
    for_sale, make_paid_order, signed_in, visitor, send
):
    book = for_sale()
    assert "Nobody has reviewed this yet." in visitor.get(path_of(book.url)).text
    make_paid_order("buyer1@example.org", book)
    buyer = signed_in("buyer", "buyer1@example.org")
    assert "you bought this here" in buyer.get(f"/reviews/{book.slug}/new").text
    answer = send(buyer, f"/reviews/{book.slug}/new", {**TYPED, "email": "other@example.org"})
    assert (answer.status_code, answer.location) == (303, book.url)
    page = visitor.get(path_of(book.url)).text
    assert WORDS in page
    assert "Bought here" in page
    assert "4 of 5 stars" in page
    told = json.loads(page.split('application/ld+json">')[1].split("</script>")[0])
    (node,) = [each for each in told["@graph"] if each["@type"] == "Product"]
    assert (node["name"], node["aggregateRating"]["ratingValue"]) == (book.title, "4.0")
    assert "other@example.org" not in buyer.get(f"/reviews/{book.slug}/new").text
    again = {**TYPED, "stars": "1", "body": "I changed my mind about the roofs in this book."}
    send(buyer, f"/reviews/{book.slug}/new", again)
    page = visitor.get(path_of(book.url)).text
    assert WORDS not in page
    assert "1 review" in page
    buyer.post(f"/reviews/{book.slug}/removal")
    assert "Nobody has reviewed this yet." in visitor.get(path_of(book.url)).text


def test_the_page_of_an_order_lets_its_buyer_write_without_signing_in(
    site, for_sale, make_paid_order, visitor, send
):
    from bookstall_reviews import pages, plugin

    book, other = for_sale(), for_sale()
    bought = make_paid_order("guest@example.org", book)
    with site.test_request_context():
        ((title, link),) = plugin.of_order(bought)["links"]
        elsewhere = pages.link_of(bought.id, other.slug)
    assert title == book.title
    assert send(visitor, link, TYPED).status_code == 303
    assert "Bought here" in visitor.get(path_of(book.url)).text
    assert "you bought this here" not in visitor.get(elsewhere).text, "the other was not bought"
    forged = link.split("order=")[0] + "order=forged"
    assert "guest@example.org" not in visitor.get(forged).text


def test_a_strangers_review_waits_until_staff_publish_it_and_a_decision_can_be_undone(
    for_sale, signed_in, visitor, send
):
    book = for_sale()
    assert send(visitor, f"/reviews/{book.slug}/new", TYPED).status_code == 303
    assert WORDS not in visitor.get(path_of(book.url)).text
    editor = signed_in("editor")
    desk = editor.get("/admin/reviews/").text
    assert WORDS in desk
    action = desk.split(WORDS)[1].split('action="')[1].split('"')[0]
    assert editor.post(action, data={"version": "1"}).status_code == 303
    assert WORDS in visitor.get(path_of(book.url)).text
    late = editor.post(action.replace("publication", "spam"), data={"version": "1"})
    assert "in the meantime" in editor.get(late.location).text, "it was decided since it was seen"
    editor.post(f"{action.rpartition('/')[0]}/undoing?version=2")
    assert WORDS not in visitor.get(path_of(book.url)).text
    assert visitor.get("/admin/reviews/").status_code != 200


def test_nobody_writes_over_another_persons_review(
    for_sale, make_paid_order, signed_in, visitor, send
):
    book = for_sale()
    make_paid_order("buyer2@example.org", book)
    buyer = signed_in("buyer", "buyer2@example.org")
    send(buyer, f"/reviews/{book.slug}/new", TYPED)
    send(
        visitor,
        f"/reviews/{book.slug}/new",
        {**TYPED, "email": "buyer2@example.org", "body": "I would never buy it again, sorry."},
    )
    assert WORDS in visitor.get(path_of(book.url)).text


def test_what_only_a_robot_fills_is_spam_and_what_lacks_is_said(for_sale, signed_in, visitor):
    book = for_sale()
    refused = visitor.post(f"/reviews/{book.slug}/new", data={**TYPED, "stars": "", "body": ""})
    assert refused.status_code == 422
    assert "Choose a rating." in refused.text
    words = "Robots read this very same book with pleasure every day."
    visitor.post(f"/reviews/{book.slug}/new", data={**TYPED, "body": words, "website": "x"})
    editor = signed_in("editor")
    assert words not in editor.get("/admin/reviews/").text
    assert words in editor.get("/admin/reviews/?state=spam").text


def test_all_reviews_have_a_page_of_their_own(for_sale, make_paid_order, signed_in, visitor, send):
    book = for_sale()
    make_paid_order("buyer3@example.org", book)
    send(signed_in("buyer", "buyer3@example.org"), f"/reviews/{book.slug}/new", TYPED)
    page = visitor.get(f"/reviews/{book.slug}")
    assert WORDS in page.text
    assert "public" in page.headers["Cache-Control"]
    assert visitor.get("/reviews/no-such-book").status_code == 404


def test_what_a_person_wrote_is_handed_out_and_erased(site, for_sale, visitor):
    from bookstall_reviews import reviews

    from shop.plugins.api import unit_of_work

    book = for_sale()
    visitor.post(f"/reviews/{book.slug}/new", data={**TYPED, "email": "erin@example.org"})
    (kept,) = reviews.export("erin@example.org")
    assert json.loads(json.dumps(kept))["review"] == WORDS
    with unit_of_work():
        reviews.erase("erin@example.org")
    assert reviews.export("erin@example.org") == []


def test_reviews_move_to_another_site_with_the_decisions_of_staff(
    for_sale, make_paid_order, signed_in, visitor, send, export_site, import_site
):
    from bookstall_reviews import models, moving

    from shop.plugins.api import Refused, db, unit_of_work

    book, other = for_sale(), for_sale()
    typed = {**TYPED, "body": "Carried over with all that staff decided about it, roofs included."}
    make_paid_order("buyer9@example.org", book)
    buyer = signed_in("buyer", "buyer9@example.org")
    send(buyer, f"/reviews/{book.slug}/new", typed)
    send(visitor, f"/reviews/{book.slug}/new", {**typed, "email": "waits@example.org"})
    exported = export_site()
    rows = [row for row in rows_in(exported, "reviews") if row["product"] == book.slug]
    assert [(row["state"], row["is_confirmed"]) for row in rows] == [
        ("published", True),
        ("waiting", False),
    ]
    assert import_site(exported).imported == 0, "all of it is here"
    with unit_of_work():
        db.session.query(models.Review).delete()
    report = import_site(exported)
    assert (report.imported, report.refusals) == (len(rows_in(exported, "reviews")), [])
    page = visitor.get(path_of(book.url)).text
    assert "1 review" in page
    assert "Bought here" in page
    mine = buyer.get(f"/reviews/{book.slug}/new").text
    assert typed["body"] in mine, "it is still the buyer's own"
    with unit_of_work():
        assert moving.read({**rows[0], "product": other.slug}), "another id there, by the slug"
        assert db.session.query(models.Review).filter_by(product_id=other.id).count() == 1
        for wrong in ({"product": "gone"}, {"stars": 6}, {"state": "new"}, {"written_at": "soon"}):
            with pytest.raises(Refused):
                moving.read({**rows[0], **wrong})


def test_a_command_is_run_as_in_a_terminal(run_command):
    """Of the fixtures for plugins, which this package uses as any other does."""
    assert run_command("search", "rebuild").exit_code == 0
    assert "No such command" in run_command("reviws").output


def test_periodic_work_that_nobody_knows_is_named(run_periodic):
    with pytest.raises(AssertionError, match="is named 'reviews-tidi'"):
        run_periodic("reviews-tidi")


def rows_in(exported, part):
    with zipfile.ZipFile(exported) as packed:
        lines = packed.read(f"plugins/{part}.jsonl").decode().splitlines()
    return list(map(json.loads, lines))
