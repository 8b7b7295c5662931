"""Auditing a charge's CDRs: each computed again, the result kept with it, and finance told of what does not agree.

A CDR is audited anew whenever the charge is settled again, so a finding that no longer holds is closed. Does not live
here: how a CDR is judged (``domain/pricing/audit.py``), what the driver owes (``bill.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money, to_minor_half_up
from api.domain.pricing.audit import SessionEnd, audit_cdr, unpriced
from api.domain.pricing.breakdown import plain
from api.domain.pricing.corrections import volume_of
from api.domain.pricing.periods import ParkingReading
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import DimensionType
from api.domain.pricing.verdict import CdrAudit, Verdict
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow, PartnerSessionRow
from api.ports import Ports
from api.services.charging.findings import close_findings, open_finding
from api.services.charging.story import MOST_CREDIBLE
from api.services.roaming.documents import read_cdr, read_session
from api.services.roaming.keys import object_key

_REASONS: dict[Verdict, str] = {
    verdict: f"cdr_{verdict}" for verdict in Verdict if verdict not in {Verdict.equal, Verdict.rounding}
}
"""What finance is told, by verdict: ``cdr_wrong_tariff`` and so on."""


async def audit_cdrs(*, db: AsyncSession, charge: ChargingSession, rows: Sequence[CdrRow]) -> list[CdrAudit]:
    """Compute each CDR of a charge again under the tariff that its driver accepted."""
    alone = sum(not row.credit for row in rows) == 1
    audits = []
    for row in rows:
        cdr = read_cdr(row.document)
        try:
            tariff = None if charge.tariff is None else tariff_from_json(charge.tariff)
        except PricingRefused as broken:
            audits.append(unpriced(cdr, broken.reason))
            continue
        session = await _session_end(db, charge, row, cdr, alone=alone)
        parking = ParkingReading(charge.parking_reading)
        audits.append(audit_cdr(cdr, tariff=tariff, time_zone=charge.time_zone, session=session, parking=parking))
    return audits


async def _session_end(
    db: AsyncSession, charge: ChargingSession, row: CdrRow, cdr: Cdr, *, alone: bool
) -> SessionEnd | None:
    """Return how the partner's session ended, None while it has not or nobody told of it.

    A hub may give a bill another session id than the session had: the only bill of a charge is of its only session.
    """
    session = None
    if cdr.session_id:
        key = object_key(row.partner_id, cdr.country_code, cdr.party_id, cdr.session_id)
        session = await db.get(PartnerSessionRow, key)
    if session is None and alone and charge.partner_session_key is not None:
        session = await db.get(PartnerSessionRow, charge.partner_session_key)
    if session is None or session.status != SessionStatus.COMPLETED:
        return None
    return SessionEnd(
        session.kwh, volume_of(read_session(session.document).charging_periods, DimensionType.parking_time)
    )


async def keep_audits(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    rows: Sequence[CdrRow],
    audits: Sequence[CdrAudit],
) -> None:
    """Store each audit with its CDR; tell finance of what differs, and take back what was told before and no longer is.

    What a credit CDR takes back was told when it came, and a bill in another currency is told as unpriceable.
    """
    for row, audit in zip(rows, audits, strict=True):
        row.audit = msgspec.to_builtins(audit) | {"summary": summary_of(row, audit)}
        db.add(row)
        told = row.credit or row.currency != charge.currency
        reason = None if told else _REASONS.get(audit.verdict)
        others = [each for each in _REASONS.values() if each != reason]
        await close_findings(db=db, now=now, reasons=others, subject=row.key)
        if reason is not None:
            await open_finding(
                db=db,
                ports=ports,
                now=now,
                reason=reason,
                subject=row.key,
                charging_session_id=charge.id,
                amount=_in_money(audit),
                detail=summary_of(row, audit),
            )


async def cdrs_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[CdrRow]:
    """Return the CDRs of a charge in the order in which they came."""
    query = select(CdrRow).where(CdrRow.charging_session_id == charging_session_id)
    return list(await db.exec(query.order_by(col(CdrRow.received_at), col(CdrRow.key))))


def _in_money(audit: CdrAudit) -> Money | None:
    """Return the difference in money, None where it is unknown or too absurd to be any."""
    if audit.difference is None or abs(audit.difference) >= MOST_CREDIBLE:
        return None
    return to_minor_half_up(audit.difference, audit.currency)


def summary_of(row: CdrRow, audit: CdrAudit) -> dict[str, Any]:
    """Return an audit as a receipt and a clerk read it; sums before tax, in major units, as text."""
    promised = audit.promised
    return {
        "cdr": row.id,
        "verdict": audit.verdict.value,
        "billed": plain(audit.billed),
        "computed": None if promised is None else plain(promised.excl_vat),
        "difference": None if audit.difference is None else plain(audit.difference),
        "is_ceiling": audit.is_ceiling,
        "lines": [
            {
                "kind": line.kind,
                "billed": None if line.billed is None else plain(line.billed),
                "computed": plain(line.computed),
                "difference": None if line.difference is None else plain(line.difference),
            }
            for line in audit.lines
        ],
        "notes": [{"code": note.code, **note.facts} for note in audit.notes],
    }
