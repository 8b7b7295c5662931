"""What persons decide of refunds that the machine ordered: let one above the limit go, deny it, pay it otherwise."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import refund_repaid
from api.domain.money import Money
from api.models.afterwards import RefundRow
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.approvals import AlreadyDecided, named, note_action
from api.services.charging.findings import close_findings
from api.services.charging.refund_by_hand import mark_repaid
from api.services.charging.refund_plan import WITHHELD, RefundState, is_contested, send_refund, withhold
from api.services.payments.ledger import book


class UnknownRefund(NotFound):
    """There is no such refund."""


class DisputeOpen(Conflict):
    """The driver's bank holds a dispute of this payment: money would go back twice."""


class NothingToRepay(Conflict):
    """Only what failed or was denied, and was not paid otherwise yet, can be paid otherwise."""


async def locked_refund(*, db: AsyncSession, refund_id: str) -> tuple[ChargingSession, RefundRow]:
    """Return a refund with its charge, both safe from others until the transaction ends; raises UnknownRefund."""
    found = await db.get(RefundRow, refund_id)
    if found is None:
        raise UnknownRefund("unknown_refund", refund_id=refund_id)
    charge = await lock_charge(db=db, charging_session_id=found.charging_session_id)
    return charge, await db.get_one(RefundRow, refund_id, populate_existing=True)


async def awaiting_refunds(*, db: AsyncSession, charging_session_id: str) -> list[RefundRow]:
    """Return the refunds of a charge that wait for a person."""
    query = select(RefundRow).where(
        RefundRow.charging_session_id == charging_session_id, RefundRow.state == RefundState.AWAITING_APPROVAL
    )
    return list(await db.exec(query.order_by(col(RefundRow.id))))


async def approve_refund(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: str) -> None:
    """Let a refund above the limit go; the machine asked for it, so any person is the second one.

    Raises UnknownRefund, AlreadyDecided, DisputeOpen, PersonUnnamed.
    """
    charge, refund = await locked_refund(db=db, refund_id=subject_id)
    if refund.state != RefundState.AWAITING_APPROVAL:
        raise AlreadyDecided("already_decided", state=refund.state)
    if await is_contested(db=db, payment_intent_id=str(refund.payment_intent_id)):
        raise DisputeOpen("dispute_open", refund_id=refund.id)
    await let_go(db=db, ports=ports, now=now, charge=charge, refund=refund, by=named(by), reason="")


async def let_go(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    refund: RefundRow,
    by: str,
    reason: str,
) -> None:
    """Send a refund that waited, signed by ``by``."""
    refund.decided_by = by
    await send_refund(db=db, ports=ports, now=now, charge=charge, refund=refund)
    await close_findings(db=db, now=now, reasons=("refund_awaits_approval",), subject=refund.id)
    await _log(db, now, refund, by, "refund_approved", reason, RefundState.AWAITING_APPROVAL)


async def deny_refund(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: str, reason: str) -> None:
    """Keep a refund above the limit from going this way: it stays owed to the driver, for a person to pay otherwise.

    Raises UnknownRefund, AlreadyDecided, PersonUnnamed.
    """
    charge, refund = await locked_refund(db=db, refund_id=subject_id)
    if refund.state != RefundState.AWAITING_APPROVAL:
        raise AlreadyDecided("already_decided", state=refund.state)
    refund.decided_by = named(by)
    await close_findings(db=db, now=now, reasons=("refund_awaits_approval",), subject=refund.id)
    denied = RefundState.DENIED
    await withhold(db=db, ports=ports, now=now, charge=charge, refund=refund, code="denied", state=denied)
    await _log(db, now, refund, refund.decided_by, "refund_denied", reason, RefundState.AWAITING_APPROVAL)
    await tell_afterwards(db=db, ports=ports, now=now, charge=charge)


async def settle_otherwise(
    *, db: AsyncSession, ports: Ports, now: datetime, refund_id: str, by: str, reference: str
) -> RefundRow:
    """Note that a failed or denied refund was paid from our bank account; ``reference`` finds the transfer.

    Raises UnknownRefund, NothingToRepay, PersonUnnamed.
    """
    person, told = named(by), named(reference)
    charge, refund = await locked_refund(db=db, refund_id=refund_id)
    rest = refund.amount_minor - refund.repaid_minor
    if refund.state not in WITHHELD or rest <= 0:
        raise NothingToRepay("nothing_to_repay", state=refund.state, repaid_minor=refund.repaid_minor)
    await mark_repaid(db=db, now=now, refund=refund, minor=rest, reference=told)
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.REFUND_REPAID,
        cause=("refund", refund.id),
        postings=refund_repaid(charge.driver_id, Money(rest, refund.currency)),
        charging_session_id=charge.id,
    )
    await _log(db, now, refund, person, "refund_settled_otherwise", told, refund.state)
    await tell_afterwards(db=db, ports=ports, now=now, charge=charge)
    return refund


async def _log(
    db: AsyncSession, now: datetime, refund: RefundRow, by: str, action: str, reason: str, before: str
) -> None:
    """Append a decision about a refund to the log."""
    after = {"state": refund.state, "amount_minor": refund.amount_minor, "repaid_minor": refund.repaid_minor}
    await note_action(
        db=db,
        now=now,
        by=by,
        action=action,
        subject_id=refund.id,
        charging_session_id=refund.charging_session_id,
        reason=reason,
        before={"state": str(before)},
        after=after | {"currency": refund.currency},
    )
