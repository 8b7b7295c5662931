"""Auditing a charge's CDRs: each computed again, the result kept with it, and finance told of what does not agree.

A CDR is audited anew whenever the charge is settled again, so a finding that no longer holds is closed. Does not live
here: how a CDR is judged (``domain/pricing/audit.py``), what the driver owes (``bill.py``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money, to_minor_half_up
from api.domain.pricing.audit import audit_cdr, unpriced
from api.domain.pricing.breakdown import plain
from api.domain.pricing.corrections import SessionEnd, volume_of
from api.domain.pricing.periods import ParkingReading
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import DimensionType
from api.domain.pricing.verdict import CdrAudit, Verdict
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow, PartnerSessionRow
from api.ports import Ports
from api.services.charging.findings import close_findings, open_finding
from api.services.charging.story import MOST_CREDIBLE, credited_key, stories_told
from api.services.roaming.documents import read_cdr, read_session
from api.services.roaming.keys import object_key

Sessions = Mapping[str, PartnerSessionRow]
"""The partner's session of each CDR, by the CDR's key."""

_REASONS: dict[Verdict, str] = {
    verdict: f"cdr_{verdict}" for verdict in Verdict if verdict not in {Verdict.equal, Verdict.rounding}
}
"""What finance is told, by verdict: ``cdr_wrong_tariff`` and so on."""


def audit_cdrs(charge: ChargingSession, rows: Sequence[CdrRow], sessions: Sessions) -> list[CdrAudit]:
    """Compute each CDR of a charge again under the tariff that its driver accepted; ``sessions`` are its own."""
    try:
        tariff = None if charge.tariff is None else tariff_from_json(charge.tariff)
    except PricingRefused as broken:
        return [unpriced(read_cdr(row.document), broken.reason) for row in rows]
    audits = []
    parking = ParkingReading(charge.parking_reading)
    for row in rows:
        cdr, session = read_cdr(row.document), sessions.get(row.key)
        told = None if session is None else _told(session)
        audits.append(audit_cdr(cdr, tariff=tariff, time_zone=charge.time_zone, session=told, parking=parking))
    return audits


async def sessions_of(*, db: AsyncSession, charge: ChargingSession, rows: Sequence[CdrRow]) -> Sessions:
    """Return the partner's session of each CDR by the CDR's key, as far as it is one of this charge.

    A hub may give a bill another session id than the session had: the only bill that stands is of its only session.
    """
    query = select(PartnerSessionRow).where(PartnerSessionRow.charging_session_id == charge.id)
    known = {session.key: session for session in (await db.exec(query)).all()}
    credited = {credited_key(row) for row in rows if row.credit}
    alone = sum(not row.credit and row.key not in credited for row in rows) == 1
    found: dict[str, PartnerSessionRow] = {}
    for row in rows:
        named = row.session_id and object_key(row.partner_id, row.country_code, row.party_id, row.session_id)
        session = known.get(named or "")
        if session is None and len(known) == 1 and alone:
            session = next(iter(known.values()))
        if session is not None:
            found[row.key] = session
    return found


def _told(session: PartnerSessionRow) -> SessionEnd | None:
    """Return how a session ended, None while it goes on; one that was taken back still delivered what it told."""
    if session.status not in {SessionStatus.COMPLETED, SessionStatus.INVALID}:
        return None
    told = read_session(session.document)
    periods = told.charging_periods
    parked = volume_of(periods, DimensionType.parking_time) if periods else None
    return SessionEnd(session.kwh, parked, told.starts_at, told.ended_at)


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

    A credit CDR and what it takes back are no news, and a bill in another currency is told as unpriceable.
    """
    taken_back = {story.row.key for story in stories_told(rows) if not story.stands}
    for row, audit in zip(rows, audits, strict=True):
        row.audit = msgspec.to_builtins(audit) | {"summary": summary_of(row, audit)}
        db.add(row)
        told = row.credit or row.currency != charge.currency or row.key in taken_back
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
