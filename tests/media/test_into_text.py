"""Pictures that are pasted or dropped into a text of the editor."""

from __future__ import annotations

import io

from PIL import Image

from shop.core.pictures.models import Picture
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in


def png():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_picture_for_a_text_is_taken_described_and_known_again(app):
    editor = sign_in(app.test_client(), make_account("editor"))

    def send(content):
        return editor.post(
            "/admin/media/for-text", data={"picture": (io.BytesIO(content), "a.png")}
        )

    page = editor.get("/admin/articles/new").text
    assert '<text-pictures data-field="body" data-url="/admin/media/for-text"' in page
    taken = send(png())
    assert (taken.status_code, taken.json["alt"]) == (200, "")
    number = taken.json["number"]
    address = f"/admin/media/for-text/{number}"
    assert editor.post(address, data={"alt": "  A door ajar "}).status_code == 204
    assert send(png()).json == {"number": number, "alt": "A door ajar"}
    assert db.session.get(Picture, number).focus_x == 50
    refused = [send(b"<html>"), editor.post(address, data={"alt": "x" * 999})]
    assert [answer.status_code for answer in refused] == [422, 422]
    assert [answer.json["error"].split()[0] for answer in refused] == ["Use", "Use"]
    assert app.test_client().post("/admin/media/for-text").status_code in {302, 303, 403}
