"""Files in a bucket: the same as in a folder, handed over by signed addresses. The server is a real one."""

from __future__ import annotations

import http.client
import io
from urllib.parse import quote, urlsplit

import pytest
from click.testing import CliRunner
from PIL import Image

from shop import cli
from shop.blueprints.downloads import services
from shop.blueprints.health import checks
from shop.blueprints.health.states import Unwell
from shop.config import Config, ConfigError
from shop.core.app_state import app_state
from shop.core.errors import BucketAway, NotFound
from shop.core.files import images, object_store, storage
from tests import servers
from tests.downloads.test_downloads import bought, fetch, link_of
from tests.factories.orders import make_variant
from tests.payments.test_settling import seen

pytestmark = pytest.mark.parametrize(
    "app", ["sqlite"], indirect=True
)  # files lie beside the database


@pytest.fixture(scope="module")
def server():
    with servers.s3() as server:
        yield server


@pytest.fixture
def bucket(app, server, monkeypatch):
    """The application keeps its files in a bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    place = f"s3://files/site?endpoint={quote(server.endpoint, safe='')}"
    made = storage.store_at(place, app_state().config)
    monkeypatch.setattr(app_state(), "files", made)
    return made


def asked(link, **headers):
    parts = urlsplit(link)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def test_a_bucket_keeps_what_a_folder_keeps(bucket):
    key = storage.keep(b"A file")
    assert storage.content_of(key) == b"A file"
    assert storage.name_of(key) in set(bucket.names())
    storage.forget(key)
    for missing in (key, "no key"):
        with pytest.raises(NotFound):
            storage.content_of(missing)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "PNG")
    shown = images.picture_to_send(images.keep_picture(picture.getvalue()), 320)
    assert Image.open(shown).size == (40, 30)


def test_a_buyer_is_led_to_the_bucket_and_counted_once(client, bucket, server):
    order = bought((make_variant(files=[b"0123456789"]), 1))
    link = fetch(client, link_of(order))
    assert (link.status_code, link.headers["Cache-Control"]) == (302, "private, no-store")
    answer, content = asked(link.headers["Location"])
    assert content == b"0123456789"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    part, content = asked(link.headers["Location"], Range="bytes=3-5")
    assert (content, part.headers["Content-Range"]) == (b"345", "bytes 3-5/10")
    fetch(client, link_of(order), headers={"Range": "bytes=3-"})
    assert services.grants_of(seen(order))[0].count == 1
    changed, _ = asked(link.headers["Location"].replace("attachment", "inline"))
    assert changed.status == 403, "who has an address can't change what it says"


def test_an_address_ends(bucket, monkeypatch):
    key = storage.keep(b"A file")
    monkeypatch.setattr(object_store, "LINK_SECONDS", 0)
    link = bucket.link(storage.name_of(key), save_as="a.pdf", media_type="application/pdf")
    assert asked(link)[0].status >= 400


def test_all_files_move_and_each_is_looked_at(app, bucket, server, tmp_path):
    folder = storage.Folder(tmp_path)
    for name in ("ab/one", "pictures/ab/two-320.webp"):
        folder.put(name, name.encode())
    moved = dict(storage.copy_all(folder, bucket))
    assert moved == {"ab/one": True, "pictures/ab/two-320.webp": True}
    assert bucket.get("ab/one") == b"ab/one"
    (server.folder / "files" / "site" / "ab" / "one").write_bytes(b"something else")
    assert dict(storage.copy_all(folder, bucket))["ab/one"] is False


def test_a_bucket_without_its_library_is_told_at_the_start(app, tmp_path, monkeypatch):
    monkeypatch.setattr(storage.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="SHOP_FILES_URL"):
        storage.store_at("s3://files", Config(data_dir=tmp_path))


@pytest.mark.parametrize(
    "place",
    [
        "s3://files/site?endpoint={}",
        "s3://nowhere/site?endpoint={}",
        "s3://files?endpoint=http://127.0.0.1:9",
    ],
    ids=["wrong key", "no bucket", "nobody answers"],
)
def test_a_bucket_that_is_out_of_reach_is_a_503_and_said_by_doctor_and_the_command(
    app, bucket, server, client, monkeypatch, tmp_path, place
):
    if "nowhere" not in place:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.setattr(object_store, "TRIES", 1)
    out = storage.store_at(place.format(quote(server.endpoint, safe="")), app_state().config)
    monkeypatch.setattr(app_state(), "files", out)

    with pytest.raises(BucketAway) as told:
        out.get("any")
    assert "\n" not in str(told.value)
    with pytest.raises(Unwell, match="Nothing can be uploaded or downloaded"):
        checks._files()
    with monkeypatch.context() as patch:
        patch.setitem(app.view_functions, "health.alive", lambda: out.get("any"))
        assert client.get("/healthz").status_code == 503
    monkeypatch.setattr(storage, "store_at", lambda *_: out)
    said = CliRunner().invoke(cli.commands(app), ["files", "move", "--to", "x"], obj=app)
    assert said.exit_code == 1
    assert said.output.startswith("Error: The bucket ")
