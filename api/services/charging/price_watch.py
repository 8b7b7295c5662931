"""Watching for the next moment at which charging on costs more, one job at a time (``price_tell.py``).

A rise that is nearer than the driver's way to the car as charging begins is not told: the quote showed it just now.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.price_steps import next_price_rise
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.snapshot import tariff_from_json
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.ports import Ports
from api.services.deferral import Job, defer_job
from api.services.notices.preferences import choice_of


async def watch_price(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, after: datetime | None = None
) -> None:
    """Defer the telling of the next rise of a charge's price that the driver can still be told of in time."""
    driver = await db.get_one(Driver, charge.driver_id)
    choice, _ = await choice_of(db=db, policy=ports.policy, driver=driver)
    rise = _next_rise(charge, after or now)
    while rise is not None and rise.replace(second=0, microsecond=0) - choice.walking <= now:
        rise = _next_rise(charge, rise)
    if rise is None:
        return
    wall_at = ports.clock.wall_time(rise.replace(second=0, microsecond=0) - choice.walking)
    await defer_job(db, Job.WATCH_PRICE, wall_at=wall_at, charging_session_id=charge.id, rise_at=rise.isoformat())


def _next_rise(charge: ChargingSession, after: datetime) -> datetime | None:
    if charge.tariff is None:
        return None
    try:
        return next_price_rise(
            tariff_from_json(charge.tariff),
            started_at=charge.charging_at or charge.created_at,
            now=after,
            energy_kwh=charge.kwh,
            time_zone=charge.time_zone,
        )
    except PricingRefused:
        return None
