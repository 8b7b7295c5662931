"""The webhook inbox: each event once, only when it is genuine, and what it is about looked at afterwards."""

from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.ports.payments import ForgedEvent
from api.services.deferral import Job
from api.services.payments.events import store_event
from tests.bench import Bench
from tests.charges import a_charge

S = ChargingStatus


async def arrives(bench: Bench, payload: bytes, signature: str) -> bool:
    """Let a webhook come in."""
    async with bench.work() as db:
        now = bench.clock.now()
        return await store_event(db=db, ports=bench.ports, now=now, payload=payload, signature=signature)


async def test_an_event_is_stored_once_and_handled_once(bench: Bench) -> None:
    """Stripe sends at least once: repetitions are answered and forgotten."""
    charge = await a_charge(bench, S.AWAITING_DRIVER)
    bench.payments.pass_action("pi_fake1")
    event = bench.payments.signed_event("payment_intent.amount_capturable_updated", "pi_fake1", at=bench.clock.now())

    assert [await arrives(bench, *event) for _ in range(3)] == [True, False, False]
    assert await bench.run(Job.HANDLE_PROCESSOR_EVENT) == ["handle_processor_event"]

    assert (await bench.charge(charge)).status == S.STARTING
    assert await bench.value("SELECT count(*) FROM processor_event WHERE handled_at IS NOT NULL") == 1


async def test_an_event_is_a_hint_and_never_a_fact(bench: Bench) -> None:
    """What an event claims is not believed: the hold is looked at, and what it shows counts."""
    charge = await a_charge(bench, S.CHARGING)
    event = bench.payments.signed_event("payment_intent.succeeded", "pi_fake1", at=bench.clock.now())
    await arrives(bench, *event)

    await bench.run(Job.HANDLE_PROCESSOR_EVENT)

    assert (await bench.hold(charge)).captured_minor == 0


async def test_an_event_of_somebody_elses_intent_is_not_asked_about(bench: Bench) -> None:
    """An account may serve other systems: their intents are none of our business and cost no call."""
    await a_charge(bench, S.CHARGING)
    calls = len(bench.payments.calls)
    await arrives(bench, *bench.payments.signed_event("charge.captured", "pi_other", at=bench.clock.now()))

    await bench.run(Job.HANDLE_PROCESSOR_EVENT)

    assert len(bench.payments.calls) == calls
    assert await bench.value("SELECT handled_at IS NOT NULL FROM processor_event")


async def test_an_event_about_no_intent_is_done_with(bench: Bench) -> None:
    """Events about customers or payouts are kept, and nothing is looked at."""
    await arrives(bench, *bench.payments.signed_event("payout.paid", None, at=bench.clock.now()))

    await bench.run(Job.HANDLE_PROCESSOR_EVENT)

    assert await bench.value("SELECT handled_at IS NOT NULL FROM processor_event")
    assert bench.payments.calls == []


@pytest.mark.parametrize("age", [timedelta(seconds=301), timedelta(seconds=-301)])
async def test_an_event_from_another_time_is_refused(bench: Bench, age: timedelta) -> None:
    """Old and future signatures are replays or forgeries: nothing of them is kept."""
    event = bench.payments.signed_event("payment_intent.succeeded", "pi_fake1", at=bench.clock.now() - age)

    with pytest.raises(ForgedEvent):
        await arrives(bench, *event)

    assert await bench.value("SELECT count(*) FROM processor_event") == 0


async def test_a_forged_event_leaves_nothing(bench: Bench) -> None:
    """A body that was changed after signing is refused."""
    payload, signature = bench.payments.signed_event("payment_intent.succeeded", "pi_fake1", at=bench.clock.now())

    with pytest.raises(ForgedEvent):
        await arrives(bench, payload.replace(b"pi_fake1", b"pi_fake2"), signature)

    assert await bench.rows("SELECT 1 FROM procrastinate_jobs") == []


async def test_a_hold_that_the_processor_denies_is_told_to_finance(bench: Bench) -> None:
    """A hold of ours that is not there any more is nobody's retry: staff must look."""
    charge = await a_charge(bench, S.CHARGING)
    bench.payments._holds.clear()  # the account was changed under us
    await arrives(bench, *bench.payments.signed_event("charge.captured", "pi_fake1", at=bench.clock.now()))

    await bench.run(Job.HANDLE_PROCESSOR_EVENT)

    assert "hold_not_at_processor" in await bench.findings()
    assert (await bench.charge(charge)).status == S.CHARGING
