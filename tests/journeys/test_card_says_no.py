"""Cards that decline or whose bank wants to ask the driver first (3-D Secure)."""

from datetime import timedelta

import pytest

from tests.journeys.people import Charge
from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World

ASKING_CARD = "pm_card_authenticationRequired"


async def _answers_the_bank(charge: Charge, outcome: str) -> None:
    """Let the driver answer on the bank's page."""
    intent = (await charge.hold())["payment_intent_id"]
    await charge.world.processor("POST", f"payment_intents/{intent}/authenticate", {"outcome": outcome})


async def test_declined_card_starts_nothing(world: World) -> None:
    """A card that declines ends the charge before the operator hears of it."""
    ada = await world.a_driver("pm_card_chargeCustomerFail")
    charger = await world.a_charger()

    charge = await ada.starts_at(charger)
    declined = await charge.ends("declined", within=timedelta(seconds=60))

    assert declined["failure_code"] == "generic_decline"
    assert declined["hold"]["authorized"]["amount_minor"] == 0
    assert await charge.commands("START_SESSION") == 0
    assert await ada.was_told(charge) == ["payment_declined"]
    await keeps_the_promise(world)


@pytest.mark.capability("L5")
async def test_driver_confirms_with_the_bank_and_charges(world: World) -> None:
    """The start waits for the bank's question; after the driver's yes the charge goes its usual way."""
    ada = await world.a_driver(ASKING_CARD)
    charger = await world.a_charger("vcp-ac-plain", energy_kwh=20)

    charge = await ada.starts_at(charger)
    asked = await charge.becomes("awaiting_driver")
    assert asked["hold"]["client_secret"]
    assert await charge.commands("START_SESSION") == 0
    await world.passes(minutes=3)
    await _answers_the_bank(charge, "pass")
    settled = await charge.ends("settled")

    assert settled["hold"]["captured"]["amount_minor"] == 1071  # 20 kWh at 0.45 and 19 % tax
    assert settled["hold"]["client_secret"] is None
    assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)


async def test_driver_fails_the_banks_question(world: World) -> None:
    """A failed confirmation holds nothing and starts nothing."""
    ada = await world.a_driver(ASKING_CARD)
    charge = await ada.starts_at(await world.a_charger())
    await charge.becomes("awaiting_driver")

    await _answers_the_bank(charge, "fail")
    failed = await charge.ends("declined", "abandoned", within=timedelta(minutes=16))

    assert failed["hold"]["authorized"]["amount_minor"] == 0
    assert await charge.commands("START_SESSION") == 0
    await keeps_the_promise(world)


async def test_question_that_nobody_answers_is_withdrawn_after_a_quarter_of_an_hour(world: World) -> None:
    """A driver who walks away leaves nothing that could still be confirmed later."""
    ada = await world.a_driver(ASKING_CARD)
    tapped = world.now()
    charge = await ada.starts_at(await world.a_charger())
    await charge.becomes("awaiting_driver")
    abandoned = await charge.ends("abandoned", within=timedelta(minutes=20))

    assert timedelta(minutes=15) <= world.now() - tapped < timedelta(minutes=16)
    assert abandoned["hold"]["status"] == "released"
    assert await charge.commands("START_SESSION") == 0
    await keeps_the_promise(world)
