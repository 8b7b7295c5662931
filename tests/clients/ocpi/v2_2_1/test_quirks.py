"""Tests of ``clients.ocpi.v2_2_1.quirks``: oddities of real feeds."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType, Restrictions
from clients.ocpi.dialect import Unreadable, dialect_for
from clients.ocpi.v2_2_1.quirks import embedded_tariffs, energy_in_kwh, is_time_zone
from tests.clients.ocpi.samples import a_location, a_tariff, an_evse

DIALECT = dialect_for("2.2.1")
START = datetime(2025, 3, 3, tzinfo=UTC)


def _merged(*restrictions: dict[str, object]) -> Restrictions | None:
    component = {"type": "TIME", "price": 1, "step_size": 60}
    element = {"price_components": [component], "restrictions": list(restrictions)}
    return DIALECT.read_tariff(a_tariff(elements=[element])).elements[0].restrictions


def test_restrictions_in_a_list_of_one_are_that_one() -> None:
    """The Ludwigsburg feed wraps restrictions in a list and writes seconds."""
    assert _merged({"start_time": "08:00:00", "end_time": "19:59:59", "min_duration": 14460}) == Restrictions(
        start_time=time(8), end_time=time(19, 59, 59), min_duration_seconds=14460
    )


def test_several_restrictions_must_all_hold() -> None:
    """The higher minimum, the lower maximum, the later start, the earlier end and the common days remain."""
    merged = _merged(
        {"min_kwh": 1, "max_kwh": 30, "start_date": "2025-01-01", "end_date": "2025-12-31", "start_time": "08:00"},
        {"min_kwh": 5, "max_kwh": 40, "start_date": "2025-02-01", "end_date": "2026-01-01", "max_power": 11},
        {"day_of_week": ["MONDAY", "SUNDAY"]},
        {"day_of_week": ["SUNDAY", "FRIDAY"]},
    )
    assert merged == Restrictions(
        min_kwh=Decimal(5),
        max_kwh=Decimal(30),
        start_date=date(2025, 2, 1),
        end_date=date(2025, 12, 31),
        start_time=time(8),
        max_power=Decimal(11),
        days_of_week=frozenset({7}),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"start_time": "08:00", "end_time": "12:00"}, {"start_time": "10:00", "end_time": "20:00"}),
        ({"start_time": "08:00"}, {"end_time": "20:00"}),
        ({"day_of_week": ["MONDAY"]}, {"day_of_week": ["FRIDAY"]}),
        ({"reservation": "RESERVATION"}, {"reservation": "RESERVATION_EXPIRES"}),
    ],
)
def test_restrictions_that_do_not_merge_are_reported(one: dict[str, object], other: dict[str, object]) -> None:
    """Windows of time wrap around midnight, so two of them are not merged; contradictions are not guessed at."""
    with pytest.raises(Unreadable, match="restrictions: a list"):
        _merged(one, other)


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


def test_tariffs_on_evses_are_found_once_and_get_the_owner() -> None:
    """They read like any tariff of the location's owner; an owner they name themselves is kept."""
    bare = {key: value for key, value in a_tariff(id="e1").items() if key not in ("country_code", "party_id")}
    own = a_tariff(id="e2", party_id="WPZ")
    location = a_location(evses=[an_evse(tariffs=[bare, own]), an_evse(uid="b", tariffs=[bare, "x"]), an_evse(uid="c")])
    read = [DIALECT.read_tariff(raw) for raw in embedded_tariffs(location)]
    assert [(tariff.id, tariff.party_id) for tariff in read] == [("e1", "WPX"), ("e2", "WPZ")]


@pytest.mark.parametrize("raw", [None, [], {}, {"evses": 1}, {"evses": [1, {"tariffs": 1}]}])
def test_where_no_tariffs_are_none_are_found(raw: object) -> None:
    """Any shape of location may be looked through."""
    assert embedded_tariffs(raw) == ()


@pytest.mark.parametrize(("name", "known"), [("Europe/Berlin", True), ("UTC", True), ("Berlin", False), ("", False)])
def test_zones(name: str, known: bool) -> None:
    """Only names of the IANA database are zones."""
    assert is_time_zone(name) is known
