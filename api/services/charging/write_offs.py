"""Write-offs: what a driver owes beside the hold and nobody expects to be paid any more; four eyes above the limit."""

from datetime import datetime

from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid, NotFound, Refused
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import written_off
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.afterwards import WriteOffRow
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.approvals import (
    RequestState,
    decide,
    decided_alone,
    named,
    needs_second_person,
    note_action,
)
from api.services.charging.staff_requests import check_decidable, locked_request
from api.services.charging.stored_state import state_of
from api.services.payments.ledger import book


class UnknownWriteOff(NotFound):
    """There is no such write-off."""


class WriteOffUnreadable(Invalid):
    """The amount is not above zero, or the reason is missing."""


class WriteOffTooLarge(Refused):
    """More than the driver owes. Facts: ``receivable_minor``, ``amount_minor``."""


async def request_write_off(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charging_session_id: str,
    amount_minor: int | None,
    text: str,
    by: str,
    alone_minor: int | None = None,
) -> WriteOffRow:
    """Give up what a driver owes, all of it if no amount is given, or ask a second person to.

    ``alone_minor`` as of a credit. Raises UnknownCharge, WriteOffUnreadable, WriteOffTooLarge, PersonUnnamed.
    """
    person = named(by)
    if not text.strip() or (amount_minor is not None and amount_minor <= 0):
        raise WriteOffUnreadable("write_off_unreadable", amount_minor=amount_minor)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    most = state_of(charge).receivable.minor - await _open(db, charge)
    amount = Money(most if amount_minor is None else amount_minor, charge.currency)
    _check_amount(amount, most)
    row = await _row(db, ports, now, charge, amount, text.strip(), person)
    alone = await decided_alone(db=db, charging_session_id=charge.id, currency=charge.currency)
    if not needs_second_person(ports.policy, amount + alone, alone_minor):
        await _grant(db, ports, now, charge, row, person)
    return row


async def _row(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, amount: Money, text: str, person: str
) -> WriteOffRow:
    """Store and log the request."""
    row = WriteOffRow(
        id=ports.randomness.new_id(Prefix.WRITE_OFF),
        charging_session_id=charge.id,
        currency=amount.currency,
        amount_minor=amount.minor,
        text=text,
        state=RequestState.REQUESTED,
        requested_by=person,
        requested_at=now,
        expires_at=now + ports.policy.request_lifetime,
    )
    db.add(row)
    await db.flush()
    await note_action(
        db=db,
        now=now,
        by=person,
        action="write_off_requested",
        subject_id=row.id,
        charging_session_id=charge.id,
        reason=text,
        after={"state": row.state, "amount_minor": row.amount_minor, "currency": row.currency},
    )
    return row


async def _open(db: AsyncSession, charge: ChargingSession) -> int:
    """Return what is asked for already."""
    query = select(func.coalesce(func.sum(WriteOffRow.amount_minor), 0)).where(
        WriteOffRow.charging_session_id == charge.id, WriteOffRow.state == RequestState.REQUESTED
    )
    return int((await db.exec(query)).one())


def _check_amount(amount: Money, most: int) -> None:
    if not 0 < amount.minor <= most:
        raise WriteOffTooLarge("write_off_too_large", receivable_minor=most, amount_minor=amount.minor)


async def _grant(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, row: WriteOffRow, by: str
) -> None:
    """Approve a write-off of a locked charge, book it, and tell the machine."""
    await decide(db=db, now=now, request=row, state=RequestState.APPROVED, by=by, reason=row.text)
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.WRITTEN_OFF,
        cause=("write_off", row.id),
        postings=written_off(charge.driver_id, Money(row.amount_minor, row.currency)),
        charging_session_id=charge.id,
    )
    await tell_afterwards(db=db, ports=ports, now=now, charge=charge)


async def _locked(db: AsyncSession, write_off_id: str) -> tuple[ChargingSession, WriteOffRow]:
    """Return a write-off with its charge, locked; raises UnknownWriteOff."""
    found = await locked_request(db=db, kind=WriteOffRow, subject_id=write_off_id)
    if found is None:
        raise UnknownWriteOff("unknown_write_off", write_off_id=write_off_id)
    return found


async def approve_write_off(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: str) -> None:
    """Approve a write-off as the second person; the driver may have paid since, and then it is too large.

    Raises UnknownWriteOff, AlreadyDecided, SamePerson, WriteOffTooLarge, PersonUnnamed.
    """
    charge, row = await _locked(db, subject_id)
    check_decidable(row, by=by, now=now)
    _check_amount(Money(row.amount_minor, row.currency), state_of(charge).receivable.minor)
    await _grant(db, ports, now, charge, row, named(by))


async def end_write_off(
    *, db: AsyncSession, now: datetime, subject_id: str, state: RequestState, by: str, reason: str
) -> None:
    """Deny, withdraw or expire a write-off that was asked for; raises UnknownWriteOff, AlreadyDecided."""
    _charge, row = await _locked(db, subject_id)
    await decide(db=db, now=now, request=row, state=state, by=by, reason=reason)
