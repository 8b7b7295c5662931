"""Settling: all CDRs of a charge become one bill, and the bill becomes a fact for the lifecycle.

Runs again for every CDR that comes: duplicates change nothing, credits and replacements change the net.
"""

from datetime import datetime
from decimal import Decimal

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import CdrReceived, CdrUnpriceable
from api.domain.errors import AppError
from api.domain.finance.ledger import JournalKind, partner_cost
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.bill import Audit, audit_cdr, bill_of, cost_in_money, is_credible, price_document
from api.services.charging.findings import open_finding
from api.services.payments.ledger import book
from api.services.roaming.documents import read_cdr


async def settle_charge(*, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str) -> None:
    """Bill a charge by the CDRs it has; a CDR that cannot be priced by rule goes to staff."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    query = (
        select(CdrRow).where(CdrRow.charging_session_id == charge.id).order_by(col(CdrRow.received_at), col(CdrRow.key))
    )
    rows = list(await db.exec(query))
    if not rows:
        return
    await _book_costs(db, ports, now, charge, rows)
    audits = [audit_cdr(row, read_cdr(row.document), charge) for row in rows]
    await _keep_audits(db, ports, now, charge, rows, audits)
    try:
        bill = bill_of(rows, charge, ports.policy)
    except AppError as refused:
        await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[CdrUnpriceable(refused.code)])
        return
    if len({row.session_id for row in rows if row.session_id}) > 1:
        await open_finding(
            db=db,
            ports=ports,
            now=now,
            reason="charge_with_two_sessions",
            subject=charge.id,
            charging_session_id=charge.id,
        )
    charge.driver_price = price_document(bill, audits)
    charge.kwh = _energy(rows, charge)
    _date(charge, rows)
    db.add(charge)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[CdrReceived(bill.total)])


def _energy(rows: list[CdrRow], charge: ChargingSession) -> Decimal:
    """Return the billed energy in kWh: that of the newest CDR that is no credit."""
    bills = [row for row in rows if not row.credit]
    return bills[-1].total_energy_kwh if bills else charge.kwh


def _date(charge: ChargingSession, rows: list[CdrRow]) -> None:
    """Date a charge whose session was never, or not to its end, pushed by its CDRs."""
    charge.charging_at = charge.charging_at or min(row.started_at for row in rows)
    charge.unplugged_at = charge.unplugged_at or max(row.ended_at for row in rows)


async def _book_costs(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, rows: list[CdrRow]
) -> None:
    """Book what each CDR costs us, once; a cost that cannot be money is for staff."""
    for row in filter(is_credible, rows):
        await book(
            db=db,
            ports=ports,
            now=now,
            kind=JournalKind.PARTNER_COST,
            cause=("cdr", row.key),
            postings=partner_cost(row.partner_id, cost_in_money(row)),
            charging_session_id=charge.id,
        )


async def _keep_audits(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, rows: list[CdrRow], audits: list[Audit]
) -> None:
    """Store each audit with its CDR and tell finance of the ones that differ."""
    for row, audit in zip(rows, audits, strict=True):
        row.audit = msgspec.to_builtins(audit)
        db.add(row)
        if audit.verdict != "equal" and not row.credit:
            await open_finding(
                db=db,
                ports=ports,
                now=now,
                reason="cdr_price_differs" if audit.verdict == "differs" else "cdr_not_checked",
                subject=row.key,
                charging_session_id=charge.id,
                detail={"verdict": audit.verdict, "billed": str(audit.billed), "computed": str(audit.computed)},
            )
