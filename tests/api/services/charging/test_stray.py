"""A second intent for one hold, made by a placement that we had given up as lost: it must not stay on the card."""

import json
from dataclasses import replace

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.payment import ProcessorEventRow
from api.ports.payments import HoldRequest, HoldSnapshot, ProcessorStatus
from api.services.charging.inbox import handle_processor_event
from tests.bench import Bench
from tests.charges import a_charge


async def _a_second_intent(bench: Bench, charge: ChargingSession) -> HoldSnapshot:
    """Let a request of ours arrive at the processor late, under a key that we no longer use."""
    hold = await bench.hold(charge)
    amount = Money(hold.amount_minor, hold.currency)
    request = HoldRequest(hold.id, charge.id, amount, hold.customer_id, hold.payment_method_id, "late")
    return await bench.payments.place_hold(request, idempotency_key="given-up")


async def _tells(bench: Bench, charge: ChargingSession, intent: HoldSnapshot) -> ProcessorEventRow:
    """Store and handle the processor's event about an intent; return it as stored then."""
    subject = {"id": intent.payment_intent_id, "metadata": {"hold_id": (await bench.hold(charge)).id}}
    event = ProcessorEventRow(
        id="evt_1",
        type="payment_intent.amount_capturable_updated",
        payment_intent_id=intent.payment_intent_id,
        payload=json.dumps({"data": {"object": subject}}),
        received_at=bench.clock.now(),
    )
    async with bench.work() as db:
        await db.merge(event)
    await handle_processor_event(work=bench.work, ports=bench.ports, event_id=event.id)
    async with bench.work() as db:
        return await db.get_one(ProcessorEventRow, event.id)


async def test_a_second_intent_is_released_and_the_hold_in_use_stays(bench: Bench) -> None:
    """One of two holds is let go as soon as we hear of it, and finance knows."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    stray = await _a_second_intent(bench, charge)

    told = await _tells(bench, charge, stray)

    assert told.handled_at is not None
    statuses = [each.status for each in bench.payments.holds]
    assert statuses == [ProcessorStatus.HELD, ProcessorStatus.CANCELED]
    assert (await bench.hold(charge)).status == HoldStatus.PLACED
    assert "second_hold_at_processor" in await bench.findings()


async def test_a_release_without_answer_is_asked_for_again(bench: Bench) -> None:
    """While the processor is away the event stays unhandled, so that the sweep comes back to it."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    stray = await _a_second_intent(bench, charge)
    bench.payments.break_before("release_hold")

    assert (await _tells(bench, charge, stray)).handled_at is None
    assert (await _tells(bench, charge, stray)).handled_at is not None

    assert bench.payments.hold(stray.payment_intent_id).status is ProcessorStatus.CANCELED


async def test_an_intent_whose_placement_is_still_looked_for_is_left_alone(bench: Bench) -> None:
    """The event came before our own call was answered: it is no stray."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    coming = await _a_second_intent(bench, charge)

    await _tells(bench, charge, coming)

    assert bench.payments.hold(coming.payment_intent_id).status is ProcessorStatus.HELD


async def test_events_of_strangers_are_none_of_our_business(bench: Bench) -> None:
    """An intent with the id of no hold of ours, or with none, is never touched."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    stranger = replace(bench.payments.holds[0], payment_intent_id="pi_of_a_stranger")
    event = ProcessorEventRow(
        id="evt_1",
        type="charge.succeeded",
        payment_intent_id=stranger.payment_intent_id,
        payload=json.dumps({"data": {"object": {"metadata": {"hold_id": "hld_unknown"}}}}),
        received_at=bench.clock.now(),
    )
    async with bench.work() as db:
        db.add(event)

    await handle_processor_event(work=bench.work, ports=bench.ports, event_id="evt_1")

    assert not bench.payments.calls_of("release_hold")
    assert (await bench.hold(charge)).status == HoldStatus.PLACED
