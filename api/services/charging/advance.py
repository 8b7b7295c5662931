"""Feeding facts to the lifecycle machine and storing what comes out: the only writer of a charge's statuses.

The state, its history, the orders' jobs and timers, and the news to other processes are one transaction.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import Fact
from api.domain.charging.lifecycle import advance, is_final
from api.domain.charging.orders import Order, SetTimer
from api.domain.charging.state import FINAL, HOLD_ENDED, ChargingState, ChargingStatus, Policy
from api.domain.errors import NotFound
from api.models.charging import ChargingEvent, ChargingSession
from api.ports import Ports
from api.services.charging.carry import carry_order
from api.services.charging.keeps_stopping import note_repeated_stop
from api.services.charging.stored_state import machine_policy, state_document, state_of
from api.services.notices.emit import CHARGING_SESSION_UPDATED, emit_event

CHANNEL = "charge_changed"
"""PostgreSQL channel on which every visible change is announced as ``id:version:driver_id``."""

NOT_OCCUPYING = FINAL | {ChargingStatus.ENDED, ChargingStatus.SETTLING, ChargingStatus.NEEDS_FINANCE}
"""Statuses in which the charge no longer blocks its connector or its driver."""


class UnknownCharge(NotFound):
    """No such charge, or it belongs to another driver."""


async def lock_charge(*, db: AsyncSession, charging_session_id: str) -> ChargingSession:
    """Return the charge, locked until the transaction ends, so that facts come one after the other.

    The lock leaves others free to insert rows that refer to the charge (``FOR NO KEY UPDATE``): two transactions that
    both stored such a row would otherwise wait for each other for ever. Raises UnknownCharge.
    """
    query = (
        select(ChargingSession)
        .where(ChargingSession.id == charging_session_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    charge = (await db.exec(query)).first()
    if charge is None:
        raise UnknownCharge("unknown_charging_session")
    return charge


async def apply_facts(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, facts: Iterable[Fact]
) -> None:
    """Advance a locked charge by ``facts`` in order and carry out the orders; raises IllegalTransition."""
    policy = machine_policy(ports.policy, charge.currency)
    changed, status = False, charge.status
    for fact in facts:
        before = state_of(charge)
        after, orders = _step(before, fact, policy)
        if after == before and not orders:
            continue
        _store(charge, after, now)
        if after != before or not all(isinstance(order, SetTimer) for order in orders):
            db.add(_event(charge, fact, orders, now))  # a meter report that only restarts a clock is no history
        await db.flush()
        for order in orders:
            await carry_order(db=db, ports=ports, now=now, charge=charge, order=order)
        changed = True
    if changed:
        await note_repeated_stop(db=db, now=now, charge=charge)
        await announce(db=db, charge=charge, now=now)
    if charge.status != status:
        await emit_event(db=db, ports=ports, now=now, event_type=CHARGING_SESSION_UPDATED, object_id=charge.id)


def _step(before: ChargingState, fact: Fact, policy: Policy) -> tuple[ChargingState, tuple[Order, ...]]:
    """Run the pure machine for one fact."""
    result = advance(before, fact, policy)
    return result.state, result.orders


async def announce(*, db: AsyncSession, charge: ChargingSession, now: datetime) -> None:
    """Raise the charge's version and tell other processes when the transaction commits."""
    charge.version += 1
    charge.updated_at = now
    db.add(charge)
    connection = await db.connection()
    news = f"{charge.id}:{charge.version}:{charge.driver_id}"
    await connection.execute(text("SELECT pg_notify(:channel, :news)"), {"channel": CHANNEL, "news": news})


def _store(charge: ChargingSession, state: ChargingState, now: datetime) -> None:
    """Write the machine's state to the row and stamp the moments that it implies."""
    entered = charge.status != state.status
    charge.status = state.status
    charge.hold_status = state.hold
    charge.metering = state.metering
    charge.state = state_document(state)
    charge.hold_minor = state.hold_amount.minor
    charge.owed_minor = state.owed.minor if state.owed else None
    charge.captured_minor = state.captured.minor if state.captured else None
    charge.failure_code = state.failure_code
    charge.stop_cause = state.stop_cause
    if state.status is ChargingStatus.CHARGING and charge.charging_at is None:
        charge.charging_at = now
    if entered and state.status is ChargingStatus.IDLE and charge.energy_ended_at is None:
        charge.energy_ended_at = now
    if state.status in NOT_OCCUPYING and charge.freed_at is None:
        charge.freed_at = now
    done = is_final(state) and state.hold in HOLD_ENDED
    charge.final_at = (charge.final_at or now) if done else None


def _event(charge: ChargingSession, fact: Fact, orders: tuple[Order, ...], now: datetime) -> ChargingEvent:
    """Return the history row of one step."""
    return ChargingEvent(
        charging_session_id=charge.id,
        at=now,
        fact=type(fact).__name__,
        detail=msgspec.to_builtins(asdict(fact)),
        status=charge.status,
        hold_status=charge.hold_status,
        orders=[{"order": type(order).__name__, **msgspec.to_builtins(asdict(order))} for order in orders],
    )
