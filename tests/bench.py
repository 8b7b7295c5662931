"""One installation on a test's own database: fakes to steer, and a test's hands on its jobs instead of a worker.

Jobs run in the test, one at a time and in the order in which they were deferred, which is what a lock promises for the
jobs of one charge. A real worker is used in ``tests/api/jobs``. What stands on a bench is in ``tests/builders.py``.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from procrastinate import JobContext
from sqlalchemy import text

from api.db import UnitOfWork
from api.domain.charging.facts import Timer
from api.jobs.app import TASKS
from api.jobs.context import KEY, JobWorld
from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.queries import hold_of_charge
from api.services.deferral import Job
from tests.fakes import FakeCheckpoints, FakeClock, FakePayments, FakeRoaming, fake_policy, fake_ports

_NEXT = text(
    "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo'"
    " AND (scheduled_at IS NULL OR scheduled_at <= :now) AND task_name = ANY(:names) ORDER BY id LIMIT 1"
)
_TAKE = text("DELETE FROM procrastinate_jobs WHERE id = :id")
MANY = 500
"""More jobs in one go are a loop."""


def a_policy(**fields: Any) -> ServicePolicy:
    """Return the rules of an installation that knows German VAT; every clock runs for ten minutes."""
    timers = dict.fromkeys(Timer, timedelta(minutes=10))
    return replace(fake_policy(), timers=timers, vat_percent_by_country={"DEU": Decimal(19)}, **fields)


@dataclass
class Bench:
    """One installation: the fakes around it, its database, and a test's hands on its jobs."""

    work: UnitOfWork
    ports: Ports
    clock: FakeClock
    payments: FakePayments
    roaming: FakeRoaming
    checkpoints: FakeCheckpoints
    kept: dict[str, Any] = field(default_factory=dict)
    """Drivers and partners that are stored already, so that builders need not ask for them each time."""

    async def run(self, *jobs: Job) -> list[str]:
        """Run the jobs of these names that are due, and those they defer, in order; return what was run."""
        return await run_jobs(self.work, self.ports, only=jobs)

    async def drain(self) -> list[str]:
        """Run every job that is due until none is left; return what was run."""
        return await run_jobs(self.work, self.ports)

    async def charge(self, charge: ChargingSession) -> ChargingSession:
        """Return the charge as stored now."""
        async with self.work() as db:
            return await db.get_one(ChargingSession, charge.id)

    async def hold(self, charge: ChargingSession) -> HoldRow:
        """Return the hold of a charge as stored now."""
        async with self.work() as db:
            hold = await hold_of_charge(db=db, charging_session_id=charge.id)
        assert hold is not None
        return hold

    async def rows(self, query: str, **values: object) -> list[Any]:
        """Return the rows of a query, for assertions on what is stored."""
        async with self.work() as db:
            return list((await (await db.connection()).execute(text(query), values)).all())

    async def value(self, query: str, **values: object) -> Any:
        """Return the one value of a query."""
        return (await self.rows(query, **values))[0][0]

    async def findings(self) -> set[str]:
        """Return the reasons of all findings."""
        return {row[0] for row in await self.rows("SELECT reason FROM mismatch")}

    async def messages(self) -> list[str]:
        """Return what drivers were told, oldest first."""
        return [row[0] for row in await self.rows("SELECT message FROM notice ORDER BY created_at, id")]


def a_bench(
    work: UnitOfWork,
    *,
    policy: ServicePolicy | None = None,
    checkpoints: FakeCheckpoints | None = None,
) -> Bench:
    """Return an installation on the test's own database."""
    clock, roaming, checkpoints = FakeClock(), FakeRoaming(), checkpoints or FakeCheckpoints()
    payments = FakePayments(clock)
    ports = fake_ports(
        clock=clock, payments=payments, roaming=roaming, checkpoints=checkpoints, policy=policy or a_policy()
    )
    return Bench(work, ports, clock, payments, roaming, checkpoints)


def crashing(bench: Bench, point: str) -> Ports:
    """Return the ports of a process that dies at ``point``, once; the rest of the world is the bench's."""
    return replace(bench.ports, checkpoints=FakeCheckpoints(crash_at=point))


async def run_jobs(work: UnitOfWork, ports: Ports, *, only: Collection[Job] = tuple(Job)) -> list[str]:
    """Run the due jobs of these names, and those they defer, until none is left; return their names.

    A job that raises is gone, as one that failed for good.
    """
    context = cast(JobContext, SimpleNamespace(additional_context={KEY: JobWorld(ports, work)}))
    done: list[str] = []
    while len(done) < MANY:
        async with work() as db:
            connection = await db.connection()
            values = {"now": ports.clock.now(), "names": [job.value for job in only]}
            found = (await connection.execute(_NEXT, values)).first()
            if found is None:
                return done
            await connection.execute(_TAKE, {"id": found.id})
        done.append(found.task_name)
        await TASKS[Job(found.task_name)](context, **found.args)
    raise AssertionError(f"jobs without end: {done[-10:]}")
