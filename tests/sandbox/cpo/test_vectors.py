"""The CPO's own bills against tariffs of the specification, sums checked by hand; skipped where none are at hand."""

import json
import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.cpo.bill import price
from sandbox.cpo.periods import Slice

SHARED = Path(os.environ.get("CHARGEHAND_SHARED", Path(__file__).parents[3].parent / "shared"))
VECTORS = SHARED / "prices" / "vectors.json"


def cases() -> list[dict[str, Any]]:
    """Return the cases that do not depend on current, which this CPO does not meter."""
    if not VECTORS.exists():
        return []
    found = json.loads(VECTORS.read_text(), parse_float=Decimal)["cases"]
    return [case for case in found if "16A" not in case["name"]]


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared material is not on this machine")
@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_sums_of_the_specification(case: dict[str, Any]) -> None:
    """The total before and after VAT is the one worked out by hand."""
    tariff = json.loads((SHARED / case["tariff"]).read_text(), parse_float=Decimal)
    bill = price(slices_of(case), tariff, ZoneInfo(case["time_zone"]))
    assert bill.total.excl_vat == Decimal(case["expected"]["excl_vat"])
    if case["expected"]["incl_vat"] is not None:
        assert bill.total.incl_vat == Decimal(case["expected"]["incl_vat"])


def slices_of(case: dict[str, Any]) -> list[Slice]:
    """Read a case's charging periods as slices."""
    starts = [moment(p["start_date_time"]) for p in case["charging_periods"]]
    ends = [*starts[1:], moment(case["end_date_time"])]
    slices: list[Slice] = []
    kwh = Decimal(0)
    for period, begin, end in zip(case["charging_periods"], starts, ends, strict=True):
        used = {d["type"]: Decimal(str(d["volume"])) for d in period["dimensions"]}
        energy = used.get("ENERGY", Decimal(0))
        slices.append(Slice(begin, end - begin, energy, "PARKING_TIME" in used, begin - starts[0], kwh))
        kwh += energy
    return slices


def moment(text: str) -> int:
    """Unix seconds of an OCPI moment."""
    return int(datetime.fromisoformat(text).timestamp())
