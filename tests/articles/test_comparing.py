"""What differs between two texts."""

from __future__ import annotations

from shop.blueprints.articles.writing.comparing import MOST_COMPARED, Change, word_differences


def told(before, after):
    marks = {Change.SAME: "", Change.REMOVED: "-", Change.ADDED: "+", Change.LEFT_OUT: "..."}
    return [marks[each.change] + each.words for each in word_differences(before, after)]


def test_words_that_changed_are_told_and_not_their_whole_line():
    assert told("A small cat sat.\nOn a mat.\n", "A large cat sat.\nOn a mat.\n") == [
        *("A ", "-small", "+large", " cat sat.\nOn a mat.\n"),
    ]
    assert told("One.\n", "One.\nTwo.\n") == ["One.\n", "+Two.\n"]
    assert told("", "New") == ["+New"]
    assert told("Same", "Same") == []


def test_what_is_far_from_a_change_is_left_out():
    words = "word " * 200
    shown = told(f"{words}a\n{words}", f"{words}b\n{words}")
    assert [shown[0], *shown[2:4], shown[5]] == ["...", "-a", "+b", "..."]
    assert [each.split().count("word") for each in (shown[1], shown[4])] == [30, 30]


def test_nothing_is_lost_however_much_differs():
    before, after = "a " * MOST_COMPARED, "b\n" * 5000
    assert told(before, after) == [f"-{before}", f"+{after}"]
    texts = "The one\n\nand the other, again.\n", "One\n\nand another\n\nthing, again!\n"
    passages = word_differences(*texts)
    for text, left in zip(texts, (Change.ADDED, Change.REMOVED), strict=True):
        assert "".join(each.words for each in passages if each.change is not left) == text
