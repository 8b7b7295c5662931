"""OCPI 2.2.1 JSON, written by hand: every object the virtual CPO serves or sends, and what it requires of what it gets.

Nothing here decides or calls anything. Another version of OCPI gets a file of its own beside this one. Chapters:
credentials, version_information_endpoint, mod_locations, mod_sessions, mod_cdrs, mod_tariffs, mod_commands,
mod_tokens.
"""

from typing import Any

from sandbox.cpo.bill import Amount, Bill
from sandbox.cpo.clock import to_iso
from sandbox.cpo.figures import currency, dimensions, hours, number, parked, total_energy
from sandbox.cpo.model import EvseState, LiveSession
from sandbox.cpo.parties import Identity, Who
from sandbox.cpo.periods import Slice

Json = dict[str, Any]

VERSION = "2.2.1"
ENCODED = True
ROUTED = True
HAS_CREDIT = True
PATCHES_TARIFFS = False
MODULES = (
    ("credentials", "RECEIVER"),
    ("locations", "SENDER"),
    ("tariffs", "SENDER"),
    ("sessions", "SENDER"),
    ("cdrs", "SENDER"),
    ("tokens", "RECEIVER"),
    ("commands", "RECEIVER"),
)
REQUIRED: dict[str, tuple[str, ...]] = {
    "START_SESSION": ("response_url", "token", "location_id"),
    "STOP_SESSION": ("response_url", "session_id"),
    "RESERVE_NOW": ("response_url", "token", "expiry_date", "reservation_id", "location_id"),
    "CANCEL_RESERVATION": ("response_url", "reservation_id"),
    "UNLOCK_CONNECTOR": ("response_url", "location_id", "evse_uid", "connector_id"),
    "token": ("country_code", "party_id", "uid", "type", "contract_id", "issuer", "valid", "whitelist", "last_updated"),
    "credentials": ("token", "url", "roles"),
}
_CDR_TOKEN = ("country_code", "party_id", "uid", "type", "contract_id")


def price(amount: Amount) -> Json:
    """Price object; the amount with VAT is left out when it is not known."""
    found: Json = {"excl_vat": number(amount.excl_vat)}
    if amount.incl_vat is not None:
        found["incl_vat"] = number(amount.incl_vat)
    return found


def credentials(token: str, versions_url: str, identity: Identity) -> Json:
    """Credentials object with our single role: CPO, or HUB without a word on who is behind it."""
    roles = [role("HUB" if identity.behind else "CPO", identity.me)]
    return {"token": token, "url": versions_url, "roles": roles}


def role(name: str, who: Who) -> Json:
    """CredentialsRole of one party."""
    found: Json = {"role": name, "party_id": who.party_id, "country_code": who.country_code}
    return found | {"business_details": {"name": who.name}}


def party(credentials: Json) -> tuple[str, str] | None:
    """Pick the eMSP role's party, else that of the first role; nothing where there is no role."""
    roles = credentials["roles"]
    if not isinstance(roles, list) or not roles:
        return None
    found = next((role for role in roles if role.get("role") == "EMSP"), roles[0])
    return found["country_code"], found["party_id"]


def version_details(base: str, *, hub: bool) -> Json:
    """VersionDetails with all our modules under ``base``."""
    return details(VERSION, base, hub=hub)


def details(version: str, base: str, *, hub: bool) -> Json:
    """VersionDetails of any version whose endpoints have roles."""
    modules = (*MODULES, ("hubclientinfo", "SENDER")) if hub else MODULES
    endpoints = [{"identifier": name, "role": role, "url": f"{base}/ocpi/{version}/{name}"} for name, role in modules]
    return {"version": version, "endpoints": endpoints}


def endpoints(details: Json) -> dict[tuple[str, str], str]:
    """Read a peer's endpoints by module and role."""
    return {(e["identifier"], e["role"]): e["url"] for e in details["endpoints"]}


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


def connector(source: Json) -> Json:
    """Connector."""
    return source


def tariff(source: Json) -> Json:
    """Tariff; the feed is written in this version."""
    return source


def billable(source: Json) -> Json:
    """Return the part of a tariff that this version can say, to be billed by: all of it."""
    return source


def cdr_token(token: Json) -> Json:
    """CdrToken: the part of a Token that sessions and CDRs carry."""
    return {name: token[name] for name in _CDR_TOKEN}


def charging_period(piece: Slice, tariff: Json | None) -> Json:
    """ChargingPeriod: energy and time while charging, parking time afterwards."""
    found: Json = {"start_date_time": to_iso(piece.start), "dimensions": dimensions(piece)}
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
        "auth_method": live.auth_method,
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


def session_patch(  # the whole of `_slices` is for versions whose receivers do not append
    live: LiveSession, _slices: list[Slice], new: list[Slice], bill: Bill | None
) -> Json:
    """What changed in a running session; its periods are appended by the receiver."""
    found: Json = {
        "kwh": number(live.running().kwh_at(live.reported_until)),
        "status": live.status,
        "last_updated": to_iso(live.last_updated),
    }
    if new:
        found["charging_periods"] = [charging_period(piece, live.tariff) for piece in new]
    if bill is not None:
        found["total_cost"] = price(bill.total)
    return found


def cdr(live: LiveSession, cdr_id: str, slices: list[Slice], bill: Bill, created: float, tariff: Json | None) -> Json:
    """CDR of a completed session, billed under ``tariff``; totals of dimensions that did not occur are left out."""
    course = live.running()
    end = live.end if live.end is not None else course.charging_end
    found: Json = {
        "country_code": live.place.location["country_code"],
        "party_id": live.place.location["party_id"],
        "id": cdr_id,
        "start_date_time": to_iso(course.start),
        "end_date_time": to_iso(end),
        "session_id": live.id,
        "cdr_token": cdr_token(live.token),
        "auth_method": live.auth_method,
        "cdr_location": cdr_location(live),
        "currency": currency(live),
        "charging_periods": [charging_period(piece, tariff) for piece in slices],
        "total_cost": price(bill.total),
        "total_fixed_cost": price(bill.fixed),
        "total_energy": total_energy(slices),
        "total_energy_cost": price(bill.energy),
        "total_time": hours(end - course.start),
        "total_time_cost": price(bill.time),
        "total_parking_time": hours(parked(slices)),
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


def more_expensive(cdr: Json) -> Json:
    """Return the CDR with one currency unit more, under the same id."""
    return cdr | {"total_cost": {name: amount + 1 for name, amount in cdr["total_cost"].items()}}


def credit(cdr: Json, credit_id: str, created: float) -> Json:
    """CDR that takes another back: its total cost negated, all else as it was."""
    return credited(cdr, credit_id, created, {name: -amount for name, amount in cdr["total_cost"].items()})


def credited(cdr: Json, credit_id: str, created: float, total: Json) -> Json:
    """CDR that takes another back, its total cost already negated."""
    found = cdr | {"id": credit_id, "credit": True, "credit_reference_id": cdr["id"], "total_cost": total}
    return found | {"last_updated": to_iso(created)}


def command_response(result: str, timeout: int, message: str | None = None) -> Json:
    """CommandResponse: the CPO's own answer."""
    return {"result": result, "timeout": timeout} | _message(message)


def command_result(result: str, message: str | None = None) -> Json:
    """CommandResult: what the charge point said later."""
    return {"result": result} | _message(message)


def _message(text: str | None) -> Json:
    return {} if text is None else {"message": [{"language": "en", "text": text}]}
