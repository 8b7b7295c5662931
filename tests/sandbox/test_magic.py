"""What `docs/app-developers.md` says of the posts and cards that misbehave is so, through the whole stack.

No story touches the fault API: the number on the post, or the card, is all that an app developer has.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.cpo.faults import FAULTS
from sandbox.cpo.magic import SPELLS
from sandbox.stripe.cards import CARDS
from tests.house.source import text_of
from tests.journeys.people import Charge, Charger, Driver
from tests.journeys.promise import keeps_the_promise
from tests.journeys.stage import Stage
from tests.journeys.world import World, open_world

PAGE = text_of("docs/app-developers.md")
pytestmark = pytest.mark.capability("A33")


@pytest.fixture(scope="module")
def stage(postgres_template: tuple[str, str]) -> Iterator[Stage]:
    """Yield a stage whose operator has the magic posts, as ``make run`` has them."""
    stage = Stage("magic", postgres_template[0], cpo_options=("--magic",))
    yield stage
    asyncio.run(stage.clear())


@pytest.fixture
async def world(stage: Stage) -> AsyncIterator[World]:
    """Yield the world of one story; a story that failed leaves no stage to the next."""
    stack = await stage.ready()
    async with open_world(stack) as world:
        yield world
    if not world.promise_kept:
        await stage.clear()


async def at_post(world: World, number: str) -> tuple[Driver, Charge]:
    """Let a new driver type what is printed on a post and start there."""
    await world.settles()  # the pull of locations
    ada = await world.a_driver()
    evse_id = f"DE*VCP*E0{number}*1"  # as the page says
    found = await ada.phone.resolve(evse_id)
    charger = Charger(uid=f"vcp-magic-{number}", evse_id=evse_id, connector_id=found["connector"]["id"])
    return ada, await ada.starts_at(charger)


def test_the_page_names_every_post_and_card() -> None:
    """Table and sandbox agree: each post with its own words, each card by a name that the stand-in knows."""
    posts = dict(re.findall(r"^\| (9\d\d) \| ([^|]+?) \|", PAGE, flags=re.MULTILINE))
    assert posts == {spell.number: spell.means for spell in SPELLS}
    assert {spell.fault for spell in SPELLS if spell.fault} <= set(FAULTS)
    cards = re.findall(r"^\| `(pm_\w+)`", PAGE, flags=re.MULTILINE)
    assert len(cards) == 4
    assert set(cards) <= set(CARDS)


async def test_901_refuses_the_start(world: World) -> None:
    """The start fails at once, and the hold is released."""
    _, charge = await at_post(world, "901")
    failed = await charge.ends("start_failed", within=timedelta(minutes=1))
    assert failed["failure_code"] == "rejected_by_operator"
    assert failed["hold"]["status"] == "released"
    await keeps_the_promise(world)


async def test_902_never_starts(world: World) -> None:
    """Nobody knows, then it is given up, and the hold is released."""
    _, charge = await at_post(world, "902")
    await charge.becomes("start_unknown")
    failed = await charge.ends("start_failed")
    assert failed["failure_code"] == "no_result"
    assert failed["hold"]["status"] == "released"
    await keeps_the_promise(world)


async def test_903_starts_late(world: World) -> None:
    """A minute after the tap it is still starting, and then it charges."""
    _, charge = await at_post(world, "903")
    await world.passes(seconds=60)
    assert (await charge.shown())["status"] == "start_accepted"
    await charge.becomes("charging", within=timedelta(minutes=2))
    await charge.ends("settled")
    await keeps_the_promise(world)


async def test_904_times_out_and_charges_all_the_same(world: World) -> None:
    """The late session is the charge, paid from the same hold."""
    _, charge = await at_post(world, "904")
    await charge.becomes("start_unknown")
    await charge.becomes("charging")
    settled = await charge.ends("settled")
    assert settled["hold"]["captured"]["amount_minor"] > 0
    await keeps_the_promise(world)


async def test_905_tells_its_meter_late(world: World) -> None:
    """A quarter of an hour of charging shows no energy; soon after it does."""
    _, charge = await at_post(world, "905")
    await charge.becomes("charging")
    await world.passes(minutes=15)
    shown = await charge.shown()
    assert (shown["status"], shown["energy_wh"] or 0) == ("charging", 0)
    await world.passes(minutes=10)
    assert (await charge.shown())["energy_wh"] > 0
    await charge.ends("settled")
    await keeps_the_promise(world)


async def test_906_refuses_to_stop(world: World) -> None:
    """The driver is told, the charge goes on, and ends when the car is full."""
    ada, charge = await at_post(world, "906")
    await charge.becomes("charging")
    await world.passes(minutes=10)
    await charge.is_stopped()
    await world.passes(minutes=2)
    assert (await charge.shown())["status"] == "charging"
    assert "stop_failed" in await ada.was_told(charge)
    settled = await charge.ends("settled")
    assert settled["energy_wh"] == 12_000
    await keeps_the_promise(world)


async def test_907_stays_plugged_in(world: World) -> None:
    """Energy has ended and nothing is paid for hours: the driver is reminded, and parking is paid in the end."""
    ada, charge = await at_post(world, "907")
    await charge.becomes("charging")
    await world.passes(minutes=30)
    await charge.is_stopped()
    await charge.becomes("idle")
    await world.passes(hours=5)
    assert (await charge.shown())["status"] == "idle"
    assert "unplug" in await ada.was_told(charge)
    settled = await charge.ends("settled")
    assert settled["hold"]["captured"]["amount_minor"] > 1000  # 6 kWh alone are less than four euros
    await keeps_the_promise(world)


async def test_908_bills_late(world: World) -> None:
    """Five hours after the end the hold still stands, then the bill comes and is paid."""
    _, charge = await at_post(world, "908")
    waiting = await charge.becomes("ended")
    await world.passes(hours=5)
    waiting = await charge.shown()
    assert (waiting["status"], waiting["hold"]["status"]) == ("ended", "placed")
    await charge.ends("settled", within=timedelta(hours=2))
    await keeps_the_promise(world)


async def test_909_credits_its_bill(world: World) -> None:
    """The audit keeps the excess from the card: there is nothing to give back."""
    ada, charge = await at_post(world, "909")
    settled = await charge.ends("settled")
    await world.passes(hours=30)
    refunds = (await ada.phone.call("GET", f"/charging-sessions/{charge.id}/refunds")).json()
    assert refunds["refunds"] == [], settled
    await keeps_the_promise(world)


async def a_card(world: World, driver: Driver, name: str) -> dict[str, Any]:
    """Add a card as the page tells it, choose it, and return the state of its setup."""
    setup = await driver.phone.call("POST", "/payment-method-setups", headers={"Idempotency-Key": uuid.uuid4().hex})
    intent = setup.json()["setup_intent_client_secret"].partition("_secret")[0]
    url = f"{world.stack.stripe_url}/_sandbox/app/setup_intents/{intent}/confirm"
    confirmed = (await world.http.post(url, json={"payment_method": name})).json()
    if confirmed.get("status") == "requires_action":
        await world.processor("POST", f"setup_intents/{intent}/authenticate", {"outcome": "pass"})
    seen: dict[str, Any] = (await driver.phone.call("GET", setup.json()["url"].removeprefix("/v1"))).json()
    if seen["payment_method_id"]:
        await driver.phone.call("PUT", f"/payment-methods/{seen['payment_method_id']}/default")
    return seen


async def test_a_card_that_cannot_be_saved(world: World) -> None:
    """The setup tells why, and the card is not there."""
    ada = await world.a_driver()
    seen = await a_card(world, ada, "pm_card_chargeDeclined")
    assert (seen["status"], seen["payment_method_id"]) == ("needs_payment_method", None)
    assert seen["error_code"]
    world.promise_kept = True


async def test_a_card_that_declines_every_hold(world: World) -> None:
    """It is saved; the charge ends before anything is asked of the post."""
    ada = await world.a_driver()
    assert (await a_card(world, ada, "pm_card_chargeCustomerFail"))["status"] == "saved"
    charge = await ada.starts_at(await world.a_charger())
    declined = await charge.ends("declined", within=timedelta(minutes=1))
    assert declined["hold"]["authorized"]["amount_minor"] == 0
    assert await charge.commands("START_SESSION") == 0
    await keeps_the_promise(world)


async def test_a_card_whose_bank_asks(world: World) -> None:
    """The start waits for the driver; answered as the page tells it, the charge goes on."""
    ada = await world.a_driver()
    assert (await a_card(world, ada, "pm_card_authenticationRequired"))["status"] == "saved"
    charge = await ada.starts_at(await world.a_charger())
    asked = await charge.becomes("awaiting_driver")
    intent = asked["hold"]["client_secret"].partition("_secret")[0]
    await world.processor("POST", f"payment_intents/{intent}/authenticate", {"outcome": "pass"})
    await charge.ends("settled")
    await keeps_the_promise(world)
