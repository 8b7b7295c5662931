"""Operators that refuse a stop, accept it without effect, or report a session under a token we never issued."""

from datetime import timedelta

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World


async def test_refused_stop_is_told_and_may_be_repeated(world: World) -> None:
    """A stop that the operator refuses leaves the charge running; the driver is told, and the next tap works."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "stop_rejected", energy_kwh=20))
    await charge.becomes("charging")
    await world.passes(minutes=20)

    await charge.is_stopped()
    still = await charge.becomes("charging")
    assert still["can_stop"]
    assert (await ada.was_told(charge))[-1] == "stop_failed"

    await charge.is_stopped()
    idle = await charge.becomes("idle")
    assert idle["energy_wh"] < 12_000  # of the 20 kWh that an hour would have brought
    await charge.ends("settled")
    assert await charge.commands("STOP_SESSION") == 2
    await keeps_the_promise(world)


async def test_accepted_stop_without_effect_is_noticed(world: World) -> None:
    """An accepted stop is a promise, not an effect: when energy keeps flowing the driver is told and can try again."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", "stop_accepted_but_continues", energy_kwh=20, update_every_s=120)
    charge = await ada.starts_at(charger)
    await charge.becomes("charging")

    await charge.is_stopped()
    await charge.becomes("stop_accepted")
    await charge.becomes("charging", within=timedelta(minutes=5))
    assert (await ada.was_told(charge))[-1] == "stop_failed"

    await charge.is_stopped()
    await charge.becomes("idle", within=timedelta(minutes=5))
    settled = await charge.ends("settled")
    assert settled["stop_cause"] == "driver"
    await keeps_the_promise(world)


async def test_tapping_stop_twice_sends_one_stop(world: World) -> None:
    """A second confirmed tap while the stop is out changes nothing, and one after the end is no mistake."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=20))
    await charge.becomes("charging")

    await charge.is_stopped()
    await charge.is_stopped()
    await charge.becomes("idle")
    await charge.ends("settled")
    await charge.is_stopped()

    assert await charge.commands("STOP_SESSION") == 1
    await keeps_the_promise(world)


async def test_session_under_a_strangers_token_is_found_by_our_reference(world: World) -> None:
    """A session that carries a token we never issued is still this charge's: it names our reference."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "session_unknown_token", energy_kwh=10))

    settled = await charge.ends("settled")

    assert settled["hold"]["captured"]["amount_minor"] == 536
    await keeps_the_promise(world)


async def test_news_that_overtake_each_other_lose_no_energy(world: World) -> None:
    """Meter reports that arrive newest first neither run the meter backwards nor change the bill."""
    ada = await world.a_driver()
    swapped = {"name": "out_of_order_patch", "times": 3}
    charger = await world.a_charger("vcp-ac-plain", swapped, energy_kwh=10, update_every_s=300)
    charge = await ada.starts_at(charger)
    await charge.becomes("charging")

    seen = []
    for _ in range(6):
        await world.passes(minutes=10)
        seen.append((await charge.shown())["energy_wh"])
    settled = await charge.ends("settled")

    assert seen == sorted(seen)
    assert settled["energy_wh"] == 10_000
    assert settled["hold"]["captured"]["amount_minor"] == 536
    assert [check["verdict"] for check in (await ada.phone.receipt(charge.id))["checks"]] == ["equal"]
    await keeps_the_promise(world)
