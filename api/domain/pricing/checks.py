"""Whether charging periods make sense at all: what cannot be priced is refused with a reason, never repaired.

Does not live here: doubts that a price survives; those become notes on it (``usage``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from api.domain.pricing.periods import ChargingPeriod
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType
from api.domain.quantities import hours_to_seconds

ZERO = Decimal(0)
TIMES = frozenset({DimensionType.time, DimensionType.parking_time, DimensionType.reservation_time})
CONSUMED = TIMES | {DimensionType.energy}
NO_TIME = timedelta(0)


def volumes_of(period: ChargingPeriod) -> dict[DimensionType, Decimal]:
    """Return a period's volumes by type, times in seconds; a type stated twice is added up, a peak is not."""
    volumes: dict[DimensionType, Decimal] = {}
    for dimension in period.dimensions:
        type_, volume = dimension.type, dimension.volume
        if type_ in TIMES:
            volume = hours_to_seconds(volume)
        if type_ in CONSUMED:
            volumes[type_] = volumes.get(type_, ZERO) + volume
        else:
            volumes[type_] = volume
    return volumes


def check_periods(periods: Sequence[ChargingPeriod], ended_at: datetime) -> None:
    """Refuse an empty session, naive times, inverted or unordered periods, consumption in no time, and negatives."""
    if not periods:
        raise PricingRefused("periods_missing")
    starts = [period.starts_at for period in periods]
    for index, at in enumerate((*starts, ended_at)):
        if at.tzinfo is None:
            raise PricingRefused("time_without_zone", period=index, at=at.isoformat())
    for index, (period, ends_at) in enumerate(zip(periods, (*starts[1:], ended_at), strict=True)):
        if ends_at < period.starts_at:
            reason = "period_inverted" if index == len(starts) - 1 else "periods_not_ascending"
            raise PricingRefused(
                reason, period=index, starts_at=period.starts_at.isoformat(), ends_at=ends_at.isoformat()
            )
        _check_volumes(index, period, ends_at - period.starts_at)


def _check_volumes(index: int, period: ChargingPeriod, length: timedelta) -> None:
    for dimension in period.dimensions:
        if not dimension.volume.is_finite():
            raise PricingRefused("volume_not_a_number", period=index, dimension=str(dimension.type))
        if dimension.type not in CONSUMED:
            continue
        if dimension.volume < 0:
            volume = str(dimension.volume)
            raise PricingRefused("volume_negative", period=index, dimension=str(dimension.type), volume=volume)
        if dimension.volume and length == NO_TIME:
            raise PricingRefused("period_zero_length", period=index, dimension=str(dimension.type))
