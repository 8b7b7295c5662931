"""Session of 2.2.1 and its PATCH to our model (chapter 9), with the price and token it shares with the CDR."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from api.domain.roaming.session import Price, Session, SessionPatch, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import Instant, Text, read_as
from clients.ocpi.periods import energy_in_kwh, read_periods
from clients.ocpi.plain import (
    Change,
    at_or_none,
    changes_of,
    currency_of,
    known,
    known_or_none,
    needed,
    number_or_none,
    text_or,
    text_or_none,
)
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire import session as wire
from clients.ocpi.v2_2_1.wire.tariff import Price as WirePrice


def read_session(raw: object) -> Session:
    """Read a Session; raises Unreadable."""
    sent = read_as(wire.Session, raw)
    kwh = Decimal(sent.kwh)
    return Session(
        country_code=two_letters(needed(sent.country_code, "country_code")),
        party_id=needed(sent.party_id, "party_id").upper(),
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
        total_cost=None if sent.total_cost is None else price(sent.total_cost),
        charging_periods=energy_in_kwh(read_periods(sent.charging_periods), kwh, whole=True),
    )


def price(sent: WirePrice) -> Price:
    """Return an amount; VAT that is not stated stays unknown."""
    return Price(before_taxes=Decimal(sent.excl_vat), after_taxes=number_or_none(sent.incl_vat))


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
    "total_cost": _set("total_cost", lambda value: None if value is None else price(value)),
    "status": _set("status", _status),
}
_PATCH_NEEDS = frozenset(_PATCH) - {"end_date_time", "auth_method", "authorization_reference", "total_cost"}


def read_session_patch(raw: object) -> SessionPatch:
    """Read the changes to a Session; ``charging_periods`` only when there are some to add. Raises Unreadable."""
    sent = read_as(wire.SessionPatch, raw)
    changes = changes_of(sent, _PATCH, _PATCH_NEEDS)
    if isinstance(sent.charging_periods, list) and sent.charging_periods:
        kwh = changes.get("kwh")
        known_kwh = kwh if isinstance(kwh, Decimal) else None
        changes["charging_periods"] = energy_in_kwh(read_periods(sent.charging_periods), known_kwh, whole=False)
    updated = sent.last_updated.value if isinstance(sent.last_updated, Instant) else None
    if updated is not None:
        changes["last_updated"] = updated
    return SessionPatch(changes=changes, last_updated=updated)
