"""OCPI 2.1.1 JSON, written by hand from its own edition: every object the virtual CPO serves or sends in it.

Particular here: tokens travel as they are; objects do not name their owner; sessions and CDRs carry the location they
were at and an ``auth_id``; costs are plain numbers before VAT; a PATCH has no ``last_updated`` and replaces lists; one
CommandResponse serves as answer and as result. Chapters: credentials, version_information_endpoint, mod_locations,
mod_sessions, mod_cdrs, mod_tariffs, mod_commands, mod_tokens.
"""

from typing import Any

from sandbox.cpo.bill import Bill
from sandbox.cpo.clock import to_iso
from sandbox.cpo.figures import currency, dimensions, hours, number, parked, total_energy
from sandbox.cpo.model import EvseState, LiveSession
from sandbox.cpo.parties import Identity
from sandbox.cpo.periods import Slice

Json = dict[str, Any]

VERSION = "2.1.1"
ENCODED = False
ROUTED = False
HAS_CREDIT = False
PATCHES_TARIFFS = True
MODULES = ("credentials", "locations", "tariffs", "sessions", "cdrs", "tokens", "commands")
REQUIRED: dict[str, tuple[str, ...]] = {
    "START_SESSION": ("response_url", "token", "location_id"),
    "STOP_SESSION": ("response_url", "session_id"),
    "RESERVE_NOW": ("response_url", "token", "expiry_date", "reservation_id", "location_id"),
    "UNLOCK_CONNECTOR": ("response_url", "location_id", "evse_uid", "connector_id"),
    "token": ("uid", "type", "auth_id", "issuer", "valid", "whitelist", "last_updated"),
    "credentials": ("token", "url", "party_id", "country_code", "business_details"),
}
_CAPABILITIES = {
    "CHARGING_PROFILE_CAPABLE",
    "CREDIT_CARD_PAYABLE",
    "REMOTE_START_STOP_CAPABLE",
    "RESERVABLE",
    "RFID_READER",
    "UNLOCK_CAPABLE",
}
_TYPES = {"ON_STREET": "ON_STREET", "PARKING_GARAGE": "PARKING_GARAGE", "PARKING_LOT": "PARKING_LOT"}
_TYPES |= {"UNDERGROUND_GARAGE": "UNDERGROUND_GARAGE"}
_LOCATION: tuple[str, ...] = (
    "id",
    "name",
    "address",
    "city",
    "country",
    "coordinates",
    "related_locations",
    "directions",
)
_LOCATION += ("operator", "suboperator", "owner", "time_zone", "charging_when_closed", "images", "energy_mix")
_EVSE: tuple[str, ...] = (
    "uid",
    "evse_id",
    "status_schedule",
    "floor_level",
    "coordinates",
    "physical_reference",
    "directions",
)
_EVSE += ("parking_restrictions", "images")
_CONNECTOR = ("id", "standard", "format", "power_type", "terms_and_conditions", "last_updated")
_TARIFF = ("id", "currency", "tariff_alt_text", "tariff_alt_url", "energy_mix", "last_updated")
_RESTRICTIONS: tuple[str, ...] = (
    "start_time",
    "end_time",
    "start_date",
    "end_date",
    "min_kwh",
    "max_kwh",
    "min_power",
    "max_power",
)
_RESTRICTIONS += ("min_duration", "max_duration", "day_of_week")


def _only(source: Json, names: tuple[str, ...]) -> Json:
    return {name: source[name] for name in names if source.get(name) is not None}


def credentials(token: str, versions_url: str, identity: Identity) -> Json:
    """Credentials object, flat: one party."""
    me = identity.me
    found = {"token": token, "url": versions_url, "business_details": {"name": me.name}}
    return found | {"country_code": me.country_code, "party_id": me.party_id}


def party(credentials: Json) -> tuple[str, str] | None:
    """Read whose credentials these are."""
    return credentials["country_code"], credentials["party_id"]


def version_details(base: str, *, hub: bool) -> Json:  # noqa: ARG001 - hubs came later
    """VersionDetails; endpoints have no role."""
    return {
        "version": VERSION,
        "endpoints": [{"identifier": name, "url": f"{base}/ocpi/{VERSION}/{name}"} for name in MODULES],
    }


def endpoints(details: Json) -> dict[tuple[str, str], str]:
    """Read a peer's endpoints; the peer is an eMSP, so all it has are those for us."""
    return {(e["identifier"], "RECEIVER"): e["url"] for e in details["endpoints"]}


def location(source: Json, states: dict[str, EvseState]) -> Json:
    """Location with the live status of its EVSEs; ``last_updated`` is the newest of all."""
    evses = [evse(raw, states[raw["uid"]]) for raw in source["evses"]]
    return _place(source) | {
        "evses": evses,
        "last_updated": max([source["last_updated"], *(e["last_updated"] for e in evses)]),
    }


def _place(source: Json) -> Json:
    found = _only(source, _LOCATION)
    found |= {
        "type": _TYPES.get(source.get("parking_type", ""), "UNKNOWN"),
        "postal_code": source.get("postal_code") or "-",
    }
    hours_open = source.get("opening_times")
    if hours_open is not None:
        drop = "regular_hours" if hours_open.get("twentyfourseven") else "twentyfourseven"
        found["opening_times"] = {name: value for name, value in hours_open.items() if name != drop}
    return found | {"last_updated": source["last_updated"]}


def evse(source: Json, state: EvseState) -> Json:
    """EVSE with its live status."""
    found = _only(source, _EVSE) | {"status": state.status, "last_updated": state.last_updated}
    found["capabilities"] = [name for name in source.get("capabilities", []) if name in _CAPABILITIES]
    return found | {"connectors": [connector(raw) for raw in source["connectors"]]}


def evse_patch(state: EvseState) -> Json:
    """What a change of status sends to the eMSP."""
    return {"status": state.status}


def connector(source: Json) -> Json:
    """Connector; one tariff at most."""
    found = _only(source, _CONNECTOR)
    found |= {"voltage": source["max_voltage"], "amperage": source["max_amperage"]}
    return found | {"tariff_id": source["tariff_ids"][0]} if source.get("tariff_ids") else found


def tariff(source: Json) -> Json:
    """Tariff; knows no owner, VAT, bounds nor reservations."""
    elements = []
    for element in source["elements"]:
        rules = element.get("restrictions") or {}
        if isinstance(rules, dict) and rules.get("reservation"):
            continue
        parts = [_only(part, ("type", "price", "step_size")) for part in element["price_components"]]
        kept = _only(rules, _RESTRICTIONS) if isinstance(rules, dict) else {}
        elements.append({"price_components": parts} | ({"restrictions": kept} if kept else {}))
    return _only(source, _TARIFF) | {"elements": elements}


def billable(source: Json) -> Json:
    """Return the part of a tariff that this version can say, to be billed by: no bounds of the total."""
    return {name: value for name, value in source.items() if name not in ("min_price", "max_price")}


def charging_period(piece: Slice) -> Json:
    """ChargingPeriod."""
    return {"start_date_time": to_iso(piece.start), "dimensions": dimensions(piece)}


def _used_place(live: LiveSession) -> Json:
    """Location reduced to the EVSE and connector that were used."""
    state = EvseState("CHARGING" if live.end is None else "AVAILABLE", live.place.evse["last_updated"])
    used = evse(live.place.evse, state) | {"connectors": [connector(live.connector)]}
    return _place(live.place.location) | {"evses": [used]}


def _auth_method(live: LiveSession) -> str:
    """AuthMethod; a command counts as a request, since this edition has no word for it."""
    return "WHITELIST" if live.auth_method == "WHITELIST" else "AUTH_REQUEST"


def session(live: LiveSession, slices: list[Slice], bill: Bill | None) -> Json:
    """Session as a whole, as of its ``last_updated``."""
    course = live.running()
    found: Json = {
        "id": live.id,
        "start_datetime": to_iso(course.start),
        "kwh": number(course.kwh_at(live.reported_until)),
        "auth_id": live.token["auth_id"],
        "auth_method": _auth_method(live),
        "location": _used_place(live),
        "currency": currency(live),
        "status": live.status,
        "last_updated": to_iso(live.last_updated),
    }
    if live.end is not None:
        found["end_datetime"] = to_iso(live.end)
    if slices:
        found["charging_periods"] = [charging_period(piece) for piece in slices]
    if bill is not None:
        found["total_cost"] = number(bill.total.excl_vat)
    return found


def session_patch(live: LiveSession, slices: list[Slice], new: list[Slice], bill: Bill | None) -> Json:
    """What changed in a running session; without a word on lists in this edition, a list is sent whole."""
    found: Json = {"kwh": number(live.running().kwh_at(live.reported_until)), "status": live.status}
    if new:
        found["charging_periods"] = [charging_period(piece) for piece in slices]
    if bill is not None:
        found["total_cost"] = number(bill.total.excl_vat)
    return found


def cdr(live: LiveSession, cdr_id: str, slices: list[Slice], bill: Bill, created: float, tariff_: Json | None) -> Json:
    """CDR of a completed session; it does not name the session."""
    course = live.running()
    end = live.end if live.end is not None else course.charging_end
    found: Json = {
        "id": cdr_id,
        "start_date_time": to_iso(course.start),
        "stop_date_time": to_iso(end),
        "auth_id": live.token["auth_id"],
        "auth_method": _auth_method(live),
        "location": _used_place(live),
        "currency": currency(live),
        "charging_periods": [charging_period(piece) for piece in slices],
        "total_cost": number(bill.total.excl_vat),
        "total_energy": total_energy(slices),
        "total_time": hours(end - course.start),
        "total_parking_time": hours(parked(slices)),
        "last_updated": to_iso(created),
    }
    if tariff_ is not None:
        found["tariffs"] = [tariff(tariff_)]
    if live.stopped_by is not None:
        found["remark"] = f"stopped by {live.stopped_by}"
    return found


def more_expensive(cdr: Json) -> Json:
    """Return the CDR with one currency unit more, under the same id."""
    return cdr | {"total_cost": cdr["total_cost"] + 1}


def credit(cdr: Json, credit_id: str, created: float) -> Json:
    """Raise `NotImplementedError`: a CDR of this version cannot credit another."""
    raise NotImplementedError("OCPI 2.1.1 has no credit CDRs")


def command_response(result: str, timeout: int, message: str | None = None) -> Json:  # noqa: ARG001 - both came later
    """CommandResponse: the CPO's own answer; knows no timeout."""
    return command_result(result)


def command_result(result: str, message: str | None = None) -> Json:  # noqa: ARG001 - messages came later
    """CommandResponse again, as the result that follows."""
    return {"result": result}
