"""The language of the site is that of its pages, its errors, its emails and its amounts."""

from __future__ import annotations

import pytest

from shop.core import money, settings
from shop.core.dates import day_in_words
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from tests.factories.articles import make_article


@pytest.mark.parametrize(
    ("locale", "direction", "said", "subject"),
    [
        ("de", "ltr", "Zum Hauptinhalt springen", "Bitte bestätigen Sie Ihr Abonnement"),
        ("ar", "rtl", "الانتقال إلى المحتوى الرئيسي", "يرجى تأكيد اشتراكك"),
    ],
    ids=["de", "ar"],
)
def test_a_changed_language_is_spoken_at_once_and_everywhere(
    client, outbox, run_jobs, locale, direction, said, subject
):
    assert "Skip to main content" in client.get("/").text  # and is kept
    with unit_of_work():
        settings.change(SiteSettings, {"locale": locale})
    head = f'<html lang="{locale}" dir="{direction}">'
    for address in ("/", "/nowhere"):
        page = client.get(address).text
        assert head in page
        assert said in page
    client.post("/newsletter", data={"email": "ruth@example.org"})
    run_jobs()
    email = outbox.messages[-1]
    assert email["Subject"].startswith(subject)
    assert head in email.get_body(("html",)).get_content()


def test_days_and_amounts_are_written_as_in_the_language_of_the_site(app):
    day = make_article().published_at
    assert money.format_money(1400, "EUR") == "€14.00"
    with unit_of_work():
        settings.change(SiteSettings, {"locale": "de"})
    with app.app_context():  # as a job has it, without a request
        assert money.format_money(1400, "EUR") == "14,00\xa0€"
        assert day_in_words(day).startswith(f"{day.day}. ")
