"""Attacks on "no hold is left behind": what lost answers, give-ups and stray intents do to holds."""

import json
from decimal import Decimal

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.money import Money
from api.domain.roaming.session import Price
from api.models.charging import ChargingSession
from api.models.payment import ProcessorEventRow
from api.ports.payments import HoldRequest, ProcessorStatus
from api.services.charging.inbox import handle_processor_event
from api.services.charging.look import look_at_hold
from api.services.charging.move_money import run_operation
from api.services.charging.sweep import sweep_events, sweep_operations
from api.services.deferral import Job
from api.services.payments.availability import away_until
from tests.api.services.charging.test_extend import RAISABLE, charging, extend, pending
from tests.bench import Bench
from tests.builders import a_cdr, a_driver, a_location, a_session, after, push_cdr, push_session
from tests.charges import a_charge, a_quote, cancel, start
from tests.fakes import ACTION_CARD

S = ChargingStatus


async def _a_stray_is_told_of(bench: Bench, charge: ChargingSession) -> None:
    """Let our first request arrive late, its event be handled, and two minutes pass."""
    hold = await bench.hold(charge)
    amount = Money(hold.amount_minor, hold.currency)
    request = HoldRequest(hold.id, charge.id, amount, hold.customer_id, hold.payment_method_id, "late")
    stray = await bench.payments.place_hold(request, idempotency_key="the-old-key")
    subject = {"id": stray.payment_intent_id, "metadata": {"hold_id": hold.id}}
    async with bench.work() as db:
        db.add(
            ProcessorEventRow(
                id="evt_1",
                type="payment_intent.amount_capturable_updated",
                object_kind="payment_intent",
                payment_intent_id=stray.payment_intent_id,
                payload=json.dumps({"data": {"object": subject}}),
                received_at=bench.clock.now(),
            )
        )
    await handle_processor_event(work=bench.work, ports=bench.ports, event_id="evt_1")
    await bench.drain()

    bench.clock.advance(120)
    await sweep_events(work=bench.work, ports=bench.ports)
    await bench.drain()


async def test_a_raise_nobody_heard_of_leaves_nothing_in_the_books(bench: Bench) -> None:
    """The answer to the raise was lost, the hold let go, and the stored answer comes when the sweep asks again."""
    charge = await charging(bench)
    await extend(bench, charge, 8000)
    bench.payments.lose_answer("extend_hold")
    await bench.run(Job.EXTEND_HOLD)
    await push_cdr(bench, a_cdr(charge, cost="0"))
    await bench.run(Job.SETTLE, Job.RELEASE_HOLD)
    assert bench.payments.holds[0].status is ProcessorStatus.CANCELED

    bench.clock.advance(601)
    await sweep_operations(work=bench.work, ports=bench.ports)
    await bench.drain()

    assert await pending(bench) == 0


async def test_a_cancel_before_the_hold_was_asked_for_blocks_nothing(bench: Bench) -> None:
    """The driver gave up before anything left the house: the card never sees an authorization."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    await cancel(bench, charge)

    await bench.drain()

    assert bench.payments.calls_of("place_hold") == []


async def test_a_stray_that_shows_while_its_replacement_is_planned_is_let_go(bench: Bench) -> None:
    """The old request arrives late, and its event comes while the new operation is on its way: one hold stays."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    bench.payments.fail_for_good("place_hold")
    first = str(await bench.value("SELECT id FROM payment_operation"))
    # A stored failure: nothing is there, so a fresh operation is planned.
    await run_operation(work=bench.work, ports=bench.ports, operation_id=first)
    await _a_stray_is_told_of(bench, charge)

    held = [each for each in bench.payments.holds if each.status is ProcessorStatus.HELD]
    assert len(held) == 1, f"{len(held)} holds on the card for one intent"


async def test_a_stray_that_shows_while_its_replacement_got_no_answer_is_let_go(bench: Bench) -> None:
    """The same, but the fresh placement is done and its answer is lost when the event comes."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    bench.payments.fail_for_good("place_hold")
    first = str(await bench.value("SELECT id FROM payment_operation"))
    await run_operation(work=bench.work, ports=bench.ports, operation_id=first)
    bench.payments.lose_answer("place_hold")
    fresh = str(await bench.value("SELECT id FROM payment_operation WHERE id <> :first", first=first))
    await run_operation(work=bench.work, ports=bench.ports, operation_id=fresh)

    await _a_stray_is_told_of(bench, charge)

    assert len([each for each in bench.payments.holds if each.status is ProcessorStatus.HELD]) == 1


async def test_a_charge_without_our_price_is_stopped_by_what_its_operator_says_it_costs(bench: Bench) -> None:
    """No tariff is published, the session states its cost: beyond the hold nothing may go on."""
    await a_driver(bench)
    await a_location(bench, tariff=None)
    charge = await start(bench, await a_quote(bench), accept_unknown_price=True)
    await bench.run(Job.PLACE_HOLD)
    await bench.run(Job.SEND_START)
    cost = Price(Decimal("62.10"), Decimal("73.90"))
    await push_session(bench, a_session(charge, currency=charge.currency, total_cost=cost, last_updated=after(30)))

    assert (await bench.charge(charge)).status == S.STOP_REQUESTED


async def test_one_old_capture_without_answer_does_not_close_the_tap_for_all(bench: Bench) -> None:
    """A capture that was tried three times over hours is one call in the last two minutes, not three."""
    charge = await a_charge(bench, S.SETTLING)
    for _ in range(3):
        bench.payments.break_before("capture_hold")
        await bench.run(Job.CAPTURE_HOLD)
        bench.clock.advance(3600)
        await sweep_operations(work=bench.work, ports=bench.ports)
    bench.payments.break_before("fetch_hold")
    bench.payments.break_before("capture_hold")
    await bench.run(Job.CAPTURE_HOLD)
    assert (await bench.hold(charge)).status == HoldStatus.CAPTURING

    async with bench.work() as db:
        assert await away_until(db=db, now=bench.clock.now()) is None


async def test_a_driver_who_tries_the_bank_again_after_a_refusal_gets_no_hold_that_stays(bench: Bench) -> None:
    """3-D Secure failed, the app still has the secret and confirms again, and no webhook comes."""
    await a_driver(bench, payment_method_id=ACTION_CARD)
    charge = await a_charge(bench, S.AWAITING_DRIVER)
    intent = bench.payments.holds[0].payment_intent_id
    bench.payments.fail_action(intent)
    await look_at_hold(work=bench.work, ports=bench.ports, payment_intent_id=intent, source="webhook")
    assert (await bench.charge(charge)).status == S.DECLINED
    await bench.drain()

    assert bench.payments.hold(intent).status is ProcessorStatus.CANCELED, "it can still be confirmed"


async def test_a_raise_that_came_after_the_stop_is_not_offered(bench: Bench) -> None:
    """A charge that is being stopped because of its hold is not raised: the driver would be stopped all the same."""
    charge = await charging(bench, RAISABLE)
    await push_session(bench, a_session(charge, kwh=Decimal(150), last_updated=after(50)))
    stopped = await bench.charge(charge)
    assert (stopped.status, stopped.stop_cause) == (S.STOP_REQUESTED, "hold_limit")
    with pytest.raises(AppError):
        await extend(bench, charge, 20000)
