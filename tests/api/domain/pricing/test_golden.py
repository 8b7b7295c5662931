"""Whole sessions with sums worked out by hand: a folder a case in ``tests/golden/tariffs``, a new case is a new folder.

``session.json`` holds periods or meter readings, ``expected.json`` the totals, the lines in order, the codes of the
notes and, in words, how the sum was reached.
"""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.domain.pricing.periods import ChargingPeriod, Dimension, Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import DimensionType, Tariff

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "tariffs"
CASES = sorted(each.name for each in GOLDEN.iterdir() if each.is_dir())
# Thirds of an hour are written with ten decimals in the files; amounts are compared exactly.
SHOWN_HOURS = Decimal("0.0000000001")


def _load(case: str, name: str) -> Any:
    return json.loads((GOLDEN / case / f"{name}.json").read_text())


def _periods(session: dict[str, Any], tariff: Tariff, ended_at: datetime) -> tuple[ChargingPeriod, ...]:
    if "readings" in session:
        readings = [
            Reading(datetime.fromisoformat(each["at"]), Decimal(each["energy_kwh"]), charging=each["charging"])
            for each in session["readings"]
        ]
        return cut_into_periods(readings, ended_at, tariff, session["time_zone"])
    return tuple(
        ChargingPeriod(
            datetime.fromisoformat(each["starts_at"]),
            tuple(Dimension(DimensionType(name), Decimal(volume)) for name, volume in each["dimensions"].items()),
        )
        for each in session["periods"]
    )


@pytest.mark.parametrize("case", CASES)
def test_golden_session(case: str) -> None:
    """Totals, lines and notes are those worked out by hand; amounts to the last digit."""
    tariff, session, expected = (_load(case, name) for name in ("tariff", "session", "expected"))
    ended_at = datetime.fromisoformat(session["ended_at"])
    model = tariff_from_json(tariff)
    cost = price(_periods(session, model, ended_at), model, time_zone=session["time_zone"], ended_at=ended_at)
    assert cost.excl_vat == Decimal(expected["excl_vat"])
    assert cost.incl_vat == (None if expected["incl_vat"] is None else Decimal(expected["incl_vat"]))
    assert cost.excl_known is expected.get("excl_known", True)
    assert [note.code for note in cost.notes] == expected["notes"]
    assert [(line.element_index, line.component_type.value, line.amount) for line in cost.lines] == [
        (each["element"], each["type"], Decimal(each["amount"])) for each in expected["lines"]
    ]
    for line, each in zip(cost.lines, expected["lines"], strict=True):
        assert abs(line.billed_quantity - Decimal(each["billed_quantity"])) <= SHOWN_HOURS
