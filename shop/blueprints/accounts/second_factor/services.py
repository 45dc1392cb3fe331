"""Setting up a second factor, and asking for it."""

from __future__ import annotations

import base64
import re
import secrets
from hmac import compare_digest

import pyotp
from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.second_factor.models import Authenticator, Passkey, RecoveryCode
from shop.blueprints.accounts.second_factor.passkeys import passkeys_of
from shop.blueprints.accounts.settings import AccountSettings
from shop.core import clock, settings
from shop.core.database import rows_changed
from shop.core.secrets import sealing
from shop.core.secrets.tokens import hashed_token
from shop.core.site import site
from shop.plugins.api import NotFound, Refused, db

RECOVERY_CODES = 10
RECOVERY_BYTES = 15
"""120 random bits: with less than 112 their hashes must be as slow as those of passwords (OWASP ASVS 6.5.2)."""
CLOCKS_DIFFER = 1
"""So many steps of 30 seconds may a person's clock be wrong (RFC 6238, 5.2)."""

_PURPOSE = "accounts.authenticator"
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def has_second_factor(account: Account) -> bool:
    """Whether a password alone does not open this account."""
    return has_app(account) or bool(passkeys_of(account))


def is_factor_required() -> bool:
    """Whether an owner wants more than a password of everyone on the staff."""
    return settings.current(AccountSettings).second_factor_required


def has_app(account: Account) -> bool:
    """Whether an app shows codes for this account."""
    return db.session.get(Authenticator, account.id) is not None


def recovery_codes_left(account: Account) -> int:
    """How many recovery codes were not used yet."""
    query = select(func.count()).where(RecoveryCode.account_id == account.id)
    return db.session.scalar(query) or 0


def new_secret() -> str:
    """A secret for an app, 160 bits in base32; nothing is kept of it until a code shows that the app has it."""
    return pyotp.random_base32()


def address_for_app(account: Account, secret: str) -> str:
    """What the QR code says: an `otpauth:` address."""
    totp = pyotp.TOTP(secret)
    return totp.provisioning_uri(name=account.email, issuer_name=site().name)


def set_up(account: Account, secret: str, code: str) -> list[str]:
    """Ask for codes of this app from now on; returns the recovery codes, which are kept nowhere else.

    Raises:
        Refused: the app does not have this secret, or its clock is wrong.
    """
    step = _step_of(secret, code)
    if step is None:
        raise Refused(_wrong_code(), field="code")
    db.session.execute(delete(Authenticator).where(Authenticator.account_id == account.id))
    sealed = sealing.seal(_PURPOSE, secret)
    db.session.add(Authenticator(account_id=account.id, sealed_secret=sealed, last_step=step))
    return make_recovery_codes(account)


def remove_factor(account: Account) -> None:
    """Let the password do again: no app, no passkey, no recovery code. Removing twice changes nothing."""
    for kind in (Authenticator, RecoveryCode, Passkey):
        db.session.execute(delete(kind).where(kind.account_id == account.id))
    db.session.expire_all()


def make_recovery_codes(account: Account) -> list[str]:
    """New codes; those from before are worth nothing."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = [
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
        for _ in range(RECOVERY_CODES)
    ]
    db.session.add_all(
        RecoveryCode(account_id=account.id, code_hash=hashed_token(code)) for code in codes
    )
    return ["-".join(re.findall("....", code)) for code in codes]


def accept_code(account: Account, typed: str) -> None:
    """Take a code of the app, or a recovery code; each is good once, whoever comes at the same time.

    Raises:
        Refused: it is neither.
    """
    code = re.sub(r"[\s-]", "", typed).upper()
    if not (_is_code_of_app(account, code) or _is_recovery_code(account, code)):
        raise Refused(_wrong_code(), field="code")


def _is_code_of_app(account: Account, code: str) -> bool:
    app = db.session.get(Authenticator, account.id)
    if app is None:
        return False
    try:
        secret = sealing.open_sealed(_PURPOSE, app.sealed_secret)
    except NotFound:  # the site has another key now: recovery codes still do
        return False
    step = _step_of(secret, code)
    if step is None:
        return False
    unused = update(Authenticator).where(
        Authenticator.account_id == account.id, Authenticator.last_step < step
    )
    return rows_changed(unused.values(last_step=step)) == 1


def _is_recovery_code(account: Account, code: str) -> bool:
    found = delete(RecoveryCode).where(
        RecoveryCode.account_id == account.id, RecoveryCode.code_hash == hashed_token(code)
    )
    return rows_changed(found) == 1


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is, if it is one of about now."""
    if not _CODE.fullmatch(code.strip()):
        return None
    totp = pyotp.TOTP(secret)
    now = int(clock.now().timestamp()) // totp.interval
    steps = range(now - CLOCKS_DIFFER, now + CLOCKS_DIFFER + 1)
    return next((s for s in steps if compare_digest(totp.generate_otp(s), code.strip())), None)


def _wrong_code() -> str:
    return str(_("This code is wrong or was used already. Try the next one."))
