"""Payouts of the processor: what is on its way to our bank, and what each payout consists of.

A payout event is a hint to look, as all are. The money is booked as soon as the processor tells of a payout, because
that is when it leaves our balance there; a payout that fails brings it back. What an automatic payout consists of is
told once it is reconciled: every movement is then matched to our books (``payout_lines.py``), and what is left over
must be nothing. All of it may be repeated: causes book once, lines are stored once.
"""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import payout
from api.domain.money import Money
from api.models.settlement import PayoutRow
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.settlement import BalanceEntry, PayoutSnapshot
from api.services.charging.findings import close_findings, open_finding
from api.services.finance.payout_lines import explained_total, take_line
from api.services.payments.ledger import book
from api.services.work import Work

LINES_AT_ONCE = 200
"""Lines stored in one transaction: a crash repeats at most these."""

GONE = frozenset({"failed", "canceled"})
"""The processor's words for a payout whose money is back in our balance."""


async def handle_payout_event(*, work: Work, ports: Ports, payout_id: str) -> bool:
    """Look at a payout and book what is seen; False: the processor is away, and asking again is needed."""
    try:
        snapshot = await ports.settlement.fetch_payout(payout_id)
        async with work() as db:
            done = await _believe(db, ports, ports.clock.now(), snapshot)
        if done or not (snapshot.automatic and snapshot.reconciled):
            return True
        entries = await ports.settlement.balance_entries(payout_id=payout_id)
    except OutcomeUnknown:
        return False
    except ProcessorRefused as refused:
        await _tell_finance(work, ports, payout_id, refused)
        return True
    await _reconcile(work, ports, snapshot, entries)
    return True


async def _believe(db: AsyncSession, ports: Ports, now: datetime, snapshot: PayoutSnapshot) -> bool:
    """Store a payout and book its money, there and back; return whether it was reconciled before."""
    told = {"processor_status": snapshot.status, "arrives_at": snapshot.arrives_at, "automatic": snapshot.automatic}
    values = {
        "id": snapshot.payout_id,
        "currency": snapshot.amount.currency,
        "amount_minor": snapshot.amount.minor,
        "seen_at": now,
    }
    connection = await db.connection()
    stored = insert(PayoutRow).values(**values, **told).on_conflict_do_update(index_elements=["id"], set_=told)
    await connection.execute(stored)
    cause = ("payout", snapshot.payout_id)
    sent, back = payout(snapshot.amount), payout(-snapshot.amount)
    await book(db=db, ports=ports, now=now, kind=JournalKind.PAYOUT, cause=cause, postings=sent)
    if snapshot.status in GONE:
        await book(db=db, ports=ports, now=now, kind=JournalKind.PAYOUT_FAILED, cause=cause, postings=back)
        detail = {"status": snapshot.status}
        await open_finding(
            db=db,
            ports=ports,
            now=now,
            reason="payout_failed",
            subject=snapshot.payout_id,
            amount=snapshot.amount,
            detail=detail,
        )
    row = await db.get_one(PayoutRow, snapshot.payout_id, populate_existing=True)
    return row.reconciled_at is not None


async def _reconcile(work: Work, ports: Ports, snapshot: PayoutSnapshot, entries: tuple[BalanceEntry, ...]) -> None:
    """Match every movement of a payout to our books; a rest is told to finance."""
    lines = [entry for entry in entries if entry.source_id != snapshot.payout_id]
    for first in range(0, len(lines), LINES_AT_ONCE):
        async with work() as db:
            for entry in lines[first : first + LINES_AT_ONCE]:
                await take_line(db=db, ports=ports, now=ports.clock.now(), payout_id=snapshot.payout_id, entry=entry)
    async with work() as db:
        now = ports.clock.now()
        row = await db.get_one(PayoutRow, snapshot.payout_id, with_for_update=True)
        explained = await explained_total(db=db, payout_id=row.id)
        rest = Money(row.amount_minor - explained, row.currency)
        row.rest_minor, row.reconciled_at = rest.minor, now
        db.add(row)
        if rest.minor:
            await open_finding(db=db, ports=ports, now=now, reason="payout_rest", subject=row.id, amount=rest)
        else:
            await close_findings(db=db, now=now, reasons=("payout_rest",), subject=row.id)


async def _tell_finance(work: Work, ports: Ports, payout_id: str, refused: ProcessorRefused) -> None:
    """Open a finding for a payout that cannot be looked at."""
    code = refused.processor_code
    async with work() as db:
        await open_finding(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            reason="payout_not_at_processor",
            subject=payout_id,
            detail={"code": code},
        )
