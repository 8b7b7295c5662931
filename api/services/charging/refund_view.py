"""The refunds of a charge as its driver sees them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.refund_text import RefundStep, expected_by, refund_text
from api.domain.money import Money
from api.models.afterwards import RefundRow
from api.models.driver import Driver
from api.services.charging.queries import charge_of_driver
from api.services.charging.refund_plan import WITHHELD, RefundState

_STEPS = {
    RefundState.AWAITING_APPROVAL: RefundStep.IN_REVIEW,
    RefundState.ORDERED: RefundStep.ORDERED,
    RefundState.PENDING: RefundStep.SENT,
    RefundState.SUCCEEDED: RefundStep.SENT,
    RefundState.FAILED: RefundStep.DELAYED,
    RefundState.DENIED: RefundStep.DELAYED,
}


@dataclass(frozen=True, slots=True)
class RefundView:
    """One refund: how much, where it stands in words, and by when the bank should show it."""

    refund_id: str
    amount: Money
    step: RefundStep
    text: str
    created_at: datetime
    expected_by: datetime | None


async def refunds_of_charge(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> list[RefundView]:
    """Return the refunds of a driver's charge, oldest first; raises UnknownCharge."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    driver = await db.get_one(Driver, driver_id)
    query = select(RefundRow).where(RefundRow.charging_session_id == charge.id)
    rows = await db.exec(query.order_by(col(RefundRow.created_at), col(RefundRow.id)))
    return [_view(row, driver.language) for row in rows]


def _view(row: RefundRow, language: str) -> RefundView:
    repaid = row.state in WITHHELD and row.repaid_minor == row.amount_minor
    step = RefundStep.PAID_OTHERWISE if repaid else _STEPS[RefundState(row.state)]
    by = expected_by(row.accepted_at) if step is RefundStep.SENT and row.accepted_at else None
    amount = Money(row.amount_minor, row.currency)
    return RefundView(row.id, amount, step, refund_text(step, language), row.created_at, by)
