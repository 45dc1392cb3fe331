"""Passkeys as second factor (Web Authentication): a device signs a challenge, and nothing that can be retyped is sent.

A challenge is good for some minutes and for the browser whose session it was put into.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.second_factor.models import Passkey
from shop.core import clock
from shop.core.database import rows_changed
from shop.core.site import site
from shop.core.web.security import base_url
from shop.plugins.api import Refused, db

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

# The library is imported where a passkey is made or asked for: it is a tenth of a start.
MOST_PASSKEYS = 20
LONGEST_ANSWER = 20_000
"""Characters. What a browser sends is a few thousand at most."""


def are_possible() -> bool:
    """Whether browsers make passkeys for this site. They belong to a host name; an IP address is none (Web
    Authentication, 5.1.3).
    """
    try:
        ip_address(_domain())
    except ValueError:
        return True
    return False


def passkeys_of(account: Account) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    query = select(Passkey).where(Passkey.account_id == account.id).order_by(Passkey.id)
    return db.session.scalars(query).all()


def ask_to_make_one(account: Account) -> tuple[str, str]:
    """What a browser needs to make a passkey, as JSON, and the challenge in it."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=_domain(),
        rp_name=site().name,
        user_id=f"account-{account.id}".encode(),
        user_name=account.email,
        user_display_name=account.name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            user_verification=structs.UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(account),
    )
    return webauthn.options_to_json(options), _as_text(options.challenge)


def ask_for_one(account: Account) -> tuple[str, str]:
    """What a browser needs to answer with one of a person's passkeys, as JSON, and the challenge in it."""
    import webauthn

    options = webauthn.generate_authentication_options(
        rp_id=_domain(), allow_credentials=_descriptors(account)
    )
    return webauthn.options_to_json(options), _as_text(options.challenge)


def add_passkey(account: Account, answer: str, challenge: str, name: str) -> None:
    """Keep a passkey that a browser made.

    Raises:
        Refused: it is not an answer to this challenge on this site, or there are too many.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    if len(passkeys_of(account)) >= MOST_PASSKEYS:
        raise Refused(_("You have too many passkeys. Remove one first."))
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=_as_bytes(challenge),
            expected_rp_id=_domain(),
            expected_origin=base_url(),
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise Refused(_wrong_passkey()) from None
    number = _as_text(made.credential_id)
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == number)):
        raise Refused(_("This passkey is in use already."))
    db.session.add(
        Passkey(
            account_id=account.id,
            credential_id=number,
            public_key=_as_text(made.credential_public_key),
            sign_count=made.sign_count,
            name=name[:80],
        )
    )


def accept_passkey(account: Account, answer: str, challenge: str) -> None:
    """Take the answer of one of the person's passkeys to a challenge.

    Raises:
        Refused: it is none.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        given = _read(answer)
        known = _passkey_named(account, str(given["id"]))
        checked = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=_as_bytes(challenge),
            expected_rp_id=_domain(),
            expected_origin=base_url(),
            credential_public_key=_as_bytes(known.public_key),
            credential_current_sign_count=known.sign_count,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise Refused(_wrong_passkey()) from None
    unchanged = update(Passkey).where(
        Passkey.id == known.id, Passkey.sign_count == known.sign_count
    )
    values = {"sign_count": checked.new_sign_count, "used_at": clock.now()}
    if rows_changed(unchanged.values(**values)) != 1:
        raise Refused(_wrong_passkey())


def remove_passkey(account: Account, passkey_id: int) -> None:
    """Take one of a person's passkeys away; somebody else's stays."""
    db.session.execute(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account.id)
    )


def _passkey_named(account: Account, credential_id: str) -> Passkey:
    for passkey in passkeys_of(account):
        if passkey.credential_id == credential_id:
            return passkey
    raise KeyError(credential_id)


def _descriptors(account: Account) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [
        PublicKeyCredentialDescriptor(id=_as_bytes(each.credential_id))
        for each in passkeys_of(account)
    ]


def _as_text(raw: bytes) -> str:
    from webauthn.helpers import bytes_to_base64url

    return bytes_to_base64url(raw)


def _as_bytes(text: str) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    return base64url_to_bytes(text)


def _read(answer: str) -> dict[str, object]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError
    given = json.loads(answer)
    if not isinstance(given, dict):
        raise TypeError
    return given


def _domain() -> str:
    return urlsplit(base_url()).hostname or ""


def _wrong_passkey() -> str:
    return str(_("That did not work. Try again, or use a code."))
