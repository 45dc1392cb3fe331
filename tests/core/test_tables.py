"""Rows of a table that a phone shows as cards."""

from markupsafe import Markup

from shop.core.web.tables import with_headings


def test_each_value_has_the_words_above_its_column():
    rows = Markup('<tr>\n<th scope="row">A-1</th><td class="end">5</td><td></td></tr>')
    assert with_headings(rows, ["Order", ("Tax & fees", "end"), ""]) == (
        '<tr>\n<th scope="row">A-1</th>'
        '<td data-label="Tax &amp; fees" class="end">5</td><td></td></tr>'
    )


def test_a_cell_across_all_columns_has_none():
    rows = '<tr><td colspan="2">Nothing yet</td></tr>'
    assert with_headings(rows, ["Order", "Total"]) == rows


def test_a_cell_of_white_space_is_empty():
    assert (
        with_headings(Markup("<tr><td>\n </td></tr>"), ["Status"])
        == '<tr><td data-label="Status"></td></tr>'
    )
