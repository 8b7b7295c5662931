"""Requests to end a charge that rules cannot settle: capture a sum of its hold, or let go; four eyes above the limit.

The step itself, once it is decided, is ``settle_by_staff``. A request is about the charge as who asked saw it: once
bills, payments or the hold are others, nobody approves it any more, and it is asked for anew.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_ENDED, HOLD_FAILED, ChargingState
from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.finance.finding_actions import DECIDABLE
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.afterwards import SettlementRow
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import (
    RequestState,
    decide,
    decided_alone,
    named,
    needs_second_person,
    note_action,
)
from api.services.charging.staff import settle_by_staff
from api.services.charging.staff_requests import check_decidable, locked_request
from api.services.charging.stored_state import state_of


class SettlementReason(StrEnum):
    """Why staff end a charge."""

    BILL_MISSING = "bill_missing"
    BILL_WRONG = "bill_wrong"
    NOT_CHARGED = "not_charged"
    HOLD_STUCK = "hold_stuck"
    GOODWILL = "goodwill"
    OTHER = "other"


class UnknownSettlement(NotFound):
    """There is no such request."""


class SettlementUnreadable(Invalid):
    """The amount is below zero, the reason is no code, or the text is missing."""


class NotDecidable(Conflict):
    """Rules settle this charge, or it is over. Facts: ``status``, ``hold``."""


class ChargeChanged(Conflict):
    """Since it was asked for, a bill or a payment came, or the hold is another. Fact: ``changed``."""


class SettlementPending(Conflict):
    """Another request about this charge waits for a second person. Fact: ``request_id``."""


async def request_settlement(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charging_session_id: str,
    owed_minor: int,
    reason: str,
    text: str,
    by: str,
    alone_minor: int | None = None,
) -> SettlementRow:
    """End a charge with ``owed_minor``, zero letting the hold go, or ask a second person to.

    ``alone_minor`` as of a credit. Raises UnknownCharge, SettlementUnreadable, NotDecidable, SettlementPending,
    PersonUnnamed.
    """
    person = named(by)
    if reason not in set(SettlementReason) or not text.strip() or owed_minor < 0:
        raise SettlementUnreadable("settlement_unreadable", amount_minor=owed_minor, reason=reason)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    state = _decidable(charge)
    pending = await _pending(db, charge)
    if pending is not None:
        raise SettlementPending("settlement_pending", request_id=pending)
    row = _row(ports, now, charge, state, owed_minor)
    row.reason, row.text, row.requested_by = reason, text.strip(), person
    row.seen = await _seen(db, charge)
    db.add(row)
    await db.flush()
    await _log_request(db, now, row)
    alone = await decided_alone(db=db, charging_session_id=charge.id, currency=charge.currency)
    if not needs_second_person(ports.policy, Money(row.stake_minor, charge.currency) + alone, alone_minor):
        await _grant(db, ports, now, row, person, alone_minor)
    return row


def _row(ports: Ports, now: datetime, charge: ChargingSession, state: ChargingState, owed_minor: int) -> SettlementRow:
    return SettlementRow(
        id=ports.randomness.new_id(Prefix.SETTLEMENT),
        charging_session_id=charge.id,
        currency=charge.currency,
        amount_minor=owed_minor,
        stake_minor=stake_of(state, owed_minor),
        state=RequestState.REQUESTED,
        requested_at=now,
        expires_at=now + ports.policy.request_lifetime,
        reason="",
        text="",
        requested_by="",
    )


def stake_of(state: ChargingState, owed_minor: int) -> int:
    """Return what a settlement decides about: what is taken, or what is let go of the bill (else of the hold)."""
    known = (state.owed or state.hold_amount).minor
    booked = (state.paid + state.receivable).minor
    return max(owed_minor, known - owed_minor, booked - owed_minor)


def _decidable(charge: ChargingSession) -> ChargingState:
    """Return the charge's state; raises NotDecidable."""
    state = state_of(charge)
    if state.hold in HOLD_FAILED or (state.status in DECIDABLE and state.hold not in HOLD_ENDED):
        return state
    raise NotDecidable("not_decidable", status=charge.status, hold=charge.hold_status)


async def _pending(db: AsyncSession, charge: ChargingSession) -> str | None:
    query = select(SettlementRow.id).where(
        SettlementRow.charging_session_id == charge.id, SettlementRow.state == RequestState.REQUESTED
    )
    return (await db.exec(query)).first()


async def _seen(db: AsyncSession, charge: ChargingSession) -> dict[str, Any]:
    """Return what a decision is made upon: the hold, what is billed, owed and paid."""
    state = state_of(charge)
    bills = select(func.count()).select_from(CdrRow).where(CdrRow.charging_session_id == charge.id)
    return {
        "hold": str(state.hold),
        "cdrs": int((await db.exec(bills)).one()),
        "owed_minor": None if state.owed is None else state.owed.minor,
        "paid_minor": state.paid.minor,
        "receivable_minor": state.receivable.minor,
    }


async def _grant(
    db: AsyncSession, ports: Ports, now: datetime, row: SettlementRow, by: str, alone_minor: int | None = None
) -> None:
    """Approve a settlement and end its locked charge."""
    await decide(db=db, now=now, request=row, state=RequestState.APPROVED, by=by, reason=row.text)
    await settle_by_staff(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=row.charging_session_id,
        owed_minor=row.amount_minor,
        by=row.requested_by,
        approved_by=by if by != row.requested_by else None,
        alone_minor=alone_minor,
        reason=f"{row.reason}: {row.text}",
    )


async def _locked(db: AsyncSession, request_id: str) -> tuple[ChargingSession, SettlementRow]:
    """Return a request with its charge, locked; raises UnknownSettlement."""
    found = await locked_request(db=db, kind=SettlementRow, subject_id=request_id)
    if found is None:
        raise UnknownSettlement("unknown_settlement", request_id=request_id)
    return found


async def approve_settlement(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: str) -> None:
    """Approve one as the second person; the charge must still be one that staff decide, and as it was then.

    Raises UnknownSettlement, AlreadyDecided, SamePerson, NotDecidable, ChargeChanged, PersonUnnamed.
    """
    charge, row = await _locked(db, subject_id)
    check_decidable(row, by=by, now=now)
    _decidable(charge)
    present = await _seen(db, charge)
    if present != row.seen:
        changed = sorted(name for name, value in present.items() if row.seen.get(name) != value)
        raise ChargeChanged("charge_changed", changed=", ".join(changed))
    await _grant(db, ports, now, row, named(by))


async def end_settlement(
    *, db: AsyncSession, now: datetime, subject_id: str, state: RequestState, by: str, reason: str
) -> None:
    """Deny, withdraw or expire one that was asked for; raises UnknownSettlement, AlreadyDecided."""
    _charge, row = await _locked(db, subject_id)
    await decide(db=db, now=now, request=row, state=state, by=by, reason=reason)


async def _log_request(db: AsyncSession, now: datetime, row: SettlementRow) -> None:
    await note_action(
        db=db,
        now=now,
        by=row.requested_by,
        action="settlement_requested",
        subject_id=row.id,
        charging_session_id=row.charging_session_id,
        reason=f"{row.reason}: {row.text}",
        after={"state": row.state, "amount_minor": row.amount_minor, "currency": row.currency},
    )
