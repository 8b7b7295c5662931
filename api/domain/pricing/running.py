"""The price while a session runs: what it costs up to now.

The same engine as for the final price, so the running total ends at the final one. Does not live here: what staying
plugged in costs from here on (``stay_cost``), when to remind whom (``services/charging``).
"""

from collections.abc import Sequence
from datetime import datetime

from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.periods import ParkingReading, Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.tariff import Tariff


def running_cost(
    readings: Sequence[Reading],
    tariff: Tariff,
    time_zone: str,
    now: datetime,
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> CostBreakdown:
    """Price a live session up to ``now``, idle time included. A partner's clock ahead of ours does no harm.

    Raises ``PricingRefused`` for readings that contradict each other.
    """
    ended_at = max(now, readings[-1].at) if readings else now
    return price(
        cut_into_periods(readings, ended_at, tariff, time_zone, parking),
        tariff,
        time_zone=time_zone,
        ended_at=ended_at,
        parking=parking,
    )
