"""Tests of ``clients.ocpi.periods``: charging periods, and energy that was sent in Wh."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from clients.ocpi.periods import energy_in_kwh

START = datetime(2025, 3, 3, tzinfo=UTC)


def _energy(*volumes: str) -> tuple[ChargingPeriod, ...]:
    return tuple(ChargingPeriod(START, (Dimension(DimensionType.energy, Decimal(volume)),)) for volume in volumes)


@pytest.mark.parametrize(
    ("volumes", "kwh", "whole", "read"),
    [
        (["250", "6000"], "6.25", True, ["0.25", "6"]),
        (["0.25", "6"], "6.25", True, ["0.25", "6"]),
        (["250", "3000"], "6.25", True, ["0.25", "3"]),
        (["12.5"], "6.25", True, ["12.5"]),
        (["200"], "6.25", True, ["200"]),
        (["2200"], "15", False, ["2.2"]),
        (["2.2"], "15", False, ["2.2"]),
        (["15"], "15", False, ["15"]),
        (["2200"], "0", True, ["2200"]),
        ([], "5", True, []),
    ],
)
def test_energy_is_taken_for_wh_only_when_that_is_clear(
    volumes: list[str], kwh: str, whole: bool, read: list[str]
) -> None:
    """About a thousand times the kwh is Wh; in a PATCH the periods are a part, so twenty times is clear enough."""
    found = energy_in_kwh(_energy(*volumes), Decimal(kwh), whole=whole)
    assert [period.dimensions[0].volume for period in found] == [Decimal(volume) for volume in read]


def test_without_kwh_volumes_stay() -> None:
    """Nothing to compare with, nothing changed."""
    assert energy_in_kwh(_energy("2200"), None, whole=False) == _energy("2200")
