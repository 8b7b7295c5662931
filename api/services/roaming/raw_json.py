"""Merging partners' own JSON without reading it: every value stays letter by letter what the partner wrote.

A session is shown back to its partner in that partner's words, with fields and enum values that we do not know. Does
not live here: what the fields mean (``clients/ocpi``), and whether a change is taken (``sessions.py``).
"""

from datetime import UTC, datetime

import msgspec

PERIODS = "charging_periods"
_NULL = b"null"

_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists = msgspec.json.Decoder(list[msgspec.Raw])


class _Dated(msgspec.Struct):
    """What tells one period from another."""

    start_date_time: msgspec.Raw = msgspec.Raw()


_dated = msgspec.json.Decoder(_Dated)


def patched_json(held: str, change: str) -> str:
    """Return the object ``held`` with ``change`` merged in: null clears, the rest replaces, periods are appended."""
    whole, changes = _objects.decode(held), _objects.decode(change.removeprefix("\ufeff"))
    for name, value in changes.items():
        if bytes(value) == _NULL:
            whole.pop(name, None)
        elif name == PERIODS:
            whole[name] = _appended(whole.get(name), value)
        else:
            whole[name] = value
    return msgspec.json.encode(whole).decode()


def _appended(held: msgspec.Raw | None, given: msgspec.Raw) -> msgspec.Raw:
    """Return two lists of periods as one; a period that begins when a known one does takes its place."""
    periods = {_start(each): each for each in _lists.decode(held or b"[]")}
    periods |= {_start(each): each for each in _lists.decode(given)}
    return msgspec.Raw(msgspec.json.encode(list(periods.values())))


def _start(period: msgspec.Raw) -> object:
    """Return when a period begins, the same however it is written; what cannot be read is taken by its letters."""
    try:
        told = bytes(_dated.decode(period).start_date_time).decode().strip('" ')
        at = datetime.fromisoformat(told)
    except (msgspec.MsgspecError, ValueError):
        return bytes(period)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
