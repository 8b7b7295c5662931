"""A partner that hangs takes neither the place of money nor, for ever, that of other partners."""

import asyncio
import inspect
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from api import worker
from api.db import UnitOfWork
from api.jobs import roaming, sweep
from api.services.deferral import QUEUE_OF, Job, Queue
from api.services.roaming.awaited import await_place
from tests.api.services.roaming.builders import a_partner, at

CALLS_A_PARTNER = [job for job in Job if job.value.startswith(("pull_", "fetch_", "push_"))]


@pytest.mark.parametrize("job", CALLS_A_PARTNER)
async def test_what_waits_for_a_partner_has_a_turn(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists and places are fetched in the bulk queue, and whatever takes too long is broken off to be retried."""

    async def hangs(**_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(roaming, "TURN", timedelta(milliseconds=20))
    monkeypatch.setattr(roaming, "world_of", lambda context: context)
    for name in ("pull_sessions", "pull_cdrs", "pull_locations", "pull_tariffs", "pull_invoices"):
        monkeypatch.setattr(roaming, name, hangs)
    for name in ("fetch_place", "push_passes", "pull_client_info"):
        monkeypatch.setattr(roaming, name, hangs)
    clock = SimpleNamespace(now=lambda: at(0))
    world = SimpleNamespace(work=None, ports=SimpleNamespace(clock=clock))
    argument = "key" if job is Job.FETCH_PLACE else "partner_id"
    assert QUEUE_OF[job] is Queue.BULK
    with pytest.raises(TimeoutError):
        await roaming.TASKS[job](world, **{argument: "prt_1"})


def test_money_shares_its_workers_with_nothing_that_calls_partners() -> None:
    """The workers of money take neither commands nor lists, and more than one partner's lists are read at a time."""
    groups = [line.strip() for line in inspect.getsource(worker.run_worker).splitlines() if "[Queue." in line]
    money = [line for line in groups if "Queue.MONEY" in line]
    assert len(money) == 1
    assert "Queue.ROAMING" not in money[0]
    assert "Queue.BULK" not in money[0]
    assert worker.BULK_AT_ONCE > 1


async def test_the_places_of_one_partner_are_fetched_one_at_a_time(work: UnitOfWork) -> None:
    """However many unknown places a partner speaks of, each is asked for once, and all of them in one row."""
    async with work() as db:
        partner = await a_partner(db)
        for location_id in ("L1", "L2", "L1"):
            await await_place(
                db=db, now=at(0), partner=partner, country_code="DE", party_id="CPO", location_id=location_id
            )
        jobs = (await (await db.connection()).execute(text("SELECT lock, args->>'key' FROM procrastinate_jobs"))).all()
    assert sorted(key for _, key in jobs) == ["prt_1/DE/CPO/L1", "prt_1/DE/CPO/L2"]
    assert len({lock for lock, _ in jobs}) == 1


async def test_all_that_partners_push_is_also_pulled_daily(work: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places and prices too: the pull of a registration may have failed, and a push been lost."""
    async with work() as db:
        await a_partner(db)
    monkeypatch.setattr(sweep, "world_of", lambda _: SimpleNamespace(work=work, ports=None))
    await sweep.sweep_partners(SimpleNamespace(), 0)  # type: ignore[arg-type]  # only the world is asked for
    async with work() as db:
        names = (await (await db.connection()).execute(text("SELECT task_name FROM procrastinate_jobs"))).scalars()
        assert set(names) == {"pull_sessions", "pull_cdrs", "pull_tariffs", "pull_locations", "pull_invoices"}
