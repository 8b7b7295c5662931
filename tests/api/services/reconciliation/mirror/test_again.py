"""What is looked up again by id, who wins of two runs, and the jobs: over the fakes, which the bench's charges move."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.models.mirror import ProcessorPayment
from api.ports.mirror import Page, PaymentCopy
from api.services.deferral import Job
from api.services.reconciliation.mirror import Halt, copy_processor, mirror_state
from api.services.reconciliation.mirror_rows import payment_rows, store_rows
from api.services.reconciliation.mirror_turns import ask_for_copy, copy_in_turns
from tests.bench import Bench, a_bench
from tests.charges import a_charge
from tests.fakes import START, FakeMirror

NONE = timedelta(0)


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)


@pytest.fixture
def mirror(bench: Bench) -> FakeMirror:
    """Return the processor's lists."""
    assert isinstance(bench.ports.mirror, FakeMirror)
    return bench.ports.mirror


def a_payment(number: int, *, status: str = "requires_capture", environment: str | None = None) -> PaymentCopy:
    """Return a payment of somebody."""
    zero, amount = Money.zero("EUR"), Money(4000, "EUR")
    return PaymentCopy(f"pi_{number}", status, amount, zero, zero, zero, START, environment=environment)


def looked_up(mirror: FakeMirror) -> set[object]:
    """Return every payment that was looked up by id."""
    return {each for call in mirror.calls if call.method == "fetch_payments" for each in call.arguments}


async def test_a_hold_that_moved_here_is_looked_up_there(bench: Bench, mirror: FakeMirror) -> None:
    """A payment that was at its end when it was seen is looked up again once our hold changed; else it is not."""
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    await bench.drain()
    intent = (await bench.hold(charge)).payment_intent_id
    bench.clock.advance(60)
    await copy_processor(work=bench.work, ports=bench.ports, overlap=NONE)
    bench.clock.advance(60)
    await copy_processor(work=bench.work, ports=bench.ports, overlap=NONE)
    assert looked_up(mirror) == set()
    await bench.rows("UPDATE hold SET updated_at = :now RETURNING 1", now=bench.clock.now() + timedelta(seconds=1))
    bench.clock.advance(60)
    await copy_processor(work=bench.work, ports=bench.ports, overlap=NONE)
    assert looked_up(mirror) == {intent}
    assert await bench.value("SELECT seen_at FROM processor_payment") == bench.clock.now()


async def test_a_payment_that_only_we_know_is_asked_for(bench: Bench, mirror: FakeMirror) -> None:
    """What our hold names and no list shows is looked up, and stays missing where the processor does not know it."""
    await a_charge(bench, ChargingStatus.CHARGING)
    await copy_processor(work=bench.work, ports=bench.ports)
    await bench.rows("UPDATE hold SET payment_intent_id = 'pi_gone' RETURNING 1")
    assert (await copy_processor(work=bench.work, ports=bench.ports)).complete
    assert "pi_gone" in looked_up(mirror)
    assert await bench.value("SELECT count(*) FROM processor_payment WHERE id = 'pi_gone'") == 0


async def test_payments_that_nobody_will_finish_are_left_alone(bench: Bench, mirror: FakeMirror) -> None:
    """A hold is watched as long as it stands; a try that holds nothing only as long as somebody may come back."""
    mirror.planted += [a_payment(1), a_payment(2, status="requires_payment_method"), a_payment(3, environment="other")]
    for days in (0, 10, 20, 10):
        bench.clock.advance(days * 86_400)
        await copy_processor(work=bench.work, ports=bench.ports, overlap=NONE)
    assert [sorted(map(str, call.arguments)) for call in mirror.calls if call.method == "fetch_payments"] == [
        ["pi_1", "pi_2"],
        ["pi_1"],
    ]


async def test_what_was_seen_later_stays(work: UnitOfWork, bench: Bench) -> None:
    """A page that took long does not overwrite what was seen since; what is seen last, wins."""
    old, new = a_payment(1), replace(a_payment(1), status="succeeded")
    for copy, minutes in ((new, 5), (old, 1)):
        async with work() as db:
            rows, at = payment_rows([copy]), START + timedelta(minutes=minutes)
            await store_rows(db=db, table=ProcessorPayment, rows=rows, seen_at=at)
    assert await bench.value("SELECT status FROM processor_payment") == "succeeded"
    async with work() as db:
        stored = await store_rows(
            db=db, table=ProcessorPayment, rows=payment_rows([old]), seen_at=START + timedelta(minutes=9)
        )
    assert (stored.new, stored.changed) == (0, 1)


class Interrupted(FakeMirror):
    """Has another run copy everything while the first page is on its way."""

    bench: Bench
    done = False

    async def payments_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[PaymentCopy]:
        """Let the other run be faster, once."""
        page = await super().payments_page(since=since, after=after, size=size)
        if not self.done:
            self.done = True
            await copy_processor(work=self.bench.work, ports=self.bench.ports)
        return page


async def test_of_two_runs_the_slower_one_stops(bench: Bench, mirror: FakeMirror) -> None:
    """Two runs at once never move the place to go on from past each other: the second comes to nothing."""
    mirror.planted += [a_payment(number) for number in range(3)]
    ports = bench.ports
    slow = Interrupted(
        bench.clock,
        payments=bench.payments,
        payins=ports.payins,
        refunds=ports.refunds,
        settlement=ports.settlement,
    )
    slow.bench, slow.planted = bench, mirror.planted
    made = await copy_processor(work=bench.work, ports=replace(ports, mirror=slow))
    assert (made.halt, made.steps) == (Halt.TAKEN_OVER, ())
    async with bench.work() as db:
        assert all(each.done for each in await mirror_state(db=db))
    assert await bench.value("SELECT count(*) FROM processor_payment") == 3


async def test_the_job_copies_in_turns(bench: Bench, mirror: FakeMirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night's copy is asked for once; what one turn leaves the next one takes up, beginning nothing anew."""
    monkeypatch.setattr("api.services.reconciliation.mirror_turns.PAGES_A_TURN", 1)
    mirror.planted += [a_payment(number) for number in range(3)]
    assert [await ask_for_copy(work=bench.work), await ask_for_copy(work=bench.work)] == [True, False]
    assert await bench.run(Job.COPY_PROCESSOR) == ["copy_processor"]
    query = "SELECT args->>'began_at' FROM procrastinate_jobs WHERE scheduled_at > now() - interval '1 minute'"
    began = datetime.fromisoformat(await bench.value(query))
    assert began == bench.clock.now()

    bench.clock.advance(3600)
    made = await copy_in_turns(work=bench.work, ports=bench.ports, goes_on=began, most_pages=50)
    assert made.complete
    assert [step.complete_until for step in made.steps] == [began] * 5


async def test_a_processor_that_is_away_is_asked_again_later(bench: Bench, mirror: FakeMirror) -> None:
    """The job leaves the rest to one in a quarter of an hour."""
    for _ in range(3):
        mirror.break_before("refunds_page")

    async def pause(_seconds: float) -> None:
        return None

    made = await copy_processor(work=bench.work, ports=bench.ports, pause=pause)
    assert (made.halt, [step.kind for step in made.steps]) == (Halt.PROCESSOR_AWAY, ["payments"])
