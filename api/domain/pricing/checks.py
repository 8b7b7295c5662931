"""Whether charging periods make sense at all: what cannot be priced is refused with a reason, never repaired.

Does not live here: doubts that a price survives; those become notes on it (``usage``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from api.domain.pricing.periods import ChargingPeriod
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType
from api.domain.quantities import hours_to_seconds, seconds

ZERO = Decimal(0)
TIMES = frozenset({DimensionType.time, DimensionType.parking_time, DimensionType.reservation_time})
CONSUMED = TIMES | {DimensionType.energy}
_TIMES = tuple(TIMES)
NO_TIME = timedelta(0)
FOURTH_DECIMAL_SECONDS = Decimal("0.18")
"""Half of the last of the four decimals that OCPI promises of a number of hours (2.2.1 chapter 16, number)."""


def volumes_of(period: ChargingPeriod, length: timedelta) -> dict[DimensionType, Decimal]:
    """Return a period's volumes by type, times in seconds; a type stated twice is added up, a peak is not.

    The one time of a period that is its length but for what four decimals of an hour leave open is its length.
    """
    volumes: dict[DimensionType, Decimal] = {}
    for dimension in period.dimensions:
        type_, volume = dimension.type, dimension.volume
        if type_ in TIMES:
            volume = hours_to_seconds(volume)
        if type_ in CONSUMED:
            volumes[type_] = volumes.get(type_, ZERO) + volume
        else:
            volumes[type_] = volume
    timed = [each for each in _TIMES if each in volumes]
    if len(timed) == 1:
        lasted = seconds(length)
        if ZERO < abs(volumes[timed[0]] - lasted) <= FOURTH_DECIMAL_SECONDS:
            volumes[timed[0]] = lasted
    return volumes


def check_periods(
    periods: Sequence[ChargingPeriod], ended_at: datetime, started_at: datetime | None = None
) -> Sequence[ChargingPeriod]:
    """Return the periods that last, which are all of them unless one says nothing about no time at all.

    Refused are an empty session and one that measured something yet lasted no time, naive times, inverted or unordered
    periods, periods before the session, consumption in no time, and negative volumes.
    """
    if not periods:
        raise PricingRefused("periods_missing")
    ends = [*[period.starts_at for period in periods[1:]], ended_at]
    for index, at in enumerate((periods[0].starts_at, *ends, started_at or ended_at)):
        if at.tzinfo is None:
            raise PricingRefused("time_without_zone", period=index, at=at.isoformat())
    if started_at is not None and periods[0].starts_at < started_at:
        raise PricingRefused(
            "period_before_start", starts_at=periods[0].starts_at.isoformat(), session_starts_at=started_at.isoformat()
        )
    lasting = []
    for index, (period, ends_at) in enumerate(zip(periods, ends, strict=True)):
        length = ends_at - period.starts_at
        if length < NO_TIME:
            reason = "period_inverted" if index == len(periods) - 1 else "periods_not_ascending"
            raise PricingRefused(
                reason, period=index, starts_at=period.starts_at.isoformat(), ends_at=ends_at.isoformat()
            )
        _check_volumes(index, period, length)
        if length:
            lasting.append(period)
    if lasting:
        return lasting
    if periods[0].dimensions:
        raise PricingRefused("session_zero_length", at=periods[0].starts_at.isoformat())
    return periods[:1]  # a session that has just begun is one period of nothing


def _check_volumes(index: int, period: ChargingPeriod, length: timedelta) -> None:
    for dimension in period.dimensions:
        type_, volume = dimension.type, dimension.volume
        if not volume.is_finite():
            raise PricingRefused("volume_not_a_number", period=index, dimension=str(type_))
        if type_ not in CONSUMED:
            continue
        if volume < ZERO:  # a comparison with the integer 0 makes a Decimal of it first, each time
            raise PricingRefused("volume_negative", period=index, dimension=str(type_), volume=str(volume))
        if volume and not length:
            raise PricingRefused("period_zero_length", period=index, dimension=str(type_))
