"""The unplug meter of a charge: what staying costs now and next, and when its driver is reminded of it (CM19, CM20).

The price comes from ``stay.py``, the moments from ``domain/pricing/unplug_meter``. Reminders end with the clock that
gives them: when the cable is out, the lifecycle machine cancels it, and one that waits to be sent is not sent any more.
"""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import StopCause, Timer
from api.domain.charging.orders import Message
from api.domain.pricing.breakdown import plain
from api.domain.pricing.unplug_meter import Step, UnplugMeter, remind_at, unplug_meter
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.notice import NoticeRow
from api.ports import Ports
from api.services.charging.stay import timeline_of_charge
from api.services.notices.preferences import choice_of

BY_VEHICLE, BY_ITSELF = "vehicle", "stopped_by_itself"
_REASONS = {
    StopCause.VEHICLE: BY_VEHICLE,
    StopCause.CHARGER: BY_ITSELF,
    StopCause.OPERATOR: BY_ITSELF,
    StopCause.UNKNOWN: BY_ITSELF,
}


async def meter_of_charge(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession
) -> UnplugMeter | None:
    """Return what staying plugged costs from now on; None: nobody knows, or the car is gone."""
    timeline = await timeline_of_charge(db=db, policy=ports.policy, now=now, charge=charge)
    return None if timeline is None else unplug_meter(timeline)


async def reminder_due(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> datetime:
    """Return when the driver of an idle charge is to be reminded next."""
    meter = await meter_of_charge(db=db, ports=ports, now=now, charge=charge)
    driver = await db.get_one(Driver, charge.driver_id)
    choice, _ = await choice_of(db=db, policy=ports.policy, driver=driver)
    return remind_at(meter, now, walking=choice.walking, pause=ports.policy.timers[Timer.UNPLUG_REMINDER])


async def unplug_detail(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession) -> dict[str, Any]:
    """Return what a notice to unplug says beside the running cost: the meter, and at first why energy stopped."""
    meter = await meter_of_charge(db=db, ports=ports, now=now, charge=charge)
    return {
        "meter": None if meter is None else meter_document(meter),
        "reason": None if await _reminded(db, charge) else _REASONS.get(StopCause(charge.stop_cause or "unknown")),
    }


def meter_document(meter: UnplugMeter) -> dict[str, Any]:
    """Return a meter as JSON: hourly prices as exact text."""
    return {
        "at": meter.at.isoformat(),
        "currency": meter.currency,
        "costs_now": meter.costs_now,
        "free_for_good": meter.free_for_good,
        "per_hour": plain(meter.per_hour),
        "next_change": _step(meter.next_change),
        "next_rise": _step(meter.next_rise),
    }


def _step(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {"at": step.at.isoformat(), "per_hour": plain(step.per_hour), "fee_minor": step.fee.minor}


async def _reminded(db: AsyncSession, charge: ChargingSession) -> bool:
    """Say whether the driver was told already that this energy has ended."""
    query = select(NoticeRow.id).where(
        NoticeRow.charging_session_id == charge.id, NoticeRow.message == str(Message.UNPLUG)
    )
    if charge.energy_ended_at is not None:
        query = query.where(col(NoticeRow.created_at) >= charge.energy_ended_at)
    return (await db.exec(query.limit(1))).first() is not None
