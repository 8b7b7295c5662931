"""Operators that bill more than was accepted: the driver pays the promise, and finance knows of the difference."""

from typing import Any

import pytest

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World


async def check_of(ada: Any, charge: Any) -> dict[str, Any]:
    """Return the one check on a charge's receipt."""
    (check,) = (await ada.phone.receipt(charge.id))["checks"]
    found: dict[str, Any] = check
    return found


@pytest.mark.parametrize(
    ("fault", "verdict", "above"),
    [("dearer_tariff", "wrong_tariff", 225), ("inflated_energy", "energy_above_metered", 45)],
)
async def test_a_bill_above_the_accepted_price_is_not_passed_on(
    world: World, fault: str, verdict: str, above: int
) -> None:
    """Ten kWh at 0.45 were accepted and cost 5.36 with tax, whatever tariff or energy the operator bills."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", fault, energy_kwh=10))

    settled = await charge.ends("settled")

    assert settled["final_price"]["amount_minor"] == settled["hold"]["captured"]["amount_minor"] == 536
    assert settled["energy_wh"] == 10_000
    check = await check_of(ada, charge)
    assert (check["verdict"], check["promise_kept"]) == (verdict, True)
    assert await charge.findings() == {f"cdr_{verdict}"}
    row = await world.connection.fetchrow("SELECT amount_minor FROM mismatch WHERE charging_session_id = $1", charge.id)
    assert row is not None
    assert row["amount_minor"] == above
    await keeps_the_promise(world)


@pytest.mark.capability("P8")
async def test_idle_time_billed_as_charging_is_seen_by_the_session(world: World) -> None:
    """The operator's own session told an hour of parking: a bill that calls it charging is recognized (P8)."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-dc-idle", "idle_as_charging", energy_kwh=10, parked_s=3600)
    charge = await ada.starts_at(charger)

    await charge.ends("settled")

    assert (await check_of(ada, charge))["verdict"] == "idle_at_charging_rate"
    assert await charge.findings() == {"cdr_idle_at_charging_rate"}
    await keeps_the_promise(world)


async def test_a_bill_with_garbled_periods_is_settled_within_its_totals(world: World) -> None:
    """Periods in the wrong order cannot be priced; the totals bound what is owed, and no person has to decide."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-dc-idle", "garbled_periods", energy_kwh=10, parked_s=1800)
    charge = await ada.starts_at(charger)

    settled = await charge.ends("settled")

    check = await check_of(ada, charge)
    assert (check["verdict"], check["is_ceiling"], check["promise_kept"]) == ("unpriced", True, False)
    assert settled["final_price"]["amount_minor"] == settled["hold"]["captured"]["amount_minor"]
    assert await charge.findings() == {"cdr_unpriced"}
    await keeps_the_promise(world)
