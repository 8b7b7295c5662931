"""CDRs that are lost, late by days, or never written: the driver's hold is neither forgotten nor lapses unused."""

from datetime import timedelta
from decimal import Decimal

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World

TEN_KWH = 536
DAYS = 86_400


async def test_lost_push_is_found_by_asking(world: World) -> None:
    """A CDR whose push was lost is pulled once it is overdue, and settles the charge exactly."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "unsent_cdr", energy_kwh=10))

    ended = await charge.becomes("ended")
    assert ended["hold"]["status"] == "placed"
    over = world.now()
    settled = await charge.ends("settled", within=timedelta(hours=12))

    assert timedelta(hours=6) <= world.now() - over < timedelta(hours=7)
    assert settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert [each for each in await world.cpo("GET", "sent") if each["label"] == "cdr"] == []
    assert await charge.findings() == set()  # it was missing, and came
    await keeps_the_promise(world)


async def test_estimate_is_taken_before_the_hold_lapses(world: World) -> None:
    """With no CDR at all, what the driver was shown is captured while the hold lives, and finance knows."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "no_cdr", energy_kwh=10))
    ended = await charge.becomes("ended")
    last_moment = ended["hold"]["capture_before"]

    await world.skips(days=5.7)
    await world.passes(days=1)
    kept = await charge.shown()

    captured = await world.connection.fetchrow(
        "SELECT at FROM hold_event WHERE hold_id = $1 AND kind = 'capture_succeeded'", kept["hold"]["id"]
    )
    assert captured["at"].isoformat() < last_moment
    assert kept["hold"]["captured"] == ended["running_cost"]
    assert kept["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert await charge.findings() == {"cdr_missing", "estimate_captured"}
    await keeps_the_promise(world)


async def test_cdr_days_after_the_estimate_of_the_same_price_closes_the_charge(world: World) -> None:
    """A CDR that confirms the captured estimate settles the charge without another movement of money."""
    ada = await world.a_driver()
    late = {"name": "late_cdr", "seconds": 8 * DAYS}
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", late, energy_kwh=10))

    await charge.becomes("ended")
    await world.skips(days=5.7)
    settled = await charge.ends("settled", within=timedelta(days=9))

    assert settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert (await charge.receivable(), (await charge.row())["owed_minor"]) == (0, TEN_KWH)
    assert (await ada.phone.receipt(charge.id))["total"]["amount_minor"] == TEN_KWH
    await keeps_the_promise(world)


async def test_late_cdr_above_the_estimate_becomes_a_receivable(world: World) -> None:
    """What the late CDR says beyond the captured estimate is booked as owed; the card is not touched again."""
    ada = await world.a_driver()
    late = {"name": "late_cdr", "seconds": 8 * DAYS}
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", late, energy_kwh=10))
    await charge.becomes("ended")
    await world.connection.execute(_METER_WAS_WRONG, charge.id, Decimal("0.5"))

    await world.skips(days=5.7)
    settled = await charge.ends("settled", within=timedelta(days=9))

    assert settled["final_price"]["amount_minor"] == TEN_KWH
    assert settled["hold"]["captured"]["amount_minor"] == 268  # 5 kWh
    assert await charge.receivable() == TEN_KWH - 268
    assert not {"cdr_missing", "estimate_captured"} & await charge.findings()  # it came, and is no estimate any more
    await keeps_the_promise(world)


async def test_late_cdr_below_the_estimate_is_told_to_finance(world: World) -> None:
    """What was taken beyond the late CDR is told to finance, to the cent, as a refund that is due."""
    ada = await world.a_driver()
    late = {"name": "late_cdr", "seconds": 8 * DAYS}
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", late, energy_kwh=10))
    await charge.becomes("ended")
    await world.connection.execute(_METER_WAS_WRONG, charge.id, Decimal("1.5"))

    await world.skips(days=5.7)
    settled = await charge.ends("settled", within=timedelta(days=9))

    assert settled["final_price"]["amount_minor"] == TEN_KWH
    assert settled["hold"]["captured"]["amount_minor"] == 803  # 15 kWh
    query = "SELECT amount_minor FROM mismatch WHERE reason = 'cdr_changed_after_capture' AND subject = $1"
    assert await world.connection.fetchval(query, charge.id) == 803 - TEN_KWH
    await keeps_the_promise(world)


_METER_WAS_WRONG = "UPDATE meter_reading SET kwh = kwh * $2 WHERE charging_session_id = $1"
"""What was reported while the car charged is not what the CDR will say."""
