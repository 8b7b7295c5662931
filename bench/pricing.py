"""How fast sessions are priced, against a floor that multiplies and adds and knows no rule: ``make bench``.

The floor prices the same periods as volume times price, summed, in the same ``Decimal`` arithmetic; what the engine
takes beyond it is restrictions, steps, taxes, limits and lines that explain themselves. Rounds alternate, so that a
busy machine slows both, and the median round counts. Absolute figures are the machine's; the ratio is the engine's.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal

from api.domain.pricing.periods import ChargingPeriod, Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.running import running_cost
from api.domain.pricing.tariff import ComponentType, DimensionType, PriceComponent, Restrictions, Tariff, TariffElement

ZONE = "Europe/Berlin"
START = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
"""Half past eight in the evening in Berlin: the session runs into the night price."""
KINDS = {
    DimensionType.energy: ComponentType.energy,
    DimensionType.time: ComponentType.time,
    DimensionType.parking_time: ComponentType.parking_time,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One session to price, in the three shapes that are measured."""

    name: str
    tariff: Tariff
    readings: tuple[Reading, ...]
    periods: tuple[ChargingPeriod, ...]
    ended_at: datetime


def main() -> None:
    """Measure every case and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each figure is measured")
    seconds: float = parser.parse_args().seconds
    print(f"{'session':<34}{'floor/s':>10}{'price/s':>10}{'ratio':>8}{'running/s':>11}")
    for case in cases():
        check(case)
        floor, priced, running = medians(case, (floor_of, priced_of, shown_of), seconds)
        print(f"{case.name:<34}{1 / floor:>10,.0f}{1 / priced:>10,.0f}{priced / floor:>8.1f}{1 / running:>11,.0f}")


def cases() -> tuple[Case, ...]:
    """Return the sessions: the simplest one, a common one, and one that needs every rule."""
    energy = component(ComponentType.energy, "0.49")
    plain = Tariff("plain", "EUR", (TariffElement((energy,), None),))
    night = Restrictions(start_time=clock_time(22), end_time=clock_time(6))
    after_four_hours = Restrictions(min_duration_seconds=4 * 3600)
    full = Tariff(
        "full",
        "EUR",
        (
            TariffElement((component(ComponentType.energy, "0.39"),), night),
            TariffElement((component(ComponentType.parking_time, "6.00", step=300),), after_four_hours),
            TariffElement((energy, component(ComponentType.flat, "0.35")), None),
        ),
    )
    return (
        make_case("one period, kWh only", plain, updates=1),
        make_case("17 readings, kWh only", plain, updates=16),
        make_case("17 readings, night, parking, flat", full, updates=16),
    )


def component(kind: ComponentType, amount: str, *, step: int = 1) -> PriceComponent:
    """Return a price component with German tax."""
    return PriceComponent(kind, Decimal(amount), step, Decimal(19))


def make_case(name: str, tariff: Tariff, *, updates: int) -> Case:
    """Return a session of 32 kWh in four hours, then an hour plugged in, told in ``updates`` steps."""
    step = timedelta(hours=4) / updates
    readings = [
        Reading(START + step * index, Decimal(32 * index) / updates, charging=index < updates)
        for index in range(updates + 1)
    ]
    ended_at = START + timedelta(hours=5)
    return Case(name, tariff, tuple(readings), cut_into_periods(readings, ended_at, tariff, ZONE), ended_at)


def check(case: Case) -> None:
    """Raise ValueError unless the floor and the engine agree where no rule tells them apart."""
    plain = len(case.tariff.elements) == 1
    if plain and abs(priced_of(case) - floor_of(case)) > Decimal("0.001"):
        raise ValueError(f"{case.name}: {priced_of(case)} is not {floor_of(case)}")


def floor_of(case: Case) -> Decimal:
    """Return volume times price, summed: the least that any pricing must do."""
    prices = {each.type: each.price for each in case.tariff.elements[-1].components}
    zero = Decimal(0)
    total = zero
    for period in case.periods:
        for dimension in period.dimensions:
            total += dimension.volume * prices.get(KINDS[dimension.type], zero)
    return total


def priced_of(case: Case) -> Decimal:
    """Return the price of the periods before tax, as for a CDR."""
    return price(case.periods, case.tariff, time_zone=ZONE, ended_at=case.ended_at).excl_vat


def shown_of(case: Case) -> Decimal:
    """Return the price of the readings so far, as for a live session: they are cut into periods first."""
    return running_cost(case.readings, case.tariff, ZONE, case.ended_at).excl_vat


def medians(case: Case, actions: Sequence[Callable[[Case], Decimal]], seconds: float) -> list[float]:
    """Return the median seconds of one call of each action on the case, measured in alternating rounds."""
    rounds: list[list[float]] = [[] for _ in actions]
    end = time.perf_counter() + seconds * len(actions)
    while time.perf_counter() < end:
        for action, taken in zip(actions, rounds, strict=True):
            began = time.perf_counter()
            for _ in range(20):
                action(case)
            taken.append((time.perf_counter() - began) / 20)
    return [statistics.median(taken) for taken in rounds]


if __name__ == "__main__":
    main()
