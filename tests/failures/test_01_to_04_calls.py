"""Modes 1 to 4: calls to the processor whose answer, or whose caller, was lost, and taps that come many times."""

import asyncio
from datetime import timedelta

import pytest

from api.services.calls import KEY_LIFE
from tests.bench import crashing, run_jobs
from tests.clients.stripe.harness import PATHS
from tests.failures.books import nothing_is_left
from tests.failures.charge import cents
from tests.failures.stage import HOLD, Stage
from tests.fakes import SimulatedCrash

TRIES_AND_A_LOOK = 4
"""What the SDK sends for one call, and the look that follows."""
CREATE = PATHS["place_hold"]


async def _crashes(stage: Stage, point: str) -> None:
    """Let the worker die at ``point``: what it had taken from the queue is lost with it."""
    with pytest.raises(SimulatedCrash):
        await run_jobs(stage.work, crashing(stage, point))


async def test_mode_01_a_crash_before_the_call_is_made_up_for_while_the_driver_waits(stage: Stage) -> None:
    """The worker died with the intention on disk: the sweeper makes the call, once, and the charge starts."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await _crashes(stage, "hold.planned")
    assert stage.wire.sent(CREATE) == []
    stage.webhooks = False  # nobody but the sweeper may find out
    await _wait_longer(stage)
    await stage.passes(seconds=11)

    assert [each["idempotency_key"] for each in stage.wire.sent(CREATE)] == [await _operation(stage)]
    assert await charge.status() == ("start_accepted", "placed")
    assert charge.commands("send_start") == 1
    stage.webhooks = True
    await charge.charges()
    await charge.cdr()
    await nothing_is_left(stage)


async def _wait_longer(stage: Stage) -> None:
    """Let the driver of this story wait a minute for the first answer."""
    longer = "UPDATE charging_timer SET due_at = due_at + interval '53 seconds' WHERE timer = 'hold_answer' RETURNING 1"
    assert await stage.value(longer) == 1


@pytest.mark.capability("DC5")
async def test_mode_01_a_crash_after_the_processors_yes_leaves_no_second_hold(stage: Stage) -> None:
    """The driver was told no meanwhile: nothing is placed again, the hold is found by our id, adopted and let go."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await _crashes(stage, "hold.performed")
    assert stage.wire.totals()["open_holds"] == HOLD
    assert (await charge.hold()).payment_intent_id is None
    stage.webhooks = False
    await stage.passes(seconds=20)

    assert [each["idempotency_key"] for each in stage.wire.sent(CREATE)] == [await _operation(stage)]
    assert (await charge.hold()).payment_intent_id == (await charge.intent())["id"]
    assert await charge.operations("place") == ["done"]
    shown = await charge.shown(ada)
    assert (shown["status"], shown["failure_code"]) == ("abandoned", "payment_unavailable")
    assert (await charge.intent())["status"] == "canceled"
    assert charge.commands("send_start") == 0
    await nothing_is_left(stage)


async def _operation(stage: Stage) -> str:
    """Return the key under which the hold is placed: the id of its operation."""
    return str(await stage.value("SELECT id FROM payment_operation WHERE kind = 'place'"))


@pytest.mark.parametrize("point", ["capture.planned", "capture.performed", "capture.recorded"])
async def test_mode_01_a_crash_around_the_capture_takes_the_money_once(stage: Stage, point: str) -> None:
    """Wherever the worker dies around the capture, it is captured once and booked once."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr()
    stage.webhooks = False
    await _crashes(stage, point)
    await stage.passes(seconds=20)

    assert await charge.status() == ("settled", "captured")
    assert [each["idempotency_key"] for each in await charge.sent("capture") if not each["replayed"]] == [
        await stage.value("SELECT id FROM payment_operation WHERE kind = 'capture'")
    ]
    assert (await charge.intent())["amount_received"] == cents(20)
    await nothing_is_left(stage)


async def test_mode_01_after_a_day_the_hold_is_looked_up_and_never_posted_again(stage: Stage) -> None:
    """The processor has forgotten the key: the hold is found by our id in its metadata, adopted, and let go."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await _crashes(stage, "hold.performed")
    stage.webhooks = False
    stage.clock.advance((KEY_LIFE + timedelta(hours=2)).total_seconds())
    await stage.sweeps()
    await stage.passes(seconds=30)

    assert len(stage.wire.sent(CREATE)) == 1, "a blind second placement"
    intent = await charge.intent()
    assert (await charge.hold()).payment_intent_id == intent["id"]
    assert (intent["status"], stage.wire.totals()["open_holds"]) == ("canceled", 0)
    assert await charge.status() == ("abandoned", "released")  # the driver left long ago
    assert charge.commands("send_start") == 0
    await nothing_is_left(stage)


async def test_mode_02_a_lost_answer_is_checked_and_nothing_starts_before_it_is_known(stage: Stage) -> None:
    """The hold is unknown, the driver sees that it is being checked, and the same key finds the one hold."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    stage.wire.fault("drop_answer", CREATE, times=2 * TRIES_AND_A_LOOK)
    stage.webhooks = False
    await stage.drain()

    assert await charge.status() == ("awaiting_hold", "unknown")
    shown = await charge.shown(ada)
    assert (shown["guide"]["next_action"], shown["hold"]["status"], shown["final"]) == (
        "wait_for_hold",
        "unknown",
        False,
    )
    assert charge.commands("send_start") == 0
    assert stage.wire.totals()["authorized"] == HOLD  # it did arrive

    stage.wire.steer("faults/clear", {})
    sent = len(stage.wire.sent(CREATE))
    await stage.passes(seconds=1)
    assert len(stage.wire.sent(CREATE)) == sent, "asked again without a pause"
    stage.webhooks = True  # what the answers did not tell, the processor's own news do
    await stage.settles()
    assert len({each["idempotency_key"] for each in stage.wire.sent(CREATE)}) == 1
    assert await charge.status() == ("start_accepted", "placed")
    assert charge.commands("send_start") == 1
    await charge.charges()
    await charge.cdr()
    await nothing_is_left(stage)


async def test_mode_02_a_webhook_decides_what_the_lost_answer_left_open(stage: Stage) -> None:
    """A webhook about the hold, or the look that it causes, makes the unknown known, and the start goes out once."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    stage.wire.fault("drop_answer", CREATE, times=3)
    await stage.settles()

    assert await charge.status() == ("start_accepted", "placed")
    assert charge.commands("send_start") == 1
    assert (await charge.intent())["amount_capturable"] == HOLD
    await charge.charges()
    await charge.cdr()
    await nothing_is_left(stage)


async def test_mode_03_fifty_posts_of_one_tap_make_one_charge(stage: Stage) -> None:
    """One key, fifty requests at once: one charge, one hold, and every answer names it."""
    ada = await stage.a_driver()
    quote = await ada.quotes()
    answers = await asyncio.gather(*(ada.accepts(quote, key="one-tap") for _ in range(50)))
    await stage.settles()

    taken = [each for each in answers if each.status_code == 202]
    assert {each.json()["id"] for each in taken} == {await stage.value("SELECT id FROM charging_session")}
    assert {each.status_code for each in answers} <= {202, 409}
    assert {each.json()["code"] for each in answers if each.status_code == 409} <= {"request-in-flight"}
    again = await ada.accepts(quote, key="one-tap")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (202, "true")
    assert again.json() == taken[0].json()
    assert len(await stage.intents()) == 1
    assert stage.wire.totals()["authorized"] == HOLD


async def test_mode_03_two_phones_of_one_driver_and_two_drivers_at_one_plug(stage: Stage) -> None:
    """Other keys make no second charge: not of the same driver elsewhere, and not of another driver at the plug."""
    ada, bob = await stage.a_driver(), await stage.a_driver("bob")
    elsewhere = await stage.another_charger("EVSE2")
    quotes = [await ada.quotes(), await ada.quotes(elsewhere), await bob.quotes()]
    phones = [ada, ada, bob]
    answers = await asyncio.gather(
        *(phone.accepts(quote, key=f"key-{n}") for n, (phone, quote) in enumerate(zip(phones, quotes, strict=True)))
    )
    codes = sorted(each.json().get("code", "taken") for each in answers)
    assert codes in (["connector-busy", "driver-busy", "taken"], ["driver-busy", "taken", "taken"])
    await stage.settles()
    live = codes.count("taken")
    assert len(await stage.intents()) == live
    assert stage.wire.totals()["authorized"] == live * HOLD
    shown = await ada.asks("GET", "charging-sessions/active")
    assert shown.status_code == 200


@pytest.mark.parametrize("perform", [False, True], ids=["nothing was done", "it was done all the same"])
async def test_mode_04_a_stored_500_is_looked_behind_and_replaced_by_a_new_key(stage: Stage, perform: bool) -> None:
    """The key repeats its 500 for ever: what exists is looked up; only where nothing does, a linked operation asks."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    stage.wire.fault("error_500", CREATE, perform=perform)
    stage.webhooks = False
    await stage.settles()
    await stage.passes(seconds=20)

    keys = [each["idempotency_key"] for each in stage.wire.sent(CREATE)]
    assert len(set(keys)) == (1 if perform else 2)
    if perform:
        assert await charge.operations("place") == ["done"]
    else:
        rows = await stage.rows("SELECT id, state, replaces_id FROM payment_operation ORDER BY created_at, id")
        assert [row.state for row in rows] == ["failed", "done"]
        assert rows[1].replaces_id == rows[0].id
    assert (await charge.intent())["amount_capturable"] == HOLD
    stage.webhooks = True
    await charge.charges()
    await charge.cdr()
    await stage.settles()
    assert await charge.status() == ("settled", "captured")
    await nothing_is_left(stage)
