"""Passkeys as second factor, with a device that is made of a few lines."""

from __future__ import annotations

import hashlib
import html
import json
import re
from itertools import count

import cbor2
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from shop.blueprints.accounts.second_factor import passkeys, services
from shop.blueprints.accounts.second_factor.models import Passkey
from shop.core import clock
from shop.core.web.security import base_url
from shop.extensions import db
from tests.factories.accounts import PASSWORD, make_account, sign_in

_numbers = count(1)


class Device:
    """A device with one passkey (Web Authentication, level 3, 6.1 and 6.5)."""

    def __init__(self, domain="localhost", origin=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = f"credential {next(_numbers)}".encode()
        self.domain, self.origin, self.counted = domain, origin or base_url(), 0

    def make(self, options):
        point = self.key.public_key().public_numbers()
        public = {
            1: 2,
            3: -7,
            -1: 1,
            -2: point.x.to_bytes(32, "big"),
            -3: point.y.to_bytes(32, "big"),
        }
        told = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(0x45) + told}
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", options),
            attestationObject=cbor2.dumps(statement),
        )

    def sign(self, options, *, counts=True):
        self.counted += counts
        data, said = self._data(0x05), self._client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature)

    def _data(self, flags):
        domain = hashlib.sha256(self.domain.encode()).digest()
        return domain + bytes([flags]) + self.counted.to_bytes(4, "big")

    def _client_data(self, kind, options):
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, **response):
        number = bytes_to_base64url(self.id)
        encoded = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps(
            {"id": number, "rawId": number, "type": "public-key", "response": encoded}
        )


@pytest.fixture
def account(app):
    return make_account("editor", "ed@example.org")


@pytest.fixture
def device(app):
    return Device()


def options_on(page):
    return json.loads(html.unescape(re.search(r'data-options="([^"]+)"', page)[1]))


def add(client, device, **more):
    options = options_on(client.get("/account/second-factor").text)
    form = {"passkey": device.make(options), "name": "Phone", **more}
    return client.post("/account/second-factor/passkeys", data=form)


@pytest.fixture
def half_in(app, account, device):
    """A browser that showed the password of an account with a passkey."""
    assert add(sign_in(app.test_client(), account), device).status_code == 200
    return knocks(app, account)


def knocks(app, account):
    client = app.test_client()
    client.post("/account/sign-in", data={"email": account.email, "password": PASSWORD})
    assert not is_in(client)
    return client


def is_in(client):
    return client.get("/account/").status_code == 200


def test_at_an_ip_address_no_passkey_is_offered(client, account, boot):
    boot(base_url="http://127.0.0.1:8000")
    for path, data in (
        ("/account/sign-in", {"email": account.email, "password": PASSWORD}),
        ("/account/second-factor", None),
    ):
        page = client.open(
            path, method="POST" if data else "GET", data=data, base_url="http://127.0.0.1:8000"
        ).text
    assert "none can be added here" in page
    assert "data-options" not in page


def test_the_first_passkey_comes_with_recovery_codes(client, account, device):
    sign_in(client, account)
    answer = add(client, device)
    assert len(re.findall(r">([A-Z2-7]{4}-){5}[A-Z2-7]{4}<", answer.text)) == 10
    assert services.has_second_factor(account)
    page = client.get("/account/second-factor").text
    assert "Phone" in page
    assert "10 recovery codes left" in page
    anew = {"password": PASSWORD}
    assert "-" in client.post("/account/second-factor/recovery-codes", data=anew).text
    assert client.post("/account/second-factor/removal", data={"password": "x"}).status_code == 422
    assert add(client, Device()).status_code == 303
    assert services.recovery_codes_left(account) == 10


def test_a_passkey_opens(half_in, device):
    options = options_on(half_in.get("/account/sign-in/code").text)
    answer = half_in.post("/account/sign-in/passkey", data={"passkey": device.sign(options)})
    assert answer.status_code == 303
    assert is_in(half_in)


@pytest.mark.parametrize(
    "wrong",
    ["another device", "another site", "another origin", "another challenge", "copied", "nonsense"],
)
def test_a_wrong_passkey_opens_nothing(app, half_in, account, device, wrong):
    options = options_on(half_in.get("/account/sign-in/code").text)
    if wrong == "another device":
        known, device = device, Device()
        device.id = known.id
    elif wrong == "another site":
        device.domain = "evil.example"
    elif wrong == "another origin":
        device.origin = "https://evil.example"
    elif wrong == "another challenge":
        options["challenge"] = bytes_to_base64url(b"x" * 64)
    elif wrong == "copied":  # its counter was used by the device meanwhile
        other = knocks(app, account)
        seen = options_on(other.get("/account/sign-in/code").text)
        other.post("/account/sign-in/passkey", data={"passkey": device.sign(seen)})
        assert is_in(other)
    signed = "{" if wrong == "nonsense" else device.sign(options, counts=wrong != "copied")
    answer = half_in.post("/account/sign-in/passkey", data={"passkey": signed})
    assert answer.status_code == 422
    assert not is_in(half_in)


def test_an_answer_is_good_once_and_soon(half_in, device):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        options = options_on(half_in.get("/account/sign-in/code").text)
        traveller.shift(599)
        half_in.get("/account/sign-in/code")  # another challenge takes the place of the first
        late = half_in.post("/account/sign-in/passkey", data={"passkey": device.sign(options)})
        assert late.status_code == 422
    assert not is_in(half_in)


def test_a_passkey_is_proof_before_something_important(client, account, device):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, account)
        add(client, device)
        traveller.shift(16 * 60)
        asked = "/account/proof?next=/account/second-factor"
        options = options_on(client.get(asked).text)
        wrong = client.post(asked, data={"passkey": Device().sign(options)})
        assert wrong.status_code == 422
        options = options_on(wrong.text)
        assert client.post(asked, data={"passkey": device.sign(options)}).status_code == 303
        assert "data-make" in client.get("/account/second-factor").text


def test_adding_and_removing_take_a_fresh_proof(client, account, device):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, account)
        add(client, device)
        traveller.shift(16 * 60)
        assert "data-make" not in client.get("/account/second-factor").text
        [passkey] = passkeys.passkeys_of(account)
        for act in ("passkeys", f"passkeys/{passkey.id}/removal"):
            answer = client.post(f"/account/second-factor/{act}", data={"passkey": "{}"})
            assert answer.location.startswith("/account/proof")
        client.post("/account/proof", data={"proof": PASSWORD})
        client.post(f"/account/second-factor/passkeys/{passkey.id}/removal")
        db.session.expire_all()
        assert not services.has_second_factor(account)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_passkey_idor(app, client, account, device, monkeypatch, guarded):
    """Nobody removes a stranger's passkey by its number."""
    sign_in(client, account)
    add(client, device)
    [passkey] = passkeys.passkeys_of(account)
    if not guarded:
        monkeypatch.setattr(
            passkeys,
            "remove_passkey",
            lambda _account, number: db.session.delete(db.session.get(Passkey, number)),
        )
    stranger = sign_in(app.test_client(), make_account("editor"))
    stranger.post(f"/account/second-factor/passkeys/{passkey.id}/removal")
    db.session.expire_all()
    assert bool(passkeys.passkeys_of(account)) is guarded


def test_one_passkey_is_of_one_person(app, client, account, device):
    sign_in(client, account)
    add(client, device)
    other = make_account("editor")
    assert add(sign_in(app.test_client(), other), device).status_code == 303
    assert not passkeys.passkeys_of(other)
    assert base64url_to_bytes(passkeys.passkeys_of(account)[0].credential_id) == device.id
