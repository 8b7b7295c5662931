"""What staying plugged in costs, as JSON: stored with a quote, told with a reminder, and read at any time."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.breakdown import plain
from api.domain.pricing.periods import Reading
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.stay_cost import StayTimeline, stay_timeline
from api.domain.pricing.stay_text import describe
from api.models.charging import ChargingSession
from api.ports.policy import ServicePolicy
from api.services.charging.retail import retail_of
from api.services.charging.running import readings_of_charge


async def stay_of_charge(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, charge: ChargingSession
) -> dict[str, Any] | None:
    """Return what ``timeline_of_charge`` does, as JSON."""
    found = await timeline_of_charge(db=db, policy=policy, now=now, charge=charge)
    return None if found is None else stay_document(found, charge.time_zone)


async def timeline_of_charge(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, charge: ChargingSession
) -> StayTimeline | None:
    """Return what staying costs from now on if no more energy flows, by the promised tariff; None: nobody knows."""
    rows = await readings_of_charge(db=db, charging_session_id=charge.id)
    readings = [Reading(row.at, row.kwh, row.charging) for row in rows]
    if charge.tariff is None or charge.unplugged_at is not None or not readings:
        return None
    try:
        return stay_timeline(
            tariff_from_json(charge.tariff),
            readings=readings,
            stays_from=now,
            time_zone=charge.time_zone,
            retail=retail_of(charge, policy),
        )
    except PricingRefused:
        return None  # contradicting readings: the bill decides


def stay_document(stay: StayTimeline, time_zone: str) -> dict[str, Any]:
    """Return a timeline as JSON: amounts in minor units, prices of an hour as exact text, all in a sentence."""
    return {
        "text": describe(stay, time_zone),
        "currency": stay.currency,
        "total_now_minor": stay.total_now.minor,
        "looked_until": stay.looked_until.isoformat(),
        "doubts": list(stay.doubts),
        "entries": [
            {
                "starts_at": each.starts_at.isoformat(),
                "ends_at": None if each.ends_at is None else each.ends_at.isoformat(),
                "per_hour_net": _text(each.per_hour_net),
                "per_hour_gross": _text(each.per_hour_gross),
                "block_seconds": each.block_seconds,
                "fee_minor": each.fee.minor,
                "total_minor": None if each.total is None else each.total.minor,
                "capped": each.capped,
            }
            for each in stay.entries
        ],
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
