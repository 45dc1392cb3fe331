"""What exports of other systems hold in their own ways: every word stays, and what goes is named."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from shop.blueprints.importers.formats.front_matter import read_front_matter
from shop.blueprints.importers.html.conversion import html_to_markdown
from shop.blueprints.importers.magazines import lexical, liquid, mobiledoc
from shop.blueprints.importers.wordpress.elementor import with_elementor
from shop.blueprints.importers.wordpress.markup import post_to_markdown
from shop.blueprints.importers.wordpress.shortcodes import Shortcodes

BARS = quote(json.dumps([{"label": "Design of pages", "value": "80"}]))
ACF = {
    "name": "acf/x",
    "data": {"said": "Some words", "_said": "field_1", "picture": 12, "look": "wide"},
}
DIVI = {"content": {"innerContent": {"desktop": {"value": "<p>Told</p>"}}}}
LEADS = {
    "button": {
        "innerContent": {"desktop": {"value": {"text": "Buy", "linkUrl": "https://b.example"}}}
    }
}
RAW = base64.b64encode(quote("<p>In the <b>raw</b></p>").encode()).decode()
SHARED = {
    7: '<!-- wp:paragraph --><p>Shared</p><!-- /wp:paragraph --><!-- wp:block {"ref":8} /-->',
    8: "<!-- wp:paragraph --><p>Twice</p><!-- /wp:paragraph -->",
}


def written(source):
    shortcodes = Shortcodes({12: "https://old.example/p.jpg"})
    converted = post_to_markdown(
        source, base="https://old.example/", shortcodes=shortcodes, reusable=SHARED
    )
    return converted.markdown, " ".join(converted.notes)


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ('[vc_row a="b"][vc_custom_heading text="Our kitchen"][/vc_row]', ["## Our kitchen"]),
        ('[vc_single_image image="12" size="full"]', ["https://old.example/p.jpg"]),
        ('[vc_btn title="Buy" link="url:https%3A%2F%2Fa.example%2Fb|title:B"]', ["[Buy](https://a.example/b)"]),
        (f"[vc_raw_html]{RAW}[/vc_raw_html]", ["In the **raw**"]),
        ('[et_pb_blurb title="Fast" image="https://o.example/b.png"]It is.[/et_pb_blurb]', ["Fast", "b.png", "It is."]),
        ('[et_pb_button button_text="Go on" button_url="https://a.example/"][/et_pb_button]', ["[Go on](https://a.example/)"]),
        ('[et_pb_section note="' + "x" * 9_000 + '"]Words[/et_pb_section]', ["Words"]),
        ('[et_pb_slide heading="H" button_text="More" button_link="/m" background_image="https://o.example/c.png"]',
         ["c.png", "H\n", "[More](https://old.example/m)"]),
        ('[et_pb_team_member name="Jane Doe" position="Boss" admin_label="xxx" facebook_url="https://f.example"]',
         ["Jane Doe", "Boss", "[Facebook](https://f.example)"]),
        ('[fusion_button link="https://b.example"]Go[/fusion_button][vc_separator]', ["[Go](https://b.example)"]),
        (f'[vc_progress_bar values="{BARS}"]', ["Design of pages"]),
        ('[av_button label="Buy" link="manually,https://b.example"][vc_gallery images="12,12" title="All"]',
         ["[Buy](https://b.example)", "p.jpg", "All"]),
        (f"<!-- wp:acf/x {json.dumps(ACF)} /-->", ["Some words", "p.jpg"]),
        (f"<!-- wp:divi/text {json.dumps(DIVI)} /-->", ["Told"]),
        (f"<!-- wp:divi/button {json.dumps(LEADS)} /-->", ["[Buy](https://b.example)"]),
        ('<!-- wp:social-link {"url":"https://m.example/@a","service":"mastodon"} /-->', ["[Mastodon](https://m.example/@a)"]),
        ('<!-- wp:paragraph --><p>One</p><!-- /wp:paragraph --><!-- wp:block {"ref":7} /-->', ["Shared", "Twice"]),
    ],
    ids=["heading", "attachment", "button", "raw-html", "blurb", "divi-button", "long", "slide", "member",
         "button-around", "bars", "enfold", "acf", "divi-5", "divi-5-button", "social", "shared-block"],
)  # fmt: skip
def test_words_in_the_arguments_of_a_page_builder_and_in_shared_blocks_stay(source, kept):
    markdown, _notes = written(source)
    assert [each for each in kept if each not in markdown] == []
    assert "[vc_" not in markdown
    assert "[et_" not in markdown
    assert "xxx" not in markdown


def test_what_is_drawn_by_the_other_system_is_named():
    _markdown, notes = written('[playlist ids="1,2"][su_x a="b"]<!-- wp:latest-posts /-->')
    assert "[playlist]" in notes
    assert "[su_x]" in notes
    assert "latest-posts" in notes


def test_a_text_of_ghosts_former_editor_is_read():
    text = {
        "atoms": [["soft-return", "", {}]],
        "cards": [["markdown", {"markdown": "*there*"}], ["email-cta", {}]],
        "markups": [["strong"], ["a", ["href", "https://l.example"]]],
        "sections": [
            [1, "p", [[0, [0], 1, "Bold"], [1, [], 0, 0], [0, [1], 1, "x<y"]]],
            [3, "ol", [[[0, [], 0, "one"]], [[0, [], 0, "two"]]]],
            [10, 0],
            [10, 1],
        ],
    }
    left_out: list[str] = []
    markdown = html_to_markdown(mobiledoc.mobiledoc_as_html(json.dumps(text), left_out))
    assert markdown == "**Bold**\\\n[x\\<y](https://l.example)\n\n1. one\n2. two\n\n*there*"
    assert left_out == ["email-cta"]


def test_the_words_of_ghosts_cards_stay_and_empty_ones_are_named():
    cards = [
        {"type": "gallery", "images": [{"src": "https://a.example/1.jpg", "alt": "Sea"}]},
        {"type": "product", "productTitle": "Mug", "productUrl": "https://p.example"},
        {"type": "bookmark", "url": "https://b.example", "metadata": {"title": "Marked"}},
        {"type": "header", "header": "Big", "subheader": "small"},
        {"type": "toggle", "heading": "Why", "content": "<p>So</p>"},
        {"type": "paywall"},
        {"type": "weather"},
    ]
    left_out: list[str] = []
    written_as = json.dumps({"root": {"type": "root", "children": cards}})
    markdown = html_to_markdown(lexical.as_html(written_as, left_out))
    for word in ("[Sea](", "Mug", "https://p.example", "Marked", "Big", "small", "**Why**", "So"):
        assert word in markdown
    assert left_out == ["weather"]


def test_a_link_around_several_paragraphs_stays_a_link():
    card = '<a href="https://b.example/x"><div>Title</div><div>What it is</div></a>'
    assert html_to_markdown(card) == "[Title](https://b.example/x)\n\nWhat it is"


def test_figures_and_references_of_site_generators_are_pictures_and_links():
    body, notes = liquid.without_tags(
        '{{< figure src="/a.png" alt="A" caption="Cap" >}} [b]({{< ref "posts/two.md" >}}) '
        '[c]({% post_url 2020-01-02-name %}) {% include figure.html url="/i.png" %} {% include nav.html %}'
    )
    for kept in (
        '![A](/a.png "Cap")',
        "[b](/posts/two/)",
        "[c](/2020/01/02/name.html)",
        "![](/i.png)",
    ):
        assert kept in body
    assert notes == ("left out of its text: include",)


def test_front_matter_may_be_json():
    said, body = read_front_matter('{\n "Title": "Doors", "draft": true\n}\n\nText {a}.')
    assert (said, body) == ({"title": "Doors", "draft": True}, "Text {a}.")


def test_widgets_of_any_package_say_their_words_and_lead_where_they_led():
    widgets = [
        {"title": "Head", "link": {"url": "https://h.example"}},
        {"heading": "Plan", "price": "49", "button_text": "Buy", "link": {"url": "https://p.example"},
         "features_list": [{"item_text": "All of it"}], "footer_additional_info_text": "From now"},
        {"title_text_a": "Front", "title_text_b": "Back", "title_color": "#fff", "_title": "Card"},
        {"form_name": "Form", "form_fields": [], "button_text": "Send"},
    ]  # fmt: skip
    tree = [{"elements": [{"widgetType": "any", "settings": each} for each in widgets]}]
    markdown = html_to_markdown(with_elementor("", json.dumps(tree)))
    assert markdown == (
        "### [Head](https://h.example)\n\n### Plan\n\n49\n\n[Buy](https://p.example)\n\nFrom now\n\nAll of it\n\n"
        "Front\n\nBack"
    )
