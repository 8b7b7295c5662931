"""Settling: all CDRs of a charge become one bill, and the bill becomes a fact for the lifecycle.

Runs again for every CDR that comes: duplicates change nothing, credits and replacements change the net.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import CdrReceived, CdrUnpriceable
from api.domain.charging.orders import Finding
from api.domain.errors import AppError
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import partner_cost
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.afterwards import afterwards_of
from api.services.charging.audits import audit_cdrs, cdrs_of_charge, keep_audits, sessions_of
from api.services.charging.bill import bill_of, cost_in_money, energy_of, price_document
from api.services.charging.findings import close_findings, open_finding
from api.services.charging.stored_state import state_of
from api.services.charging.story import is_credible
from api.services.charging.two_charges import own_bills
from api.services.payments.ledger import book

_TILL_BILLED = (Finding.CDR_MISSING, Finding.ESTIMATE_CAPTURED)
"""What finance was told while the bill did not come, and is no longer so when it does."""


async def settle_charge(*, db: AsyncSession, ports: Ports, now: datetime, charging_session_id: str) -> None:
    """Bill a charge by the CDRs it has; a CDR that cannot be priced by rule goes to staff."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    rows = await cdrs_of_charge(db=db, charging_session_id=charge.id)
    rows = await own_bills(db=db, ports=ports, now=now, charge=charge, rows=rows)
    if not rows:
        return
    await _book_costs(db, ports, now, charge, rows)
    sessions = await sessions_of(db=db, charge=charge, rows=rows)
    audits = audit_cdrs(charge, rows, sessions)
    await keep_audits(db=db, ports=ports, now=now, charge=charge, rows=rows, audits=audits)
    try:
        bill = bill_of(rows, audits, sessions, charge, ports.policy)
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
    await close_findings(db=db, now=now, reasons=_TILL_BILLED, subject=charge.id)
    charge.driver_price = price_document(bill)
    billed_kwh = energy_of(bill)
    charge.kwh = charge.kwh if billed_kwh is None else billed_kwh
    _date(charge, rows)
    db.add(charge)
    credited = await _credited_beside(db, charge, bill.price.total)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[CdrReceived(bill.price.total, credited)])


async def _credited_beside(db: AsyncSession, charge: ChargingSession, owed: Money) -> Money | None:
    """Return what counts as waived beside a bill; None: nothing was."""
    if state_of(charge).after is None:
        return None
    return (await afterwards_of(db=db, charge=charge, owed_minor=owed.minor)).credited


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
