"""The meter of a scripted session and its charging periods, cut where the price can change.

OCPI 2.2.1 `mod_cdrs`, "ChargingPeriod": a CPO adds a period at every moment that matters for the cost. Prices are in
`bill.py`.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.cpo.tariffs import Moment, active_component, clock_boundaries, duration_boundaries, kwh_boundaries

Json = dict[str, Any]

WH = Decimal("0.001")


@dataclass(slots=True)
class Course:
    """What the meter sees: energy flows evenly from ``start`` and may end before the planned time."""

    start: int
    planned_kwh: Decimal
    planned_seconds: int
    charging_end: int

    def kwh_at(self, moment: int) -> Decimal:
        """Return the kWh metered by ``moment``, to the Wh while charging and exact at the planned end."""
        seconds = min(moment, self.charging_end) - self.start
        if seconds <= 0:
            return Decimal(0)
        if seconds >= self.planned_seconds:
            return self.planned_kwh
        return (self.planned_kwh * seconds / self.planned_seconds).quantize(WH)

    def reaches(self, kwh: Decimal) -> int | None:
        """Return the first whole second by which ``kwh`` are metered, or nothing when they never are."""
        if kwh <= 0 or kwh > self.planned_kwh:
            return None
        moment = self.start + math.ceil(kwh * self.planned_seconds / self.planned_kwh)
        return moment if moment < self.charging_end else None


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of charging, or of parking without energy; ``elapsed`` and ``kwh_before`` are as of its start."""

    start: int
    seconds: int
    kwh: Decimal
    parking: bool
    elapsed: int
    kwh_before: Decimal

    def moment(self, zone: ZoneInfo) -> Moment:
        """Return what tariff restrictions look at, as of the start of this slice."""
        return Moment(datetime.fromtimestamp(self.start, zone), self.elapsed, self.kwh_before)


def cut(course: Course, tariff: Json | None, zone: ZoneInfo, begin: int, end: int) -> list[Slice]:
    """Cut ``begin``..``end`` of a session into slices over which no price changes; a session of no length gives one."""
    meter = _boundary_meter(course, tariff)
    marks = set(meter) | {course.charging_end}
    if tariff is not None:
        marks |= {course.start + seconds for seconds in duration_boundaries(tariff)}
        marks |= set(clock_boundaries(tariff, zone, begin, end))
    edges = [begin, *sorted(mark for mark in marks if begin < mark < end), end]
    if begin == end:
        return [Slice(begin, 0, Decimal(0), begin > course.charging_end, begin - course.start, course.kwh_at(begin))]
    slices: list[Slice] = []
    for left, right in pairwise(edges):
        before = meter.get(left, course.kwh_at(left))
        used = meter.get(right, course.kwh_at(right)) - before
        piece = Slice(left, right - left, used, left >= course.charging_end, left - course.start, before)
        if slices and _same_price(slices[-1], piece, tariff, zone):
            first = slices.pop()
            piece = Slice(
                first.start,
                first.seconds + piece.seconds,
                first.kwh + used,
                piece.parking,
                first.elapsed,
                first.kwh_before,
            )
        slices.append(piece)
    return slices


def _boundary_meter(course: Course, tariff: Json | None) -> dict[int, Decimal]:
    """At a kWh boundary the meter reads the boundary itself, although whole seconds step a few Wh past it."""
    if tariff is None:
        return {}
    reached = {kwh: course.reaches(kwh) for kwh in sorted(kwh_boundaries(tariff))}
    return {moment: kwh for kwh, moment in reached.items() if moment is not None}


def _same_price(left: Slice, right: Slice, tariff: Json | None, zone: ZoneInfo) -> bool:
    if left.parking != right.parking:
        return False
    return tariff is None or all(
        _index(tariff, dimension, left.moment(zone)) == _index(tariff, dimension, right.moment(zone))
        for dimension in ("ENERGY", "TIME", "PARKING_TIME", "FLAT")
    )


def _index(tariff: Json, dimension: str, moment: Moment) -> int | None:
    found = active_component(tariff, dimension, moment)
    return None if found is None else found[0]
