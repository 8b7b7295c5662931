"""The curve of one charge: energy over time as it was read, power between readings, thinned to what a phone shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from api.domain.pricing.periods import Reading

_SECONDS_AN_HOUR = 3600
_WATTS = 1000


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One moment: energy so far, and the mean power since the point before; None at the first one."""

    at: datetime
    energy_wh: int
    power_w: int | None
    flowing: bool


def curve_of(readings: Sequence[Reading], budget: int) -> tuple[CurvePoint, ...]:
    """Return at most ``budget`` points (three or more), oldest first; the first and the newest reading are among them.

    Power is computed between the readings that are kept, so that the area under the curve stays the energy.
    """
    kept = thinned(sorted(readings, key=lambda each: each.at), budget)
    points: list[CurvePoint] = []
    for index, reading in enumerate(kept):
        before = kept[index - 1] if index else None
        power = None if before is None else _power(before, reading)
        points.append(CurvePoint(reading.at, _whole(reading.energy_kwh * _WATTS), power, reading.charging))
    return tuple(points)


def thinned(readings: Sequence[Reading], budget: int) -> tuple[Reading, ...]:
    """Return at most ``budget`` readings: both ends, and between them the last one of each equal stretch of time."""
    if len(readings) <= budget:
        return tuple(readings)
    first, last = readings[0], readings[-1]
    stretches = budget - 2
    span = last.at - first.at
    newest: dict[int, Reading] = {}
    for reading in readings[1:-1]:
        newest[min(int((reading.at - first.at) * stretches // span), stretches - 1)] = reading
    return (first, *newest.values(), last)


def _power(before: Reading, after: Reading) -> int | None:
    """Return the mean power between two readings in watts; None when no time passed."""
    passed = after.at - before.at
    micros = passed.days * 86_400_000_000 + passed.seconds * 1_000_000 + passed.microseconds
    if micros <= 0:
        return None
    energy = max(after.energy_kwh - before.energy_kwh, Decimal(0))
    return _whole(energy * _WATTS * _SECONDS_AN_HOUR * 1_000_000 / micros)


def _whole(number: Decimal) -> int:
    """Round to whole units, halves up: these numbers are shown, never billed."""
    return int(number.to_integral_value(ROUND_HALF_UP))
