"""Moving money: planned, performed, recorded; whatever breaks in between, each amount moves once and is known."""

import asyncio
from dataclasses import replace

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.ports.payments import ProcessorStatus
from api.services.charging.move_money import run_operation
from api.services.charging.sweep import sweep_operations
from api.services.deferral import Job
from tests.bench import Bench
from tests.charges import DECLINED_CARD, a_charge, cancel
from tests.fakes import FakeCheckpoints, SimulatedCrash

S = ChargingStatus
BEFORE = {"place": S.AWAITING_HOLD, "capture": S.SETTLING, "release": S.START_FAILED}
JOB = {"place": Job.PLACE_HOLD, "capture": Job.CAPTURE_HOLD, "release": Job.RELEASE_HOLD}
CALL = {"place": "place_hold", "capture": "capture_hold", "release": "release_hold"}
REACHED = {"place": HoldStatus.PLACED, "capture": HoldStatus.CAPTURED, "release": HoldStatus.RELEASED}
POINT = {"place": "hold", "capture": "capture", "release": "release"}
KINDS = tuple(BEFORE)


async def operation_id(bench: Bench, kind: str) -> str:
    """Return the newest operation of a kind."""
    query = "SELECT id FROM payment_operation WHERE kind = :kind ORDER BY created_at DESC, id DESC LIMIT 1"
    return str(await bench.value(query, kind=kind))


async def states(bench: Bench, kind: str) -> list[str]:
    """Return the states of all operations of a kind, oldest first."""
    query = "SELECT state FROM payment_operation WHERE kind = :kind ORDER BY created_at, id"
    return [row[0] for row in await bench.rows(query, kind=kind)]


async def sweeps(bench: Bench, *, rounds: int = 1) -> None:
    """Let time pass and the sweep come by, its jobs done, as often as said; nothing else goes on."""
    for _ in range(rounds):
        bench.clock.advance(601)
        await sweep_operations(work=bench.work, ports=bench.ports)
        await bench.run(*JOB.values(), Job.RESOLVE_HOLD)


async def agrees(bench: Bench, charge: ChargingSession) -> None:
    """Assert that our hold is what the processor shows, that one exists there, and that nothing is under way."""
    hold = await bench.hold(charge)
    there = [each for each in bench.payments.holds if each.status is not ProcessorStatus.NEEDS_PAYMENT_METHOD]
    assert len(there) == 1
    assert hold.payment_intent_id == there[0].payment_intent_id
    assert hold.captured_minor == there[0].captured.minor
    open_ = "SELECT count(*) FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')"
    assert await bench.value(open_) == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_an_operation_that_succeeds_is_done(bench: Bench, kind: str) -> None:
    """One call, recorded as done, and the hold is where it was wanted."""
    charge = await a_charge(bench, BEFORE[kind])

    await bench.run(JOB[kind])

    assert await states(bench, kind) == ["done"]
    assert (await bench.hold(charge)).status == REACHED[kind]
    await agrees(bench, charge)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_finished_operation_is_never_called_again(bench: Bench, kind: str) -> None:
    """Running a done operation makes no call: its money has moved."""
    await a_charge(bench, BEFORE[kind])
    await bench.run(JOB[kind])
    calls = len(bench.payments.calls_of(CALL[kind]))

    await run_operation(work=bench.work, ports=bench.ports, operation_id=await operation_id(bench, kind))

    assert len(bench.payments.calls_of(CALL[kind])) == calls


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trouble", ["lose_answer", "break_before"])
async def test_a_lost_outcome_is_asked_for_with_the_same_key(bench: Bench, kind: str, trouble: str) -> None:
    """Whether the processor did it or not, the same request with the same key brings the one outcome."""
    charge = await a_charge(bench, BEFORE[kind])
    getattr(bench.payments, trouble)(CALL[kind])
    await bench.run(JOB[kind])
    assert await states(bench, kind) == ["unknown"]

    await sweeps(bench)

    assert await states(bench, kind) == ["done"]
    assert len({call.idempotency_key for call in bench.payments.calls_of(CALL[kind])}) == 1
    assert (await bench.hold(charge)).status == REACHED[kind]
    await agrees(bench, charge)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stored_failure_is_left_behind_with_its_key(bench: Bench, kind: str) -> None:
    """A processor that repeats a failure for a key never gives it another answer: a linked operation takes over."""
    charge = await a_charge(bench, BEFORE[kind])
    bench.payments.fail_for_good(CALL[kind])

    await bench.run(JOB[kind])
    await sweeps(bench)

    linked = await bench.rows(
        "SELECT o.state, p.state FROM payment_operation o JOIN payment_operation p ON p.id = o.replaces_id"
    )
    assert [tuple(row) for row in linked] == [("done", "failed")]
    assert (await bench.hold(charge)).status == REACHED[kind]
    await agrees(bench, charge)


@pytest.mark.parametrize("kind", KINDS)
async def test_after_three_unknown_outcomes_we_look_before_asking_again(bench: Bench, kind: str) -> None:
    """A lost answer that stays lost is found by looking: nothing is placed or taken a second time."""
    charge = await a_charge(bench, BEFORE[kind])
    for _ in range(3):
        bench.payments.lose_answer(CALL[kind])
    await bench.run(JOB[kind], Job.RESOLVE_HOLD)

    await sweeps(bench, rounds=4)

    assert (await states(bench, kind))[-1] == "done"
    assert (await bench.hold(charge)).status == REACHED[kind]
    await agrees(bench, charge)


@pytest.mark.capability("DC5")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", ["planned", "performed", "recorded"])
async def test_a_crash_at_any_point_is_made_good_by_the_sweep(bench: Bench, kind: str, step: str) -> None:
    """A process may die before the call, after it, or after its record: the promise holds when others went on."""
    charge = await a_charge(bench, BEFORE[kind])
    dying = replace(bench.ports, checkpoints=FakeCheckpoints(crash_at=f"{POINT[kind]}.{step}"))
    with pytest.raises(SimulatedCrash):
        await run_operation(work=bench.work, ports=dying, operation_id=await operation_id(bench, kind))
    await bench.rows("DELETE FROM procrastinate_jobs WHERE task_name = :name RETURNING id", name=JOB[kind])

    await sweeps(bench)

    assert await states(bench, kind) == ["done"]
    assert (await bench.hold(charge)).status == REACHED[kind]
    await agrees(bench, charge)


@pytest.mark.parametrize("kind", KINDS)
async def test_two_workers_at_one_operation_move_the_money_once(bench: Bench, kind: str) -> None:
    """Several workers may hold the same operation: they share its key, and one of them records it."""
    charge = await a_charge(bench, BEFORE[kind])
    taken = await operation_id(bench, kind)

    await asyncio.gather(*(run_operation(work=bench.work, ports=bench.ports, operation_id=taken) for _ in range(4)))

    assert await states(bench, kind) == ["done"]
    assert (await bench.hold(charge)).status == REACHED[kind]
    kept = await bench.rows("SELECT kind, count(*) FROM hold_event WHERE kind LIKE '%succeeded' GROUP BY kind")
    assert {row[1] for row in kept} == {1}
    await agrees(bench, charge)


# --- what the processor refuses ---------------------------------------------------------------------------------------


async def test_a_declined_card_starts_nothing_and_leaves_nothing_open(bench: Bench) -> None:
    """The bank's no is told with its reason, its intent is closed, and the charger hears nothing."""
    charge = await a_charge(bench, S.DECLINED)

    stored = await bench.charge(charge)
    assert (stored.failure_code, stored.final_at is not None) == ("generic_decline", True)
    assert bench.payments.holds[0].status is ProcessorStatus.CANCELED
    assert bench.roaming.calls == []
    assert await bench.messages() == ["payment_declined"]


async def test_a_decline_whose_answer_was_lost_is_a_decline_when_looked_at(bench: Bench) -> None:
    """An intent that asks for a card again was declined: no second card is tried behind the driver's back."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    await bench.rows("UPDATE hold SET payment_method_id = :card RETURNING id", card=DECLINED_CARD)
    for _ in range(3):
        bench.payments.lose_answer("place_hold")
    await bench.run(Job.PLACE_HOLD, Job.RESOLVE_HOLD)

    await sweeps(bench, rounds=3)

    assert (await bench.charge(charge)).status == S.DECLINED
    assert len(bench.payments.holds) == 1


async def test_a_request_that_is_refused_declines_the_start(bench: Bench) -> None:
    """A placement that the processor will never take ends the charge instead of being tried for ever."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    bench.payments.refuse("place_hold", "customer_deleted")

    await bench.run(Job.PLACE_HOLD)

    stored = await bench.charge(charge)
    assert (stored.status, stored.failure_code) == (S.DECLINED, "customer_deleted")


async def test_a_capture_refused_for_good_goes_to_staff(bench: Bench) -> None:
    """A refused capture is not repeated blindly: the hold stays open, and finance is asked."""
    charge = await a_charge(bench, S.SETTLING)
    bench.payments.refuse("capture_hold", "amount_too_large")

    await bench.drain()
    await sweeps(bench, rounds=2)

    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE
    assert "capture_failed" in await bench.findings()
    assert len(bench.payments.calls_of("capture_hold")) == 1


async def test_a_hold_captured_by_somebody_else_is_adopted_with_its_amount(bench: Bench) -> None:
    """Staff may have captured in the processor's dashboard: its amount is the fact, the difference is told."""
    charge = await a_charge(bench, S.SETTLING)
    await bench.payments.capture_hold("pi_fake1", Money(700, "EUR"), idempotency_key="dashboard")

    await bench.drain()

    assert (await bench.hold(charge)).captured_minor == 700
    assert "captured_unexpectedly" in await bench.findings()
    assert (await bench.charge(charge)).status == S.SETTLED
    receivable = "SELECT sum(amount_minor) FROM ledger_entry WHERE account_id LIKE 'receivable:%'"
    assert await bench.value(receivable) == 928 - 700


async def test_a_hold_that_lapsed_before_its_capture_becomes_a_receivable(bench: Bench) -> None:
    """A capture that came too late took nothing: what is owed is booked against the driver."""
    charge = await a_charge(bench, S.SETTLING)
    bench.payments.expire("pi_fake1")

    await bench.drain()

    hold = await bench.hold(charge)
    assert (hold.status, hold.captured_minor) == ("expired", 0)
    assert (await bench.charge(charge)).status == S.SETTLED
    assert await bench.value("SELECT sum(amount_minor) FROM ledger_entry WHERE account_id LIKE 'receivable:%'") == 928


async def test_a_release_that_finds_money_taken_goes_to_staff(bench: Bench) -> None:
    """Money taken from a charge that never was is told to staff, who must give it back."""
    charge = await a_charge(bench, S.START_FAILED)
    await bench.payments.capture_hold("pi_fake1", Money(700, "EUR"), idempotency_key="dashboard")

    await bench.run(Job.RELEASE_HOLD)

    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE
    assert (await bench.hold(charge)).captured_minor == 700


async def test_a_driver_who_gives_up_while_the_hold_is_placed_gets_it_back(bench: Bench) -> None:
    """A hold that shows up after the driver gave up is released at once, and nothing is started."""
    charge = await a_charge(bench, S.AWAITING_HOLD)
    await cancel(bench, charge)

    await bench.drain()

    assert (await bench.hold(charge)).status == "released"
    assert bench.roaming.calls_of("send_start") == []
    assert (await bench.charge(charge)).final_at is not None
