"""Our background process is away for a while: what partners and drivers tell meanwhile is kept, and caught up with."""

from datetime import timedelta

import pytest

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World


async def test_charge_that_ended_meanwhile_is_settled_when_the_worker_is_back(world: World) -> None:
    """Session and CDR come in while no worker runs; nothing is lost, and the capture follows once."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=10))
    await charge.becomes("charging")

    await world.stops_the_worker()
    ended = await charge.becomes("ended", within=timedelta(hours=3))  # the web process alone takes the news in
    assert ended["energy_wh"] == 10_000
    await world.skips(minutes=10)
    assert (await charge.hold())["status"] == "placed"

    await world.starts_the_worker()
    settled = await charge.ends("settled", within=timedelta(minutes=5))
    assert settled["hold"]["captured"]["amount_minor"] == 536
    await keeps_the_promise(world)


async def test_start_waits_for_a_worker_that_is_back_soon(world: World) -> None:
    """A tap while no worker runs is not lost: the start follows a minute later, once."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", energy_kwh=10)
    await world.stops_the_worker()
    charge = await ada.starts_at(charger)
    await world.skips(minutes=1)

    await world.starts_the_worker()
    await charge.becomes("charging", within=timedelta(minutes=2))
    await charge.ends("settled")
    assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)


@pytest.mark.parametrize("clock", ["fires", "waits behind other jobs"])
async def test_start_that_is_much_too_late_is_not_sent(world: World, clock: str) -> None:
    """Nobody waits an hour at a charger: a start that old would pay for a stranger's car, so it is given up."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", energy_kwh=10)
    await world.stops_the_worker()
    charge = await ada.starts_at(charger)
    if clock != "fires":
        await world.connection.execute("DELETE FROM charging_timer WHERE charging_session_id = $1", charge.id)
    await world.skips(hours=1)

    await world.starts_the_worker()
    failed = await charge.ends("abandoned", "start_failed", within=timedelta(minutes=5))
    assert failed["failure_code"] == "payment_unavailable"
    assert await charge.commands("START_SESSION") == 0
    await keeps_the_promise(world)
