"""The evidence of a complaint, frozen once when it comes in; what came later is told apart (CK25).

Everything technical and financial that is stored about one charge, and about nobody else: commands, what the operator
pushed, bills with their recomputation line by line, the hold's history, captures and refunds. Names, addresses and card
numbers are left out: who reads the bundle finds the driver in the case.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.afterwards import CreditRow, RefundRow
from api.models.charging import ChargingEvent, ChargingSession, Quote
from api.models.complaint import Complaint, ComplaintBundle
from api.models.payment import HoldEvent, HoldRow, PaymentOperation
from api.models.roaming import CommandRow, PartnerMessage, PartnerSessionRow
from api.ports import Ports
from api.services.charging.running import readings_of_charge
from api.services.support.complaint_bills import Bills, look_at_bills

MOST_READINGS = 200
"""Points of the meter curve; of more, evenly many are left out."""
MOST_MESSAGES = 200
_LATER = ("commands", "pushes", "bills", "hold_events", "operations", "refunds", "credits", "history")
"""What grows: each entry has an id."""
_SAID = ("id", "status", "kwh", "start_date_time", "end_date_time", "start_datetime", "end_datetime", "last_updated")


async def freeze_bundle(
    *, db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, charge: ChargingSession
) -> ComplaintBundle:
    """Store what is known of a locked charge now; a complaint has one bundle."""
    facts = await bundle_facts(db=db, ports=ports, charge=charge)
    bundle = ComplaintBundle(complaint_id=complaint.id, taken_at=now, facts=facts, sha256=digest_of(facts))
    db.add(bundle)
    await db.flush()
    return bundle


def digest_of(facts: dict[str, Any]) -> str:
    """Return the SHA-256 of facts as canonical JSON."""
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def came_later(frozen: dict[str, Any], today: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what is known today and was not, or not like that, when the bundle was taken."""
    found = {}
    for name in _LATER:
        known = {json.dumps(each, sort_keys=True) for each in frozen.get(name, [])}
        new = [each for each in today.get(name, []) if json.dumps(each, sort_keys=True) not in known]
        if new:
            found[name] = new
    return found


async def bundle_facts(*, db: AsyncSession, ports: Ports, charge: ChargingSession) -> dict[str, Any]:
    """Return everything about a charge as JSON; moments are UTC, money is minor units, other numbers are text."""
    bills = await look_at_bills(db=db, ports=ports, charge=charge)
    hold = (await db.exec(select(HoldRow).where(HoldRow.charging_session_id == charge.id))).first()
    quote = await db.get_one(Quote, charge.quote_id)
    return {
        "charging_session_id": charge.id,
        "currency": charge.currency,
        "time_zone": charge.time_zone,
        "status": charge.status,
        "place": {name: charge.place.get(name) for name in ("name", "evse_id", "visual_id", "operator")},
        "accepted": {"price": quote.price, "tariff": quote.tariff, "at": _at(quote.accepted_at)},
        "consent": charge.consent,
        "moments": {
            name: _at(getattr(charge, name))
            for name in ("created_at", "charging_at", "energy_ended_at", "unplugged_at", "freed_at")
        },
        "owed_minor": charge.owed_minor,
        "captured_minor": charge.captured_minor,
        "price": charge.driver_price,
        "recomputed": {
            "owed_minor": None if bills.fair is None else bills.fair.minor,
            "difference_minor": _difference(charge, bills),
            "checks": bills.audits_as_json(),
        },
        "hold": None if hold is None else _hold(hold),
        "commands": await _commands(db, charge),
        "sessions": await _sessions(db, charge),
        "pushes": await _pushes(db, charge),
        "meter": await _meter(db, charge),
        "bills": _bills(bills),
        "hold_events": await _hold_events(db, hold),
        "operations": await _operations(db, charge),
        "refunds": await _refunds(db, charge),
        "credits": await _credits(db, charge),
        "history": await _history(db, charge),
    }


def _difference(charge: ChargingSession, bills: Bills) -> int | None:
    known = charge.owed_minor is not None and bills.fair is not None
    return charge.owed_minor - bills.fair.minor if known else None  # type: ignore[operator,union-attr]  # known says so


def _hold(hold: HoldRow) -> dict[str, Any]:
    return {
        "status": hold.status,
        "authorized_minor": hold.authorized_minor,
        "captured_minor": hold.captured_minor,
        "released_minor": hold.released_minor,
        "payment_reference": hold.payment_intent_id,
    }


async def _commands(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(CommandRow).where(CommandRow.charging_session_id == charge.id)
    return [
        {"id": row.id, "kind": row.kind, "sent_at": _at(row.sent_at), "answer": row.answer,
         "answered_at": _at(row.answered_at), "result": row.result, "result_at": _at(row.result_at)}
        for row in await db.exec(query.order_by(col(CommandRow.created_at), col(CommandRow.id)))
    ]  # fmt: skip


async def _sessions(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(PartnerSessionRow).where(PartnerSessionRow.charging_session_id == charge.id)
    return [
        {"id": row.id, "status": row.status, "kwh": str(row.kwh), "last_updated": _at(row.last_updated)}
        for row in await db.exec(query.order_by(col(PartnerSessionRow.key)))
    ]


async def _pushes(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    """Return what the operator sent about the charge's sessions: when, how, what it told, the digest of its words."""
    sessions = select(PartnerSessionRow.key).where(PartnerSessionRow.charging_session_id == charge.id)
    query = select(PartnerMessage).where(col(PartnerMessage.key).in_(sessions))
    rows = await db.exec(query.order_by(col(PartnerMessage.id)).limit(MOST_MESSAGES))
    return [
        {"id": str(row.id), "module": row.module, "how": row.how, "received_at": _at(row.received_at),
         "refusal": row.refusal, "told": _told(row.raw), "sha256": hashlib.sha256(row.raw.encode()).hexdigest()}
        for row in rows
    ]  # fmt: skip


def _told(raw: str) -> dict[str, Any]:
    """Return what a message says of the session, and nothing of whose token it names."""
    try:
        said = json.loads(raw)
    except ValueError:
        return {}
    return {name: said[name] for name in _SAID if name in said} if isinstance(said, dict) else {}


async def _meter(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    readings = await readings_of_charge(db=db, charging_session_id=charge.id)
    step = max(-(-len(readings) // MOST_READINGS), 1)
    return [{"at": _at(row.at), "kwh": str(row.kwh), "charging": row.charging} for row in readings[::step]]


def _bills(bills: Bills) -> list[dict[str, Any]]:
    return [
        {"id": row.id, "credit": row.credit, "credits": row.credit_reference_id, "session": row.session_id,
         "started_at": _at(row.started_at), "ended_at": _at(row.ended_at), "kwh": str(row.total_energy_kwh),
         "cost": str(row.total_cost), "received_at": _at(row.received_at), "sha256": row.raw_hash}
        for row in bills.rows
    ]  # fmt: skip


async def _hold_events(db: AsyncSession, hold: HoldRow | None) -> list[dict[str, Any]]:
    if hold is None:
        return []
    query = select(HoldEvent).where(HoldEvent.hold_id == hold.id).order_by(col(HoldEvent.id))
    return [
        {"id": str(row.id), "kind": row.kind, "amount_minor": row.amount_minor, "source": row.source,
         "reference": row.psp_reference, "at": _at(row.at)}
        for row in await db.exec(query)
    ]  # fmt: skip


async def _operations(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(PaymentOperation).where(PaymentOperation.charging_session_id == charge.id)
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "amount_minor": row.amount_minor,
            "state": row.state,
            "at": _at(row.created_at),
        }
        for row in await db.exec(query.order_by(col(PaymentOperation.created_at), col(PaymentOperation.id)))
    ]


async def _refunds(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(RefundRow).where(RefundRow.charging_session_id == charge.id)
    return [
        {"id": row.id, "amount_minor": row.amount_minor, "state": row.state, "origin": row.origin,
         "at": _at(row.created_at)}
        for row in await db.exec(query.order_by(col(RefundRow.created_at), col(RefundRow.id)))
    ]  # fmt: skip


async def _credits(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(CreditRow).where(CreditRow.charging_session_id == charge.id)
    return [
        {"id": row.id, "amount_minor": row.amount_minor, "state": row.state, "reason": row.reason,
         "at": _at(row.requested_at)}
        for row in await db.exec(query.order_by(col(CreditRow.requested_at), col(CreditRow.id)))
    ]  # fmt: skip


async def _history(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(ChargingEvent).where(ChargingEvent.charging_session_id == charge.id)
    return [
        {"id": str(row.id), "at": _at(row.at), "fact": row.fact, "status": row.status, "hold": row.hold_status}
        for row in await db.exec(query.order_by(col(ChargingEvent.id)))
    ]


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
