"""Stays at chargers that stories are made of: real ones where they are at hand, else made up.

A stay is cut to whole tenths of an hour and Wh, so that the truth about its price is exact.
"""

import csv
import json
import os
import random
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

SHARED = Path(os.environ.get("CHARGEHAND_SHARED") or Path(__file__).resolve().parents[3] / "shared")
REAL = SHARED / "data" / "sessions"
MOST_KWH, MOST_HOURS = Decimal(60), Decimal(5)
_ACN = "%a, %d %b %Y %H:%M:%S GMT"


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a car charged, how long it stayed afterwards, and what it took."""

    charging_hours: Decimal
    parked_hours: Decimal
    kwh: Decimal


def a_stay(charging_seconds: int, parked_seconds: int, kwh: str) -> Stay | None:
    """Return a stay, None where it is outside of what these stories are about."""
    hours = [Decimal(round(seconds / 360)) / 10 for seconds in (charging_seconds, parked_seconds)]
    energy = Decimal(kwh).quantize(Decimal("0.001"))
    fits = 0 < hours[0] <= 20 and hours[1] >= 0 and Decimal(1) <= energy <= MOST_KWH
    return Stay(hours[0], min(hours[1], MOST_HOURS), energy) if fits else None


def made_up(seed: int, count: int) -> list[Stay]:
    """Return stays of our own making."""
    dice = random.Random(seed)
    return [
        Stay(
            Decimal(dice.randint(2, 60)) / 10,
            Decimal(dice.choice((0, 0, 1, 5, 20, 40))) / 10,
            Decimal(dice.randint(1000, 55000)) / 1000,
        )
        for _ in range(count)
    ]


def real_ones(seed: int, count: int) -> list[Stay]:
    """Return stays of two published collections in random order; none where they are not at hand."""
    if not REAL.is_dir():
        return []
    found = [*_acn(REAL / "acn_caltech.json"), *_dundee(REAL / "dundee_2018q1.csv")]
    random.Random(seed).shuffle(found)
    return [found[number % len(found)] for number in range(count)] if found else []


def _acn(path: Path) -> list[Stay]:
    """Read stays that tell when the car was full."""
    found = []
    for each in json.loads(path.read_text())["_items"]:
        if each["doneChargingTime"] is None:
            continue
        came, full, left = (
            datetime.strptime(each[name], _ACN)  # noqa: DTZ007 - only differences are used
            for name in ("connectionTime", "doneChargingTime", "disconnectTime")
        )
        seconds = int((full - came).total_seconds()), int((left - full).total_seconds())
        found.append(a_stay(*seconds, str(each["kWhDelivered"])))
    return [each for each in found if each is not None]


def _dundee(path: Path) -> list[Stay]:
    """Read stays of which only begin, end and energy are known."""
    found = []
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            try:
                began, ended = (
                    datetime.strptime(f"{row[f'{which} Date']} {row[f'{which} Time']}", "%d/%m/%Y %H:%M")  # noqa: DTZ007
                    for which in ("Start", "End")
                )
                found.append(a_stay(int((ended - began).total_seconds()), 0, row["Total kWh"]))
            except (ValueError, ArithmeticError):
                continue  # a row without a clock or a number
    return [each for each in found if each is not None]
