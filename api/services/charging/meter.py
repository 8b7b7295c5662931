"""Meter data of a running charge: readings for the curve, and the running cost that the driver sees."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.periods import Reading
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import driver_price
from api.domain.pricing.running import running_cost
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.session import Session, SessionStatus
from api.models.charging import ChargingSession
from api.models.roaming import MeterReading
from api.ports.policy import ServicePolicy
from api.services.charging.bill import retail_rule


def readings_of(session: Session) -> list[Reading]:
    """Return the readings that a session's periods and present total imply, in order.

    A period with ENERGY or TIME charges, one with PARKING_TIME alone does not. Energy is what the periods add up to,
    and at the newest moment the session's own ``kwh``. With no periods there are two points: the start and now.
    """
    readings = [Reading(session.starts_at, session.kwh * 0, charging=True)]
    for period in sorted(session.charging_periods, key=lambda each: each.starts_at):
        kinds = {dimension.type for dimension in period.dimensions}
        parked = DimensionType.parking_time in kinds and not kinds & {DimensionType.energy, DimensionType.time}
        if parked and readings[-1].charging:
            readings.append(Reading(max(period.starts_at, readings[-1].at), session.kwh, charging=False))
        elif not parked and not readings[-1].charging:
            readings.append(Reading(period.starts_at, readings[-1].energy_kwh, charging=True))
    return readings


async def note_meter(*, db: AsyncSession, now: datetime, charge: ChargingSession, session: Session) -> None:
    """Store the newest reading of a session with its charge; energy never runs backwards."""
    if session.status in {SessionStatus.INVALID, SessionStatus.RESERVATION, SessionStatus.PENDING}:
        return
    charge.charging_at = charge.charging_at or session.starts_at
    known = await readings_of_charge(db=db, charging_session_id=charge.id)
    parked = not readings_of(session)[-1].charging or session.status is SessionStatus.COMPLETED
    rows = [] if known else [_row(charge, session.starts_at, session.kwh * 0, charging=True)]
    highest = known[-1].kwh if known else session.kwh * 0
    at = max([session.last_updated, session.starts_at, *([known[-1].at] if known else [])])
    turned = _turned_idle(session, known)
    if turned is not None:
        rows.append(_row(charge, turned, max(highest, session.kwh), charging=False))
    if session.kwh >= highest:
        rows.append(_row(charge, at, session.kwh, charging=not parked))
        charge.kwh = session.kwh
    for row in rows:
        connection = await db.connection()
        statement = insert(MeterReading).values(**row)
        changes = {"kwh": row["kwh"], "charging": row["charging"]}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["charging_session_id", "at"], set_=changes)
        )
    if session.kwh > 0 or session.charging_periods:
        charge.metered_at = now
    if parked and charge.energy_ended_at is None:
        charge.energy_ended_at = turned or at
    if session.status is SessionStatus.COMPLETED and charge.unplugged_at is None:
        charge.unplugged_at = session.ended_at or session.last_updated
    db.add(charge)


def _turned_idle(session: Session, known: list[MeterReading]) -> datetime | None:
    """Return when energy ended, if the periods tell and it is news."""
    idle = next((reading.at for reading in readings_of(session) if not reading.charging), None)
    if idle is None or any(not row.charging for row in known):
        return None
    return idle


def _row(charge: ChargingSession, at: datetime, kwh: object, *, charging: bool) -> dict[str, Any]:
    """Return one reading as column values."""
    return {"charging_session_id": charge.id, "at": at, "kwh": kwh, "charging": charging}


async def readings_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[MeterReading]:
    """Return a charge's readings, oldest first."""
    query = select(MeterReading).where(MeterReading.charging_session_id == charging_session_id)
    return list(await db.exec(query.order_by(col(MeterReading.at))))


async def refresh_running_cost(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, charge: ChargingSession
) -> dict[str, Any] | None:
    """Price a live charge up to ``now`` (idle time included) and keep the result on the row; None without a tariff."""
    if charge.tariff is None:
        return None
    rows = await readings_of_charge(db=db, charging_session_id=charge.id)
    if not rows:
        return None
    readings = [Reading(row.at, row.kwh, row.charging) for row in rows]
    until = charge.unplugged_at or now
    try:
        cost = running_cost(readings, tariff_from_json(charge.tariff), charge.time_zone, until)
    except PricingRefused:
        return charge.running  # contradicting readings: the last good figure stays, the bill decides
    price = driver_price(cost, retail_rule(policy, charge.place))
    charge.running = {
        "total_minor": price.total.minor,
        "net_minor": price.net.minor,
        "vat_minor": price.vat.minor if price.vat is not None else None,
        "currency": price.total.currency,
        "at": until.isoformat(),
        "lines": msgspec.to_builtins(cost.lines),
    }
    db.add(charge)
    return charge.running
