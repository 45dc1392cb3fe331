"""A plain text becomes an article, and its numbered headings keys."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.importers.formats import decoding, front_matter
from shop.blueprints.importers.plain_text.converting import text_to_markdown
from shop.core import markdown
from shop.core.errors import Refused
from shop.extensions import db
from tests.importers.conftest import Import

TEXT = """
It begins below the floor.

1. Own what you did

Say it in the past tense,
with yourself as the subject.

2) Listen to the end
Most of us can listen for forty seconds.

The door closes.
"""


def write(tmp_path: Path, content: str = TEXT) -> Path:
    file = tmp_path / "article.txt"
    file.write_text(content, encoding="utf-8")
    return file


def test_numbered_headings_standing_alone_become_keys() -> None:
    assert text_to_markdown(TEXT) == (
        "It begins below the floor.\n\n## 1. Own what you did\n\nSay it in the past tense,\n"
        "with yourself as the subject.\n\n## 2. Listen to the end\n\n"
        "Most of us can listen for forty seconds.\n\nThe door closes."
    )


EIGHT = [
    "Take responsibility for your mistakes.",
    "Listen to the end.",
    "Say thank you.",
    "Ask before you guess.",
    "Keep small promises.",
    "Argue about one thing at a time.",
    "Laugh together.",
    "Forgive, and mean it.",
]
PROSE = "Nobody is right all day. Say so at supper, and mean it when you do."


def series(form: str, *, between: str = f"\n\n{PROSE}\n\n", titles: list[str] = EIGHT) -> str:
    roman = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII"]
    lines = [
        form.format(n=number, r=roman[number - 1], t=title, T=title.upper(), u="-" * len(title))
        for number, title in enumerate(titles, start=1)
    ]
    return f"Eight keys\n\n{PROSE}\n\n" + between.join(lines) + f"\n\n{PROSE}\n"


def keys_of(written: str) -> list[tuple[str, str]]:
    headings = markdown.render_article(text_to_markdown(written, title="Eight Keys")).headings
    return [(heading.number, heading.title) for heading in headings if heading.number]


@pytest.mark.parametrize(
    "form",
    [
        "{n}. {t}", "{n}) {t}", "({n}) {t}", "{n}.\t{t}", "  {n}. {t}", "{n} – {t}", "#{n} - {t}",
        "{r}. {t}", "{r}) {t}", "Step {n}: {t}", "Key #{n} – {t}", "Rule {n}. {t}", "LESSON {n}: {t}",
        "Schritt {n}: {t}", "**{n}. {t}**", "{n}. **{t}**", "{n}. {t}\n{u}---",
    ],
)  # fmt: skip
def test_numbers_that_run_from_one_with_prose_between_are_keys(form: str) -> None:
    assert keys_of(series(form)) == [(str(n), title) for n, title in enumerate(EIGHT, start=1)]


def test_keys_may_be_written_in_capitals_with_their_text_right_below() -> None:
    below = keys_of(series("{n}. {T}", between=f"\n{PROSE}\n"))
    assert below == [(str(n), title.upper()) for n, title in enumerate(EIGHT, start=1)]


def test_a_text_wrapped_at_72_columns_has_its_keys_too() -> None:
    long = "Take responsibility for your mistakes even when nobody at all has noticed them"
    wrapped = textwrap.fill(f"1. {long}", 72)
    prose = textwrap.fill(f"{PROSE} " * 4, 72)
    written = f"{prose}\n\n{wrapped}\n\n{prose}\n\n2. Listen\n\n{prose}"
    assert keys_of(written) == [("1", long), ("2", "Listen")]
    assert "\\\n" not in text_to_markdown(written)


def test_a_list_inside_a_key_stays_a_list() -> None:
    written = series("{n}. {t}", between="\n\nYou need:\n1. Salt.\n2. Bread.\n\nThat is all.\n\n")
    assert [title for _, title in keys_of(written)] == EIGHT
    assert text_to_markdown(written).count("1. Salt.\n2. Bread.") == len(EIGHT) - 1


@pytest.mark.parametrize(
    "block",
    [
        "1. Milk\n2. Bread",
        "1. Whisk the eggs.\n\n2. Add the milk.\n\n3. Wait.\n\nThen it is ready, they say.",
        "1. This is a sentence, which ends as sentences do.",
        "1. A line that is wrapped because it is so\nlong\n2. And a second",
        "You need:\n1. Milk\n2. Bread",
        f"1. {'word ' * 30}",
        "- one:\n  1. Milk\n  2. Bread",
    ],
)
def test_real_lists_stay_lists(block: str) -> None:
    html = markdown.render_article(text_to_markdown(block)).html
    assert "<h2" not in html
    assert html.count("<ol") == 1


@pytest.mark.parametrize(
    "block",
    [
        "1984 was a year.",
        "1984. That was a year.",
        "3.5 litres of paint",
        "It was in\n1984. A year.",
    ],
)
def test_years_and_measures_are_prose(block: str) -> None:
    html = markdown.render_article(text_to_markdown(block)).html
    assert "<h2" not in html
    assert "<ol" not in html


def test_headings_in_capitals_or_underlined_are_headings() -> None:
    written = f"THE FIRST PART\n\n{PROSE}\n\nThe second part\n===============\n{PROSE}\n\nTHE END"
    headings = markdown.render_article(text_to_markdown(written)).headings
    assert [each.title for each in headings] == ["THE FIRST PART", "The second part"]


def test_bullets_of_any_kind_are_a_list_with_its_nesting() -> None:
    assert (
        text_to_markdown("Bring:\n• bread\n\t◦ dark\n\t◦ light\n• salt")
        == "Bring:\n\n- bread\n  - dark\n  - light\n- salt"
    )
    assert text_to_markdown("– bread\n– salt") == "- bread\n- salt"
    assert text_to_markdown("– Who is there?\n\nNobody.") == "– Who is there?\n\nNobody."


def test_a_poem_keeps_its_lines() -> None:
    poem = "The door is shut,\nthe lamp is low;\nwho would have thought\nthat it would snow?"
    assert text_to_markdown(poem).count("\\\n") == 3


def test_markdown_keeps_its_code_and_its_nesting() -> None:
    written = (
        "## Begin\n\n1. Do this:\n\n   ```python\n   def f():\n\n       return 1\n   ```\n\n"
        "2. Then that:\n   - here\n     - and there\n\n```\n1. no key\n\nprose\n\n2. no key\n```"
    )
    assert text_to_markdown(written) == written


@pytest.mark.parametrize(
    "first", ["Two Keys", "# Two keys", "TWO KEYS.\n=========", "**Two keys**"]
)
def test_a_first_line_that_repeats_the_title_is_left_out(first: str) -> None:
    assert text_to_markdown(f"{first}\n\n{PROSE}", title="Two keys") == PROSE


def test_front_matter_is_told_from_a_text_that_begins_with_a_row_of_dashes() -> None:
    assert front_matter.split("---\r\ntitle: X\ntags: [a]\n---\r\nBody") == (
        "title: X\ntags: [a]\n",
        "Body",
    )
    assert front_matter.split("+++\ntitle = 'X'\n+++\nBody") == ("title = 'X'\n", "Body")
    assert front_matter.split("---\nIt began.\n---\nBody")[0] == ""


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", "Café – naïve"), ("utf-8-sig", "Café"), ("utf-16", "Café and more"),
        ("utf-16-le", "Café and more"), ("utf-16-be", "Привет, как дела?"),
        ("latin-1", "Señor, mañana será otro día, un café crème."), ("cp1252", "“Don’t” – she said."),
        ("cp1251", "Привет, как дела? Это обычный текст, и он не короткий."),
    ],
)  # fmt: skip
def test_an_encoding_that_nobody_tells_is_recognised(encoding: str, words: str) -> None:
    found = decoding.decode(words.encode(encoding), "a.txt")
    assert found.content == words
    assert bool(found.guessed) == (not encoding.startswith("utf"))


def test_what_is_no_text_in_any_encoding_is_refused() -> None:
    with pytest.raises(Refused):
        decoding.decode(bytes(range(256)) * 4, "a.txt")


@pytest.mark.parametrize(
    "bomb",
    ["1." * 50_000, "1. a\n" * 20_000, "**" * 50_000, "i" * 100_000, "Step " * 20_000, "- " * 50_000,
     "a\n\n1. x\n\n" * 3_000, "---\na:\n" + "b\n" * 20_000, "(" * 100_000, " \t" * 50_000],
)  # fmt: skip
def test_redos_plain_text(bomb: str) -> None:
    started = time.process_time()
    front_matter.split(bomb)
    text_to_markdown(bomb)
    assert time.process_time() - started < 2.0


def test_indents_and_rows_of_dashes_mean_what_they_mean_on_paper() -> None:
    assert (
        text_to_markdown("    First.\nOver\n-----\n    Second.") == "First.\nOver\n\n---\n\nSecond."
    )


def test_it_is_published_at_once_and_the_address_is_told(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    result = bring_in("text", write(tmp_path), "--title", "Two keys", "--author", "Ruth Miller")
    assert "http://localhost/articles/two-keys" in result.output
    assert result.output.splitlines()[-1] == "read 1, imported 1, unchanged 0, refused 0"
    page = client.get("/articles/two-keys").text
    assert "Own what you did" in page
    assert "Ruth Miller" in page


def test_a_draft_is_kept_from_readers(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    bring_in("text", write(tmp_path), "--title", "Two keys", "--draft")
    assert client.get("/articles/two-keys").status_code == 404


def test_a_second_run_changes_nothing_and_says_when_the_text_is_another(
    bring_in: Import, tmp_path: Path
) -> None:
    bring_in("text", write(tmp_path), "--title", "Two keys")
    again = bring_in("text", write(tmp_path), "--title", "Two keys")
    assert again.output == "read 1, imported 0, unchanged 1, refused 0\n"
    other = bring_in("text", write(tmp_path, "Other words."), "--title", "Two keys")
    assert "was imported before with a different text" in other.output
    assert "It begins" in db.session.scalars(select(Article)).one().body


def test_a_dry_run_writes_nothing(bring_in: Import, tmp_path: Path) -> None:
    bring_in("text", write(tmp_path), "--title", "Two keys", "--dry-run")
    assert db.session.scalars(select(Article)).all() == []


@pytest.mark.parametrize(
    ("content", "title", "reason"),
    [
        (b"", "A", "is empty"),
        (b" \n\t\n", "A", "contains no text"),
        (b"\x89PNG\r\n\x1a\n\x00", "A", "Line 1"),
        (b"one\ntw\x00o", "A", "Line 2 of article.txt contains the control character"),
        (b"word " * 60_000, "A", "200,000 characters"),
        (b"Words.", " ", "1 to 200 characters"),
        (b"Words.", "x" * 201, "1 to 200 characters"),
    ],
)
def test_what_can_be_no_article_is_refused_in_one_line(
    bring_in: Import, tmp_path: Path, content: bytes, title: str, reason: str
) -> None:
    file = tmp_path / "article.txt"
    file.write_bytes(content)
    result = bring_in("text", file, "--title", title)
    assert result.exit_code == 1
    assert reason in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("title", ["بيت", "🏠", "<script>alert(1)</script>"])
def test_titles_in_any_script_find_an_address(
    bring_in: Import, client: FlaskClient, tmp_path: Path, title: str
) -> None:
    bring_in("text", write(tmp_path), "--title", title)
    article = db.session.scalars(select(Article)).one()
    page = client.get(f"/articles/{article.slug}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
