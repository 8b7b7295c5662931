"""The estimate of a whole session at this hour: the car's power, the clock, who gets what, and the stay after it."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from api.domain.money import Money
from api.domain.pricing.offer import LEGAL_ORDER
from api.domain.pricing.periods import Reading
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.running import running_cost
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement
from api.domain.pricing.vehicle import VehicleInvalid, charging_plan
from api.domain.roaming.session import SessionStatus
from api.models.vehicle import VehicleModelRow
from api.services.charging.quote_plan import Basis, PlannedCharge
from api.services.charging.quote_price import quoted_price
from api.services.drivers.ev_data import SOURCE, read_ev_data
from api.services.drivers.vehicles import UnknownVehicleModel, import_vehicle_models
from tests.api.domain.pricing.make import BERLIN, START
from tests.api.domain.pricing.test_properties import tariffs
from tests.api.services.drivers.cars import a_car, a_file, a_hybrid
from tests.bench import Bench
from tests.builders import a_location, a_period, a_session, a_tariff, after, an_evse, push_session
from tests.charges import a_quote, start

D = Decimal
DC = {"power_type": "dc", "max_electric_power_w": 150_000}


async def catalogue(bench: Bench) -> dict[str, str]:
    """Store a car with DC and a hybrid without; return their ids by kind."""
    cars = read_ev_data(a_file(a_car(), a_hybrid())).cars
    async with bench.work() as db:
        await import_vehicle_models(db=db, now=bench.clock.now(), source=SOURCE, cars=cars)
        return {row.kind: row.id for row in await db.exec(select(VehicleModelRow))}


def evse(**connector: Any) -> Any:
    """Return an EVSE whose connector differs."""
    (usual,) = an_evse().connectors
    return an_evse(connectors=(replace(usual, **connector),))


async def test_a_usual_charge_is_assumed_where_nothing_is_told(bench: Bench) -> None:
    """30 kWh at the connector's 22 kW, called what it is: an assumption."""
    estimate = (await a_quote(bench)).price["estimate"]

    assert (estimate["basis"], estimate["energy_kwh"], estimate["minutes"]) == ("assumed", "30", 81)


@pytest.mark.capability("P14")
async def test_the_car_decides_how_fast_it_charges(bench: Bench) -> None:
    """The car takes 11 of the post's 22 kW, the hybrid 3.6: the hour's price is paid for longer (P14)."""
    cars = await catalogue(bench)
    await a_location(bench, tariff=a_tariff(kwh="0.40", hour="2"))
    quick = (await a_quote(bench, vehicle_model_id=cars["bev"], energy_kwh=D(11))).price["estimate"]
    slow = (await a_quote(bench, vehicle_model_id=cars["phev"], energy_kwh=D("7.2"))).price["estimate"]

    assert (quick["basis"], quick["minutes"], slow["minutes"]) == ("vehicle", 60, 120)
    assert quick["net_minor"] == 440 + 200
    assert slow["net_minor"] == 288 + 400


async def test_the_battery_decides_how_much(bench: Bench) -> None:
    """From 20 to 70 percent of 77.4 kWh are 38.7; more than fits is not charged, and that is said."""
    cars = await catalogue(bench)
    wish: dict[str, Any] = {"vehicle_model_id": cars["bev"], "from_percent": D(20), "to_percent": D(70)}
    price = (await a_quote(bench, **wish)).price
    asked_for_more = (await a_quote(bench, **wish, energy_kwh=D(50))).price

    assert price["estimate"]["energy_kwh"] == asked_for_more["estimate"]["energy_kwh"] == "38.7"
    assert price["notes"] == []
    assert [note["code"] for note in asked_for_more["notes"]] == ["target_reached"]


@pytest.mark.capability("P14")
async def test_a_fast_charge_follows_the_cars_curve(bench: Bench) -> None:
    """On 150 kW the last percents take longer than the first, so the same energy costs more time."""
    cars = await catalogue(bench)
    await a_location(bench, evses=(evse(**DC),), tariff=a_tariff(hour="6"))

    async def minutes(from_percent: int, to_percent: int) -> int:
        wish: dict[str, Any] = {"from_percent": D(from_percent), "to_percent": D(to_percent)}
        quote = await a_quote(bench, vehicle_model_id=cars["bev"], **wish)
        return int(quote.price["estimate"]["minutes"])

    assert await minutes(10, 30) < await minutes(60, 80) < await minutes(80, 100)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [({}, "cannot_charge_here"), ({"from_percent": D(80), "to_percent": D(80)}, "cannot_charge_here")],
)
async def test_a_car_that_cannot_charge_here_is_told_and_not_refused(
    bench: Bench, wish: dict[str, Any], reason: str
) -> None:
    """The catalogue may be wrong: there is a quote with its prices, the hold of the rule, and no estimate."""
    cars = await catalogue(bench)
    await a_location(bench, evses=(evse(**DC),))
    quote = await a_quote(bench, vehicle_model_id=cars["phev"], **wish)

    assert (quote.price["known"], len(quote.price["components"])) == (True, 1)
    assert (quote.price["estimate"], quote.price["stay"], quote.price["estimate_reason"]) == (None, None, reason)
    assert (quote.hold_minor, quote.price["hold"]["reason"]) == (5000, "rule")


async def test_a_full_car_has_nothing_to_charge(bench: Bench) -> None:
    """From 80 to 80 percent is no session, and its price is not zero."""
    cars = await catalogue(bench)
    wish: dict[str, Any] = {"from_percent": D(80), "to_percent": D(80)}
    price = (await a_quote(bench, vehicle_model_id=cars["bev"], **wish)).price

    assert (price["estimate"], price["estimate_reason"]) == (None, "nothing_to_charge")


async def test_wishes_that_make_no_sense_are_refused(bench: Bench) -> None:
    """A car nobody knows, and a battery that is to be emptied."""
    cars = await catalogue(bench)

    with pytest.raises(UnknownVehicleModel):
        await a_quote(bench, vehicle_model_id="vhm_none")
    with pytest.raises(VehicleInvalid, match="percent_invalid"):
        await a_quote(bench, vehicle_model_id=cars["bev"], from_percent=D(80), to_percent=D(20))


async def test_the_clock_at_the_charger_counts(bench: Bench) -> None:
    """Begun at 10:00 in Berlin, 22 kWh at 22 kW with a cheaper price from 10:30: half of it for each."""
    early = Restrictions(end_time=time(10, 30))
    components = [(PriceComponent(ComponentType.energy, D(kwh), 1),) for kwh in ("0.60", "0.20")]
    elements = (TariffElement(components[0], early), TariffElement(components[1]))
    await a_location(bench, tariff=a_tariff(elements=elements))
    estimate = (await a_quote(bench, energy_kwh=D(22))).price["estimate"]

    assert [(line["quantity"], line["unit_price"]) for line in estimate["lines"]] == [("11", "0.6"), ("11", "0.2")]
    assert estimate["net_minor"] == 880


async def test_the_power_of_the_car_counts(bench: Bench) -> None:
    """A price for fast charging is none for a car that takes 11 kW from a post of 22."""
    cars = await catalogue(bench)
    fast = TariffElement((PriceComponent(ComponentType.energy, D("0.80"), 1),), Restrictions(min_power=D(20)))
    slow = TariffElement((PriceComponent(ComponentType.energy, D("0.40"), 1),))
    await a_location(bench, tariff=a_tariff(elements=(fast, slow)))
    assumed = (await a_quote(bench)).price
    own = (await a_quote(bench, vehicle_model_id=cars["bev"], energy_kwh=D(10))).price

    assert [line["unit_price"] for line in assumed["estimate"]["lines"]] == ["0.8"]
    assert [line["unit_price"] for line in own["estimate"]["lines"]] == ["0.4"]
    assert own["notes"] == []


async def test_staying_after_the_charge_is_part_of_the_estimate(bench: Bench) -> None:
    """An hour of charging and half an hour plugged in: the timeline's total at that moment is the estimate."""
    await a_location(bench, tariff=a_tariff(kwh="0.40", idle_hour="6"))
    gone = (await a_quote(bench, energy_kwh=D(22))).price
    stayed = (await a_quote(bench, energy_kwh=D(22), idle_minutes=30)).price

    assert gone["estimate"]["total_minor"] == gone["stay"]["total_now_minor"] == 1047  # 22 x 0.40 and 19 %
    assert stayed["estimate"]["total_minor"] == 1047 + 357
    assert (stayed["estimate"]["idle_minutes"], stayed["stay"]) == (30, gone["stay"])
    assert datetime.fromisoformat(stayed["estimate"]["charging_ends_at"]) == bench.clock.now() + timedelta(hours=1)
    assert gone["stay"]["text"] == "7.14 EUR/h"


async def test_a_session_that_runs_as_planned_costs_the_estimate(bench: Bench) -> None:
    """The partner's meter tells what was planned: the running cost at the end is the estimate, to the cent (L1)."""
    await a_location(bench, tariff=a_tariff(kwh="0.397", hour="1.19", idle_hour="6"))
    quote = await a_quote(bench, energy_kwh=D(22), idle_minutes=30)
    charge = await start(bench, quote)
    await bench.drain()
    await push_session(bench, a_session(charge))
    periods = (a_period(0, kwh="22", hours="1"), a_period(60, idle="0.5"))
    over: dict[str, Any] = {"status": SessionStatus.COMPLETED, "ended_at": after(90), "last_updated": after(90)}
    bench.clock.set(after(90))
    await push_session(bench, a_session(charge, kwh=D(22), charging_periods=periods, **over))

    running = (await bench.charge(charge)).running
    assert running is not None
    assert running["total_minor"] == quote.price["estimate"]["total_minor"]
    assert running["parts"] == quote.price["estimate"]["parts"]


fees = st.builds(
    RetailRule,
    markup_percent=st.sampled_from([D(0), D("7.5")]),
    session_fee=st.sampled_from([None, Money(45, "EUR")]),
    minute_fee=st.sampled_from([D(0), D("0.03")]),
    free_minutes=st.sampled_from([0, 20]),
    vat_percent=st.none() | st.just(D(19)),
)


@settings(max_examples=40, deadline=None)
@given(tariffs(step=60), fees, st.integers(1, 400), st.integers(0, 300))
def test_the_estimate_adds_up(model: Tariff, retail: RetailRule, tenths_kwh: int, idle: int) -> None:
    """For every tariff and rule: the session as planned costs it, parts and lines sum to it, and lines are in order."""
    plan = charging_plan(None, connector_power_kw=D(11), connector_is_dc=False, energy_kwh=D(tenths_kwh) / 10)
    planned = PlannedCharge(plan, Basis.ENERGY, timedelta(minutes=idle), ())
    price = quoted_price(tariff=model, retail=retail, planned=planned, time_zone=BERLIN, starts_at=START)
    if not price["known"]:
        assert (price["estimate"], price["stay"]) == (None, None)
        return
    estimate = price["estimate"]

    full_at = plan.readings(START)[-1].at
    gone_at = full_at + timedelta(minutes=idle)
    meter = [Reading(START, D(0), charging=True, power_kw=D(11)), Reading(full_at, plan.energy_kwh, charging=False)]
    stayed = (gone_at - START) // timedelta(seconds=1)
    sold = driver_price(running_cost(meter, model, BERLIN, gone_at), retail, stay_seconds=stayed)
    assert estimate["total_minor"] == sold.total.minor
    assert sum(part or 0 for part in estimate["parts"].values()) == estimate["total_minor"]
    assert estimate["net_minor"] + (estimate["vat_minor"] or 0) == estimate["total_minor"]
    paid = sum((D(line["gross"] or line["net"]) for line in estimate["lines"]), D(0))
    assert abs(paid - sold.gross_exact) < D("1e-15")
    kinds = [line["kind"] for line in estimate["lines"] if line["kind"] in LEGAL_ORDER]
    assert kinds == sorted(kinds, key=LEGAL_ORDER.index)
