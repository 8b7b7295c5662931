"""More sums that the specification's prose states for its example tariffs, beyond the shared file of vectors.

The tariffs are read from the shared folder; the sessions are written here after the prose of chapter 11. Where the
prose contradicts itself (Saturday of the complex tariff) the expected figures are the ones that add up.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.price import price
from api.domain.pricing.tariff import DimensionType
from tests.api.domain.pricing.make import BERLIN
from tests.api.domain.pricing.ocpi import read_tariff
from tests.api.domain.pricing.test_vectors import SHARED

D = Decimal
EXAMPLES = SHARED / "ocpi" / "examples"
RESERVED, TIME, PARKED, ENERGY = "reservation_time", "time", "parking_time", "energy"
# (tariff file, local start in Berlin, [(minutes, {dimension: minutes, kWh, A or kW})], net, gross)
SUMS = [
    (
        "tariff_15_reservation_5_euro_per_hour",
        "2024-03-04T10:00",
        [(15, {RESERVED: 15}), (60, {ENERGY: 20})],
        "6.75",
        "7.60",
    ),
    (
        "tariff_16_reservation_2_euro_fee_5_euro_per_hour",
        "2024-03-04T10:00",
        [(13, {RESERVED: 13}), (60, {ENERGY: 20})],
        "8.75",
        "10.00",
    ),
    (
        "tariff_17_reservation_with_expire_fee",
        "2024-03-04T10:00",
        [(22, {RESERVED: 22}), (60, {ENERGY: 20})],
        "6.50",
        "7.30",
    ),
    ("tariff_17_reservation_with_expire_fee", "2024-03-04T10:00", [(60, {RESERVED: 60})], "6.00", "7.20"),
    (
        "tariff_18_reservation_with_expire_time",
        "2024-03-04T10:00",
        [(22, {RESERVED: 22}), (60, {ENERGY: 20})],
        "7.00",
        "7.90",
    ),
    ("tariff_18_reservation_with_expire_time", "2024-03-04T10:00", [(90, {RESERVED: 90})], "9.00", "10.80"),
    ("tariff_12_025kwh_min_price", "2024-03-04T10:00", [(60, {ENERGY: 1})], "0.50", "0.55"),
    ("tariff_6_025kwh_start_max_price", "2019-03-04T10:00", [(60, {ENERGY: 50})], "10.00", "11.00"),
    ("tariff_2_alt_text", "2024-03-04T10:00", [(150, {TIME: 150})], "4.75", "4.997"),
    ("tariff_5_free_of_charge", "2024-03-04T10:00", [(60, {ENERGY: 20, TIME: 60})], "0", "0"),
    (
        "tariff_4_complex",
        "2024-03-09T13:30",
        [(114, {TIME: 114, "min_current": 43, "max_current": 43}), (71, {PARKED: 71})],
        "12.375",
        "13.975",
    ),
    ("tariff_14_step_size", "2024-03-04T16:35", [(25, {TIME: 25}), (10, {TIME: 10})], "1.30", None),
    ("tariff_14_step_size", "2024-03-04T19:40", [(12, {TIME: 12}), (8, {PARKED: 8}), (12, {PARKED: 12})], "0.73", None),
    (
        "tariffrestriction_example_max_power",
        "2024-03-04T10:00",
        [
            (10, {ENERGY: 1, "max_power": 6}),
            (50, {ENERGY: 40, "max_power": 48}),
            (9, {ENERGY: D("0.5"), "max_power": 4}),
        ],
        "20.30",
        "24.36",
    ),
]
MINUTES = {RESERVED, TIME, PARKED}


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the shared folder is not on this machine")
@pytest.mark.parametrize(("name", "start", "stretches", "net", "gross"), SUMS)
@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_stated_sum(
    version: str, name: str, start: str, stretches: list[tuple[int, dict[str, Decimal]]], net: str, gross: str | None
) -> None:
    """The sum that the prose gives for a tariff is reached, in the tariff's 2.2.1 and in its 2.3.0 shape."""
    raw = json.loads((EXAMPLES / version / f"{name}.json").read_text(), parse_float=Decimal)
    at = datetime.fromisoformat(f"{start}+01:00")
    periods = []
    for minutes, volumes in stretches:
        measured = (
            Dimension(DimensionType(each), D(v) / 60 if each in MINUTES else D(v)) for each, v in volumes.items()
        )
        periods.append(ChargingPeriod(at, tuple(measured)))
        at += timedelta(minutes=minutes)
    cost = price(periods, read_tariff(raw), time_zone=BERLIN, ended_at=at)
    assert cost.excl_vat == D(net)
    assert cost.incl_vat == (None if gross is None else D(gross))


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the shared folder is not on this machine")
@pytest.mark.parametrize(
    ("name", "incl", "excl_known"),
    [
        ("tariff_19_simple_north_american_exclusive", None, True),
        ("tariff_20_simple_north_american_inclusive", "5.25", False),
    ],
)
def test_north_american_taxes(name: str, incl: str | None, excl_known: bool) -> None:
    """Taxes on top of a price are unknown, not zero; taxes inside one leave the sum known and the net unknown."""
    raw = json.loads((EXAMPLES / "2.3.0" / f"{name}.json").read_text(), parse_float=Decimal)
    at = datetime.fromisoformat("2024-03-04T10:00+00:00")
    period = ChargingPeriod(at, (Dimension(DimensionType.time, D("2.5")),))
    cost = price([period], read_tariff(raw), time_zone="America/Toronto", ended_at=at + timedelta(hours=3))
    assert cost.incl_vat == (None if incl is None else D(incl))
    assert cost.excl_known is excl_known
    assert not excl_known or cost.excl_vat == 5
