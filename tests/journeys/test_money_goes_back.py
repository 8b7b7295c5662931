"""Money that goes back: staff waive, a card refuses, a bank disputes; the processor and the books agree to the cent."""

from typing import Any

from api.services.charging.credits import request_credit
from api.services.charging.evidence import assemble_evidence
from api.services.charging.evidence_submit import submit_evidence
from api.services.charging.refund_decisions import settle_otherwise
from tests.journeys.people import Charge, Driver
from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World

TEN_KWH = 536


async def charged(world: World, card: str = "pm_card_visa") -> tuple[Driver, Charge]:
    """Return a driver and their settled charge of 5.36."""
    ada = await world.a_driver(card)
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=10))
    settled = await charge.ends("settled")
    assert settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    return ada, charge


async def waive(world: World, charge: Charge, minor: int) -> None:
    """Let staff waive a part of the bill, and the worker move the money."""
    async with world.work() as db:
        await request_credit(
            db=db,
            ports=world.ports,
            now=world.now(),
            charging_session_id=charge.id,
            amount_minor=minor,
            reason="charger_fault",
            text="the display was broken",
            by="Grace",
        )
    await world.settles()


async def hand_in(world: World, dispute_id: str) -> None:
    """Let staff assemble evidence and hand it in."""
    async with world.work() as db:
        await assemble_evidence(db=db, ports=world.ports, now=world.now(), dispute_id=dispute_id, by="Grace")
        await submit_evidence(db=db, ports=world.ports, now=world.now(), dispute_id=dispute_id, by="Grace")
    await world.settles()


async def refunds_of(ada: Driver, charge: Charge) -> list[dict[str, Any]]:
    """Return what the driver's app shows of refunds."""
    answer = await ada.phone.call("GET", f"/v1/charging-sessions/{charge.id}/refunds")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["refunds"]
    return found


async def test_staff_waive_a_part_and_the_driver_sees_it_come(world: World) -> None:
    """2.00 of 5.36 go back to the card once, in words and with a date."""
    ada, charge = await charged(world)
    await waive(world, charge, 200)

    (shown,) = await refunds_of(ada, charge)
    assert (shown["amount"]["amount_minor"], shown["state"]) == (200, "sent")
    assert shown["expected_by"] is not None
    assert (await world.processor("GET", "totals"))["eur"]["refunded"] >= 200
    await keeps_the_promise(world)


async def test_a_refund_that_the_bank_sends_back_is_paid_otherwise(world: World) -> None:
    """Pending for days and then failed: the driver is told, finance pays by transfer, and the charge is done."""
    ada, charge = await charged(world, "pm_sandbox_refundPendingThenFails")
    await waive(world, charge, 200)
    await world.passes(hours=24 * 10)

    (shown,) = await refunds_of(ada, charge)
    assert (shown["state"], shown["expected_by"]) == ("delayed", None)
    assert "refund_failed" in await charge.findings()
    async with world.work() as db:
        now = world.now()
        await settle_otherwise(
            db=db, ports=world.ports, now=now, refund_id=shown["id"], by="Grace", reference="SEPA 4711"
        )
    assert (await refunds_of(ada, charge))[0]["state"] == "paid_otherwise"
    await keeps_the_promise(world)


async def test_a_dispute_is_answered_with_evidence_and_won(world: World) -> None:
    """The bank takes the money; staff hand in what happened, once; the bank gives it back, but for the fee."""
    _ada, charge = await charged(world, "pm_card_createDispute")
    await world.passes(minutes=5)
    row = await world.connection.fetchrow(
        "SELECT id, processor_dispute_id, withdrawn_minor FROM dispute WHERE charging_session_id = $1", charge.id
    )
    assert row is not None
    assert row["withdrawn_minor"] == TEN_KWH

    await hand_in(world, row["id"])
    status = "SELECT status FROM dispute WHERE id = $1"
    assert await world.connection.fetchval(status, row["id"]) == "under_review"

    await world.processor("POST", f"dashboard/disputes/{row['processor_dispute_id']}/end", {"outcome": "won"})
    await world.passes(minutes=5)
    assert await world.connection.fetchval(status, row["id"]) == "won"
    assert await world.connection.fetchval("SELECT withdrawn_minor FROM dispute WHERE id = $1", row["id"]) == 0
    await keeps_the_promise(world)


async def test_what_staff_refund_at_the_processor_is_found_in_the_books(world: World) -> None:
    """A refund made in the dashboard is adopted once, and nothing more goes back."""
    ada, charge = await charged(world)
    intent = (await charge.hold())["payment_intent_id"]
    await world.processor("POST", f"dashboard/payment_intents/{intent}/refund", {"amount": 136})
    await world.passes(hours=3)

    assert [(each["amount"]["amount_minor"], each["state"]) for each in await refunds_of(ada, charge)] == [
        (136, "sent")
    ]
    assert "refund_by_hand" in await charge.findings()
    await keeps_the_promise(world)
