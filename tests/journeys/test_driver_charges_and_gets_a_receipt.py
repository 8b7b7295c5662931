"""The happy path: find a charger, charge, stop, be reminded to unplug, leave, and pay exactly the price."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from api.services.finance.proof import Proof, prove
from sandbox.phone import PhoneError
from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World


@pytest.mark.capability("CK11", "DC1", "DC5")
async def test_driver_stops_unplugs_and_pays_exactly(world: World) -> None:
    """What was held is captured plus released to the cent; the receipt, the books and the processor say the same."""
    # Given a driver at a charger, found by what is printed on it
    before = await _proof(world)
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-vat", energy_kwh=20, parked_s=600)
    found = await ada.phone.resolve(charger.evse_id)
    assert found["connector"]["id"] == charger.connector_id

    # When she charges until the car is full, and drives off
    charge = await ada.starts_at(charger)
    charging = await charge.becomes("charging")
    assert charging["hold"]["authorized"] == {"amount_minor": 5000, "currency": "EUR"}
    settled = await charge.ends("settled")
    assert settled["stop_cause"] == "vehicle"

    # Then she pays 0.50 for the start and 20 kWh at 0.39, with 19 % tax, and not a cent more
    receipt = await ada.phone.receipt(charge.id)
    figures = {name: receipt[name]["amount_minor"] for name in ("net", "vat", "total", "charged", "released")}
    assert figures == {"net": 830, "vat": 158, "total": 988, "charged": 988, "released": 4012}
    assert [check["verdict"] for check in receipt["checks"]] == ["equal"]
    assert await charge.findings() == set()

    after = await _proof(world)
    proof = Proof("EUR", **{name: after[name] - before.get(name, 0) for name in after})
    assert (proof.holds, proof.authorized, proof.captured, proof.owed) == (1, 5000, 988, 988)
    assert proof.holds_true, proof
    await keeps_the_promise(world)


@pytest.mark.capability("CM20", "CM19")
async def test_stopped_car_that_stays_costs_and_the_driver_is_reminded(world: World) -> None:
    """Energy stopped is not unplugged: the cost of staying grows, and the driver is told to unplug, again and again."""
    # Given a driver at a fast charger where idle minutes cost
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-dc-idle", energy_kwh=40, charging_s=7200, disconnect_after_stop_s=2400)
    charge = await ada.starts_at(charger)
    await charge.becomes("charging")
    await world.passes(minutes=30)
    halfway = await charge.shown()
    assert halfway["metering"] == "live"
    assert 5_000 < halfway["energy_wh"] < 15_000

    # When she stops, which must be confirmed
    with pytest.raises(PhoneError, match="confirmation-required"):
        await ada.phone.stop(charge.id, confirm=False)
    await charge.is_stopped()
    idle = await charge.becomes("idle")
    assert (idle["unplug_required"], idle["stop_cause"]) == (True, "driver")

    # Then she is reminded while the cost of staying grows, though no energy flows
    await world.passes(minutes=31)
    parked = await charge.shown()
    assert parked["energy_wh"] == idle["energy_wh"]
    assert parked["running_cost"]["amount_minor"] >= idle["running_cost"]["amount_minor"] + 300
    assert (await ada.was_told(charge)).count("unplug") == 3

    # And the bill is what she was shown, taken once she has left
    settled = await charge.ends("settled", within=timedelta(hours=2))
    assert settled["hold"]["captured"] == settled["final_price"]
    assert settled["final_price"]["amount_minor"] > parked["running_cost"]["amount_minor"]
    assert (await charge.commands("START_SESSION"), await charge.commands("STOP_SESSION")) == (1, 1)
    await keeps_the_promise(world)


async def _proof(world: World) -> dict[str, int]:
    """Return the figures of the proof in euros; earlier stories on the same stage count too."""
    async with world.work() as db:
        proofs = [asdict(proof) for proof in await prove(db=db) if proof.currency == "EUR"]
    return {name: figure for proof in proofs for name, figure in proof.items() if name != "currency"}
