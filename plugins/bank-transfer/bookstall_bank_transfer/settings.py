"""What the owner tells buyers: the account, and how long they have."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from shop.plugins.api import Refused, setting


def refuse_wrong_iban(typed: str) -> None:
    """Compare the check digits, so that no buyer sends money to nobody.

    Raises:
        Refused: it is no IBAN (ISO 13616).
    """
    try:
        if typed:
            iban.validate(typed)
    except ValidationError:
        raise Refused(
            _("This is not an IBAN: its check digits do not fit. Type it again.")
        ) from None


def refuse_wrong_bic(typed: str) -> None:
    """Look at the shape of a BIC.

    Raises:
        Refused: it is none (ISO 9362).
    """
    if typed and not bic.is_valid(typed):
        raise Refused(_("A BIC has 8 or 11 letters and digits, such as GENODEM1GLS."))


@dataclass(frozen=True, slots=True)
class BankTransferSettings:
    """Buyers are offered bank transfer as soon as the account is complete."""

    account_name: str = setting(
        "", _l("Account holder"), help=_l("As the bank knows it."), maximum=70
    )
    iban: str = setting(
        "",
        _l("IBAN"),
        help=_l("Buyers can pay by bank transfer when this and the account holder are filled in."),
        maximum=42,
        check=refuse_wrong_iban,
    )
    bic: str = setting(
        "",
        _l("BIC"),
        help=_l("Needed for transfers from outside the euro area."),
        maximum=11,
        check=refuse_wrong_bic,
    )
    days: int = setting(
        7,
        _l("Days to pay"),
        help=_l(
            "So long the order waits and its items are reserved. A reminder is sent two days before."
        ),
        minimum=3,
        maximum=60,
    )
    is_for_accounts: bool = setting(
        False,
        _l("Only for buyers who are signed in"),
        help=_l("Strangers can then not reserve your stock for days."),
    )

    @property
    def is_complete(self) -> bool:
        """Whether a buyer could be told where to pay."""
        return bool(self.iban and self.account_name)

    @property
    def grouped_iban(self) -> str:
        """The IBAN in groups of four, as it is printed."""
        return str(iban.format(self.iban))
