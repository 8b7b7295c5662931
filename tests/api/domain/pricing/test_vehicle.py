"""A charge as a plan: the least of car and connector, at every state of charge."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.periods import cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.tariff import Restrictions
from api.domain.pricing.vehicle import ChargingPlan, CurvePoint, Vehicle, VehicleInvalid, charging_plan
from api.domain.quantities import seconds
from tests.api.domain.pricing.cars import FAST, HYBRID, car, cars, powers, tenths
from tests.api.domain.pricing.make import BERLIN, START, element, energy, tariff

D = Decimal
few: Callable[[Callable[..., None]], Callable[..., None]] = settings(max_examples=40, deadline=None)
TINY = D("0.000001")


def dc(vehicle: Vehicle | None, low: object, high: object, connector: object = 350) -> ChargingPlan:
    """Plan a DC charge between two states of charge."""
    return charging_plan(
        vehicle,
        connector_power_kw=D(str(connector)),
        connector_is_dc=True,
        from_percent=D(str(low)),
        to_percent=D(str(high)),
    )


def ac_power(vehicle: Vehicle, connector: str, phases: int | None = None) -> Decimal:
    """Return the one power of an AC charge."""
    plan = charging_plan(
        vehicle, connector_power_kw=D(connector), connector_is_dc=False, connector_phases=phases, energy_kwh=D(1)
    )
    (stretch,) = plan.stretches
    return stretch.power_kw


def test_the_curve_and_not_the_post_decides_on_dc() -> None:
    """30 kWh at an even 120 kW are a quarter of an hour, at the foot of the curve the same energy takes far longer."""
    assert dc(FAST, 20, 45).seconds == 15 * D("0.5") * 60
    assert dc(FAST, 75, 100).seconds > 4 * dc(FAST, 20, 45).seconds


def test_a_weak_connector_makes_one_even_stretch() -> None:
    """Where the post is the limit the car's curve does not matter: 50 kW for 30 kWh are 36 minutes."""
    plan = dc(FAST, 10, 60, connector=50)
    assert [(each.energy_kwh, each.power_kw) for each in plan.stretches] == [(D(30), D(50))]
    assert plan.seconds == 36 * 60


def test_steps_of_a_percent_are_exact_enough() -> None:
    """Against a hundred times finer steps even a curve that falls to a twelfth is right to half a percent."""
    steep = car(("0", "240"), ("100", "20"))
    fine = sum(D("0.006") * 3600 / steep.dc_power_at(D(step) / 100 + D("0.005")) for step in range(10_000))
    assert abs(dc(steep, 0, 100).seconds / fine - 1) < D("0.005")


@pytest.mark.parametrize(
    ("phases", "connector", "given_phases", "power"),
    [
        (1, "11", None, "3.6667"),  # one of three phases
        (1, "22", None, "6.6"),  # a third of 22 kW is more than the car takes
        (1, "7.4", None, "6.6"),
        (1, "3.7", None, "3.7"),
        (2, "11", None, "6.6"),
        (3, "22", None, "6.6"),
        (3, "7.4", 3, "6.6"),
        (1, "7.4", 3, "2.4667"),  # a weak post with three phases
        (3, "9.2", 1, "6.6"),
    ],
)
def test_phases_that_car_and_connector_have_in_common(
    phases: int, connector: str, given_phases: int | None, power: str
) -> None:
    """A car with one phase gets a third of a three-phase post, and never more than it takes."""
    found = ac_power(car(ac="6.6", phases=phases, one_phase="6.6"), connector, given_phases)
    assert found.quantize(D("0.0001")) == D(power).quantize(D("0.0001"))


def test_many_three_phase_cars_take_more_than_a_third_from_one_phase() -> None:
    """The power from a single phase is the car's own figure, not a share of its eleven kilowatts."""
    assert ac_power(car(ac="11", phases=3, one_phase="7.4"), "7.4") == D("7.4")
    assert ac_power(car(ac="11", phases=3, one_phase="3.7"), "7.4") == D("3.7")


def test_a_hybrid_cannot_charge_at_a_fast_post() -> None:
    """Without DC in common there is no plan but a reason; a car without AC says so at an AC post."""
    assert dc(HYBRID, 0, 80) == ChargingPlan((), "cannot_charge_here")
    only_dc = car(("0", "50"), ac="0", one_phase="0")
    refused = charging_plan(only_dc, connector_power_kw=D(11), connector_is_dc=False)
    assert (refused.reason, refused.energy_kwh, refused.seconds) == ("cannot_charge_here", D(0), D(0))


def test_a_full_battery_ends_the_charge() -> None:
    """Wanting more than fits ends at the target and says so; wanting less ends with the energy."""
    plan = charging_plan(HYBRID, connector_power_kw=D(11), connector_is_dc=False, from_percent=D(40), energy_kwh=D(20))
    assert (plan.energy_kwh, plan.reason) == (D(6), "target_reached")
    less = charging_plan(HYBRID, connector_power_kw=D(11), connector_is_dc=False, to_percent=D(80), energy_kwh=D(2))
    assert (less.energy_kwh, less.reason) == (D(2), None)


def test_without_a_car_the_connector_decides() -> None:
    """11 kW for 22 kWh are two hours; without the energy there is nothing to plan."""
    plan = charging_plan(None, connector_power_kw=D(11), connector_is_dc=False, energy_kwh=D(22))
    assert (plan.seconds, plan.energy_kwh) == (D(7200), D(22))
    with pytest.raises(VehicleInvalid, match="energy_missing"):
        charging_plan(None, connector_power_kw=D(11), connector_is_dc=False)


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ([("10", "50"), ("10", "40")], "dc_curve_not_ascending"),
        ([("50", "50"), ("20", "40")], "dc_curve_not_ascending"),
        ([("0", "50"), ("101", "40")], "dc_curve_not_ascending"),
        ([("0", "50"), ("NaN", "40")], "dc_curve_not_ascending"),
        ([("0", "50"), ("60", "0"), ("100", "10")], "dc_power_invalid"),
        ([("100", "0")], "dc_power_invalid"),
        ([("0", "0"), ("100", "0")], "dc_power_invalid"),
        ([("0", "-5")], "dc_power_invalid"),
    ],
)
def test_a_curve_that_would_never_be_full_is_refused(points: list[tuple[str, str]], code: str) -> None:
    """No power in the middle of a charge would take for ever; a zero when it is full is fine."""
    with pytest.raises(VehicleInvalid, match=code):
        car(*points)
    assert dc(car(("0", "50"), ("100", "0")), 0, 100).energy_kwh == 60


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"usable": "0"}, "usable_kwh_invalid"),
        ({"usable": "Infinity"}, "usable_kwh_invalid"),
        ({"phases": 0}, "ac_power_invalid"),
        ({"ac": "-1"}, "ac_power_invalid"),
    ],
)
def test_cars_that_cannot_exist_are_refused(fields: dict[str, str], code: str) -> None:
    """No battery, no phase, less than no power."""
    with pytest.raises(VehicleInvalid, match=code):
        car(**fields)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"connector_power_kw": D(0)}, "connector_power_invalid"),
        ({"energy_kwh": D(-1)}, "energy_invalid"),
        ({"from_percent": D(90), "to_percent": D(80)}, "percent_invalid"),
        ({"from_percent": D(-1)}, "percent_invalid"),
        ({"to_percent": D(101)}, "percent_invalid"),
    ],
)
def test_charges_that_make_no_sense_are_refused(change: dict[str, Decimal], code: str) -> None:
    """A connector without power, or a charge that runs backwards, is refused with a reason."""
    asked: dict[str, Decimal] = {"connector_power_kw": D(50)} | change
    with pytest.raises(VehicleInvalid, match=code):
        charging_plan(FAST, connector_is_dc=True, **asked)  # type: ignore[arg-type]  # only numbers are given


@few
@given(cars(), powers, tenths, tenths, tenths)
def test_a_charge_in_two_parts_is_the_charge_in_one(
    vehicle: Vehicle, connector: Decimal, first: Decimal, second: Decimal, third: Decimal
) -> None:
    """From a to c takes the energy and the time of a to b and b to c together, wherever b lies."""
    low, middle, high = sorted((first, second, third))
    whole, before, after = (dc(vehicle, *ends, connector) for ends in ((low, high), (low, middle), (middle, high)))
    assert whole.energy_kwh == before.energy_kwh + after.energy_kwh == vehicle.usable_kwh * (high - low) / 100
    assert abs(whole.seconds - before.seconds - after.seconds) < TINY


@few
@given(cars(), powers, tenths, tenths)
def test_no_power_above_the_car_or_the_connector(
    vehicle: Vehicle, connector: Decimal, first: Decimal, second: Decimal
) -> None:
    """Every stretch is within the connector and within what the curve gives somewhere between its ends."""
    low, high = sorted((first, second))
    energy_kwh = vehicle.usable_kwh * low / 100
    for stretch in dc(vehicle, low, high, connector).stretches:
        after = energy_kwh + stretch.energy_kwh
        ends = [each * 100 / vehicle.usable_kwh for each in (energy_kwh, after)]
        # A stretch may begin inside its percent, whose whole curve counts.
        near = [D(int(ends[0])), *(point.percent for point in vehicle.dc_curve), min(D(int(ends[1]) + 1), D(100))]
        inside = [each for each in (*near, *ends) if int(ends[0]) <= each <= int(ends[1]) + 1]
        assert 0 < stretch.power_kw <= connector
        assert stretch.power_kw <= max(vehicle.dc_power_at(each) for each in inside) + TINY
        energy_kwh = after


@few
@given(cars(), powers, powers, tenths, st.integers(1, 100))
def test_a_weaker_connector_or_car_is_never_faster(
    vehicle: Vehicle, first: Decimal, second: Decimal, low: Decimal, percent: int
) -> None:
    """Less power at the post, or a curve that is lower throughout, never shortens a charge."""
    weak, strong = sorted((first, second))
    assert dc(vehicle, low, 100, weak).seconds >= dc(vehicle, low, 100, strong).seconds - TINY
    curve = tuple(CurvePoint(point.percent, point.power_kw * percent / 100) for point in vehicle.dc_curve)
    weaker = Vehicle("W", vehicle.kind, vehicle.usable_kwh, D(1), 1, D(1), curve)
    assert dc(weaker, low, 100, strong).seconds >= dc(vehicle, low, 100, strong).seconds - TINY


@few
@given(cars(), powers, st.integers(1, 3), st.integers(1, 200).map(lambda each: D(each) / 4))
def test_energy_is_conserved_and_ac_keeps_within_both(
    vehicle: Vehicle, connector: Decimal, phases: int, wanted: Decimal
) -> None:
    """On AC too the energy sums to what was wanted, or to the battery, and the power is within car and connector."""
    plan = charging_plan(
        vehicle, connector_power_kw=connector, connector_is_dc=False, connector_phases=phases, energy_kwh=wanted
    )
    assert plan.energy_kwh == min(wanted, vehicle.usable_kwh)
    assert (plan.reason is None) is (wanted <= vehicle.usable_kwh)
    limit = min(connector, vehicle.ac_one_phase_kw if phases == 1 else vehicle.ac_power_kw)
    assert all(each.power_kw <= limit for each in plan.stretches)


@few
@given(cars(), powers, tenths, tenths)
def test_readings_tell_the_plan(vehicle: Vehicle, connector: Decimal, first: Decimal, second: Decimal) -> None:
    """Readings ascend, end with the energy and the time of the plan, and carry the power until the next one."""
    low, high = sorted((first, second))
    plan = dc(vehicle, low, high, connector)
    found = plan.readings(START)
    assert found[-1].energy_kwh == plan.energy_kwh
    assert not found[-1].charging
    assert abs(seconds(found[-1].at - START) - plan.seconds) <= TINY
    assert all(before.at <= after.at for before, after in pairwise(found))
    assert [each.power_kw for each in found[:-1]] == [each.power_kw for each in plan.stretches]


def test_a_plan_is_priced_by_its_power() -> None:
    """A dearer price above 60 kW counts only while the car takes that much: until it reaches 80 percent."""
    model = tariff(element(energy("0.5"), when=Restrictions(max_power=D(60))), element(energy("1")))
    readings = dc(FAST, 60, 100).readings(START)
    ended_at = readings[-1].at + timedelta(minutes=5)
    cost = price(cut_into_periods(readings, ended_at, model, BERLIN), model, time_zone=BERLIN, ended_at=ended_at)
    assert [(line.element_index, line.quantity) for line in cost.lines] == [(1, D(12)), (0, D(12))]
    assert "restriction_not_evaluable" not in {note.code for note in cost.notes}
