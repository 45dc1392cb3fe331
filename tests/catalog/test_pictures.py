"""Pictures from outside: only pixels come in, and only pictures go out."""

from __future__ import annotations

import io
import re
import struct
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from shop.core.errors import Refused
from shop.core.files import images, storage
from tests import controls
from tests.factories.accounts import make_account, sign_in
from tests.factories.catalog import make_product

PAGE = b"<!doctype html><script>alert(document.domain)</script>"
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
)


def picture(
    kind: str = "PNG", size: tuple[int, int] = (900, 1200), mode: str = "RGB", **more
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "#8c2f2b" if mode == "RGB" else None).save(out, kind, **more)
    return out.getvalue()


def stored(key: str, width: int = 1280) -> Image.Image:
    return Image.open(io.BytesIO(images.picture_to_send(key, width).read_bytes()))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_every_usual_kind_becomes_webp_in_three_widths(app, kind):
    key = images.keep_picture(picture(kind))
    shapes = {
        width: (stored(key, width).format, stored(key, width).width) for width in images.WIDTHS
    }
    assert shapes == {320: ("WEBP", 320), 640: ("WEBP", 640), 1280: ("WEBP", 900)}


def test_the_same_picture_is_kept_once(app):
    assert images.keep_picture(picture()) == images.keep_picture(picture())


def test_what_a_camera_wrote_about_the_place_is_gone(app):
    exif = Image.Exif()
    exif[0x010E] = "taken in our bedroom"
    key = images.keep_picture(picture("JPEG", exif=exif))
    assert not stored(key).getexif()
    assert b"bedroom" not in images.picture_to_send(key).read_bytes()


def test_what_is_transparent_lies_on_paper(app):
    key = images.keep_picture(picture("PNG", mode="RGBA"))
    assert stored(key).convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def test_upload_polyglot(app):
    key = images.keep_picture(picture() + PAGE)
    assert all(
        b"<script" not in images.picture_to_send(key, width).read_bytes() for width in images.WIDTHS
    )
    with pytest.raises(Refused):
        images.keep_picture(PAGE)


@controls.on_sqlite
def test_control_upload_polyglot(app):
    with controls.failing_without("pictures are drawn anew"):
        test_upload_polyglot(app)


def test_upload_svg(app):
    with pytest.raises(Refused):
        images.keep_picture(DRAWING)


@controls.on_sqlite
def test_control_upload_svg(app):
    with controls.failing_without("pictures are drawn anew"):
        test_upload_svg(app)


def claiming(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [6_500, 12_000, 60_000])
def test_decompression(app, side):
    with pytest.raises(Refused, match="too many pixels"):
        images.keep_picture(claiming(side, side))


@controls.on_sqlite
def test_control_decompression(app):
    with controls.failing_without("limit on pixels"):
        test_decompression(app, 6_500)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"\xff\xd8\xff\xe0",
        b"%PDF-1.7",
        b"\0" * 5000,
    ],
)
def test_what_is_no_picture_is_refused(app, content):
    with pytest.raises(Refused):
        images.keep_picture(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_picture_cut_off_is_refused_or_read_but_never_fails(app, kind):
    whole = picture(kind)
    for part in (10, len(whole) // 3, len(whole) - 8):
        with suppress(Refused):
            images.keep_picture(whole[:part])


def test_a_picture_of_too_many_bytes_is_refused_before_it_is_read(app):
    with pytest.raises(Refused, match="15 MB"):
        images.keep_picture(b"\0" * (images.MAX_BYTES + 1))


def test_a_picture_is_served_as_a_picture_for_ever(app, client):
    key = images.keep_picture(picture())
    for address in (f"/media/{key}.webp", f"/media/{key}-640.webp"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.mimetype == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        answer.close()


def test_a_file_that_is_for_sale_is_never_served_as_a_picture(app, client):
    key = storage.keep(picture("WEBP"))
    assert client.get(f"/media/{key}.webp").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "..%2f..%2fetc%2fpasswd",
        "a" * 64,
        "A" * 64,
        f"{'a' * 64}-99",
        f"{'a' * 64}-99999999999999999999",
    ],
)
def test_a_name_that_is_none_is_not_there(client, name):
    assert client.get(f"/media/{name}.webp").status_code == 404


@pytest.fixture
def desk(client):
    return sign_in(client, make_account("editor"))


def send(desk, product, content: bytes, name: str = "cover.png"):
    return desk.post(
        f"/admin/products/{product.id}/picture", data={"picture": (io.BytesIO(content), name)}
    )


def test_a_real_picture_replaces_the_drawn_cover_everywhere(desk):
    product = make_product()
    assert send(desk, product, picture()).status_code == 303
    key = images.keep_picture(picture())
    page = desk.get(f"/shop/{product.slug}").text
    assert f"/media/{key}-640.webp 640w, /media/{key}.webp 1280w" in page
    assert f"/media/{key}-640.webp" in desk.get("/shop/").text


def test_the_drawn_cover_comes_back(desk):
    product = make_product()
    send(desk, product, picture())
    desk.post(f"/admin/products/{product.id}/picture/removed")
    assert "/media/" not in desk.get(f"/shop/{product.slug}").text


@pytest.mark.parametrize("content", [b"", PAGE, DRAWING])
def test_a_bad_picture_is_said_beside_its_field_and_changes_nothing(desk, content):
    product = make_product()
    answer = send(desk, product, content)
    assert answer.status_code == 422
    assert re.search(r'id="picture-error">.*Use a JPEG', answer.text, re.DOTALL)
    assert "/media/" not in desk.get(f"/shop/{product.slug}").text


def test_no_picture_at_all_is_said_too(desk):
    answer = desk.post(f"/admin/products/{make_product().id}/picture")
    assert answer.status_code == 422
    assert "Choose an image." in answer.text


def test_a_picture_beyond_the_cap_is_cut_off(desk, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 1000)
    assert send(desk, make_product(), b"\0" * 200_000).status_code == 413
