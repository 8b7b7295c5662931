"""Credits: what staff waive of a charge's bill. How much of it goes back to the driver is the machine's decision.

An approved credit is asked for no more: what the driver still owes falls first, and what was paid of it is ordered
back (``domain/charging/table_coupling.py``). Above a limit a second person approves; what single persons decided of a
charge counts together (``approvals.py``).
"""

from datetime import datetime
from enum import StrEnum

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.domain.errors import Conflict, Invalid, NotFound, Refused
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.afterwards import CreditRow, DisputeRow
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
from api.services.charging.bill import tax_of_charge
from api.services.charging.refund_decisions import DisputeOpen, awaiting_refunds, let_go
from api.services.charging.refund_plan import CONTESTED
from api.services.charging.staff_requests import check_decidable, locked_request
from api.services.charging.stored_state import machine_policy, state_of
from api.services.deferral import Job, defer_job


class CreditReason(StrEnum):
    """Why staff waive."""

    GOODWILL = "goodwill"
    CHARGER_FAULT = "charger_fault"
    WRONG_PRICE = "wrong_price"
    NOT_CHARGED = "not_charged"
    DUPLICATE = "duplicate"
    FRAUD = "fraud"
    OTHER = "other"


class UnknownCredit(NotFound):
    """There is no such credit."""


class CreditUnreadable(Invalid):
    """The amount is not above zero, the reason is no code, or the text is missing."""


class NotSettled(Conflict):
    """Only the bill of a settled charge can be waived. Fact: ``status``."""


class CreditTooLarge(Refused):
    """More than is asked for. Facts: ``asked_minor``, ``amount_minor``."""


async def request_credit(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charging_session_id: str,
    amount_minor: int | None,
    reason: str,
    text: str,
    by: str,
    alone_minor: int | None = None,
    corrects: bool = False,
) -> CreditRow:
    """Waive part of a bill, all that is asked if no amount is given, or ask a second person to.

    ``alone_minor`` is what this person may decide alone, the installation's limit if None. ``corrects`` says that it
    puts a wrong bill right: should the operator do so too, nothing goes back twice. Raises
    UnknownCharge, CreditUnreadable, NotSettled, DisputeOpen, CreditTooLarge, PersonUnnamed.
    """
    person = named(by)
    if reason not in set(CreditReason) or not text.strip() or (amount_minor is not None and amount_minor <= 0):
        raise CreditUnreadable("credit_unreadable", amount_minor=amount_minor, reason=reason)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    asked = await _check(db, ports, charge)
    open_ones = await _asked_for(db, charge)
    amount = Money(asked.minor - open_ones if amount_minor is None else amount_minor, charge.currency)
    _check_amount(amount, asked.minor - open_ones)
    credit = _row(ports, now, charge, amount, reason, text.strip(), person)
    credit.corrects_minor = charge.owed_minor if corrects else None
    db.add(credit)
    await db.flush()
    await _log_request(db, now, credit)
    alone = await decided_alone(db=db, charging_session_id=charge.id, currency=charge.currency)
    if not needs_second_person(ports.policy, amount + alone, alone_minor):
        await _grant(db, ports, now, charge, credit, person)
    return credit


def _row(
    ports: Ports, now: datetime, charge: ChargingSession, amount: Money, reason: str, text: str, person: str
) -> CreditRow:
    vat = tax_of_charge(charge)(amount)
    return CreditRow(
        id=ports.randomness.new_id(Prefix.CREDIT),
        charging_session_id=charge.id,
        currency=amount.currency,
        amount_minor=amount.minor,
        vat_minor=vat.minor if vat is not None else None,
        reason=reason,
        text=text,
        state=RequestState.REQUESTED,
        requested_by=person,
        requested_at=now,
        expires_at=now + ports.policy.request_lifetime,
    )


async def _check(db: AsyncSession, ports: Ports, charge: ChargingSession) -> Money:
    """Return what is asked for; raises NotSettled, DisputeOpen."""
    if charge.status != ChargingStatus.SETTLED:
        raise NotSettled("charge_not_settled", status=charge.status)
    disputed = select(DisputeRow.id).where(
        DisputeRow.charging_session_id == charge.id, col(DisputeRow.status).in_(CONTESTED)
    )
    if (await db.exec(disputed)).first() is not None:
        raise DisputeOpen("dispute_open", charging_session_id=charge.id)
    return state_of(charge).asked(machine_policy(ports.policy, charge.currency))


def _check_amount(amount: Money, most: int) -> None:
    if not 0 < amount.minor <= most:
        raise CreditTooLarge("credit_too_large", asked_minor=most, amount_minor=amount.minor)


async def _asked_for(db: AsyncSession, charge: ChargingSession) -> int:
    """Return the sum of those credits of a charge that wait for a second person."""
    query = select(func.coalesce(func.sum(CreditRow.amount_minor), 0)).where(
        CreditRow.charging_session_id == charge.id, CreditRow.state == RequestState.REQUESTED
    )
    return int((await db.exec(query)).one())


async def _grant(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, credit: CreditRow, by: str
) -> None:
    """Approve a credit of a locked charge and tell the machine; what it orders back was decided with the credit."""
    before = {refund.id for refund in await awaiting_refunds(db=db, charging_session_id=charge.id)}
    await decide(db=db, now=now, request=credit, state=RequestState.APPROVED, by=by, reason=credit.text)
    await tell_afterwards(db=db, ports=ports, now=now, charge=charge)
    for refund in await awaiting_refunds(db=db, charging_session_id=charge.id):
        if refund.id not in before:
            with_it = f"approved with {credit.id}"
            await let_go(db=db, ports=ports, now=now, charge=charge, refund=refund, by=by, reason=with_it)
    await defer_job(db, Job.ISSUE_CREDIT_NOTE, lock=charge.id, credit_id=credit.id)


async def _locked(db: AsyncSession, credit_id: str) -> tuple[ChargingSession, CreditRow]:
    """Return a credit with its charge, locked; raises UnknownCredit."""
    found = await locked_request(db=db, kind=CreditRow, subject_id=credit_id)
    if found is None:
        raise UnknownCredit("unknown_credit", credit_id=credit_id)
    return found


async def approve_credit(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: str) -> None:
    """Approve a credit as the second person; all that was checked when it was asked for must still be so.

    Raises UnknownCredit, AlreadyDecided, SamePerson, NotSettled, DisputeOpen, CreditTooLarge, PersonUnnamed.
    """
    charge, credit = await _locked(db, subject_id)
    check_decidable(credit, by=by, now=now)
    asked = await _check(db, ports, charge)
    _check_amount(Money(credit.amount_minor, credit.currency), asked.minor)
    await _grant(db, ports, now, charge, credit, named(by))


async def end_credit(
    *, db: AsyncSession, now: datetime, subject_id: str, state: RequestState, by: str, reason: str
) -> None:
    """Deny, withdraw or expire a credit that was asked for; raises UnknownCredit, AlreadyDecided."""
    _charge, credit = await _locked(db, subject_id)
    await decide(db=db, now=now, request=credit, state=state, by=by, reason=reason)


async def _log_request(db: AsyncSession, now: datetime, credit: CreditRow) -> None:
    await note_action(
        db=db,
        now=now,
        by=credit.requested_by,
        action="credit_requested",
        subject_id=credit.id,
        charging_session_id=credit.charging_session_id,
        reason=f"{credit.reason}: {credit.text}",
        after={"state": credit.state, "amount_minor": credit.amount_minor, "currency": credit.currency},
    )
