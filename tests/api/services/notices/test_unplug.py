"""Reminders to unplug, end to end: in time, again while it costs, and none once the cable is out."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession, ChargingTimer
from api.ports.push import PushUnavailable
from api.services.charging.fire import fire_timer
from api.services.deferral import Job
from tests.api.services.notices.devices import NIGHT, a_device, choose, outcomes, pushes
from tests.bench import Bench
from tests.builders import a_location, a_session, a_tariff, after, push_session
from tests.charges import METERED, a_charge

S = ChargingStatus


def priced_between(begins: time, ends: time, hourly: str = "4.8") -> Tariff:
    """Return energy at 0.39 and parking at a price between two times of day."""
    energy = TariffElement((PriceComponent(ComponentType.energy, Decimal("0.39"), 1),))
    parking = (PriceComponent(ComponentType.parking_time, Decimal(hourly), 1),)
    return a_tariff(elements=(TariffElement(parking, Restrictions(start_time=begins, end_time=ends)), energy))


async def due(bench: Bench, charge: ChargingSession) -> datetime:
    """Return when the driver is reminded next."""
    async with bench.work() as db:
        return (await db.get_one(ChargingTimer, (charge.id, Timer.UNPLUG_REMINDER))).due_at


async def remind(bench: Bench, charge: ChargingSession) -> None:
    """Let the clock come to the next reminder and send it."""
    bench.clock.set(await due(bench, charge))
    await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=Timer.UNPLUG_REMINDER)
    await bench.drain()


async def unplug(bench: Bench, charge: ChargingSession) -> None:
    """Let the partner report that the session is over."""
    over = a_session(charge, kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(90), last_updated=after(90))
    await push_session(bench, over)


@pytest.mark.capability("CM19", "CM20")
async def test_reminders_come_in_time_and_go_on_until_unplugged(bench: Bench) -> None:
    """Free until noon in Berlin: at once, at five to twelve, at twelve, and each ten minutes while it costs."""
    await a_device(bench)
    await a_location(bench, tariff=priced_between(time(12), time(14)))
    charge = await a_charge(bench, S.IDLE)
    await bench.drain()
    walk = timedelta(minutes=5)
    assert await due(bench, charge) == after(120) - walk

    await remind(bench, charge)
    assert await due(bench, charge) == after(120)
    await remind(bench, charge)
    await remind(bench, charge)
    assert await due(bench, charge) == after(140)
    assert pushes(bench).kinds.count("unplug") == 4

    await unplug(bench, charge)
    bench.clock.advance(7200)
    await bench.drain()
    assert pushes(bench).kinds[-1] == "charge_ended"
    assert pushes(bench).kinds.count("unplug") == 4
    assert await bench.rows("SELECT 1 FROM charging_timer WHERE timer = 'unplug_reminder'") == []


async def test_the_way_to_the_car_is_the_drivers(bench: Bench) -> None:
    """Who said twenty minutes is told twenty minutes before."""
    await choose(bench, walking_minutes=20)
    await a_location(bench, tariff=priced_between(time(12), time(14)))
    charge = await a_charge(bench, S.IDLE)
    assert await due(bench, charge) == after(100)


@pytest.mark.capability("CM19")
async def test_a_reminder_that_waits_to_be_sent_ends_with_the_cable(bench: Bench) -> None:
    """The push service was away; by the time it is back the car is gone: nobody is asked to unplug."""
    await a_device(bench)
    charge = await a_charge(bench, S.IDLE)
    pushes(bench).answers.extend([PushUnavailable("push_unavailable", answer="503", retry_after_s=60)] * 2)
    await bench.drain()
    await unplug(bench, charge)
    bench.clock.advance(300)
    await bench.drain()
    assert "unplug" not in pushes(bench).kinds
    assert ("unplug", "push", "obsolete") in await outcomes(bench)


@pytest.mark.capability("CM20", "A28")
@pytest.mark.parametrize(("tariff", "outcome"), [(a_tariff(idle_hour="6"), "sent"), (a_tariff(), "waiting")])
async def test_a_stay_that_costs_is_pushed_at_night_and_a_free_one_is_not(
    bench: Bench, tariff: Tariff, outcome: str
) -> None:
    """Unplugging is money only where there is a price: who stays for nothing is let sleep."""
    await a_location(bench, tariff=tariff)
    charge = await a_charge(bench, S.IDLE)
    await bench.drain()
    await a_device(bench)
    bench.clock.advance(NIGHT)
    await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=Timer.UNPLUG_REMINDER)
    await bench.run(Job.DELIVER_NOTICE)
    assert [each for each in await outcomes(bench) if each[0] == "unplug"] == [("unplug", "push", outcome)]


async def test_why_the_energy_stopped_is_said_once(bench: Bench) -> None:
    """The first reminder says that the car stopped, later ones only to unplug; the meter is in both."""
    await a_location(bench, tariff=a_tariff(idle_hour="6"))
    bench.clock.set(after(36))
    charge = await a_charge(bench, S.IDLE)
    await remind(bench, charge)
    rows = await bench.rows("SELECT detail FROM notice WHERE message = 'unplug' ORDER BY created_at")
    assert [row[0]["reason"] for row in rows] == ["vehicle", None]
    assert [row[0]["meter"]["per_hour"] for row in rows] == ["7.14", "7.14"]
