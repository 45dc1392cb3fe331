"""The language of the site is that of its pages, its errors, its emails and its amounts."""

from __future__ import annotations

from shop.core import money, settings
from shop.core.dates import day_in_words
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from tests.factories.articles import make_article


def test_a_changed_language_is_spoken_at_once_and_everywhere(client, outbox, run_jobs):
    day = make_article(title="Trust").published_at
    assert "Skip to main content" in client.get("/").text  # and is kept
    for locale, head, said, email in (
        (
            "de",
            '<html lang="de" dir="ltr">',
            "Zum Hauptinhalt springen",
            "Bitte bestätigen Sie Ihr Abonnement",
        ),
        ("ar", '<html lang="ar" dir="rtl">', "الانتقال إلى المحتوى الرئيسي", "يرجى تأكيد اشتراكك"),
    ):
        with unit_of_work():
            settings.change(SiteSettings, {"locale": locale})
        home = client.get("/").text
        assert head in home
        assert said in home
        assert head in client.get("/nowhere").text
        client.post("/newsletter", data={"email": f"ruth@{locale}.example.org"})
        run_jobs()
        letter = outbox.messages[-1]
        assert letter["Subject"].startswith(email)
        assert head in letter.get_body(("html",)).get_content()
    with unit_of_work():
        settings.change(SiteSettings, {"locale": "de"})
    assert money.format_money(1400, "EUR") == "14,00\xa0€"
    assert day_in_words(day).split()[0] == f"{day.day}."
