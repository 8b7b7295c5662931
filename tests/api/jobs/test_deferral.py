"""Jobs and the transactions that cause them: one commit for both, and never one without the other."""

import asyncio

import pytest

from api.domain.charging.state import ChargingStatus
from api.jobs.app import TASKS
from api.ports.roaming import PartnerUnreachable
from api.services.deferral import QUEUE_OF, Job, defer_job, defer_once
from tests.api.jobs.conftest import Worker
from tests.bench import Bench
from tests.builders import a_partner
from tests.charges import a_charge, a_quote, start

JOBS = "SELECT task_name, status, attempts FROM procrastinate_jobs ORDER BY id"


class ChangedMyMindError(Exception):
    """What makes a transaction roll back."""


async def test_a_change_that_is_rolled_back_leaves_no_job(bench: Bench) -> None:
    """A start that fails after the hold was planned leaves neither the charge nor the job that would place the hold."""
    quote = await a_quote(bench)

    async def change() -> None:
        async with bench.work() as db:
            await defer_job(db, Job.PLACE_HOLD, operation_id="opr_1")
            raise ChangedMyMindError

    with pytest.raises(ChangedMyMindError):
        await change()

    assert await bench.rows(JOBS) == []
    await start(bench, quote)
    assert [row.task_name for row in await bench.rows(JOBS)] == ["place_hold", "fire_timer"]


async def test_a_job_is_run_by_a_worker_once_it_is_committed(bench: Bench, worker: Worker) -> None:
    """What a committed change deferred is done by a real worker: the hold stands and the start is sent."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)

    await worker()

    assert (await bench.charge(charge)).status == ChargingStatus.START_ACCEPTED


async def test_a_job_for_later_with_a_lock_is_refused(bench: Bench) -> None:
    """The engine keeps the order of a lock, so a job that waits would hold up everything behind it."""
    async with bench.work() as db:
        with pytest.raises(ValueError, match="must not hold a lock"):
            await defer_job(db, Job.FIRE_TIMER, lock="chs_1", wall_at=bench.clock.now(), timer="unplug_reminder")


def test_every_job_has_a_queue_and_a_task() -> None:
    """A name without a task would strand what was deferred under it."""
    assert set(TASKS) == set(QUEUE_OF) == set(Job)


async def test_jobs_of_one_lock_keep_their_order_and_queues_do_not_wait_for_each_other(bench: Bench) -> None:
    """The lock of a charge holds within its queue: a start that hangs never holds up the money of the charge."""
    async with bench.work() as db:
        await defer_job(db, Job.PLACE_HOLD, lock="chs_1", operation_id="opr_1")
        await defer_job(db, Job.SEND_START, lock="chs_1", charging_session_id="chs_1")

    locks = {row[0] for row in await bench.rows("SELECT lock FROM procrastinate_jobs")}
    assert locks == {"money:chs_1", "roaming:chs_1"}


async def test_what_is_asked_for_twice_is_deferred_once(bench: Bench) -> None:
    """A need that shows up again while its job waits adds nothing, also when both transactions are open at once."""
    async with bench.work() as db:
        assert await defer_once(db, Job.PULL_CDRS, once="prt_1", partner_id="prt_1")
        assert not await defer_once(db, Job.PULL_CDRS, once="prt_1", partner_id="prt_1")
        assert await defer_once(db, Job.PULL_CDRS, once="prt_2", partner_id="prt_2")

    async def ask() -> bool:
        async with bench.work() as db:
            return await defer_once(db, Job.PULL_SESSIONS, once="prt_1", partner_id="prt_1")

    async with bench.work() as db:
        assert await defer_once(db, Job.PULL_SESSIONS, once="prt_1", partner_id="prt_1")
        others = asyncio.gather(*(ask() for _ in range(3)))
        await asyncio.wait([others], timeout=0.2)
        assert not others.done()
    assert await others == [False, False, False]


async def test_a_pull_that_fails_while_another_waits_blocks_nobody(
    bench: Bench, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner that is away must not leave a job that is under way for ever and holds up the one behind it."""
    await a_partner(bench)
    async with bench.work() as db:
        await defer_once(db, Job.PULL_SESSIONS, once="prt_1", partner_id="prt_1")
    asked: list[bool] = []

    class AskingPartner:
        async def __call__(self, *_: object, **__: object) -> object:
            async with bench.work() as db:
                asked.append(await defer_once(db, Job.PULL_SESSIONS, once="prt_1", partner_id="prt_1"))
            raise PartnerUnreachable("partner_unreachable")

    monkeypatch.setattr("api.jobs.roaming.pull_sessions", AskingPartner())

    await worker()

    assert asked == [True]
    assert {row.status for row in await bench.rows(JOBS)} == {"todo"}
