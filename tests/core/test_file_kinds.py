"""A file that somebody uploads is what the ending of its name says, or it is refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from shop.core.errors import Refused
from shop.core.files.file_kinds import media_type_of

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PAGE = b"<!doctype html><script>alert(1)</script>"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00"
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def book():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("guide.pdf", PDF, "application/pdf"),
        ("GUIDE.PDF", PDF, "application/pdf"),
        ("book.epub", book(), "application/epub+zip"),
        ("book.mobi", bytes(60) + b"BOOKMOBI" + bytes(40), "application/x-mobipocket-ebook"),
        ("sheets.zip", book(), "application/zip"),
        ("talk.mp3", b"\xff\xfb\x90\x44" + bytes(60), "audio/mpeg"),
        ("talk.m4b", bytes([0, 0, 0, 32]) + b"ftypM4A " + bytes(8), "application/octet-stream"),
        ("cover.jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        ("notes.txt", "BMW, naïve\r\n".encode("cp1252"), "text/plain"),
        ("notes.md", "Grüße 🌿".encode(), "text/plain"),
        ("table.csv", "a;b".encode("utf-16"), "text/csv"),
    ],
)
def test_a_file_of_its_kind_is_taken(name, content, media_type):
    assert media_type_of(name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("guide.pdf", PAGE),
        ("guide.pdf", PROGRAM),
        ("guide.pdf", b"x"),
        ("book.epub", PDF),
        ("cover.png", PAGE),
        ("notes.txt", PROGRAM),
        ("notes.txt", PICTURE),
        ("notes.csv", PDF),
        ("guide.pdf.exe", PDF),
        ("guide", PDF),
        ("guide.unheard-of", PDF),
        ("", PDF),
    ],
)
def test_a_file_of_another_kind_is_refused(name, content):
    with pytest.raises(Refused):
        media_type_of(name, content)
