"""Everything that restrictions can tell apart, cut into cells, and boxes of cells: exact answers about coverage.

The restrictions of an element look at six independent axes (time of day, day, energy, duration, current, power) and
must all match (2.3.0 chapter 11, TariffRestrictions). Along each axis only the bounds that the tariff itself names
matter, so an axis is a finite row of cells and a region is a set of cells on each axis, kept as bits of an integer.
Whether a cell belongs to an element is asked of ``select.applies`` itself, with a moment that stands for the cell.

A period has a lowest and a highest current (and power), which may lie on both sides of a bound or not be measured;
then several elements that share the scale between them all fail. So cells of these axes are pairs, and "unmeasured".

Does not live here: what to say about what is or is not covered (``reach``, ``gaps``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from api.domain.pricing.select import MIDNIGHT, Moment, applies
from api.domain.pricing.tariff import Restrictions, Tariff

Box = tuple[int, ...]
"""A set of cells on each axis, as bits."""

ZERO: Final = Decimal(0)
A_MONDAY: Final = date(2024, 1, 1)
START: Final = Moment(datetime.combine(A_MONDAY, MIDNIGHT), timedelta(0), ZERO, ZERO, ZERO, ZERO, ZERO)
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "time": ("start_time", "end_time"),
    "day": ("start_date", "end_date", "days_of_week"),
    "energy": ("min_kwh", "max_kwh"),
    "duration": ("min_duration_seconds", "max_duration_seconds"),
    "current": ("min_current", "max_current"),
    "power": ("min_power", "max_power"),
}
AXES: Final = tuple(FIELDS)
# Work is bounded to a few seconds; what a tariff with a price for every hour of a month (720 elements) needs fits well.
MOST_VERDICTS: Final = 300_000
MOST_FLOWS: Final = 100
MOST_STEPS: Final = 1_200_000
# Dates from here on are written for "never ends".
FAR_FUTURE: Final = 2090


class TooComplex(Exception):
    """A tariff has so many elements or bounds that checking it would take more than a few seconds."""


@dataclass(slots=True)
class Budget:
    """How many comparisons of boxes are left before a check gives up."""

    left: int = MOST_STEPS

    def spend(self, steps: int = 1) -> None:
        """Count steps. Raises ``TooComplex``."""
        self.left -= steps
        if self.left < 0:
            raise TooComplex


@dataclass(frozen=True, slots=True)
class Space:
    """The cells of a tariff, a moment for each, by axis; the box of each element; and the days of its validity."""

    cells: dict[str, tuple[Moment, ...]]
    boxes: tuple[Box, ...]
    valid_days: int
    budget: Budget

    def everything(self) -> Box:
        """Return the box of all cells."""
        return tuple((1 << len(self.cells[axis])) - 1 for axis in AXES)

    def moment(self, cells: Sequence[int]) -> Moment:
        """Return a moment in the given cell of each axis."""
        clock, day, energy, duration, current, power = (
            self.cells[axis][cell] for axis, cell in zip(AXES, cells, strict=True)
        )
        return Moment(
            datetime.combine(local(day).date(), local(clock).time()),
            duration.elapsed,
            energy.energy_kwh,
            current.min_current,
            current.max_current,
            power.min_power,
            power.max_power,
        )

    def uncovered(self, box: Box, covers: Sequence[Box]) -> Box | None:
        """Return a part of ``box`` outside all ``covers``, or ``None``: exact, also where only together they cover."""
        pending = [(box, 0)] if all(box) else []
        while pending:
            rest, index = pending.pop()
            while index < len(covers) and not meets(rest, covers[index]):
                self.budget.spend()
                index += 1
            if index == len(covers):
                return rest
            self.budget.spend()
            pending.extend((piece, index + 1) for piece in _without(rest, covers[index]))
        return None


def space_of(tariff: Tariff) -> Space:
    """Cut the space of a tariff's restrictions into cells. Raises ``TooComplex``."""
    rules = [element.restrictions or Restrictions() for element in tariff.elements]
    dates = _values(rules, "start_date", "end_date")
    validity = {each.date().toordinal() for each in (tariff.starts_at, tariff.ends_at) if each is not None and dates}
    cells = {
        "time": _times(rules),
        "day": _days(sorted({*(each.toordinal() for each in dates), *validity, *(each + 1 for each in validity)})),
        "energy": tuple(replace(START, energy_kwh=each) for each in _scale(rules, *FIELDS["energy"])),
        "duration": tuple(
            replace(START, elapsed=timedelta(seconds=int(each))) for each in _scale(rules, *FIELDS["duration"])
        ),
        "current": tuple(
            replace(START, min_current=low, max_current=high) for low, high in _pairs(_scale(rules, *FIELDS["current"]))
        ),
        "power": tuple(
            replace(START, min_power=low, max_power=high) for low, high in _pairs(_scale(rules, *FIELDS["power"]))
        ),
    }
    if sum(len(each) for each in cells.values()) * len(rules) > MOST_VERDICTS:
        raise TooComplex
    valid = sum(1 << index for index, each in enumerate(cells["day"]) if not dates or _surely_valid(tariff, each))
    return Space(cells, _boxes(rules, cells), valid, Budget())


def meets(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a cell in common."""
    return all(a & b for a, b in zip(one, other, strict=True))


def meet(one: Box, other: Box) -> Box:
    """Return what two boxes have in common."""
    return tuple(a & b for a, b in zip(one, other, strict=True))


def within(inner: Box, outer: Box) -> bool:
    """Tell whether a box is a part of another, or equal."""
    return all(a & b == a for a, b in zip(inner, outer, strict=True))


def _without(box: Box, cover: Box) -> Iterable[Box]:
    """Yield disjoint boxes that together are ``box`` without ``cover``, at most one an axis."""
    for axis, (mine, theirs) in enumerate(zip(box, cover, strict=True)):
        if mine & ~theirs:
            yield (*box[:axis], mine & ~theirs, *box[axis + 1 :])
        box = (*box[:axis], mine & theirs, *box[axis + 1 :])


def _boxes(rules: Sequence[Restrictions], cells: dict[str, tuple[Moment, ...]]) -> tuple[Box, ...]:
    seen: dict[tuple[str, Restrictions], int] = {}

    def bits(axis: str, each: Restrictions) -> int:
        part = Restrictions(**{name: getattr(each, name) for name in FIELDS[axis]})
        if (axis, part) not in seen:
            seen[axis, part] = sum(1 << index for index, at in enumerate(cells[axis]) if applies(part, at))
        return seen[axis, part]

    return tuple(tuple(bits(axis, each) for axis in AXES) for each in rules)


def _values(rules: Iterable[Restrictions], *names: str) -> set[date]:
    return {value for each in rules for name in names if (value := getattr(each, name)) is not None}


def _times(rules: Sequence[Restrictions]) -> tuple[Moment, ...]:
    named: set[time] = {value for each in rules for value in (each.start_time, each.end_time) if value is not None}
    return tuple(replace(START, local=datetime.combine(A_MONDAY, each)) for each in sorted({MIDNIGHT, *named}))


def _days(bounds: Sequence[int]) -> tuple[Moment, ...]:
    """Return a day for every stretch between dates (ordinals) and every weekday that the stretch contains."""
    first = bounds[0] if bounds else A_MONDAY.toordinal() + 7
    days = [*range(max(1, first - 7), first)]
    for begin, end in pairwise([*bounds, date.max.toordinal() + 1] if bounds else []):
        days += range(begin, min(begin + 7, end))
    return tuple(replace(START, local=datetime.combine(date.fromordinal(each), MIDNIGHT)) for each in days)


def local(moment: Moment) -> datetime:
    """Return the wall clock of a moment that has one, as every cell does."""
    if moment.local is None:
        raise ValueError("a cell without a wall clock")
    return moment.local


def _surely_valid(tariff: Tariff, cell: Moment) -> bool:
    """Tell whether a local day lies in the validity of a tariff, whatever the zone; the days at its ends do not."""
    day = local(cell).date()
    after_start = tariff.starts_at is None or day > tariff.starts_at.date()
    before_end = tariff.ends_at is None or day < tariff.ends_at.date()
    return after_start and before_end and day.year < FAR_FUTURE


def _scale(rules: Sequence[Restrictions], *names: str) -> list[Decimal]:
    """Return the beginning of every cell of a quantity that is never negative."""
    limits = (getattr(each, name) for each in rules for name in names)
    return sorted({ZERO, *(Decimal(each) for each in limits if each is not None and each > 0)})


def _pairs(scale: Sequence[Decimal]) -> list[tuple[Decimal | None, Decimal | None]]:
    """Return (lowest, highest) for steady flows, for an unmeasured one, then for flows that vary within a period."""
    if len(scale) > MOST_FLOWS:
        raise TooComplex
    if len(scale) == 1:
        return [(scale[0], scale[0]), (None, None)]
    steady: list[tuple[Decimal | None, Decimal | None]] = [(each, each) for each in scale]
    varying = [(low, high) for low in scale for high in scale if low < high]
    half = [pair for each in scale for pair in ((each, None), (None, each))]
    return [*steady, (None, None), *varying, *half]
