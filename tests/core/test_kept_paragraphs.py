"""A paragraph of an article is drawn once, and is what it would be if the whole article was parsed anew."""

from __future__ import annotations

import random
import re
from itertools import chain, repeat

from shop.core import markdown

PIECES = (
    "Plain words, “quotes”, 'single' ones, *stars*, `code` and (c)...",
    "Two lines\nof words",
    "Words with [a link](https://example.org) and [one elsewhere][far].",
    "Words with a note[^1] and ^[one inside].",
    "Words\n- and a list",
    "Words\n---",
    "Words  \nbroken\\\ntwice",
    "Words | in\n--- | ---\na | table",
    "élan 日本",
    "# Head",
    "## 1. Second",
    "- item\n\n  more",
    "1. one\n2. two",
    "> quote\nlazy",
    "    code",
    "```\ncode",
    "```",
    "::: box[a]",
    ":::",
    "::guide[x]",
    '![alt](/a.png "Title")',
    "[far]: /far",
    "[^1]: A note",
    "<div>",
    "***",
)


def test_an_article_is_the_same_whether_its_paragraphs_are_kept_or_not(monkeypatch):
    chance = random.Random(7)
    texts = [
        "".join(chain.from_iterable(zip(chance.choices(PIECES, k=6), repeat(gap), strict=False)))
        for gap in ("\n\n", "\n\n", "\n", "\n\n\n", "\n \n")
        for _ in range(30)
    ]
    texts += [text.rstrip() for text in texts]
    kept = [markdown.render_article(text) for text in texts]
    monkeypatch.setattr(markdown, "_PROSE", re.compile("(?!)"))
    assert [markdown.render_article(text) for text in texts] == kept


def test_a_paragraph_is_drawn_once_however_often_its_article_changes(monkeypatch):
    text = "First of two.\n\nSecond of two."
    markdown.render_article(text)
    before = markdown._paragraph.cache_info().misses
    html = markdown.render_article(f"{text}\n\nA third.").html
    assert html == "<p>First of two.</p>\n<p>Second of two.</p>\n<p>A third.</p>\n"
    assert markdown._paragraph.cache_info().misses == before + 1
