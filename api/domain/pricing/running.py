"""The price while a session runs: what it costs up to now.

The same engine as for the final price, so the running total ends at the final one. A session is priced reading by
reading, each looked at once, so asking costs the same after five readings and after five thousand. Does not live here:
what staying plugged in costs from here on (``stay_cost``), how what was read is kept (``running_snapshot``), when to
remind whom (``services/charging``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.doubts import Doubts
from api.domain.pricing.periods import Cutting, ParkingReading, Reading, Stretch, begin_cutting, measured
from api.domain.pricing.price import Tally
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import Tariff
from api.domain.pricing.usage import Book, Walk


@dataclass(slots=True)
class Running:
    """A live session up to its last reading: periods that are complete are in ``tally``, the rest in ``cutting``."""

    cutting: Cutting
    tally: Tally

    @property
    def last(self) -> Reading:
        """Return the last reading, with the newest count of energy."""
        last = self.cutting.last
        return Reading(last.at, self.cutting.told_kwh, last.charging, last.power_kw)

    def take(self, reading: Reading) -> None:
        """Take the next reading; the later of two at one time counts.

        Raises ``PricingRefused``, and takes nothing, when it contradicts what was read before.
        """
        _add(self.tally, self.cutting.take(reading))

    def cost_at(self, now: datetime) -> CostBreakdown:
        """Price the session up to ``now``, idle time included; changes nothing.

        Energy after the last reading is not guessed. A partner's clock ahead of ours does no harm. Raises
        ``PricingRefused`` for a session of no length that used energy, or of more than a year.
        """
        ended_at = max(now, self.cutting.last.at)
        tally, rest = self.tally.copy(), self.cutting.rest(ended_at)
        if not rest:  # it has just begun
            tally.walk.add(self.cutting.tariff, self.cutting.start.at, {})
        _add(tally, rest)
        return tally.cost()


def begin_running(
    start: Reading,
    tariff: Tariff,
    time_zone: str,
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> Running:
    """Return a live session read once, at its start, from which its energy counts. Raises ``PricingRefused``."""
    cutting = begin_cutting(start, tariff, time_zone, parking)
    at = cutting.start.at
    return Running(cutting, Tally(Walk(Book(tariff, {}, cutting.zone), at, at), Doubts(parking)))


def running_cost(
    readings: Sequence[Reading],
    tariff: Tariff,
    time_zone: str,
    now: datetime,
    parking: ParkingReading = ParkingReading.not_requesting_power,
) -> CostBreakdown:
    """Price a live session up to ``now`` from all its readings. Raises ``PricingRefused`` as ``Running`` does."""
    if not readings:
        raise PricingRefused("readings_missing")
    running = begin_running(readings[0], tariff, time_zone, parking)
    for reading in readings[1:]:
        running.take(reading)
    return running.cost_at(now)


def _add(tally: Tally, stretches: Iterable[Stretch]) -> None:
    """Add stretches to a session as what they measured, past the periods that they would be told as."""
    walk, doubts = tally.walk, tally.doubts
    for each in stretches:
        volume = measured(each)
        walk.add(walk.book.default, each.starts_at, volume)
        doubts.add(volume)
