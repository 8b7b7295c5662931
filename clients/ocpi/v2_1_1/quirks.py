"""Oddities of partners that say they speak 2.1.1: mostly the words of later versions where this one has its own.

Lives here: one function per oddity. Does not live here: generous reading of single fields (``clients/ocpi/fields.py``),
tariffs inside locations (``clients/ocpi/embedded.py``).
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from api.domain.roaming.session import Price
from clients.ocpi.fields import Number, read_as
from clients.ocpi.plain import number_or_none
from clients.ocpi.unreadable import Unreadable

SESSION_WORDS = {"start_date_time": "start_datetime", "end_date_time": "end_datetime", "stop_date_time": "end_datetime"}
"""Times of a Session as CDRs and later versions spell them."""

CDR_WORDS = {
    "start_datetime": "start_date_time",
    "end_date_time": "stop_date_time",
    "end_datetime": "stop_date_time",
    "stop_datetime": "stop_date_time",
}
"""Times of a CDR as sessions and later versions spell them."""


class _LaterPrice(Struct):
    """The Price of 2.2.1, where 2.1.1 has a number."""

    excl_vat: Number
    incl_vat: Number | None = None


def respelled(raw: object, words: Mapping[str, str]) -> object:
    """Return an object with fields under their names in 2.1.1 too; a name of its own that is there wins."""
    if not isinstance(raw, dict):
        return raw
    found = {name: raw[word] for word, name in words.items() if word in raw and name not in raw}
    return {**raw, **found} if found else raw


def total_cost(sent: object) -> Price:
    """Return a total, a number without VAT; the object of 2.2.1 is understood as well. Raises Unreadable."""
    try:
        if isinstance(sent, Mapping):
            later = read_as(_LaterPrice, sent)
            return Price(Decimal(later.excl_vat), number_or_none(later.incl_vat))
        return Price(Decimal(read_as(Number, sent)))
    except Unreadable as error:
        raise Unreadable(f"total_cost: {error.reason}") from None


def several_places(raw: object) -> tuple[str, ...]:
    """Say that the location inside a Session or CDR lists more than the one EVSE and connector that were used."""
    location = raw.get("location") if isinstance(raw, Mapping) else None
    evses = location.get("evses") if isinstance(location, Mapping) else None
    listed = evses if isinstance(evses, list) else []
    found = ["several:location.evses"] if len(listed) > 1 else []
    connectors = [each.get("connectors") for each in listed if isinstance(each, Mapping)]
    if any(isinstance(each, list) and len(each) > 1 for each in connectors):
        found.append("several:location.evses[].connectors")
    return tuple(found)
