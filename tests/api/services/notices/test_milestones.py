"""What drivers hear while it charges: battery, hold, price; and when money comes back."""

from datetime import time
from decimal import Decimal
from typing import Any

from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import ComponentType, DimensionType, PriceComponent, Restrictions, TariffElement
from api.models.charging import ChargingSession, Quote
from api.services.charging.milestones import sweep_milestones
from api.services.charging.refund_told import tell_refund_made
from api.services.deferral import Job
from tests.api.services.notices.devices import a_device, choose, pushes
from tests.bench import Bench
from tests.builders import a_location, a_period, a_session, a_tariff, after, push_session
from tests.charges import a_charge

S = ChargingStatus


async def told(bench: Bench) -> list[tuple[str, Any]]:
    """Sweep, and return the milestones told so far."""
    await sweep_milestones(work=bench.work, ports=bench.ports)
    rows = await bench.rows("SELECT message, detail FROM notice ORDER BY created_at, id")
    milestones = {"battery_reached", "hold_nearly_used", "price_step"}
    return [(row[0], row[1]) for row in rows if row[0] in milestones]


async def report(bench: Bench, charge: ChargingSession, minutes: float, kwh: str, percent: str | None = None) -> None:
    """Let the partner report energy, and how full the battery is if it says so."""
    period = a_period(0, kwh=kwh, hours=str(Decimal(minutes) / 60))
    if percent is not None:
        full = Dimension(DimensionType.state_of_charge, Decimal(percent))
        period = ChargingPeriod(period.starts_at, (*period.dimensions, full))
    await push_session(
        bench, a_session(charge, kwh=Decimal(kwh), charging_periods=(period,), last_updated=after(minutes))
    )


async def test_the_battery_that_the_charger_tells_of(bench: Bench) -> None:
    """At the percent that the driver chose, once, and not before."""
    await choose(bench, battery_percent=70)
    charge = await a_charge(bench, S.CHARGING)
    await report(bench, charge, 10, "3", "69.5")
    assert await told(bench) == []
    await report(bench, charge, 12, "3.4", "71")
    assert await told(bench) == [("battery_reached", {"percent": 70})]
    await report(bench, charge, 14, "3.8", "73")
    assert len(await told(bench)) == 1


async def test_the_battery_of_the_car_that_the_driver_named(bench: Bench) -> None:
    """Counted from what it came with: 40 percent of 50 kWh and 20 more are 80 percent."""
    charge = await a_charge(bench, S.CHARGING)
    async with bench.work() as db:
        quote = await db.get_one(Quote, charge.quote_id)
        estimate = (quote.price.get("estimate") or {}) | {"battery": {"from_percent": "40", "usable_kwh": "50"}}
        quote.price = quote.price | {"estimate": estimate}
        db.add(quote)
    await report(bench, charge, 30, "19.9")
    assert await told(bench) == []
    await report(bench, charge, 31, "20")
    assert [message for message, _ in await told(bench)] == ["battery_reached"]


async def test_a_battery_that_nobody_tells_of_is_not_guessed(bench: Bench) -> None:
    """No state of charge, no car: no milestone, however much energy flows."""
    charge = await a_charge(bench, S.CHARGING)
    await report(bench, charge, 60, "60")
    assert [message for message, _ in await told(bench) if message == "battery_reached"] == []


async def test_the_hold_is_nearly_used(bench: Bench) -> None:
    """At three quarters of the hold the driver is told, once for each size of the hold."""
    charge = await a_charge(bench, S.CHARGING)
    price = Decimal("0.39") * Decimal("1.19")
    hold = Decimal(charge.hold_minor) / 100
    await report(bench, charge, 60, f"{hold * Decimal('0.74') / price:.2f}")
    assert await told(bench) == []
    await report(bench, charge, 65, f"{hold * Decimal('0.77') / price:.2f}")
    assert await told(bench) == [("hold_nearly_used", {"hold_minor": charge.hold_minor})]
    assert len(await told(bench)) == 1


async def test_a_rise_of_the_price_is_told_in_time(bench: Bench) -> None:
    """Energy is dearer from noon in Berlin: five minutes before, while it still charges; not to who is done."""
    await a_device(bench)
    dear = TariffElement(
        (PriceComponent(ComponentType.energy, Decimal("0.9"), 1),), Restrictions(start_time=time(12), end_time=time(13))
    )
    usual = a_tariff().elements
    await a_location(bench, tariff=a_tariff(elements=(dear, *usual)))
    charge = await a_charge(bench, S.CHARGING)
    bench.clock.set(after(114.9))
    await bench.run(Job.WATCH_PRICE)
    assert await told(bench) == []

    bench.clock.set(after(115))
    await bench.run(Job.WATCH_PRICE, Job.DELIVER_NOTICE)
    ((message, detail),) = await told(bench)
    assert (message, detail["at"], detail["time_zone"]) == ("price_step", after(120).isoformat(), charge.time_zone)
    assert pushes(bench).kinds[-1] == "price_step"


async def test_who_is_done_hears_of_no_rise(bench: Bench) -> None:
    """An idle car is told what staying costs, not what charging would."""
    dear = TariffElement(
        (PriceComponent(ComponentType.energy, Decimal("0.9"), 1),), Restrictions(start_time=time(12), end_time=time(13))
    )
    await a_location(bench, tariff=a_tariff(elements=(dear, *a_tariff().elements)))
    await a_charge(bench, S.IDLE)
    bench.clock.set(after(116))
    assert await bench.run(Job.WATCH_PRICE) == [Job.WATCH_PRICE]
    assert await told(bench) == []


async def test_money_that_goes_back_is_told_once(bench: Bench) -> None:
    """The amount, by push and by mail, once a refund."""
    await a_device(bench)
    charge = await a_charge(bench, S.SETTLED)
    for _ in range(2):
        async with bench.work() as db:
            await tell_refund_made(
                db=db,
                ports=bench.ports,
                now=bench.clock.now(),
                charge=charge,
                amount=Money(250, "EUR"),
                cause="rfd_1",
            )
    await bench.drain()
    assert pushes(bench).kinds.count("refund_made") == 1
    rows = await bench.rows("SELECT detail FROM notice WHERE message = 'refund_made'")
    assert rows == [({"amount_minor": 250, "currency": "EUR"},)]
