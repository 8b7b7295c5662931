"""Prices at the edges: above the hold, too small to take, and nothing at all."""

from datetime import timedelta

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World


async def test_price_above_the_hold_takes_the_hold_once_and_books_the_rest(world: World) -> None:
    """100 kWh at 0.59 and an idle minute at 0.10 are 70.33 with tax: 50.00 are captured, 20.33 booked as owed."""
    ada = await world.a_driver()  # at a charger that tells nothing of its meter until the end
    charger = await world.a_charger(
        "vcp-dc-idle", energy_kwh=100, charging_s=480, first_data_after_s=3000, update_every_s=7200, parked_s=30
    )  # and is over before we would ask for it
    charge = await ada.starts_at(charger)

    settled = await charge.ends("settled")

    assert settled["final_price"]["amount_minor"] == 7033
    assert settled["hold"]["captured"]["amount_minor"] == 5000
    assert settled["hold"]["released"]["amount_minor"] == 0
    assert await charge.receivable() == 2033
    assert await charge.findings() == {"owed_above_hold"}
    receipt = await ada.phone.receipt(charge.id)
    assert (receipt["total"]["amount_minor"], receipt["charged"]["amount_minor"]) == (7033, 5000)
    await keeps_the_promise(world)


async def test_price_below_the_smallest_payment_is_waived(world: World) -> None:
    """Half a kWh costs 0.27: no card can be charged that little, so the hold is released and finance told."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh="0.5"))

    settled = await charge.ends("settled")

    assert settled["final_price"]["amount_minor"] == 27
    assert settled["hold"]["status"] == "released"
    assert settled["hold"]["captured"]["amount_minor"] == 0
    assert await charge.receivable() == 0
    assert await charge.findings() == {"below_minimum_waived"}
    await keeps_the_promise(world)


async def test_charge_without_energy_costs_nothing(world: World) -> None:
    """A CDR of zero releases the whole hold and still ends with a receipt."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=0))

    settled = await charge.ends("settled")

    assert settled["final_price"]["amount_minor"] == 0
    assert settled["hold"]["released"]["amount_minor"] == 5000
    assert (await ada.phone.receipt(charge.id))["total"]["amount_minor"] == 0
    assert await charge.findings() == set()
    await keeps_the_promise(world)


async def test_charge_near_the_hold_is_stopped_in_time(world: World) -> None:
    """A car that takes more than the hold secures is stopped, so that little is left to be booked as owed."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-dc-idle", energy_kwh=100, charging_s=2400, update_every_s=60, parked_s=3600)
    charge = await ada.starts_at(charger)

    settled = await charge.ends("settled", within=timedelta(hours=3))

    assert settled["stop_cause"] == "hold_limit"
    assert "charge_stopped" in await ada.was_told(charge)
    assert settled["energy_wh"] < 85_000  # of 100 kWh; 90 % of the hold buys 64 kWh by day and 77 kWh at night
    owed, captured = settled["final_price"]["amount_minor"], settled["hold"]["captured"]["amount_minor"]
    assert captured + await charge.receivable() == owed
    await keeps_the_promise(world)
