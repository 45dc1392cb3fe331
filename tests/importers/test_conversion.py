"""HTML of others becomes Markdown that reads the same, carries nothing in, and takes no time."""

from __future__ import annotations

import re
import time

import pytest

from shop.blueprints.importers.html.conversion import html_to_markdown, to_plain
from shop.blueprints.importers.wordpress import markup, mending
from shop.blueprints.importers.wordpress.paragraphs import with_paragraphs
from shop.blueprints.importers.wordpress.shortcodes import Shortcodes, with_code
from shop.core.errors import Refused
from shop.core.markdown import render_article
from shop.plugins.types import ImportReport


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
        (
            '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="A [film]"></iframe>',
            "::embed[https://www.youtube.com/embed/dQw4w9WgXcQ | A film]",
        ),
        (
            '<p><a href="https://youtu.be/dQw4w9WgXcQ">https://youtu.be/dQw4w9WgXcQ</a></p>',
            "::embed[https://youtu.be/dQw4w9WgXcQ]",
        ),
        (
            '<figure class="wp-block-pullquote"><blockquote><p>A.</p><cite>Me</cite></blockquote></figure>',
            "::: pull-quote[Me]\nA.\n:::",
        ),
        (
            '<div class="kg-card kg-callout-card"><div class="kg-callout-emoji">!</div><p>B.</p></div>',
            "::: note\nB.\n:::",
        ),
        ("<code>a\nb</code>", "```\na\nb\n```"),
        ("<script>alert(1)</script><style>p{}</style>", ""),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert html_to_markdown(html, base="https://old.example/") == markdown


def test_a_picture_that_is_kept_here_has_its_caption() -> None:
    source = '<figure><img src="/a.png" alt="A"><figcaption>Say "a"</figcaption></figure>'
    kept = html_to_markdown(source, kept_at=lambda _address: "/media/a.webp")
    assert kept == '![A](/media/a.webp "Say \\"a\\"")'
    assert '<figcaption>Say "a"<' in render_article(kept).html


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
    assert converted.notes == ("left out of its text: the block archives, the shortcode [gallery]",)
    assert converted.markdown == "[https://a.example/b.mp3](https://a.example/b.mp3)"


def test_a_tag_may_run_over_several_lines_and_a_picture_wait_for_scripts() -> None:
    source = 'One\n<noscript><img\n src="https://a.example/b.png"\n alt="Cat"></noscript><img\n data-src="x">\ntwo.'
    assert markup.post_to_markdown(source, base="").markdown == (
        "One\\\n[Cat](https://a.example/b.png)\\\ntwo."
    )


def test_a_caption_keeps_its_words() -> None:
    source = '[caption id="a"]<img src="https://a.example/b.png" alt="Cat" /> A cat.[/caption]'
    assert (
        markup.post_to_markdown(source, base="").markdown == "[Cat](https://a.example/b.png) A cat."
    )


@pytest.mark.parametrize(
    ("source", "kept", "lost"),
    [
        ("[youtube https://youtu.be/abc?x=1&#038;y=2]", "(https://youtu.be/abc?x=1&y=2)", "youtube"),
        ("[youtube id='abcdef12345']", "::embed[https://www.youtube.com/watch?v=abcdef12345]", "[youtube"),
        ("[vimeo 1234567]", "::embed[https://vimeo.com/1234567]", "[vimeo"),
        ("[embed]https://a.example/x[/embed]", "(https://a.example/x)", "embed]"),
        ('[code lang="python"]def f():\n\n    return "[b]" # <x>[/code]',
         '```python\ndef f():\n\n    return "[b]" # <x>\n```', "[code"),
        ("[sourcecode]a &lt; `b`\n\n```\n[/sourcecode]", "````\na < `b`\n\n```\n````", "sourcecode"),
        ("[caption id='1' caption='A cat']<img src='https://a.example/b.png'>[/caption]", "A cat", "id="),
        ('[gallery ids="3,4"]', "[c.png](https://a.example/c.png)", "gallery"),
        ("[gallery]", "[d.png](https://a.example/d.png)", "gallery"),
        ("so it was [sic] he said [1]", "so it was \\[sic\\] he said \\[1\\]", "left out"),
        ("[box color='red']words[/box] [slider id=3]", "words", "["),
        ("Said[ref]A <em>note</em>.[/ref] so.", "Said[^1] so.\n\n[^1]: A *note*.", "ref"),
        ("a [[gallery]] b", "a \\[gallery\\] b", "d.png"),
        ("[hr]\n\nb[cart_page]", "b", "["),
        ("https://youtu.be/dQw4w9WgXcQ\n\nb", "::embed[https://youtu.be/dQw4w9WgXcQ]\n\nb", "]("),
        ('[bx title="One %22two%22" color="#fff"]three[/bx]', 'One "two"\n\nthree', "fff"),
        ('[contact-form-7 id="1" title="Contact form 1"]b', "b", "ontact"),
    ],
)  # fmt: skip
def test_shortcodes_become_what_they_held(source: str, kept: str, lost: str) -> None:
    shortcodes = Shortcodes({3: "https://a.example/c.png"}, ("https://a.example/d.png",))
    converted = markup.post_to_markdown(source, base="", shortcodes=shortcodes).markdown
    assert kept in converted
    assert lost not in converted.replace(kept, "")


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ('<table><tr><th colspan="2">A</th></tr><tr><td rowspan="2">1</td><td>2</td><td>3</td></tr>'
         "<tr><td>x</td><td>y</td></tr></table>",
         "| A |  |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n|  | x | y |"),
        ("E=mc<sup>2</sup>, H<sub>2</sub>O, 1<sup>st</sup>, e<sup>x + y</sup>", "E=mc², H₂O, 1st, e^(x + y)"),
        ("<p>So<sup><a href='#n'>1</a></sup> <a href='#h'>see</a>.</p><h2 id='h'>It Is</h2>"
         "<ol><li id='n'>Note <a href='#r'>↩</a></li></ol>",
         "So[^1] [see](#it-is).\n\n## It Is\n\n[^1]: Note"),
        ("<object><param name='movie' value='https://v.example/1'><embed src='https://v.example/1'></object>",
         "[https://v.example/1](https://v.example/1)"),
        ("<pre>a\n\n\tb `c` ```d```</pre>", "````\na\n\n\tb `c` ```d```\n````"),
        ("<table><caption>Cap</caption><thead><tr><th>A</th></tr></thead><tbody><tr><td><code>b|c</code></td></tr></tbody>"
         "<tfoot><tr><td>d</td></tr></tfoot></table>",
         "| A |\n| --- |\n| `b\\|c` |\n| d |\n\nCap"),
        ("<table><tr><td><table><tr><td>1</td><td>2</td></tr></table></td></tr></table>", "| 1 | 2 |\n| --- | --- |"),
        ("<table><tr><td>1</td><td><pre>a\nb</pre></td></tr></table>", "1\n\n```\na\nb\n```"),
        ("<table><tr><td><p>One</p><p>Two</p></td></tr></table>", "One\n\nTwo"),
        ("<p><kbd>a\n* b</kbd> <a href='/x'><h3>Head</h3></a></p><p>Go!<a href='/y'>y</a> <b>Go!</b></p>",
         "`a * b`\n\n### [Head](https://old.example/x)\n\nGo\\![y](https://old.example/y) **Go!**"),
        ("<center>a</center>b", "a\n\nb"),
    ],
)  # fmt: skip
def test_tables_notes_signs_code_and_films_say_what_they_said(html: str, markdown: str) -> None:
    assert html_to_markdown(html, base="https://old.example/") == markdown


@pytest.mark.parametrize(
    "html",
    [
        "<strong>Note:</strong>then",
        "It is<b>“so”</b>said",
        "这是<strong>“重点”</strong>内容",
        "<em>a</em><em>b</em>",
        "<b>Wow! </b>Next<i>.</i>x",
        "<b><p>x</p><p>y</p></b>",
        "<b>a<strong>b</strong></b><i>c<em>d</em></i><s>e<del>~</del></s>",
        '<strong><a href="/x">l</a></strong>t',
        "a<em>. 1. : </em>b",
        "__x__ <s>a.</s>b",
    ],
)
def test_no_sign_of_emphasis_is_shown(html: str) -> None:
    document = render_article(html_to_markdown(html, base="https://old.example/"))
    shown = re.sub(r"<[^<>]*>|\s", "", f"{document.opening}{document.rest}")
    assert shown == re.sub(r"<[^<>]*>|\s", "", html)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<strong>Note:</strong>then", "**Note**:then"),
        ("a<b>“so”</b>said", "a“**so**”said"),
        ('<i><a href="/x">l</a></i>t', "[*l*](https://old.example/x)t"),
    ],
)
def test_a_mark_at_the_edge_of_emphasis_goes_outside_and_a_link_around(
    html: str, markdown: str
) -> None:
    assert html_to_markdown(html, base="https://old.example/") == markdown


def test_a_classic_text_among_blocks_has_its_paragraphs() -> None:
    source = (
        "<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph -->\n<!-- wp:freeform -->b\n\nc<!-- /wp:freeform -->\nd\n\n"
        "e<!-- wp:group --><div>f\n\ng</div><!-- /wp:group -->"
    )
    assert markup.post_to_markdown(source, base="").markdown == "a\n\nb\n\nc\nd\n\ne\n\nf\ng"


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
    Shortcodes().replace(with_code(source))
    mending._mend(source.encode(), mending._Places(ImportReport()))
    markup._LONE_ADDRESS.sub("", source)
    with_paragraphs(source)
    assert time.process_time() - begun < 0.5


def test_nothing_of_any_size_is_nested_beyond_reason() -> None:
    with pytest.raises(Refused):
        html_to_markdown("<blockquote>" * 3_000)
