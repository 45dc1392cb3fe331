"""HTML of others becomes Markdown that reads the same, carries nothing in, and takes no time."""

from __future__ import annotations

import time

import pytest

from shop.blueprints.importers.conversion import html_to_markdown, to_plain
from shop.blueprints.importers.wordpress import markup
from shop.core.errors import Refused
from shop.core.markdown import render_article


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>1. Own it</h2>", "## 1. Own it"),
        ("<p>1. no list</p>", "1\\. no list"),
        ("<p># no heading</p>", "\\# no heading"),
        ("<p>*no* _stress_ snake_case</p>", "\\*no\\* \\_stress\\_ snake_case"),
        ("<p>::guide[x]</p>", "\\::guide\\[x\\]"),
        ("<p>&lt;b&gt; &amp;lt;</p>", "\\<b> \\&lt;"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b"),
        ('<a href="/x">in</a>', "[in](https://old.example/x)"),
        ('<a href="javascript:alert(1)">js</a>', "js"),
        ("one<br>two", "one\\\ntwo"),
        ("<p>one<br></p>", "one"),
        ("<dl><dt>T</dt><dd>D</dd></dl>", "**T**\n\nD"),
        ('<img src="/a.png" alt="A [cat]">', "[A \\[cat\\]](https://old.example/a.png)"),
        ('<a href="/b"><img src="/a.png"></a>', "[Picture](https://old.example/b)"),
        (
            '<iframe src="https://v.example/1"></iframe>',
            "[https://v.example/1](https://v.example/1)",
        ),
        ("<code>a\nb</code>", "```\na\nb\n```"),
        ("<script>alert(1)</script><style>p{}</style>", ""),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert html_to_markdown(html, base="https://old.example/") == markdown


def test_a_converted_text_shows_what_it_showed() -> None:
    shown = render_article(
        html_to_markdown("<p>5 &lt; 6, *not* so, [x](y) &amp;amp; <b>bold</b></p>")
    ).html
    assert shown == "<p>5 &lt; 6, *not* so, [x](y) &amp;amp; <strong>bold</strong></p>\n"


def test_a_classic_text_has_paragraphs_and_line_breaks() -> None:
    source = "First\nline.\n\n<h2>Head</h2>\nNext.\n<pre>a\n\nb</pre>"
    assert markup.post_to_markdown(source, base="").markdown == (
        "First\\\nline.\n\n## Head\n\nNext.\n\n```\na\n\nb\n```"
    )


def test_shortcodes_and_blocks_without_text_are_named() -> None:
    source = (
        '<!-- wp:archives {"a":1} /-->[gallery ids="1,2"]\n[audio src="https://a.example/b.mp3"]'
    )
    converted = markup.post_to_markdown(source, base="")
    assert converted.left_out == ("the block archives", "the shortcode [gallery]")
    assert converted.markdown == "[https://a.example/b.mp3](https://a.example/b.mp3)"


def test_a_caption_keeps_its_words() -> None:
    source = '[caption id="a"]<img src="https://a.example/b.png" alt="Cat" /> A cat.[/caption]'
    assert (
        markup.post_to_markdown(source, base="").markdown == "[Cat](https://a.example/b.png) A cat."
    )


def test_a_title_is_words_alone() -> None:
    assert to_plain("With <em>mark</em><b>up</b> &amp;\n more") == "With markup & more"


@pytest.mark.parametrize(
    "source",
    [
        "[gallery " * 11_000,
        "[" * 100_000,
        "<!--" * 25_000,
        "<!-- wp:a " * 10_000,
        "\n" * 100_000,
        " \n" * 50_000,
        "https://" * 12_500,
        "<pre" * 25_000,
        "<" * 100_000,
    ],
    ids=lambda source: repr(source[:9]),
)
def test_redos(source: str) -> None:
    """What is ours of the way, in process time; the libraries behind it are measured by their own."""
    begun = time.process_time()
    markup._without_comments(source, [])
    markup._without_shortcodes(source, [])
    markup._LONE_ADDRESS.sub("", source)
    markup.with_paragraphs(source)
    assert time.process_time() - begun < 0.5


def test_nothing_of_any_size_is_nested_beyond_reason() -> None:
    with pytest.raises(Refused):
        html_to_markdown("<blockquote>" * 3_000)
