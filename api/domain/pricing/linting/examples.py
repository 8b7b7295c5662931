"""An example of when, in words: "on Sunday at 18:00", "from 50 kWh on"."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Final

from api.domain.pricing.breakdown import plain
from api.domain.pricing.linting.space import AXES, Box, Space, local
from api.domain.pricing.select import Moment

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALWAYS: Final = "at any time"


def first_cells(box: Box) -> tuple[int, ...]:
    """Return the first cell of a box on each axis."""
    return tuple((bits & -bits).bit_length() - 1 for bits in box)


def example(space: Space, part: Box, whole: Box) -> str:
    """Say where a part of a whole lies, by the axes on which the part is smaller than the whole."""
    cells = first_cells(part)
    said = [
        _SAY[axis](space.cells[axis], cell)
        for axis, cell, mine, all_ in zip(AXES, cells, part, whole, strict=True)
        if mine != all_
    ]
    if part[0] != whole[0] and part[1] != whole[1]:
        said = [f"{said[1]} {said[0]}", *said[2:]]  # "on Sunday at 03:00"
    return ", ".join(said) or ALWAYS


def clock(at: time) -> str:
    """Return a time of day as people write it, with seconds only where there are any."""
    return at.isoformat("seconds" if at.second else "minutes")


def _time(cells: tuple[Moment, ...], cell: int) -> str:
    return f"at {clock(local(cells[cell]).time())}"


def _day(cells: tuple[Moment, ...], cell: int) -> str:
    day: date = local(cells[cell]).date()
    name = WEEKDAYS[day.weekday()]
    return f"on {name}" if len(cells) == len(WEEKDAYS) else f"on {name} {day.isoformat()}"


def _energy(cells: tuple[Moment, ...], cell: int) -> str:
    return f"below {plain(cells[1].energy_kwh)} kWh" if not cell else f"from {plain(cells[cell].energy_kwh)} kWh on"


def _duration(cells: tuple[Moment, ...], cell: int) -> str:
    second = timedelta(seconds=1)
    if not cell:
        return f"in the first {cells[1].elapsed // second} seconds"
    return f"after {cells[cell].elapsed // second} seconds"


def _flow(name: str, unit: str) -> Callable[[tuple[Moment, ...], int], str]:
    def say(cells: tuple[Moment, ...], cell: int) -> str:
        lowest, highest = getattr(cells[cell], f"min_{name}"), getattr(cells[cell], f"max_{name}")
        if lowest is None or highest is None:
            return f"when the {name} is not reported"
        if lowest != highest:
            return f"when the {name} varies between {plain(lowest)} and {plain(highest)} {unit}"
        if not lowest:
            bound = getattr(cells[1], f"min_{name}")
            return f"when the {name} is reported" if bound is None else f"below {plain(bound)} {unit}"
        return f"from {plain(lowest)} {unit} on"

    return say


_SAY: Final[dict[str, Callable[[tuple[Moment, ...], int], str]]] = {
    "time": _time,
    "day": _day,
    "energy": _energy,
    "duration": _duration,
    "current": _flow("current", "A"),
    "power": _flow("power", "kW"),
}
