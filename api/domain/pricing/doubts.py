"""Doubts that a price survives: what periods leave out or contradict, as notes on the price that came out anyway.

2.3.0 chapter 10, ChargingPeriod and CdrDimensionType. Does not live here: what cannot be priced at all (``checks``).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from api.domain.pricing.breakdown import Note, plain
from api.domain.pricing.checks import TIMES
from api.domain.pricing.periods import ParkingReading
from api.domain.pricing.prepared import prepared
from api.domain.pricing.tariff import ComponentType, DimensionType, Tariff
from api.domain.quantities import SECONDS_PER_HOUR, seconds

ZERO = Decimal(0)
# Three times in decimal hours may each miss theirs by 0.18 s, for OCPI promises four decimals.
ROUNDING_SECONDS = Decimal(1)
# Members under names of their own: looking one up in its enum takes longer than looking a volume up by it.
_ENERGY, _NOT_CHARGING = DimensionType.energy, ParkingReading.not_charging
Volumes = Mapping[DimensionType, Decimal]


@dataclass(slots=True)
class Doubts:
    """What the periods of a session said so far, as far as it may be doubted; grows with each and is then only read."""

    reading: ParkingReading
    taken: int = 0
    stated: set[DimensionType] = field(default_factory=set)
    energy_flowed: bool = False
    too_long: list[Note] = field(default_factory=list)
    idle_charging: list[tuple[int, Decimal]] = field(default_factory=list)
    """Periods by number that state seconds of charging and no energy, where parking means not charging."""

    def take(self, volume: Volumes, length: timedelta) -> None:
        """Look at one period; ``volume`` are its volumes as ``checks.volumes_of`` gives them."""
        stated, lasted = sum((volume[each] for each in TIMES if each in volume), ZERO), seconds(length)
        if stated > lasted + ROUNDING_SECONDS:
            facts = {"period": self.taken, "stated": _hours(stated), "length": _hours(lasted)}
            self.too_long.append(Note("time_exceeds_period", facts))
        self.add(volume)

    def add(self, volume: Volumes) -> None:
        """Look at the volumes of one period whose times are known to be its length."""
        self.stated.update(volume)
        energy = volume.get(_ENERGY, ZERO)
        self.energy_flowed = self.energy_flowed or energy > ZERO
        if self.reading is _NOT_CHARGING and not energy and volume.get(DimensionType.time, ZERO) > ZERO:
            self.idle_charging.append((self.taken, volume[DimensionType.time]))
        self.taken += 1

    def notes(self, tariffs: Collection[Tariff]) -> Iterator[Note]:
        """Yield a note for each thing in the periods that a reader of their price should not overlook."""
        yield from self.too_long
        yield from self._left_out(tariffs)
        if self.energy_flowed:  # a session whose energy is nowhere stated says nothing about where it did not flow
            for period, idle in self.idle_charging:
                yield Note("charging_without_energy", {"period": period, "hours": _hours(idle)})

    def copy(self) -> "Doubts":
        """Return the same doubts, to be added to on their own."""
        stated, too_long, idle_charging = self.stated.copy(), self.too_long.copy(), self.idle_charging.copy()
        return Doubts(self.reading, self.taken, stated, self.energy_flowed, too_long, idle_charging)

    def _left_out(self, tariffs: Collection[Tariff]) -> Iterator[Note]:
        """Tell of a priced dimension that no period states: it may have been nothing, or have been forgotten."""
        no_energy, no_time = _ENERGY not in self.stated, self.stated.isdisjoint(TIMES)
        if DimensionType.reservation_time in self.stated or not (no_energy or no_time):
            return
        priced = {type_ for tariff in tariffs for type_ in prepared(tariff).priced}
        if no_energy and ComponentType.energy in priced:
            yield Note("dimension_not_stated", {"dimension": DimensionType.energy.value})
        if no_time and ComponentType.time in priced:
            yield Note("dimension_not_stated", {"dimension": DimensionType.time.value})


def _hours(amount: Decimal) -> str:
    return plain(amount / SECONDS_PER_HOUR)
