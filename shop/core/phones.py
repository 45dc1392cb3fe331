"""Phone numbers as people type them."""

from __future__ import annotations


def read_phone(typed: str, country: str) -> str | None:
    """A number in international format (ITU-T E.123), or None when it can't be one.

    Args:
        country: whose number it is, if no country code was typed; ISO 3166-1 alpha-2.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
