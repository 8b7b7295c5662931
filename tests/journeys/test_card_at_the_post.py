"""A driver who holds a card to the post: nobody asks us to start, and price, hold, bill and receipt are the same."""

from datetime import timedelta
from typing import Any

import pytest

from api.services.roaming.passes import add_pass
from tests.journeys.people import Charge, Charger, Driver
from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World


async def holds_a_card_to(world: World, driver: Driver, charger: Charger) -> Charge:
    """Give a driver a pass and let them show it; return the charge that their phone opens with."""
    uid = f"04{driver.id[-12:]}".upper()
    async with world.work() as db:
        await add_pass(db=db, now=world.now(), driver_id=driver.id, uid=uid)
    shown: dict[str, Any] = {"evse_uid": charger.uid, "token_uid": uid, "type": "RFID"}
    assert (await world.cpo("POST", "swipe", shown))["allowed"] == "ALLOWED"
    deadline = world.now() + timedelta(minutes=10)
    while (active := await driver.phone.active()) is None:  # the operator tells when energy flows
        assert world.now() < deadline
        await world.moves_on(until=deadline)
    return driver.began(active, charger)


@pytest.mark.capability("CN29", "CK32")
async def test_a_card_charges_like_the_app_to_the_cent(world: World) -> None:
    """Asked in real time, begun by the operator, held off session, captured exactly, receipted."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-vat", energy_kwh=20, parked_s=600)
    charge = await holds_a_card_to(world, ada, charger)
    charging = await charge.becomes("charging")
    assert charging["auth_channel"] == "badge"
    assert charging["hold"]["authorized"] == {"amount_minor": 5000, "currency": "EUR"}

    await charge.ends("settled")

    receipt = await ada.phone.receipt(charge.id)
    figures = {name: receipt[name]["amount_minor"] for name in ("total", "charged", "released")}
    assert figures == {"total": 988, "charged": 988, "released": 4012}
    assert await charge.findings() == set()
    assert await charge.commands("START_SESSION") == 0
    await keeps_the_promise(world)


@pytest.mark.capability("CN29")
async def test_a_card_whose_bank_wants_to_ask_charges_unsecured_and_is_stopped_in_the_app(world: World) -> None:
    """Nobody is there for 3-D Secure: the driver hears it, stops in the app, and owes what was delivered."""
    ben = await world.a_driver("pm_card_authenticationRequired")
    charger = await world.a_charger("vcp-ac-vat", energy_kwh=20)
    charge = await holds_a_card_to(world, ben, charger)
    charging = await charge.becomes("charging")
    assert (charging["hold"]["status"], charging["failure_code"]) == ("declined", "authentication_required")
    assert charging["failure_text"].startswith("Nothing is reserved")
    await world.passes(minutes=30)

    await charge.is_stopped()
    await charge.ends("settled")

    row = await charge.row()
    assert (row["stop_cause"], row["captured_minor"]) == ("driver", None)
    assert await charge.receivable() == row["owed_minor"] > 0
    assert {"nothing_reserved", "payment_due"} <= set(await ben.was_told(charge))
    await keeps_the_promise(world)
