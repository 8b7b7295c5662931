"""OCPI 2.3.0 JSON, written by hand: what differs from 2.2.1, and the rest from there.

Particular here: prices are told before taxes with the taxes beside them, tariffs say whether their prices include tax
and bound the total before and after tax, and a hub names itself in ``hub_party_id`` and lists every party behind it.
Chapters: credentials, mod_tariffs, mod_sessions, mod_cdrs, types.
"""

from decimal import Decimal
from typing import Any

from sandbox.cpo import wire_2_2_1 as older
from sandbox.cpo.bill import Amount, Bill
from sandbox.cpo.figures import number
from sandbox.cpo.model import LiveSession
from sandbox.cpo.parties import Identity
from sandbox.cpo.periods import Slice

Json = dict[str, Any]

VERSION = "2.3.0"
ENCODED = older.ENCODED
ROUTED = older.ROUTED
HAS_CREDIT = older.HAS_CREDIT
PATCHES_TARIFFS = older.PATCHES_TARIFFS
REQUIRED = older.REQUIRED
party = older.party
endpoints = older.endpoints
location = older.location
evse = older.evse
evse_patch = older.evse_patch
connector = older.connector
billable = older.billable
command_response = older.command_response
command_result = older.command_result


def price(amount: Amount) -> Json:
    """Price object; taxes are left out when they are not known."""
    found: Json = {"before_taxes": number(amount.excl_vat)}
    if amount.incl_vat is not None:
        found["taxes"] = [{"name": "VAT", "amount": number(amount.incl_vat - amount.excl_vat)}]
    return found


def credentials(token: str, versions_url: str, identity: Identity) -> Json:
    """Credentials object: our role, or those of all parties behind us when we are a hub."""
    parties = identity.behind or (identity.me,)
    roles = [older.role("CPO", who) for who in parties]
    found: Json = {"token": token, "url": versions_url, "roles": roles}
    return found | {"hub_party_id": identity.me.country_code + identity.me.party_id} if identity.behind else found


def version_details(base: str, *, hub: bool) -> Json:
    """VersionDetails with all our modules under ``base``."""
    return older.details(VERSION, base, hub=hub)


def tariff(source: Json) -> Json:
    """Tariff; our prices are before tax."""
    found = source | {"tax_included": "NO"}
    for name in ("min_price", "max_price"):
        if source.get(name):
            limit = source[name]
            found[name] = {"before_taxes": limit["excl_vat"]}
            if limit.get("incl_vat") is not None:
                found[name]["after_taxes"] = limit["incl_vat"]
    return found


def session(live: LiveSession, slices: list[Slice], bill: Bill | None) -> Json:
    """Session as a whole, as of its ``last_updated``."""
    found = older.session(live, slices, None)
    return found if bill is None else found | {"total_cost": price(bill.total)}


def session_patch(live: LiveSession, slices: list[Slice], new: list[Slice], bill: Bill | None) -> Json:
    """What changed in a running session; its periods are appended by the receiver."""
    found = older.session_patch(live, slices, new, None)
    return found if bill is None else found | {"total_cost": price(bill.total)}


def cdr(live: LiveSession, cdr_id: str, slices: list[Slice], bill: Bill, created: float, tariff_: Json | None) -> Json:
    """CDR of a completed session, billed under the tariff it carries."""
    found = older.cdr(live, cdr_id, slices, bill, created, tariff_) | {
        "total_cost": price(bill.total),
        "total_fixed_cost": price(bill.fixed),
        "total_energy_cost": price(bill.energy),
        "total_time_cost": price(bill.time),
        "total_parking_cost": price(bill.parking),
    }
    return found if tariff_ is None else found | {"tariffs": [tariff(tariff_)]}


def more_expensive(cdr: Json) -> Json:
    """Return the CDR with one currency unit more, under the same id."""
    total = cdr["total_cost"]
    return cdr | {"total_cost": total | {"before_taxes": total["before_taxes"] + Decimal(1)}}


def credit(cdr: Json, credit_id: str, created: float) -> Json:
    """CDR that takes another back: its total cost negated, all else as it was."""
    total = cdr["total_cost"]
    negated: Json = {"before_taxes": -total["before_taxes"]}
    if "taxes" in total:
        negated["taxes"] = [tax | {"amount": -tax["amount"]} for tax in total["taxes"]]
    return older.credited(cdr, credit_id, created, negated)
