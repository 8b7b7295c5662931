"""Starts that do not become a charge, at once or after all: whatever happens, the hold is never forgotten (DC7)."""

from datetime import timedelta

import pytest

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World

A_MINUTE = timedelta(seconds=60)


@pytest.mark.capability("DC7")
async def test_rejected_start_frees_the_card_within_a_minute(world: World) -> None:
    """A start that the operator rejects, and that nobody tries again, releases the hold in time; nothing is owed."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", "rejects")

    tapped = world.now()
    charge = await ada.starts_at(charger)
    failed = await charge.ends("start_failed", within=A_MINUTE)

    assert world.now() - tapped < A_MINUTE
    assert failed["failure_code"] == "rejected_by_operator"
    assert failed["hold"]["released"] == failed["hold"]["authorized"] == {"amount_minor": 5000, "currency": "EUR"}
    assert await ada.was_told(charge) == ["start_failed"]
    await keeps_the_promise(world)


@pytest.mark.capability("DC7")
async def test_charger_that_rejects_later_frees_the_card(world: World) -> None:
    """The operator took the start, the charger then said no: the result counts, and the hold goes within a minute."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", "result_rejected")

    tapped = world.now()
    charge = await ada.starts_at(charger)
    failed = await charge.ends("start_failed", within=A_MINUTE)

    assert world.now() - tapped < A_MINUTE
    assert failed["hold"]["status"] == "released"
    assert await charge.findings() == set()
    await keeps_the_promise(world)


@pytest.mark.capability("DC7", "P4")
async def test_silence_after_the_start_frees_the_card_after_the_grace(world: World) -> None:
    """No result and no session ever: the driver is told, the hold waits for a late session, then goes."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", "silent_after_start")

    tapped = world.now()
    charge = await ada.starts_at(charger)
    unknown = await charge.becomes("start_unknown")
    assert unknown["hold"]["status"] == "placed"  # the car may charge although nobody said so
    failed = await charge.ends("start_failed")

    waited = world.now() - tapped
    assert timedelta(seconds=465) <= waited < timedelta(seconds=520)  # 120 s result, 300 s grace, 45 s for a retry
    assert failed["failure_code"] == "no_result"
    assert await ada.was_told(charge) == ["start_uncertain", "start_failed"]
    assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)


async def test_late_session_within_the_grace_is_adopted(world: World) -> None:
    """The charger timed out and the car charges two minutes later: it is this charge, billed from the same hold."""
    ada = await world.a_driver()
    late = {"name": "late_session", "seconds": 120}
    charger = await world.a_charger("vcp-ac-plain", late, energy_kwh=10)

    charge = await ada.starts_at(charger)
    await charge.becomes("start_unknown")
    await charge.becomes("charging", within=timedelta(minutes=4))
    settled = await charge.ends("settled")

    assert settled["final_price"]["amount_minor"] == 536  # 10 kWh at 0.45 and 19 % tax: 5.355, half up
    assert settled["hold"]["captured"]["amount_minor"] == 536
    assert settled["hold"]["released"]["amount_minor"] == 5000 - 536
    assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)


@pytest.mark.capability("P6", "DC7")
async def test_session_after_the_hold_is_gone_is_stopped_and_billed(world: World) -> None:
    """A session that nobody waits for any more is stopped, billed as a receivable, and told to finance."""
    ada = await world.a_driver()
    late = {"name": "late_session", "seconds": 900}
    charger = await world.a_charger("vcp-ac-vat", late, energy_kwh=60, charging_s=3600)

    charge = await ada.starts_at(charger)
    released = await charge.ends("start_failed")
    assert released["hold"]["status"] == "released"
    await charge.becomes("stop_requested", "stop_accepted", "idle", within=timedelta(minutes=15))
    settled = await charge.ends("settled")

    owed = settled["final_price"]["amount_minor"]
    assert 60 <= owed < 100  # the starting fee and moments of energy, not the hour that the car wanted
    assert await charge.receivable() == owed
    assert (await charge.hold())["captured_minor"] == 0
    assert {"session_without_hold", "cdr_after_hold_ended"} <= await charge.findings()
    assert await charge.commands("STOP_SESSION") == 1
    await keeps_the_promise(world)
