"""All that a triage looks at, gathered from what is stored under the charge's lock; and whether it is final.

No decision is made while money of the charge is on its way, or its bill is not there: it could be decided for a cause
that is being put right. Does not live here: what the facts come to (``domain/support/triage.py``).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_ENDED, NO_CHARGE, ChargingStatus
from api.domain.money import Money
from api.domain.roaming.command import ResultKind
from api.domain.support.complaint import Claim
from api.domain.support.triage_facts import ComplaintFacts, Twin
from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.models.roaming import CdrRow, CommandRow
from api.ports import Ports
from api.services.charging.stored_state import machine_policy, state_of
from api.services.charging.story import stories_told
from api.services.support.complaint_bills import Bills, look_at_bills
from api.services.support.complaint_blocks import in_other_hands

NEARBY = timedelta(hours=24)
_BILLED_TWICE = "session_billed_twice"
_UNFINISHED = text("""
SELECT EXISTS (SELECT 1 FROM payment_operation WHERE charging_session_id = :charge
    AND state IN ('pending', 'sent', 'unknown'))
  OR EXISTS (SELECT 1 FROM payin p JOIN payin_operation o ON o.payin_id = p.id
    WHERE p.charging_session_id = :charge AND o.state IN ('pending', 'sent', 'unknown'))
  OR EXISTS (SELECT 1 FROM refund WHERE charging_session_id = :charge
    AND state IN ('awaiting_approval', 'ordered', 'pending'))
""")


async def claim_facts(*, db: AsyncSession, ports: Ports, charge: ChargingSession, claim: Claim) -> ComplaintFacts:
    """Return the facts about a locked charge, without what would keep a rule from deciding."""
    bills = await look_at_bills(db=db, ports=ports, charge=charge)
    state, zero = state_of(charge), Money.zero(charge.currency)
    settled = charge.status == ChargingStatus.SETTLED
    hold = (await db.exec(select(HoldRow).where(HoldRow.charging_session_id == charge.id))).first()
    facts = ComplaintFacts(
        claim=claim,
        settled=settled,
        owed=state.owed,
        asked=state.asked(machine_policy(ports.policy, charge.currency)),
        paid=max(state.paid, zero),
        given_back=max(state.refunded, state.afterwards.credited, zero),
        authorized=Money(hold.authorized_minor if hold else 0, charge.currency),
        fair=bills.fair,
        one_bill=bills.one_bill if settled or charge.failure_code == _BILLED_TWICE else None,
        copies=bills.copies,
        bills=bills.facts,
        metered_kwh=bills.metered_kwh,
        paid_nearby=await _paid_nearby(db, charge),
        ended_at=await _seen_to_end(db, charge),
    )
    return replace(facts, twin=await _twin(db, ports, charge, bills))


async def unfinished(*, db: AsyncSession, charge: ChargingSession) -> str | None:
    """Return why the facts about a locked charge are not final, None where they are."""
    state = state_of(charge)
    rows = list(await db.exec(select(CdrRow).where(CdrRow.charging_session_id == charge.id)))
    stuck = charge.status == ChargingStatus.NEEDS_FINANCE
    if charge.status != ChargingStatus.SETTLED and charge.status not in NO_CHARGE and not stuck:
        return "not_billed"
    if any(row.audit is None for row in rows):
        return "bill_not_looked_at"
    if not rows and state.estimate_captured:
        return "estimated"
    if not stuck and state.hold not in HOLD_ENDED:
        return "hold_open"
    if state.excess > state.afterwards.stuck:
        return "money_due_back"
    connection = await db.connection()
    moving = (await connection.execute(_UNFINISHED, {"charge": charge.id})).scalar_one()
    return "money_on_its_way" if moving else None


async def _paid_nearby(db: AsyncSession, charge: ChargingSession) -> int:
    """Count other charges of the driver around that time of which money was taken."""
    query = select(func.count()).where(
        ChargingSession.driver_id == charge.driver_id,
        ChargingSession.id != charge.id,
        col(ChargingSession.captured_minor) > 0,
        col(ChargingSession.created_at).between(charge.created_at - NEARBY, charge.created_at + NEARBY),
    )
    return int((await db.exec(query)).one())


async def _seen_to_end(db: AsyncSession, charge: ChargingSession) -> datetime | None:
    """Return when the charger said that it stopped for us."""
    query = select(CommandRow.result_at).where(
        CommandRow.charging_session_id == charge.id,
        CommandRow.kind == "stop",
        CommandRow.result == ResultKind.ACCEPTED.value,
    )
    return (await db.exec(query.order_by(col(CommandRow.result_at)))).first()


async def _twin(db: AsyncSession, ports: Ports, charge: ChargingSession, bills: Bills) -> Twin | None:
    """Return the other charge of the driver at that charger that a bill of ours overlaps, the likest first."""
    mine = [story.row for story in stories_told(bills.rows) if story.stands]
    if not mine:
        return None
    query = (
        select(CdrRow, ChargingSession)
        .join(ChargingSession, col(ChargingSession.id) == col(CdrRow.charging_session_id))
        .where(
            ChargingSession.driver_id == charge.driver_id,
            ChargingSession.id != charge.id,
            ChargingSession.evse_key == charge.evse_key,
            ChargingSession.status == ChargingStatus.SETTLED,
            ChargingSession.currency == charge.currency,
            col(CdrRow.credit).is_(False),
            col(CdrRow.started_at) < max(row.ended_at for row in mine),
            col(CdrRow.ended_at) > min(row.started_at for row in mine),
        )
    )
    pairs = [
        (row, other, _same(row, own))
        for row, other in (await db.exec(query.order_by(col(CdrRow.key)))).all()
        for own in mine
        if row.started_at < own.ended_at and row.ended_at > own.started_at
    ]
    if not pairs:
        return None
    row, other, same = max(pairs, key=lambda pair: pair[2])
    asked = state_of(other).asked(machine_policy(ports.policy, charge.currency)).minor
    same = same and len(mine) == 1 and await _stays_paid(db, other, charge, asked)
    return Twin(other.id, row.started_at, row.ended_at, row.total_energy_kwh, same, asked)


async def _stays_paid(db: AsyncSession, other: ChargingSession, charge: ChargingSession, asked: int) -> bool:
    """Say whether the other charge is paid, by whom this one is, and nobody takes it back: one of the two is to be."""
    if other.payer_type != charge.payer_type or state_of(other).paid.minor < asked:
        return False
    return await unfinished(db=db, charge=other) is None and not await in_other_hands(db=db, charge=other)


def _same(row: CdrRow, own: CdrRow) -> bool:
    """Say whether two bills tell of one session."""
    mine = (own.started_at, own.ended_at, own.total_energy_kwh)
    return (row.started_at, row.ended_at, row.total_energy_kwh) == mine
