"""Which components compete for a dimension, and among which moments: all that may be measured, or what can happen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.domain.pricing.breakdown import plain
from api.domain.pricing.linting.space import AXES, Box, Space, meet
from api.domain.pricing.select import Candidate, Moment, candidates
from api.domain.pricing.tariff import RESERVATION, RESERVATION_EXPIRES, ComponentType, Tariff

CLASSES: Final = (None, RESERVATION, RESERVATION_EXPIRES)


@dataclass(frozen=True, slots=True)
class Contest:
    """The components that compete for one dimension, in the order of the tariff, with their boxes."""

    type: ComponentType
    reservation: str | None
    candidates: tuple[Candidate, ...]
    boxes: tuple[Box, ...]

    def facts(self, *contestants: Candidate) -> dict[str, object]:
        """Return what a finding says about the dimension and the prices of some of its components."""
        return component_facts(self.type, self.reservation, *(each.component.price for each in contestants))


def contests(tariff: Tariff, space: Space) -> Iterator[Contest]:
    """Yield every dimension that the tariff prices, for charging, for reservations and for expired ones."""
    for reservation in CLASSES:
        for type_ in ComponentType:
            found = candidates(tariff, type_, reservation)
            if found:
                yield Contest(type_, reservation, found, tuple(space.boxes[each.element_index] for each in found))


def component_facts(type_: ComponentType, reservation: str | None, *prices: Decimal) -> dict[str, object]:
    """Return what every finding about a component says: which one, its price, and whether it is about a reservation."""
    facts: dict[str, object] = {"components": [type_.value]}
    if prices:
        facts["prices"] = [plain(each) for each in prices]
    return facts if reservation is None else {**facts, "reservation": reservation}


def startable(space: Space) -> Box:
    """Return the moments at which a session may start."""
    return _only(space, {"energy": lambda at: not at.energy_kwh, "duration": lambda at: not at.elapsed})


def plausible(space: Space, contest: Contest) -> Box:
    """Return what can happen: one steady current and power, none while parked or reserving, on a day of validity.

    A flat fee is charged once, so only the start of a session counts for it.
    """
    idle = contest.reservation is not None or contest.type is ComponentType.parking_time
    keep: dict[str, Callable[[Moment], bool]] = {
        "current": lambda at: at.min_current == at.max_current is not None and not (idle and at.min_current),
        "power": lambda at: at.min_power == at.max_power is not None and not (idle and at.min_power),
    }
    if contest.reservation is not None:
        keep["energy"] = lambda at: not at.energy_kwh
    everything = _only(space, keep)
    valid = (everything[0], everything[1] & space.valid_days, *everything[2:])
    return meet(valid, startable(space)) if contest.type is ComponentType.flat else valid


def _only(space: Space, keep: dict[str, Callable[[Moment], bool]]) -> Box:
    return tuple(
        sum(1 << index for index, at in enumerate(space.cells[axis]) if axis not in keep or keep[axis](at))
        for axis in AXES
    )
