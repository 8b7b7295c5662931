"""How fast sessions are priced, against a floor that multiplies and adds and knows no rule: ``make bench``.

The floor prices the same periods as volume times price, summed, in the same ``Decimal`` arithmetic; what the engine
takes beyond it is restrictions, steps, taxes, limits and lines that explain themselves. Rounds alternate, so that a
busy machine slows both, and the median round counts. Absolute figures are the machine's; the ratio is the engine's.

Columns: ``floor`` and ``price`` bills a second, ``x`` how many floors a price takes, ``audit`` bills a second computed
again and compared, ``update`` meter reports of live sessions a second, each taken in and the session priced up to then.
``--profile`` shows where the time of ``price`` and ``update`` goes.
"""

import argparse
import cProfile
import json
import os
import platform
import pstats
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from api.domain.pricing.audit import audit_cdr
from api.domain.pricing.price import price
from api.domain.pricing.running import begin_running
from api.domain.pricing.tariff import ComponentType, DimensionType
from bench.material import ZONE, Case, Workload, workloads

KINDS = {
    DimensionType.energy: ComponentType.energy,
    DimensionType.time: ComponentType.time,
    DimensionType.parking_time: ComponentType.parking_time,
}
LATER = timedelta(seconds=3)
ZERO = Decimal(0)
Action = Callable[[Case], object]


def main() -> None:
    """Measure every workload and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each figure is measured")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--profile", action="store_true", help="print where the time goes instead")
    options = parser.parse_args()
    if options.profile:
        show_profiles(workloads()[-1])
        return
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, one used; load before: {load:.2f}")
    print(f"{'a second and process':<40}{'floor':>10}{'price':>9}{'x':>7}{'audit':>9}{'update':>9}")
    rows = [measure(each, options.seconds) for each in workloads()]
    if options.json:
        document = {"python": platform.python_version(), "cores": os.cpu_count(), "load": load, "workloads": rows}
        options.json.write_text(json.dumps(document, indent=2) + "\n")


def measure(workload: Workload, seconds: float) -> dict[str, object]:
    """Measure one workload, print its line and return its figures."""
    check(workload)
    reports = statistics.mean(len(case.readings) for case in workload.cases)
    floor, priced, audited, told = medians(workload, (floor_of, priced_of, audited_of, told_of), seconds)
    figures = {
        "floor": round(1 / floor),
        "price": round(1 / priced),
        "ratio": round(priced / floor, 1),
        "audit": round(1 / audited),
        "update": round(reports / told),
    }
    print(f"{workload.name:<40}{figures['floor']:>10,}{figures['price']:>9,}{figures['ratio']:>7}", end="")
    print(f"{figures['audit']:>9,}{figures['update']:>9,}", flush=True)
    return {"name": workload.name, **figures}


def check(workload: Workload) -> None:
    """Raise ValueError unless floor and engine agree where no rule tells them apart."""
    for case in workload.cases:
        if case.tariff.id == "plain" and abs(priced_of(case) - floor_of(case)) > Decimal("0.001"):
            raise ValueError(f"{workload.name}: {priced_of(case)} is not {floor_of(case)}")


def floor_of(case: Case) -> Decimal:
    """Return volume times price, summed: the least that any pricing must do."""
    prices = {each.type: each.price for each in case.tariff.elements[-1].components}
    total = ZERO
    for period in case.periods:
        for dimension in period.dimensions:
            total += dimension.volume * prices.get(KINDS[dimension.type], ZERO)
    return total


def priced_of(case: Case) -> Decimal:
    """Return the price of the periods before tax, as for a CDR."""
    return price(case.periods, case.tariff, time_zone=ZONE, ended_at=case.ended_at).excl_vat


def audited_of(case: Case) -> object:
    """Audit the CDR of the session."""
    return audit_cdr(case.cdr, tariff=case.tariff, time_zone=ZONE)


def told_of(case: Case) -> Decimal:
    """Take in one report after the other and price the session after each, as while it is live."""
    running = begin_running(case.readings[0], case.tariff, ZONE)
    cost = running.cost_at(case.readings[0].at + LATER)
    for reading in case.readings[1:]:
        running.take(reading)
        cost = running.cost_at(reading.at + LATER)
    return cost.excl_vat


def medians(workload: Workload, actions: Sequence[Action], seconds: float) -> list[float]:
    """Return the median seconds that each action takes for a case, measured in alternating rounds over all cases."""
    rounds: list[list[float]] = [[] for _ in actions]
    end = time.perf_counter() + seconds * len(actions)
    repeats = max(1, 20 // len(workload.cases))
    while time.perf_counter() < end:
        for action, taken in zip(actions, rounds, strict=True):
            began = time.perf_counter()
            for _ in range(repeats):
                for case in workload.cases:
                    action(case)
            taken.append((time.perf_counter() - began) / repeats / len(workload.cases))
    return [statistics.median(taken) for taken in rounds]


def show_profiles(workload: Workload) -> None:
    """Print the functions that pricing bills and following live sessions spend their time in."""
    for title, action, rounds in (("price", priced_of, 50), ("update", told_of, 3)):
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(rounds):
            for case in workload.cases:
                action(case)
        profile.disable()
        print(f"--- {title}: {workload.name}")
        pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
