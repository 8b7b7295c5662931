"""The evidence pack of a dispute: what we can show the bank about one charge, assembled and frozen.

Facts for people and programs of ours, and the same as texts by the processor's names of evidence
(https://docs.stripe.com/disputes/evidence; ``evidence_texts.py``). A pack is never changed; another assembly is
another pack, and the newest is the one that is submitted (``evidence_submit.py``).
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.ids import Prefix
from api.models.afterwards import DisputeRow, EvidencePack, RefundRow
from api.models.charging import ChargingSession, Quote
from api.models.driver import Driver
from api.models.finance import Receipt
from api.models.payment import HoldRow
from api.models.roaming import CdrRow, CommandRow
from api.models.wallet import Payin
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import named, note_action
from api.services.charging.audits import cdrs_of_charge
from api.services.charging.disputes import dispute_by_id
from api.services.charging.evidence_texts import evidence_texts
from api.services.charging.running import readings_of_charge

MOST_READINGS = 100
"""Points of the meter curve in a pack; of more, evenly many are left out."""


class NoSession(Conflict):
    """A wallet's top-up is disputed: there is no charge to show, so staff answer at the processor."""


async def assemble_evidence(*, db: AsyncSession, ports: Ports, now: datetime, dispute_id: str, by: str) -> EvidencePack:
    """Assemble and freeze what is known of a disputed charge; nothing new: the newest pack as it is.

    Raises UnknownDispute, NoSession, PersonUnnamed.
    """
    person = named(by)
    dispute = await dispute_by_id(db=db, dispute_id=dispute_id)
    if dispute.charging_session_id is None:
        raise NoSession("dispute_of_top_up", dispute_id=dispute.id)
    charge = await lock_charge(db=db, charging_session_id=dispute.charging_session_id)
    facts = await _facts(db, charge, dispute)
    texts = evidence_texts(facts)
    digest = hashlib.sha256(json.dumps([facts, texts], sort_keys=True).encode()).hexdigest()
    newest = await newest_pack(db=db, dispute_id=dispute.id)
    if newest is not None and newest.sha256 == digest:
        return newest
    pack = EvidencePack(
        id=ports.randomness.new_id(Prefix.EVIDENCE),
        dispute_id=dispute.id,
        assembled_at=now,
        assembled_by=person,
        facts=facts,
        texts=texts,
        sha256=digest,
    )
    db.add(pack)
    await db.flush()
    await note_action(
        db=db,
        now=now,
        by=person,
        action="evidence_assembled",
        subject_id=dispute.id,
        charging_session_id=charge.id,
        reason="dispute",
        after={"evidence_pack_id": pack.id, "sha256": digest},
    )
    return pack


async def newest_pack(*, db: AsyncSession, dispute_id: str) -> EvidencePack | None:
    """Return the newest pack of a dispute."""
    query = select(EvidencePack).where(EvidencePack.dispute_id == dispute_id)
    return (await db.exec(query.order_by(col(EvidencePack.assembled_at).desc(), col(EvidencePack.id).desc()))).first()


async def _facts(db: AsyncSession, charge: ChargingSession, dispute: DisputeRow) -> dict[str, Any]:
    """Return everything that a bank may ask, as JSON; moments are UTC, money is minor units."""
    driver = await db.get_one(Driver, charge.driver_id)
    quote = await db.get_one(Quote, charge.quote_id)
    holds = await db.exec(select(HoldRow).where(HoldRow.payment_intent_id == dispute.payment_intent_id))
    return {
        "charging_session_id": charge.id,
        "currency": charge.currency,
        "dispute": {
            "processor_dispute_id": dispute.processor_dispute_id,
            "reason": dispute.reason,
            "amount_minor": dispute.amount_minor,
            "opened_at": _at(dispute.opened_at),
        },
        "driver": {"name": driver.name, "email": driver.email, "since": _at(driver.created_at)},
        "place": charge.place,
        "time_zone": charge.time_zone,
        "consent": charge.consent,
        "quote": {
            "id": quote.id,
            "shown_at": _at(quote.created_at),
            "accepted_at": _at(quote.accepted_at),
            "price": quote.price,
            "hold_minor": quote.hold_minor,
        },
        "payment": [_payment(hold) for hold in holds],
        "later_payments": await _later_payments(db, charge),
        "session": await _session(db, charge),
        "bills": [_bill(row) for row in await cdrs_of_charge(db=db, charging_session_id=charge.id)],
        "price": charge.driver_price,
        "owed_minor": charge.owed_minor,
        "receipts": await _receipts(db, charge),
        "refunds": await _refunds(db, charge),
    }


def _payment(hold: HoldRow) -> dict[str, Any]:
    return {
        "payment_intent_id": hold.payment_intent_id,
        "card_brand": hold.card_brand,
        "card_last4": hold.card_last4,
        "reserved_minor": hold.authorized_minor,
        "captured_minor": hold.captured_minor,
    }


async def _later_payments(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    """Return what was paid beside the hold: the disputed payment may be one of these."""
    query = select(Payin).where(Payin.charging_session_id == charge.id, Payin.received_minor > 0)
    return [
        {"payment_intent_id": row.payment_intent_id, "received_minor": row.received_minor, "source": row.source,
         "at": _at(row.finished_at)}
        for row in await db.exec(query.order_by(col(Payin.finished_at), col(Payin.id)))
    ]  # fmt: skip


async def _session(db: AsyncSession, charge: ChargingSession) -> dict[str, Any]:
    """Return what happened at the charger: commands with the charger's word on them, moments, the meter curve."""
    query = select(CommandRow).where(CommandRow.charging_session_id == charge.id)
    commands = await db.exec(query.order_by(col(CommandRow.created_at), col(CommandRow.id)))
    readings = await readings_of_charge(db=db, charging_session_id=charge.id)
    step = max(-(-len(readings) // MOST_READINGS), 1)
    return {
        "commands": [
            {"kind": row.kind, "sent_at": _at(row.sent_at), "answer": row.answer, "result": row.result,
             "result_at": _at(row.result_at)}
            for row in commands
        ],
        "charging_at": _at(charge.charging_at),
        "energy_ended_at": _at(charge.energy_ended_at),
        "unplugged_at": _at(charge.unplugged_at),
        "kwh": str(charge.kwh),
        "meter": [{"at": _at(row.at), "kwh": str(row.kwh)} for row in readings[::step]],
    }  # fmt: skip


def _bill(row: CdrRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "operator": f"{row.country_code}-{row.party_id}",
        "credit": row.credit,
        "started_at": _at(row.started_at),
        "ended_at": _at(row.ended_at),
        "kwh": str(row.total_energy_kwh),
    }


async def _receipts(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(Receipt).where(Receipt.charging_session_id == charge.id).order_by(col(Receipt.revision))
    return [{"id": row.id, "issued_at": _at(row.issued_at)} for row in await db.exec(query)]


async def _refunds(db: AsyncSession, charge: ChargingSession) -> list[dict[str, Any]]:
    query = select(RefundRow).where(RefundRow.charging_session_id == charge.id)
    return [
        {"id": row.id, "amount_minor": row.amount_minor, "state": row.state, "at": _at(row.created_at),
         "processor_refund_id": row.processor_refund_id}
        for row in await db.exec(query.order_by(col(RefundRow.created_at), col(RefundRow.id)))
    ]  # fmt: skip


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
