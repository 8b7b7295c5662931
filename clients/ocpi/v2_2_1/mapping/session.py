"""Session of 2.2.1 and its PATCH to our model (chapter 9), with the price and token it shares with the CDR."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.domain.ids import PartyId
from api.domain.roaming.session import Session, SessionPatch, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import Instant, Text, read_as
from clients.ocpi.owner import owner_of
from clients.ocpi.periods import energy_in_kwh, read_periods
from clients.ocpi.plain import (
    Change,
    at_or_none,
    changes_of,
    currency_of,
    known,
    known_or_none,
    needed,
    text_or,
    text_or_none,
)
from clients.ocpi.prices import read_price
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire import session as wire


def read_session(raw: object, owner: PartyId | None = None) -> Session:
    """Read a Session; ``owner`` is for one that names none. Raises Unreadable."""
    sent = read_as(wire.Session, raw)
    kwh = Decimal(sent.kwh)
    party = owner_of(sent.country_code, sent.party_id, owner)
    return Session(
        country_code=party.country_code,
        party_id=party.party_id,
        id=needed(sent.id, "id"),
        starts_at=sent.start_date_time.value,
        kwh=kwh,
        cdr_token=cdr_token(sent.cdr_token),
        location_id=text_or(sent.location_id, wire.NOT_AVAILABLE),
        evse_uid=text_or(sent.evse_uid, wire.NOT_AVAILABLE),
        connector_id=text_or(sent.connector_id, wire.NOT_AVAILABLE),
        currency=currency_of(sent.currency),
        status=_status(sent.status),
        last_updated=sent.last_updated.value,
        ended_at=at_or_none(sent.end_date_time),
        auth_method=auth_method(sent.auth_method),
        authorization_reference=text_or_none(sent.authorization_reference),
        total_cost=None if sent.total_cost is None else read_price(sent.total_cost, "total_cost"),
        charging_periods=energy_in_kwh(read_periods(sent.charging_periods), kwh, whole=True),
    )


def cdr_token(sent: wire.CdrToken) -> CdrToken:
    """Return the token a charge was made with; a type we do not know is ``other``."""
    return CdrToken(
        uid=needed(sent.uid, "cdr_token.uid"),
        type=known(TokenType, sent.type, TokenType.OTHER),
        contract_id=text_or(sent.contract_id, ""),
    )


def auth_method(sent: Text | None) -> str | None:
    """Return how the charge was authorized, in our spelling."""
    return str(sent).strip().lower() if text_or_none(sent) else None


def _status(sent: Text) -> SessionStatus:
    status = known_or_none(SessionStatus, sent, wire.SESSION_STATUS_WORDS)
    if status is None:
        raise Unreadable("status: not a value we know")
    return status


def _set(field: str, convert: Callable[[Any], object]) -> Change:
    return lambda value: {field: convert(value)}


def _needed(field: str, convert: Callable[[str], str] = str) -> Change:
    return _set(field, lambda value: convert(needed(value, field)))


_PATCH: dict[str, Change] = {
    "country_code": _needed("country_code", two_letters),
    "party_id": _needed("party_id", str.upper),
    "id": _needed("id"),
    "start_date_time": _set("starts_at", lambda value: value.value),
    "end_date_time": _set("ended_at", at_or_none),
    "kwh": _set("kwh", Decimal),
    "cdr_token": _set("cdr_token", cdr_token),
    "auth_method": _set("auth_method", auth_method),
    "authorization_reference": _set("authorization_reference", text_or_none),
    "location_id": _needed("location_id"),
    "evse_uid": _needed("evse_uid"),
    "connector_id": _needed("connector_id"),
    "currency": _set("currency", currency_of),
    "total_cost": _set("total_cost", lambda value: None if value is None else read_price(value, "total_cost")),
    "status": _set("status", _status),
    "last_updated": _set("last_updated", lambda value: value.value),
}
_PATCH_NEEDS = frozenset(_PATCH) - {"end_date_time", "authorization_reference", "total_cost"}


def read_session_patch(raw: object) -> SessionPatch:
    """Read the changes to a Session; ``charging_periods`` only when there are some to add. Raises Unreadable."""
    sent = read_as(wire.SessionPatch, raw)
    changes = changes_of(sent, _PATCH, _PATCH_NEEDS)
    if isinstance(sent.charging_periods, list) and sent.charging_periods:
        kwh = changes.get("kwh")
        known_kwh = kwh if isinstance(kwh, Decimal) else None
        changes["charging_periods"] = energy_in_kwh(read_periods(sent.charging_periods), known_kwh, whole=False)
    return SessionPatch(changes=changes, last_updated=_moment(sent.last_updated))


def _moment(sent: object) -> datetime | None:
    return sent.value if isinstance(sent, Instant) else None
