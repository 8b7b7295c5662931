"""What keeps a rule from deciding on a complaint: other hands at the same money, and limits against milking it."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import UNRESOLVED, FindingState
from api.domain.finance.payer import Payer
from api.domain.money import Money
from api.domain.support.triage_facts import Block
from api.models.afterwards import DisputeRow
from api.models.charging import ChargingSession
from api.models.complaint import Complaint, ComplaintRuling
from api.models.driver import Driver
from api.models.finance import MismatchRow
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.approvals import approval_limit
from api.services.charging.stored_state import state_of

EXPLAINED = frozenset(
    {
        "cdr_idle_at_charging_rate",
        "cdr_energy_above_metered",
        "cdr_wrong_tariff",
        "cdr_wrong_quantity",
        "cdr_unpriceable",
        "charge_with_two_sessions",
        "owed_above_hold",
    }
)
"""Findings that say what the triage itself sees. Any other, or one that somebody works on, is a person's."""
_STAFF_AT_IT = text("""
SELECT EXISTS (SELECT 1 FROM credit WHERE charging_session_id = :charge AND state IN ('requested', 'approved'))
  OR EXISTS (SELECT 1 FROM write_off WHERE charging_session_id = :charge AND state IN ('requested', 'approved'))
  OR EXISTS (SELECT 1 FROM settlement_request WHERE charging_session_id = :charge AND state = 'requested')
  OR EXISTS (SELECT 1 FROM refund WHERE charging_session_id = :charge
    AND (origin = 'by_hand' OR state IN ('failed', 'denied')))
""")
_ONE_DRIVER = text("SELECT pg_advisory_xact_lock(hashtextextended('complaints of ' || :address, 0))")


async def blocks_of(
    *, db: AsyncSession, ports: Ports, complaint: Complaint, charge: ChargingSession
) -> frozenset[Block]:
    """Return what keeps a rule from deciding on a complaint about a locked charge, whatever the amount."""
    found = set()
    if not ports.policy.complaints.autopilot:
        found.add(Block.AUTOPILOT_OFF)
    if charge.payer_type == Payer.FLEET:
        found.add(Block.NOT_THE_DRIVER)
    if state_of(charge).signed:
        found.add(Block.SIGNED)
    earlier = select(Complaint.id).where(
        Complaint.charging_session_id == charge.id, Complaint.id != complaint.id, col(Complaint.case_id).is_not(None)
    )
    if complaint.objected_at is not None or (await db.exec(earlier)).first() is not None:
        found.add(Block.EARLIER_COMPLAINT)
    if await _contested(db, charge):
        found.add(Block.BANK_DISPUTE)
    if await _worked_on(db, charge):
        found.add(Block.FINDING)
    if await _staff_at_it(db, charge):
        found.add(Block.GIVEN_BACK)
    return frozenset(found)


async def in_other_hands(*, db: AsyncSession, charge: ChargingSession) -> bool:
    """Say whether a bank or staff gave something of a charge back, or may."""
    return await _contested(db, charge) or await _staff_at_it(db, charge)


async def _contested(db: AsyncSession, charge: ChargingSession) -> bool:
    query = select(DisputeRow.id).where(DisputeRow.charging_session_id == charge.id)
    return (await db.exec(query)).first() is not None


async def _staff_at_it(db: AsyncSession, charge: ChargingSession) -> bool:
    connection = await db.connection()
    return bool((await connection.execute(_STAFF_AT_IT, {"charge": charge.id})).scalar_one())


async def _worked_on(db: AsyncSession, charge: ChargingSession) -> bool:
    """Say whether an open finding about the charge is more than what the triage sees, or is in somebody's hands."""
    keys = list(await db.exec(select(CdrRow.key).where(CdrRow.charging_session_id == charge.id)))
    query = select(MismatchRow).where(
        (col(MismatchRow.charging_session_id) == charge.id) | col(MismatchRow.subject).in_([charge.id, *keys]),
        col(MismatchRow.state).in_(UNRESOLVED),
    )
    for row in await db.exec(query):
        untouched = row.state == FindingState.OPEN and row.assignee is None and row.waiting_for is None
        if row.reason not in EXPLAINED or not untouched:
            return True
    return False


async def limits_of(
    *, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, amount: Money
) -> frozenset[Block]:
    """Return which limits an amount by rule would pass; complaints of one driver are counted one after the other.

    How often counts over all currencies, how much in each; an account and what was done as a guest under its address
    count together.
    """
    rules = ports.policy.complaints
    connection = await db.connection()
    address = (await db.get_one(Driver, driver_id)).email
    await connection.execute(_ONE_DRIVER, {"address": address})
    same_currency = col(Complaint.currency) == amount.currency
    query = (
        select(func.count(), func.coalesce(func.sum(ComplaintRuling.granted_minor).filter(same_currency), 0))
        .select_from(ComplaintRuling)
        .join(Complaint, col(Complaint.id) == col(ComplaintRuling.complaint_id))
        .where(
            col(Complaint.driver_id).in_(select(Driver.id).where(Driver.email == address)),
            col(ComplaintRuling.automatic).is_(True),
            col(ComplaintRuling.granted_minor) > 0,
            col(ComplaintRuling.at) > now - rules.within,
        )
    )
    count, spent = (await db.exec(query)).one()
    found = set()
    if count >= rules.most_refunds or int(spent) + amount.minor > rules.most_minor.get(
        amount.currency, approval_limit(ports.policy, amount.currency)
    ):
        found.add(Block.DRIVER_LIMIT)
    if amount.minor > approval_limit(ports.policy, amount.currency):
        found.add(Block.AMOUNT_LIMIT)
    return frozenset(found)
