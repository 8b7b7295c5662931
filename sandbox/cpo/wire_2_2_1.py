"""OCPI 2.2.1 JSON, written by hand: every object the virtual CPO serves or sends, and what it requires of what it gets.

Nothing here decides or calls anything. Another version of OCPI gets a file of its own beside this one. Chapters:
credentials, version_information_endpoint, mod_locations, mod_sessions, mod_cdrs, mod_tariffs, mod_commands,
mod_tokens.
"""

from decimal import Decimal
from typing import Any

from sandbox.cpo.bill import Amount, Bill
from sandbox.cpo.clock import to_iso
from sandbox.cpo.feed import Feed
from sandbox.cpo.model import EvseState, LiveSession
from sandbox.cpo.periods import Slice

Json = dict[str, Any]

VERSION = "2.2.1"
MODULES = (
    ("credentials", "RECEIVER"),
    ("locations", "SENDER"),
    ("tariffs", "SENDER"),
    ("sessions", "SENDER"),
    ("cdrs", "SENDER"),
    ("tokens", "RECEIVER"),
    ("commands", "RECEIVER"),
)
REQUIRED = {
    "START_SESSION": ("response_url", "token", "location_id"),
    "STOP_SESSION": ("response_url", "session_id"),
    "RESERVE_NOW": ("response_url", "token", "expiry_date", "reservation_id", "location_id"),
    "CANCEL_RESERVATION": ("response_url", "reservation_id"),
    "UNLOCK_CONNECTOR": ("response_url", "location_id", "evse_uid", "connector_id"),
    "token": ("country_code", "party_id", "uid", "type", "contract_id", "issuer", "valid", "whitelist", "last_updated"),
    "credentials": ("token", "url", "roles"),
}
_CDR_TOKEN = ("country_code", "party_id", "uid", "type", "contract_id")
_TENTH_OF_A_MICROHOUR = Decimal("0.0000000001")


def number(value: Decimal) -> Decimal:
    """Return ``value`` without trailing zeros and never in exponent notation."""
    return Decimal(format(value.normalize(), "f"))


def hours(seconds: int) -> Decimal:
    """Return seconds as hours, ten decimals."""
    return number((Decimal(seconds) / 3600).quantize(_TENTH_OF_A_MICROHOUR))


def price(amount: Amount) -> Json:
    """Price object; the amount with VAT is left out when it is not known."""
    found: Json = {"excl_vat": number(amount.excl_vat)}
    if amount.incl_vat is not None:
        found["incl_vat"] = number(amount.incl_vat)
    return found


def credentials(token: str, versions_url: str, feed: Feed) -> Json:
    """Credentials object with our single role, CPO."""
    role = {"role": "CPO", "party_id": feed.party_id, "country_code": feed.country_code}
    return {"token": token, "url": versions_url, "roles": [role | {"business_details": {"name": feed.name}}]}


def version_details(base: str) -> Json:
    """VersionDetails with all our modules under ``base``."""
    endpoints = [{"identifier": name, "role": role, "url": f"{base}/ocpi/{VERSION}/{name}"} for name, role in MODULES]
    return {"version": VERSION, "endpoints": endpoints}


def location(source: Json, states: dict[str, EvseState]) -> Json:
    """Location with the live status of its EVSEs; ``last_updated`` is the newest of all."""
    evses = [evse(raw, states[raw["uid"]]) for raw in source["evses"]]
    newest = max([source["last_updated"], *(e["last_updated"] for e in evses)])
    return source | {"evses": evses, "last_updated": newest}


def evse(source: Json, state: EvseState) -> Json:
    """EVSE with its live status."""
    return source | {"status": state.status, "last_updated": state.last_updated}


def evse_patch(state: EvseState) -> Json:
    """What a change of status sends to the eMSP."""
    return {"status": state.status, "last_updated": state.last_updated}


def cdr_token(token: Json) -> Json:
    """CdrToken: the part of a Token that sessions and CDRs carry."""
    return {name: token[name] for name in _CDR_TOKEN}


def charging_period(piece: Slice, tariff: Json | None) -> Json:
    """ChargingPeriod: energy and time while charging, parking time afterwards."""
    if piece.parking:
        dimensions: list[Json] = [{"type": "PARKING_TIME", "volume": hours(piece.seconds)}]
    else:
        dimensions = [{"type": "ENERGY", "volume": number(piece.kwh)}, {"type": "TIME", "volume": hours(piece.seconds)}]
    found: Json = {"start_date_time": to_iso(piece.start), "dimensions": dimensions}
    return found if tariff is None else found | {"tariff_id": tariff["id"]}


def session(live: LiveSession, slices: list[Slice], bill: Bill | None) -> Json:
    """Session as a whole, as of its ``last_updated``."""
    course = live.running()
    found: Json = {
        "country_code": live.place.location["country_code"],
        "party_id": live.place.location["party_id"],
        "id": live.id,
        "start_date_time": to_iso(course.start),
        "kwh": number(course.kwh_at(live.reported_until)),
        "cdr_token": cdr_token(live.token),
        "auth_method": "COMMAND",
        "location_id": live.place.location["id"],
        "evse_uid": live.evse_uid,
        "connector_id": live.connector["id"],
        "currency": currency(live),
        "status": live.status,
        "last_updated": to_iso(live.last_updated),
    }
    if live.authorization_reference is not None:
        found["authorization_reference"] = live.authorization_reference
    if live.end is not None:
        found["end_date_time"] = to_iso(live.end)
    if slices:
        found["charging_periods"] = [charging_period(piece, live.tariff) for piece in slices]
    if bill is not None:
        found["total_cost"] = price(bill.total)
    return found


def session_patch(live: LiveSession, new_slices: list[Slice], bill: Bill | None) -> Json:
    """What changed in a running session; its periods are appended by the receiver."""
    found: Json = {
        "kwh": number(live.running().kwh_at(live.reported_until)),
        "status": live.status,
        "last_updated": to_iso(live.last_updated),
    }
    if new_slices:
        found["charging_periods"] = [charging_period(piece, live.tariff) for piece in new_slices]
    if bill is not None:
        found["total_cost"] = price(bill.total)
    return found


def cdr(live: LiveSession, cdr_id: str, slices: list[Slice], bill: Bill, created: float, tariff: Json | None) -> Json:
    """CDR of a completed session, billed under ``tariff``; totals of dimensions that did not occur are left out."""
    course = live.running()
    end = live.end if live.end is not None else course.charging_end
    parking = sum(piece.seconds for piece in slices if piece.parking)
    found: Json = {
        "country_code": live.place.location["country_code"],
        "party_id": live.place.location["party_id"],
        "id": cdr_id,
        "start_date_time": to_iso(course.start),
        "end_date_time": to_iso(end),
        "session_id": live.id,
        "cdr_token": cdr_token(live.token),
        "auth_method": "COMMAND",
        "cdr_location": cdr_location(live),
        "currency": currency(live),
        "charging_periods": [charging_period(piece, tariff) for piece in slices],
        "total_cost": price(bill.total),
        "total_fixed_cost": price(bill.fixed),
        "total_energy": number(sum((piece.kwh for piece in slices), Decimal(0))),
        "total_energy_cost": price(bill.energy),
        "total_time": hours(end - course.start),
        "total_time_cost": price(bill.time),
        "total_parking_time": hours(parking),
        "total_parking_cost": price(bill.parking),
        "last_updated": to_iso(created),
    }
    if live.authorization_reference is not None:
        found["authorization_reference"] = live.authorization_reference
    if tariff is not None:
        found["tariffs"] = [tariff]
    if live.stopped_by is not None:
        found["remark"] = f"stopped by {live.stopped_by}"
    return found


def cdr_location(live: LiveSession) -> Json:
    """CdrLocation: the one EVSE and connector that were used."""
    source, plug = live.place.location, live.connector
    found = {
        name: source[name] for name in ("id", "name", "address", "city", "postal_code", "state") if source.get(name)
    }
    return found | {
        "country": source["country"],
        "coordinates": {name: source["coordinates"][name] for name in ("latitude", "longitude")},
        "evse_uid": live.evse_uid,
        "evse_id": live.place.evse.get("evse_id") or "#NA",
        "connector_id": plug["id"],
        "connector_standard": plug["standard"],
        "connector_format": plug["format"],
        "connector_power_type": plug["power_type"],
    }


def currency(live: LiveSession) -> str:
    """Currency of the session's tariff; euro where nothing is to pay."""
    return str(live.tariff["currency"]) if live.tariff is not None else "EUR"


def command_response(result: str, timeout: int, message: str | None = None) -> Json:
    """CommandResponse: the CPO's own answer."""
    return {"result": result, "timeout": timeout} | _message(message)


def command_result(result: str, message: str | None = None) -> Json:
    """CommandResult: what the charge point said later."""
    return {"result": result} | _message(message)


def _message(text: str | None) -> Json:
    return {} if text is None else {"message": [{"language": "en", "text": text}]}
