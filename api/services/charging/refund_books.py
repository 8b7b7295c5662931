"""Booking money that goes back: which income it takes back, and where it goes.

The tax of a refund is not a rounded share: it brings revenue and VAT to where the bill wants them
(``domain/finance/income.py``). Does not live here: how much goes back (the machine), of which payment
(``refund_plan.py``).
"""

from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import Account, JournalKind
from api.domain.finance.income import income_after
from api.domain.finance.ledger import given_back, refund_failed
from api.domain.money import Money
from api.models.afterwards import RefundRow
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.bill import tax_of_charge
from api.services.charging.stored_state import machine_policy, state_of
from api.services.payments.ledger import book, income_of_charge

_OVERPAID = text(
    "SELECT coalesce(-sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
    " JOIN journal j ON j.id = e.journal_id"
    " WHERE j.charging_session_id = :charge AND a.name = 'receivable' AND e.layer = 'posted'"
)


async def book_given_back(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    refund: RefundRow,
    through: Account,
    unpaid: int = 0,
) -> None:
    """Book a refund once: through the processor, or as owed to the driver where it was withheld.

    What was paid above the receivable takes back no income, and neither does ``unpaid``: it was booked when it was
    withheld or failed.
    """
    connection = await db.connection()
    overpaid = (await connection.execute(_OVERPAID, {"charge": charge.id})).scalar_one()
    over = min(max(int(overpaid), 0), refund.amount_minor - unpaid)
    change = Money(over + unpaid - refund.amount_minor, refund.currency)
    booked = await income_of_charge(db=db, charging_session_id=charge.id)
    policy = machine_policy(ports.policy, charge.currency)
    # What is waived by a refund made by hand is told to the machine only after this.
    asked = max(state_of(charge).asked(policy).minor - refund.credited_minor, 0)
    income = booked - income_after(booked, change, Money(asked, charge.currency), tax_of_charge(charge))
    withheld = through is Account.REFUNDS_UNPAID
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.REFUND_WITHHELD if withheld else JournalKind.REFUNDED,
        cause=("refund", refund.id),
        postings=given_back(charge.driver_id, income, refund.currency, overpaid=over, unpaid=unpaid, through=through),
        charging_session_id=charge.id,
    )


async def book_failed(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, refund: RefundRow
) -> None:
    """Book that a refund came back: the money is at the processor, and still the driver's."""
    await book(
        db=db,
        ports=ports,
        now=now,
        kind=JournalKind.REFUND_FAILED,
        cause=("refund", refund.id),
        postings=refund_failed(charge.driver_id, Money(refund.amount_minor, refund.currency)),
        charging_session_id=charge.id,
    )
