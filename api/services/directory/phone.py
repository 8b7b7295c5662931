"""Telephone numbers: the one number that a text means, and what a call to it costs by the numbering plans.

The plans are those of the ``phonenumbers`` package, which needs no network. A text that can be read in two ways, or as
no number that exists, is no number: nothing is guessed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from api.domain.support.contact import Doubt, Toll

_TOLLS = {
    PhoneNumberType.TOLL_FREE: Toll.FREE,
    PhoneNumberType.FIXED_LINE: Toll.NATIONAL,
    PhoneNumberType.MOBILE: Toll.NATIONAL,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Toll.NATIONAL,
    PhoneNumberType.VOIP: Toll.NATIONAL,
    PhoneNumberType.PREMIUM_RATE: Toll.PAID,
}


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A number in E.164, and what was mended in its text; ``e164`` None: the text is doubtful."""

    e164: str | None
    doubts: tuple[Doubt, ...] = ()


def number_of(text: str, countries: Sequence[str]) -> ReadNumber:
    """Return the number that a text means for people in some countries (ISO alpha-2), and what was mended."""
    digits = "".join(each for each in text if each.isdecimal() and each.isascii())
    if text.strip().startswith("+"):
        known = _parsed(f"+{digits}", None)
        return ReadNumber(_e164(known)) if known is not None else ReadNumber(None, (Doubt.NUMBER_DOUBTFUL,))
    at_home = {_e164(each) for each in _at_home(digits, countries)}
    international = _parsed(f"+{digits}", None)
    abroad = {_e164(international)} if international is not None and _is_of(international, countries) else set()
    if len(at_home | abroad) != 1:
        return ReadNumber(None, (Doubt.NUMBER_DOUBTFUL,))
    return ReadNumber((at_home | abroad).pop(), () if at_home else (Doubt.PLUS_MISSING,))


def toll_of(e164: str, country: str | None) -> Toll:
    """Return what the numbering plan says of a call from a country; unknown from abroad and for shared costs."""
    number = phonenumbers.parse(e164, None)
    if country is None or phonenumbers.country_code_for_region(country) != number.country_code:
        return Toll.UNKNOWN
    return _TOLLS.get(phonenumbers.number_type(number), Toll.UNKNOWN)


def home_of(e164: str) -> str | None:
    """Return the country that a number belongs to (ISO alpha-2)."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))


def same_plan(e164: str, country: str) -> bool:
    """Say whether a number has the country code of this country too, as +1 is of several."""
    return phonenumbers.country_code_for_region(country) == phonenumbers.parse(e164, None).country_code


def for_people(e164: str) -> str:
    """Return a number grouped as its country groups it."""
    return phonenumbers.format_number(phonenumbers.parse(e164, None), PhoneNumberFormat.INTERNATIONAL)


def _at_home(digits: str, countries: Sequence[str]) -> Iterator[PhoneNumber]:
    """Yield the readings of digits as they are dialed inside each country."""
    for country in countries:
        prefix = phonenumbers.ndd_prefix_for_region(country, True)  # noqa: FBT003 - the package's own signature
        code = str(phonenumbers.country_code_for_region(country))
        if digits.startswith(code) and prefix != code:
            continue  # a number with its country's code and no plus is not one dialed at home
        found = _parsed(digits, country)
        if found is not None and _is_of(found, [country]):
            yield found


def _is_of(number: PhoneNumber, countries: Sequence[str]) -> bool:
    return any(phonenumbers.country_code_for_region(each) == number.country_code for each in countries)


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
