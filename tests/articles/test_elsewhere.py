"""What a text shows where our styles and scripts are missing: directives are what they mean, never their source."""

from __future__ import annotations

import io
import json
from html import unescape

from PIL import Image
from sqlalchemy import select

from shop.blueprints.comments.export.wxr_file import write_wxr
from shop.blueprints.media.services import add_picture, describe_picture
from shop.blueprints.newsletter import campaigns
from shop.blueprints.newsletter.models import Campaign
from shop.core.mail.text_part import text_of_html
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.catalog import make_product

BODY = """
::: pull-quote[Leila]
I mind *knowing*.
:::

::: nobodys-block[x]
Its words stay.
:::

::nobodys-line[y]

::picture[{picture} | The back door]

::gallery[{picture} {picture}]

::guide[repair]

::embed[https://www.youtube.com/watch?v=dQw4w9WgXcQ | The film]

1. Oil the [hinge](/articles/hinges)
"""
MEANT = ("I mind", "Leila", "Its words stay.", "The back door", "The Repair Notebook", "The film")


def a_picture(run_jobs):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "PNG")
    with unit_of_work():
        picture = add_picture(out.getvalue(), "door.png")
        describe_picture(picture, alt="A door ajar", caption="", focus=(50, 50))
    run_jobs()
    return picture.id


def test_every_way_out_of_the_site_says_what_directives_mean(app, client, outbox, run_jobs):
    make_product(title="The Repair Notebook", slug="repair")
    body = BODY.format(picture=a_picture(run_jobs))
    make_article(slug="doors", title="Doors", body=body)
    editor = sign_in(client, make_account("owner"))
    editor.post("/admin/newsletter/letters", data={"subject": "Doors", "body": body})
    queue_mail = campaigns.prepare_test(
        db.session.scalars(select(Campaign)).one(), "ann@example.org"
    )
    with unit_of_work():
        queue_mail()
    run_jobs()
    wxr = io.StringIO()
    write_wxr(wxr)
    [mail] = outbox.messages
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    ways = {
        "feed": unescape(client.get("/feed.xml").text),
        "JSON feed": json.loads(client.get("/feed.json").data)["items"][0]["content_html"],
        "WXR": wxr.getvalue(),
        "mail": html,
        "text of a mail": text,
    }
    for way, shown in ways.items():
        assert [each for each in MEANT if each not in shown] == [], way
        assert "::" not in shown, way
        assert 'src="/' not in shown, way
        assert "A door ajar" in shown, way
    assert "1. Oil the hinge (http://localhost/articles/hinges)" in text
    found = client.get("/search?q=knowing").text + client.get("/articles/doors").text
    assert "::picture" not in found
    assert "::gallery" not in found


def test_a_product_says_what_directives_mean(client, run_jobs):
    number = a_picture(run_jobs)
    make_product(slug="repair", description=f"::picture[{number} | Its first page]")
    assert "<figcaption>Its first page</figcaption>" in client.get("/shop/repair").text


def test_the_text_part_of_a_mail_says_what_its_html_says():
    html = """<h2>Keys</h2>
    <p>One <em>two</em>,<br>three &amp; <a href="https://a.example/">four</a>.</p>
    <ol start="3"><li><p>Oil</p></li><li>Wait<ul><li>an hour</li></ul></li></ol>
    <pre><code>a = 1
      b</code></pre><hr><p><img src="x.webp" alt="A door"> <a href="https://b.example/">https://b.example/</a></p>
    <table><tr><th>Day</th><th>Hour</th></tr><tr><td>Mon</td><td>9</td></tr></table>"""
    assert text_of_html(html) == (
        "Keys\n\nOne two,\nthree & four (https://a.example/).\n\n3. Oil\n\n4. Wait\n\n- an hour\n\n"
        "a = 1\n      b\n\n* * *\n\n[A door]  https://b.example/\n\nDay\tHour\nMon\t9"
    )
