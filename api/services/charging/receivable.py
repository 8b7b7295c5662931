"""Booking what a charge's driver owes beside the hold, and the tax of its income, whenever the bill changes.

Each step of a charge's history books at most one journal of a kind, so that the same receivable may rise, fall and
rise again, and none of it is booked twice. Does not live here: how much (``domain/charging/table_coupling.py``), with
which tax (``domain/finance/income.py``).
"""

from datetime import datetime

from sqlalchemy import func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.domain.finance.accounts import JournalKind
from api.domain.finance.income import income_after
from api.domain.finance.ledger import Income, Posting, receivable_changed, tax_trued_up, write_off_trued_up
from api.domain.money import Money
from api.models.charging import ChargingEvent, ChargingSession
from api.ports import Ports
from api.services.charging.bill import tax_of_charge
from api.services.charging.stored_state import machine_policy, state_of
from api.services.payments.ledger import book, income_of_charge

_GIVEN_UP = text(
    "SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
    " JOIN journal j ON j.id = e.journal_id WHERE j.charging_session_id = :charge AND a.name = 'write_off'"
)


async def change_receivable(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, change: Money
) -> None:
    """Book ``change`` of what the driver owes, negative where it is taken back, with the tax that the bill leaves."""
    earned = await earned_by(db, ports, charge, change)
    kind = JournalKind.RECEIVABLE_RAISED if change.minor > 0 else JournalKind.RECEIVABLE_LOWERED
    await _book(db, ports, now, charge, kind, receivable_changed(charge.driver_id, earned, change.currency))


async def true_up_tax(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> None:
    """Move booked income of a settled charge to where its bill's tax wants it, should it not be there already."""
    earned = await earned_by(db, ports, charge, Money.zero(charge.currency))
    await _book(db, ports, now, charge, JournalKind.TAX_TRUED_UP, tax_trued_up(earned, charge.currency))


async def true_up_write_off(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> None:
    """Let no more of a settled charge stand as given up than its bill, as paid by now, leaves to give up.

    A driver who pays after all, and a bill that falls, take back the loss and the income that it was lost from.
    """
    state = state_of(charge)
    if state.status is not ChargingStatus.SETTLED:
        return
    connection = await db.connection()
    standing = int((await connection.execute(_GIVEN_UP, {"charge": charge.id})).scalar_one())
    left = max((state.asked(machine_policy(ports.policy, charge.currency)) - state.paid).minor, 0)
    change = min(state.afterwards.written_off.minor, left) - standing
    if change:
        lost = Money(change, charge.currency)
        earned = await earned_by(db, ports, charge, lost)
        await _book(db, ports, now, charge, JournalKind.WRITTEN_OFF, write_off_trued_up(earned, charge.currency))


async def earned_by(db: AsyncSession, ports: Ports, charge: ChargingSession, change: Money) -> Income:
    """Return what ``change`` adds to each kind of the charge's income."""
    booked = await income_of_charge(db=db, charging_session_id=charge.id)
    policy = machine_policy(ports.policy, charge.currency)
    return income_after(booked, change, state_of(charge).asked(policy), tax_of_charge(charge)) - booked


async def newest_step(*, db: AsyncSession, charge: ChargingSession) -> tuple[str, str]:
    """Return the newest step of a charge's history, as the cause of what it books."""
    query = select(func.max(col(ChargingEvent.id))).where(ChargingEvent.charging_session_id == charge.id)
    return "charging_event", str((await db.exec(query)).one())


async def _book(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    kind: JournalKind,
    postings: tuple[Posting, ...],
) -> None:
    """Store one journal whose cause is the newest step of the charge's history."""
    step = await newest_step(db=db, charge=charge)
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=kind,
        cause=step,
        postings=postings,
        charging_session_id=charge.id,
    )
