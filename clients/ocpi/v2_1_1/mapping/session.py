"""Session of 2.1.1 and its PATCH to our model (mod_sessions), with the token and place it shares with the CDR.

Correlation: of the token a charge was started with nothing comes back but ``auth_id``. So an app's token is sent with
its uid, fresh for every start, as its ``auth_id`` (``token.py``), and what comes back is read into both ids of a
``CdrToken``. Of a card the ``auth_id`` is the contract, and it is the contract that comes back.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from api.domain.ids import PartyId
from api.domain.roaming.session import Session, SessionPatch, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import Instant, Text, read_as
from clients.ocpi.periods import energy_in_kwh, read_periods
from clients.ocpi.plain import (
    Change,
    Changes,
    at_or_none,
    changes_of,
    currency_of,
    known_or_none,
    needed,
    text_or,
    text_or_none,
)
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_1_1.mapping.owner import owner_of
from clients.ocpi.v2_1_1.quirks import SESSION_WORDS, respelled, total_cost
from clients.ocpi.v2_1_1.wire import session as wire

One = TypeVar("One")


def read_session(raw: object, owner: PartyId | None = None) -> Session:
    """Read a Session; raises Unreadable."""
    sent = read_as(wire.Session, respelled(raw, SESSION_WORDS))
    party = owner_of(sent.country_code, sent.party_id, owner)
    kwh = Decimal(sent.kwh)
    place = place_of(sent.location)
    return Session(
        country_code=party.country_code,
        party_id=party.party_id,
        id=needed(sent.id, "id"),
        starts_at=sent.start_datetime.value,
        kwh=kwh,
        cdr_token=cdr_token(sent.auth_id),
        location_id=place.get("location_id", wire.NOT_AVAILABLE),
        evse_uid=place.get("evse_uid", wire.NOT_AVAILABLE),
        connector_id=place.get("connector_id", wire.NOT_AVAILABLE),
        currency=currency_of(sent.currency),
        status=_status(sent.status),
        last_updated=sent.last_updated.value,
        ended_at=at_or_none(sent.end_datetime),
        auth_method=auth_method(sent.auth_method),
        authorization_reference=text_or_none(sent.authorization_reference),
        total_cost=None if sent.total_cost is None else total_cost(sent.total_cost),
        charging_periods=energy_in_kwh(read_periods(sent.charging_periods), kwh, whole=True),
    )


def cdr_token(auth_id: Text) -> CdrToken:
    """Return the token a charge was made with: of what kind it is, this version does not say."""
    named = needed(auth_id, "auth_id")
    return CdrToken(uid=named, type=TokenType.OTHER, contract_id=named)


def place_of(sent: wire.Place | None) -> dict[str, str]:
    """Return what a place says of ``location_id``, ``evse_uid`` and ``connector_id``.

    A location with several EVSEs does not say at which of them the charge was, and nothing is guessed.
    """
    evse = the_one(sent.evses if sent else None)
    connector = the_one(evse.connectors if evse else None)
    found = {
        "location_id": text_or_none(sent.id) if sent else None,
        "evse_uid": text_or_none(evse.uid) if evse else None,
        "connector_id": text_or_none(connector.id) if connector else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def the_one(listed: Sequence[One] | None) -> One | None:
    """Return the only one of a list, None when there are none or several."""
    return listed[0] if listed and len(listed) == 1 else None


def auth_method(sent: Text | None) -> str | None:
    """Return how the charge was authorized, in our spelling."""
    return text_or(sent, "").strip().lower() or None


def _status(sent: Text) -> SessionStatus:
    status = known_or_none(SessionStatus, sent, wire.SESSION_STATUS_WORDS)
    if status is None:
        raise Unreadable("status: not a value we know")
    return status


def _set(field: str, convert: Callable[[Any], object]) -> Change:
    return lambda value: {field: convert(value)}


def _needed(field: str, convert: Callable[[str], str] = str) -> Change:
    return _set(field, lambda value: convert(needed(value, field)))


def _place(value: Any) -> Changes:
    return dict(place_of(value))


_PATCH: dict[str, Change] = {
    "country_code": _needed("country_code", two_letters),
    "party_id": _needed("party_id", str.upper),
    "id": _needed("id"),
    "start_datetime": _set("starts_at", lambda value: value.value),
    "end_datetime": _set("ended_at", at_or_none),
    "kwh": _set("kwh", Decimal),
    "auth_id": _set("cdr_token", cdr_token),
    "auth_method": _set("auth_method", auth_method),
    "authorization_reference": _set("authorization_reference", text_or_none),
    "location": _place,
    "currency": _set("currency", currency_of),
    "total_cost": _set("total_cost", lambda value: None if value is None else total_cost(value)),
    "status": _set("status", _status),
}
_PATCH_NEEDS = frozenset(_PATCH) - {"end_datetime", "auth_method", "authorization_reference", "total_cost"}


def read_session_patch(raw: object) -> SessionPatch:
    """Read the changes to a Session, whose ``last_updated`` need not be among them; raises Unreadable.

    A place changes only what it says: one that names an EVSE leaves the location as it is. ``charging_periods`` are
    there only when there are some to add.
    """
    sent = read_as(wire.SessionPatch, respelled(raw, SESSION_WORDS))
    changes = changes_of(sent, _PATCH, _PATCH_NEEDS)
    if isinstance(sent.charging_periods, list) and sent.charging_periods:
        kwh = changes.get("kwh")
        known_kwh = kwh if isinstance(kwh, Decimal) else None
        changes["charging_periods"] = energy_in_kwh(read_periods(sent.charging_periods), known_kwh, whole=False)
    updated = sent.last_updated.value if isinstance(sent.last_updated, Instant) else None
    if updated is not None:
        changes["last_updated"] = updated
    return SessionPatch(changes=changes, last_updated=updated)
