"""One intent, one hold: however often a driver tries, the card shows one reservation, with proof of its end (P1)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.phone import Phone
from tests.fakes import ACTION_CARD
from tests.journeys.people import Charge, Charger
from tests.journeys.promise import intents_of, keeps_the_promise
from tests.journeys.world import World

A_MINUTE = timedelta(seconds=60)
_SITE = """
SELECT e.uid, e.evse_id, c.public_id FROM evse e JOIN connector c ON c.evse_key = e.key
WHERE c.tariff_ids::jsonb ? 'vcp-ac-plain' AND e.capabilities::jsonb ? 'remote_start_stop_capable'
  AND e.location_key = (
    SELECT f.location_key FROM evse f JOIN connector d ON d.evse_key = f.key
    WHERE d.tariff_ids::jsonb ? 'vcp-ac-plain' AND f.capabilities::jsonb ? 'remote_start_stop_capable'
    GROUP BY f.location_key HAVING count(*) >= 2 ORDER BY f.location_key LIMIT 1)
ORDER BY e.uid LIMIT 2
"""


async def a_site(world: World) -> list[Charger]:
    """Return two chargers of one site, at which a car would take 10 kWh."""
    await world.settles()
    rows = await world.connection.fetch(_SITE)
    chargers = [Charger(row["uid"], row["evse_id"], row["public_id"]) for row in rows]
    for each in chargers:
        plan = {"update_every_s": 900, "energy_kwh": 10}
        await world.cpo("POST", "plans", {"evse_uid": each.uid, "plan": plan})
    return chargers


async def fails(world: World, charge: Charge) -> dict[str, Any]:
    """Wait until a charge has failed to start, and return what the phone shows."""
    return await charge.becomes("start_failed", within=A_MINUTE)


async def rejects(world: World, charger: Charger, times: int = 1) -> None:
    """Let the operator reject the next starts at a charger."""
    await world.cpo("POST", "faults", {"evse_uid": charger.uid, "name": "rejects", "times": times})


@pytest.mark.capability("P1")
async def test_three_failed_starts_on_two_connectors_are_one_authorization(world: World) -> None:
    """P1: the card shows one reservation, released within a minute of the last failure, with proof of both."""
    one, other = await a_site(world)
    await rejects(world, one, times=2)
    await rejects(world, other)
    ada = await world.a_driver()

    first = await ada.starts_at(one)
    assert (await fails(world, first))["can_cancel"]
    quote = await ada.phone.quote(other.connector_id, other.evse_id)
    assert quote["hold_details"]["reuses_hold"]["charging_session_id"] == first.id
    second = ada.began(await ada.phone.start(quote), other)
    await fails(world, second)
    third = await ada.starts_at(one)
    await fails(world, third)
    over = await third.ends("start_failed", within=A_MINUTE)

    (intent,) = await intents_of(world, ada.customer_id)
    assert (intent["status"], intent["amount_received"], intent["amount"]) == ("canceled", 0, 5000)
    assert over["hold"]["released"]["amount_minor"] == 5000
    shown = [await each.shown() for each in (first, second)]
    assert [each["hold"]["status"] for each in shown] == ["passed_on", "passed_on"]
    assert [each["hold"]["passed_on_to"] for each in shown] == [second.id, third.id]
    passports = [await ada.phone.passport(each.id, "de-DE") for each in (first, second, third)]
    assert passports[0] == passports[1] == passports[2]
    await _proves_the_release(world, third, passports[0], intent["id"])
    assert [await ada.was_told(each) for each in (first, second, third)] == [["start_failed"]] * 3
    await keeps_the_promise(world)


async def _proves_the_release(world: World, last: Charge, passport: dict[str, Any], intent_id: str) -> None:
    """Assert that the passport shows both passings on and a release in time, with the processor's references."""
    steps = [step["what"] for step in passport["steps"]]
    assert steps == [
        "place_requested", "place_succeeded", "passed_on", "passed_on", "release_requested", "release_succeeded",
    ]  # fmt: skip
    assert passport["payment_reference"] == intent_id
    assert passport["steps"][-1]["reference"]
    assert (passport["advice"], passport["language"]) == ("wait_for_bank", "de")
    assert passport["advice_text"].startswith("Wir haben freigegeben")
    failed_at = await world.connection.fetchval(
        "SELECT min(at) FROM charging_event WHERE charging_session_id = $1 AND status = 'start_failed'", last.id
    )
    assert datetime.fromisoformat(passport["released_at"]) - failed_at <= A_MINUTE


async def test_the_second_try_charges_on_the_hold_of_the_first(world: World) -> None:
    """The other connector works: the same reservation pays, once, and the failed charge owes nothing."""
    one, other = await a_site(world)
    await rejects(world, one)
    ada = await world.a_driver()
    first = await ada.starts_at(one)
    await fails(world, first)

    second = await ada.starts_at(other)
    settled = await second.ends("settled")

    (intent,) = await intents_of(world, ada.customer_id)
    assert intent["amount_received"] == settled["final_price"]["amount_minor"] == 536
    assert (await first.shown())["final"]
    assert await first.receivable() == 0
    assert await second.commands("START_SESSION") == 1
    await keeps_the_promise(world)


@pytest.mark.capability("DC7")
async def test_a_driver_who_gives_up_gets_the_money_back_at_once(world: World) -> None:
    """No other try is wanted: the reservation is canceled without waiting for any clock."""
    one, _other = await a_site(world)
    await rejects(world, one)
    ada = await world.a_driver()
    charge = await ada.starts_at(one)
    await fails(world, charge)
    asked = world.now()

    await ada.phone.cancel(charge.id)
    await world.settles()

    assert (await charge.shown())["hold"]["status"] == "released"
    assert world.now() - asked < timedelta(seconds=10)
    assert (await intents_of(world, ada.customer_id))[0]["cancellation_reason"] == "requested_by_customer"
    await keeps_the_promise(world)


@pytest.mark.capability("L5")
async def test_a_start_that_waits_for_the_bank_survives_the_app(world: World) -> None:
    """3-D Secure is one resumable start: after a crash the app finds secret and next step, and its word is enough."""
    one, _other = await a_site(world)
    ada = await world.a_driver(ACTION_CARD)
    charge = await ada.starts_at(one)
    await charge.becomes("awaiting_driver")
    await world.processor("POST", "webhooks", {"omit": True})

    reborn = Phone(ada.phone.base.removesuffix("/v1"), world.http)
    reborn.access_token, reborn.refresh_token = ada.phone.access_token, ada.phone.refresh_token
    restored = await reborn.active()
    assert restored is not None
    assert (restored["id"], restored["guide"]["next_action"]) == (charge.id, "confirm_with_bank")
    (intent,) = await intents_of(world, ada.customer_id)
    assert restored["hold"]["client_secret"] == intent["client_secret"]
    assert (await reborn.confirm(charge.id))["status"] == "awaiting_driver"
    await world.processor("POST", f"payment_intents/{intent['id']}/authenticate", {"outcome": "pass"})
    assert (await reborn.confirm(charge.id))["status"] == "starting"

    await world.processor("POST", "webhooks", {"omit": False})
    settled = await charge.ends("settled")
    assert settled["hold"]["captured"]["amount_minor"] == 536
    assert len(await intents_of(world, ada.customer_id)) == 1
    await keeps_the_promise(world)
