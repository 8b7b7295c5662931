"""Partners' own JSON, kept and merged exactly: what we do not understand survives, numbers stay as they were written.

Works on texts: a field that is not looked into is copied as it stands. Does not live here: what the fields mean
(``clients/ocpi``), and documents of our own (``documents.py``).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

Fields = dict[str, msgspec.Raw]
"""A JSON object whose values are left as the text they came as."""

PERIODS = "charging_periods"
_NULL = b"null"
_values = msgspec.json.Decoder(float_hook=Decimal)
_fields = msgspec.json.Decoder(Fields)
_items = msgspec.json.Decoder(list[msgspec.Raw])
_encoder = msgspec.json.Encoder(decimal_format="number")


class _Dated(msgspec.Struct):
    start_date_time: str


_dated = msgspec.json.Decoder(_Dated)


def parse(raw: str) -> Any:
    """Return the value of a stored JSON text, with ``Decimal`` for every number that is not whole."""
    return _values.decode(raw)


def dump(value: object) -> str:
    """Return a value of ``parse`` or ``fields_of`` as compact JSON text."""
    return _encoder.encode(value).decode()


def fields_of(raw: str | msgspec.Raw) -> Fields:
    """Return the fields of a JSON object with their values as text; raises ValueError when it is no object."""
    return _fields.decode(raw)


def items_of(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    """Return the items of a JSON list as text, none when there is no list."""
    if raw is None:
        return []
    try:
        return _items.decode(raw)
    except msgspec.ValidationError:  # something else than a list
        return []


def merge(raw: str, patch: str | Mapping[str, Any]) -> str:
    """Return the object ``raw`` with a PATCH applied: null removes a field, everything else replaces it whole.

    A PATCH of OCPI names fields of one object; objects and lists inside are replaced, never merged (2.2.1 chapter 4).
    """
    changes: Mapping[str, Any] = fields_of(patch) if isinstance(patch, str) else patch
    return dump(_merged({**fields_of(raw)}, changes))


def _merged(held: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change the fields of an object as a PATCH says, and return it."""
    for name, value in changes.items():
        if value is None or (isinstance(value, msgspec.Raw) and bytes(value).strip() == _NULL):
            held.pop(name, None)
        else:
            held[name] = value
    return held


def patched_session(raw: str, patch: str) -> str:
    """Return a session's JSON with a PATCH applied: as ``merge``, but periods are added to those there are."""
    held, changes = fields_of(raw), fields_of(patch.removeprefix("\ufeff"))
    before, given = held.get(PERIODS), changes.get(PERIODS)
    merged = _merged(held, changes)
    if given is not None and bytes(given).strip() != _NULL:
        periods = {_start(each): each for each in (*items_of(before), *items_of(given))}
        merged[PERIODS] = list(periods.values())
    return dump(merged)


def _start(period: msgspec.Raw) -> object:
    """Return when a period begins, the same however it is written; what cannot be read is taken by its letters."""
    try:
        at = datetime.fromisoformat(_dated.decode(period).start_date_time.strip())
    except (msgspec.MsgspecError, ValueError):
        return bytes(period)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
