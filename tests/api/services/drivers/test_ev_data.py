"""Reading a catalogue of cars: generous with its form, exact with its numbers, and one bad car loses nobody else."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.domain.pricing.vehicle import VehicleKind, charging_plan
from api.services.drivers.ev_data import VehicleDataUnreadable, read_ev_data
from tests.api.services.drivers.cars import STEPS, a_car, a_file, a_hybrid

D = Decimal
SHARED = Path(os.environ.get("CHARGEHAND_SHARED") or Path(__file__).resolve().parents[5] / "shared")
REAL = SHARED / "data" / "vehicles" / "ev-data.json"


def test_a_car_is_read_exactly() -> None:
    """Battery, AC and curve arrive as the decimals that were written, not as binary fractions near them."""
    (car,) = read_ev_data(a_file(a_car())).cars
    assert (car.brand, car.model, car.variant, car.release_year) == ("Nordwind", "Fjord", "Long Range", 2024)
    vehicle = car.vehicle
    assert (vehicle.name, vehicle.kind, vehicle.usable_kwh) == ("Nordwind Fjord Long Range", "bev", D("77.4"))
    assert (vehicle.ac_power_kw, vehicle.ac_phases, vehicle.ac_one_phase_kw) == (D(11), 3, D("7.2"))
    assert vehicle.dc_curve == tuple((D(percent), D(str(power))) for percent, power in STEPS)


def test_a_hybrid_has_no_dc() -> None:
    """No DC charger is an empty curve; an empty variant and a missing year are nothing unusual."""
    (car,) = read_ev_data(a_file(a_hybrid(release_year=None))).cars
    assert (car.vehicle.kind, car.vehicle.dc_curve) == (VehicleKind.phev, ())
    assert (car.vehicle.name, car.release_year) == ("Škola Můra", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"usable_battery_size": "77.4"},
        {"news": {"from": "another version"}},
        {"variant": None},
        {"brand": " Nordwind\t"},
        {"release_year": "soon"},
        {"ac_charger": None},
        {"ac_charger": {"max_power": 11}},
        {"dc_charger": {"max_power": 50}},
        {"dc_charger": {"charging_curve": [{"percentage": 100, "power": 0}, {"percentage": 0, "power": 50}]}},
        {"type": "BEV"},
    ],
)
def test_reading_is_generous(fields: dict[str, Any]) -> None:
    """Texts for numbers, unknown and missing fields, points in any order and a full battery's zero are understood."""
    found = read_ev_data(a_file(a_car(**fields)))
    assert (len(found.cars), found.problems) == (1, ())


def test_a_charger_without_a_curve_is_flat() -> None:
    """Only the maximum is known, so it is taken all the way."""
    (car,) = read_ev_data(a_file(a_car(dc_charger={"max_power": 50}))).cars
    plan = charging_plan(car.vehicle, connector_power_kw=D(150), connector_is_dc=True)
    assert [each.power_kw for each in plan.stretches] == [50]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("no car", "not_an_object"),
        (a_car(9, id=""), "text_invalid"),
        (a_car(9, model=None), "text_invalid"),
        (a_car(9, model="x" * 121), "text_invalid"),
        (a_car(9, type="fcev"), "kind_unknown"),
        (a_car(9, usable_battery_size="much"), "number_invalid"),
        (a_car(9, usable_battery_size=0), "usable_kwh_invalid"),
        (a_car(9, usable_battery_size=77400), "number_invalid"),
        (a_car(9, usable_battery_size=True), "number_invalid"),
        (a_car(9, usable_battery_size=float("nan")), "number_invalid"),
        (a_car(9, ac_charger={"max_power": 11, "usable_phases": 7}), "number_invalid"),
        (a_car(9, ac_charger={"max_power": 11, "usable_phases": 1.5}), "number_invalid"),
        (a_car(9, ac_charger={"max_power": 11, "usable_phases": 0}), "number_invalid"),
        (a_car(9, dc_charger={"charging_curve": ["fast"]}), "dc_curve_invalid"),
        (a_car(9, dc_charger={"charging_curve": [{"percentage": 50, "power": 0}]}), "dc_power_invalid"),
        (a_car(1, model="Copy"), "id_repeated"),
    ],
)
def test_one_bad_car_never_loses_the_rest(bad: Any, why: str) -> None:
    """A car that cannot be understood is named with the reason, and the others are read."""
    found = read_ev_data(a_file(a_car(), bad, a_hybrid()))
    assert [car.model for car in found.cars] == ["Fjord", "Můra"]
    (problem,) = found.problems
    assert problem.startswith("car 1")
    assert why in problem


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"data": {}}', "[" * 100_000])
def test_another_kind_of_file_is_refused(text: str) -> None:
    """What is no list of cars says so instead of importing nothing."""
    with pytest.raises(VehicleDataUnreadable):
        read_ev_data(text)


@pytest.mark.skipif(not REAL.exists(), reason="the shared folder is not on this machine")
def test_every_real_car_is_read_and_charges() -> None:
    """All 293 cars are understood, and each is full some time at the posts that its chargers are for."""
    found = read_ev_data(REAL.read_text("utf-8"))
    assert (len(found.cars), found.problems) == (293, ())
    assert sum(bool(car.vehicle.dc_curve) for car in found.cars) == 174
    for car in found.cars:
        ac = charging_plan(car.vehicle, connector_power_kw=D(11), connector_is_dc=False, connector_phases=3)
        assert ac.energy_kwh == car.vehicle.usable_kwh
        dc = charging_plan(car.vehicle, connector_power_kw=D(350), connector_is_dc=True)
        assert (dc.reason == "cannot_charge_here") is not bool(car.vehicle.dc_curve)


@pytest.mark.skipif(not REAL.exists(), reason="the shared folder is not on this machine")
def test_the_listed_power_by_post_follows_from_phases_and_maximum() -> None:
    """For every real car and post the three AC numbers give the power that the source lists, but for its rounding."""
    rows = {row["id"]: row for row in json.loads(REAL.read_text("utf-8"))["data"]}
    for car in read_ev_data(REAL.read_text("utf-8")).cars:
        for post, power in rows[car.source_id]["ac_charger"]["power_per_charging_point"].items():
            phases = 1 if D(post) <= D("7.4") else 3
            assert abs(car.vehicle.ac_power_at(D(post), phases) - D(str(power))) <= D("0.21"), (car, post)
