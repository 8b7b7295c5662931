"""Small steps from wire fields to plain values, shared by the mappings beside this.

Wire texts and numbers are subclasses that exist to be read generously; above here only plain ``str`` and ``Decimal``.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from msgspec import UNSET, Struct

from clients.ocpi.fields import Instant, Number, Text, number_of
from clients.ocpi.unreadable import Unreadable

_SMALL = 2**31
_LONG_WORD = 60
"""Words of enums are shorter, and come over and over; what is longer is not kept in memory."""
Kind = TypeVar("Kind", bound=StrEnum)
Changes = dict[str, object]
Change = Callable[[object], Changes]


def text_or_none(text: str | None) -> str | None:
    """Return the text, None when it is missing or blank."""
    if text is None or not text.strip():
        return None
    return text if type(text) is str else str(text)


def text_or(text: str | None, otherwise: str) -> str:
    """Return the text, or ``otherwise`` when it is missing or blank."""
    return text_or_none(text) or otherwise


def needed(text: str | None, field: str) -> str:
    """Return the text; raises Unreadable when it is missing or blank."""
    if found := text_or_none(text):
        return found
    raise Unreadable(f"{field}: missing or empty")


def word_or(text: str | None, otherwise: str) -> str:
    """Return an open enum's value in our spelling (lower case), or ``otherwise``."""
    if text is not None and len(text) <= _LONG_WORD:
        return _word(str(text)) or otherwise.lower()
    return text_or(text, otherwise).strip().lower()


@lru_cache(maxsize=2048)
def _word(text: str) -> str:
    return text.strip().lower()


def known(kind: type[Kind], text: str | None, otherwise: Kind, spelled: Mapping[str, str] | None = None) -> Kind:
    """Return our value for a wire value, ``otherwise`` for one we do not know."""
    return known_or_none(kind, text, spelled) or otherwise


def known_or_none(kind: type[Kind], text: str | None, spelled: Mapping[str, str] | None = None) -> Kind | None:
    """Return our value for a wire value; ``spelled`` gives the usual spelling of odd ones."""
    if text is None:
        return None
    upper = text.strip().upper()
    try:
        return kind((spelled or {}).get(upper, upper).lower())
    except ValueError:
        return None


def number_or_none(number: Number | None) -> Decimal | None:
    """Return the exact number, None when it is missing."""
    return None if number is None else Decimal(number)


def whole_or_none(number: object) -> int | None:
    """Return whole volts, amperes or watts, the fraction dropped; None when missing.

    Raises ValueError for what is no number; none that was read as one ever does.
    """
    if number is None or (type(number) is int and 0 <= number < _SMALL):
        return number
    return int(number_of(number))


def at_or_none(instant: Instant | None) -> datetime | None:
    """Return the moment (UTC), None when it is missing."""
    return None if instant is None else instant.value


def currency_of(text: Text) -> str:
    """Return an ISO 4217 code in upper case; raises Unreadable for anything but three letters."""
    code = text.strip().upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return str(code)
    raise Unreadable("currency: not three letters")


def changes_of(patch: Struct, table: Mapping[str, Change], required: frozenset[str]) -> Changes:
    """Return what a PATCH changes, by our field names; raises Unreadable for null on a required field."""
    changes: Changes = {}
    for field, change in table.items():
        value = getattr(patch, field)
        if value is UNSET:
            continue
        if value is None and field in required:
            raise Unreadable(f"{field}: may not be null")
        changes |= change(value)
    return changes
