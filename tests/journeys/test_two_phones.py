"""Taps that come twice, phones that share a driver, and drivers who are none of each other's business."""

import asyncio
import uuid
from collections.abc import Awaitable
from typing import Any

import pytest

from sandbox.phone import PhoneError
from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World


@pytest.mark.capability("CM12", "DC4")
async def test_fifty_taps_are_one_charge(world: World) -> None:
    """However often one tap is sent, at once and with one key, there is one session, one hold and one START."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", energy_kwh=10)
    quote = await ada.phone.quote(charger.connector_id, charger.evse_id)
    key = uuid.uuid4().hex

    answers = await asyncio.gather(*(_taps(ada.phone.start(quote, key=key)) for _ in range(50)))

    started = [answer for answer in answers if isinstance(answer, dict)]
    assert started
    assert {answer["id"] for answer in started} == {started[0]["id"]}
    assert {problem.status for problem in answers if isinstance(problem, PhoneError)} <= {409}  # still under way
    charge = ada.began(started[0], charger)
    await charge.becomes("charging")
    assert await charge.commands("START_SESSION") == 1
    assert await _holds_created(world, ada.customer_id) == 1
    await charge.ends("settled")
    await keeps_the_promise(world)


async def test_second_phone_of_a_driver_cannot_start_a_second_charge(world: World) -> None:
    """Two phones with keys of their own race for one connector: one charge comes of it."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", energy_kwh=10)
    quotes = [await ada.phone.quote(charger.connector_id) for _ in range(2)]

    answers = await asyncio.gather(*(_taps(ada.phone.start(quote)) for quote in quotes))

    started = [answer for answer in answers if isinstance(answer, dict)]
    refused = [problem for problem in answers if isinstance(problem, PhoneError)]
    assert (len(started), len(refused)) == (1, 1)
    assert refused[0].problem["code"] in {"driver-busy", "connector-busy"}
    charge = ada.began(started[0], charger)
    await charge.becomes("charging")
    assert await _holds_created(world, ada.customer_id) == 1
    await charge.ends("settled")
    await keeps_the_promise(world)


async def test_two_drivers_cannot_have_the_same_connector(world: World) -> None:
    """Who comes second is told that the connector is busy, and nothing is held on the card."""
    ada, bob = await world.a_driver(), await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", energy_kwh=10)
    quote = await bob.phone.quote(charger.connector_id)
    charge = await ada.starts_at(charger)

    with pytest.raises(PhoneError, match="connector-busy"):
        await bob.phone.start(quote)

    await charge.ends("settled")
    assert await _holds_created(world, bob.customer_id) == 0
    await keeps_the_promise(world)


async def test_a_charge_is_nobody_elses_business(world: World) -> None:
    """Another driver can neither see nor stop nor cancel a charge, nor read its receipt: it does not exist for him."""
    ada, bob = await world.a_driver(), await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=10))
    await charge.becomes("charging")

    path = f"/charging-sessions/{charge.id}"
    tries = [("GET", path), ("GET", f"{path}/receipt"), ("GET", f"{path}/events"), ("POST", f"{path}/cancel")]
    for method, where in tries:
        with pytest.raises(PhoneError) as refused:
            await bob.phone.call(method, where)
        assert refused.value.status == 404, where
    with pytest.raises(PhoneError) as refused:
        await bob.phone.stop(charge.id, confirm=True)
    assert refused.value.status == 404
    assert (await bob.phone.call("GET", "/charging-sessions")).json()["charging_sessions"] == []

    assert (await charge.shown())["status"] == "charging"
    await charge.ends("settled")
    await keeps_the_promise(world)


async def _taps(call: Awaitable[dict[str, Any]]) -> dict[str, Any] | PhoneError:
    """Return the answer or the problem that came back."""
    try:
        return await call
    except PhoneError as problem:
        return problem


async def _holds_created(world: World, customer_id: str) -> int:
    """Count the requests for a hold that the processor carried out for a customer."""
    requests = (await world.processor("GET", "requests"))["requests"]
    return sum(
        entry["method"] == "POST"
        and entry["path"] == "/v1/payment_intents"
        and entry["params"].get("customer") == customer_id
        and not entry["replayed"]
        for entry in requests
    )
