"""Behavior 15: a stop that is accepted is not a cable that is out, and neither is a bill.

Parking goes on costing money until somebody unplugs. The driver is reminded until there is proof of that, what the
stay costs so far is shown, and the hold is enough for it, or what is beyond it is owed and not lost.
"""

from typing import Any

from api.models.charging import ChargingSession
from tests.charges import stop
from tests.interop.stage import DC, Stage

CHARGED = 702
"""Ten kWh at 0.59 with 19 % tax."""
LONG: dict[str, Any] = {"charging_s": 1800, "energy_kwh": 10}


async def cost(stage: Stage, charge: ChargingSession) -> int:
    """Return what the charge costs so far, as the app shows it."""
    running = (await stage.charge(charge)).running
    assert running is not None
    return int(running["total_minor"])


async def reminders(stage: Stage) -> int:
    """Return how often the driver was told to unplug."""
    return (await stage.messages()).count("unplug")


async def test_an_accepted_stop_is_neither_unplugged_nor_billed(twofold: Stage) -> None:
    """Energy ends, the cable stays in: the charge is idle, its hold stands, and the driver is told to unplug."""
    await twofold.fault("stop_never_unplugs")
    charge = await twofold.taps(DC, **LONG)
    await twofold.passes(minutes=20)

    await stop(twofold, charge)
    await twofold.passes(minutes=10)

    assert await twofold.now(charge) == ("idle", "placed", 0)
    assert (await twofold.charge(charge)).unplugged_at is None
    assert await reminders(twofold) >= 1
    assert await twofold.cdrs() == []


async def test_the_stay_is_counted_and_the_driver_reminded_until_the_cable_is_out(twofold: Stage) -> None:
    """Hour by hour the cost shown and the reminders grow; the cable ends both, and the bill is what was shown."""
    await twofold.fault("stop_never_unplugs")
    charge = await twofold.taps(DC, **LONG)
    shown, told = [], []
    for _ in range(3):
        await twofold.passes(hours=1)
        shown.append(await cost(twofold, charge))
        told.append(await reminders(twofold))
    assert shown == sorted(set(shown))
    assert shown[2] - shown[1] > 600  # an hour of parking and its tax, within the five minutes of a report
    assert told == sorted(set(told))

    await twofold.unplug()
    last = await cost(twofold, charge)
    await twofold.passes(hours=2)

    stored = await twofold.charge(charge)
    assert (stored.status, stored.hold_status) == ("settled", "captured")
    assert stored.captured_minor == stored.owed_minor
    assert abs((stored.owed_minor or 0) - last) <= 12  # a minute of parking is the step of this tariff
    assert await reminders(twofold) == told[-1]
    assert await twofold.open_findings() == []


async def test_what_a_stay_costs_beyond_the_hold_is_owed_and_not_lost(stage: Stage) -> None:
    """A car that is left for a day costs more than was held: the hold is taken whole, the rest is owed, all is told."""
    await stage.fault("stop_never_unplugs")
    charge = await stage.taps(DC, **LONG)
    hold = (await stage.charge(charge)).hold_minor

    await stage.passes(hours=14)
    assert await cost(stage, charge) > hold
    assert (await stage.charge(charge)).hold_status == "placed"
    await stage.unplug()
    await stage.passes(hours=2)

    stored = await stage.charge(charge)
    assert stored.captured_minor == hold
    assert stored.owed_minor is not None
    assert stored.state["receivable"]["minor"] == stored.owed_minor - hold > 0
    assert "owed_above_hold" in await stage.open_findings()


async def test_energy_that_flows_on_after_an_accepted_stop_is_followed(twofold: Stage) -> None:
    """The operator accepted the stop, answer and result, and the car charges on: it is no end, and all is billed."""
    await twofold.fault("stop_accepted_but_continues")
    charge = await twofold.taps(DC, **LONG)
    await twofold.passes(minutes=10)
    await stop(twofold, charge)
    await twofold.passes(minutes=5)
    early = await cost(twofold, charge)
    assert (await twofold.charge(charge)).unplugged_at is None

    await twofold.passes(minutes=10)

    assert await cost(twofold, charge) > early
    await twofold.passes(hours=2)
    stored = await twofold.charge(charge)
    assert (stored.status, stored.hold_status) == ("settled", "captured")
    assert stored.captured_minor == stored.owed_minor
    assert (stored.captured_minor or 0) >= CHARGED


async def test_a_free_evse_does_not_end_a_session_that_runs(staged: Stage) -> None:
    """Status and session disagree: the session is believed while energy flows, and the bill is paid."""
    await staged.fault("evse_status_disagrees")
    charge = await staged.taps(DC, **LONG)
    await staged.passes(minutes=20)
    assert await staged.value("SELECT status FROM evse WHERE uid = :uid", uid=DC) == "available"

    assert await staged.now(charge) == ("charging", "placed", 0)

    await staged.passes(hours=2)
    stored = await staged.charge(charge)
    assert await staged.value("SELECT status FROM evse WHERE uid = :uid", uid=DC) == "charging"
    assert (stored.status, stored.hold_status) == ("settled", "captured")
    assert stored.captured_minor == stored.owed_minor


async def test_an_evse_that_becomes_free_is_proof_where_the_session_says_nothing(twofold: Stage) -> None:
    """Idle for hours, then the post is free: the reminders end, whether or not the session is ever completed."""
    await twofold.fault("stop_never_unplugs")
    await twofold.fault("never_completed")
    charge = await twofold.taps(DC, **LONG)
    await twofold.passes(hours=1)
    assert (await twofold.charge(charge)).status == "idle"

    change = {"status": "AVAILABLE"}
    if twofold.version != "2.1.1":
        change["last_updated"] = twofold.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    await twofold.says("PATCH", f"locations/DE/VCP/VCP-MS-HARBOR/{DC}", change)
    told = await reminders(twofold)

    await twofold.passes(hours=1)

    assert (await twofold.charge(charge)).unplugged_at is not None
    assert await reminders(twofold) == told
