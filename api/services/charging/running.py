"""What a live charge costs so far: the figure that its driver sees and that bounds the use of its hold.

The session as far as it was read is kept with the charge (``domain/pricing/running_snapshot``), so that a report costs
the same however many came before it. It can be made anew from the readings at any time, and is when it does not fit.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.periods import ParkingReading, Reading
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.running import Running, begin_running
from api.domain.pricing.running_snapshot import running_from_json, running_to_json
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import Tariff
from api.models.charging import ChargingSession
from api.models.roaming import MeterReading
from api.ports.policy import ServicePolicy
from api.services.charging.retail import parts_document, retail_of, stay_seconds

ZERO = Decimal(0)


async def readings_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[MeterReading]:
    """Return a charge's readings, oldest first."""
    query = select(MeterReading).where(MeterReading.charging_session_id == charging_session_id)
    return list(await db.exec(query.order_by(col(MeterReading.at))))


async def last_reading(*, db: AsyncSession, charge: ChargingSession) -> Reading | None:
    """Return a charge's newest reading."""
    query = select(MeterReading).where(MeterReading.charging_session_id == charge.id)
    row = (await db.exec(query.order_by(col(MeterReading.at).desc()).limit(1))).first()
    return None if row is None else _reading(row)


async def live_session(*, db: AsyncSession, charge: ChargingSession) -> Running | None:
    """Return a charge as far as it was read; None without a price, and where nothing or nonsense was read."""
    kept = kept_session(charge)
    if kept is not None or charge.tariff is None:
        return kept
    rows = await readings_of_charge(db=db, charging_session_id=charge.id)
    return _keep(charge, _read(charge, [_reading(row) for row in rows]))


def follow(
    charge: ChargingSession, live: Running | None, last: Reading | None, added: Sequence[Reading]
) -> Running | None:
    """Take in what a report added after the ``last`` reading; keep the live session with its charge and return it."""
    if last is None:
        return _keep(charge, _read(charge, added))
    return None if live is None else _keep(charge, _went_on(live, added))


async def refresh_running_cost(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, charge: ChargingSession, live: Running | None = None
) -> dict[str, Any] | None:
    """Price a live charge up to ``now`` (idle time included) and keep the result on the row; None without a price.

    ``live`` is what ``note_meter`` returned, where it was called before.
    """
    live = live or await live_session(db=db, charge=charge)
    if live is not None and reprice(policy=policy, now=now, charge=charge, live=live):
        db.add(charge)
    return charge.running


def reprice(
    *, policy: ServicePolicy, now: datetime, charge: ChargingSession, live: Running, rule: RetailRule | None = None
) -> bool:
    """Price a live session up to ``now`` into its charge; False: readings contradict, the last good figure stays.

    ``rule`` is what ``retail_of`` returns for the charge, where the caller has it already.
    """
    until = charge.unplugged_at or now
    try:
        cost = live.cost_at(until)
        rule = rule or retail_of(charge, policy)
    except PricingRefused:
        return False  # the bill decides
    began_at = charge.charging_at or live.cutting.start.at
    price = driver_price(cost, rule, stay_seconds=stay_seconds(began_at, until))
    charge.running = {
        "total_minor": price.total.minor,
        "net_minor": price.net.minor,
        "vat_minor": price.vat.minor if price.vat is not None else None,
        "currency": price.total.currency,
        "parts": parts_document(price.parts),
        "at": until.isoformat(),
        "lines": msgspec.to_builtins(cost.lines),
    }
    return True


def _read(charge: ChargingSession, readings: Sequence[Reading]) -> Running | None:
    """Read a charge from its first reading on. A session's meter begins at nothing, whatever it shows at the start."""
    if charge.tariff is None or not readings:
        return None
    start = Reading(readings[0].at, ZERO, charging=True)
    try:
        tariff, parking = tariff_from_json(charge.tariff), ParkingReading(charge.parking_reading)
        return _went_on(begin_running(start, tariff, charge.time_zone, parking), readings)
    except PricingRefused:
        return None


def _went_on(live: Running, readings: Sequence[Reading]) -> Running | None:
    """Take readings in; None when they contradict each other."""
    try:
        for reading in readings:
            live.take(reading)
    except PricingRefused:
        return None
    return live


def _keep(charge: ChargingSession, live: Running | None) -> Running | None:
    charge.running_state = None if live is None else running_to_json(live)
    return live


def kept_session(charge: ChargingSession, tariff: Tariff | None = None) -> Running | None:
    """Return the live session that is kept with the charge; None when it cannot be read, or readings came past it.

    ``tariff`` is that of the charge's snapshot, where the caller has read it already.
    """
    if charge.running_state is None or charge.tariff is None:
        return None
    try:
        tariff, parking = tariff or tariff_from_json(charge.tariff), ParkingReading(charge.parking_reading)
        kept = running_from_json(charge.running_state, tariff, charge.time_zone, parking)
    except PricingRefused:
        return None
    return kept if kept.last.energy_kwh == charge.kwh else None


def _reading(row: MeterReading) -> Reading:
    return Reading(row.at, row.kwh, row.charging)
