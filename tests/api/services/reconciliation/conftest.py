"""An installation with a made-up month in its database."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.ports import Ports
from api.services.reconciliation.run import ON_DEMAND, Wish, reconcile
from api.services.work import Work
from bench.month import build_month
from bench.month_faults import Planted, plant_faults
from tests.bench import Bench, a_bench
from tests.fakes import FakeClock, SimulatedCrash, fake_policy, fake_ports

FULL_RUN = Wish(ON_DEMAND, "Ada", full=True)


@dataclass
class Month:
    """A month, the installation that it is of, and a connection beside it."""

    database: asyncpg.Connection
    work: UnitOfWork
    ports: Ports
    clock: FakeClock

    async def build(self, holds: int) -> None:
        """Write a clean month that ends now."""
        await build_month(self.database, holds=holds, seed=7, until=self.clock.now())

    async def plant(self, each: int, *reasons: str) -> Planted:
        """Plant faults of every class, or of these, as of now."""
        return await plant_faults(self.database, each=each, until=self.clock.now(), reasons=reasons)

    async def run(self, wish: Wish = FULL_RUN, work: Work | None = None) -> str | None:
        """Reconcile."""
        return await reconcile(work=work or self.work, ports=self.ports, wish=wish)

    async def open(self) -> Planted:
        """Return the open findings by reason and subject."""
        rows = await self.database.fetch("SELECT reason, subject FROM mismatch WHERE resolved_at IS NULL")
        return {(row["reason"], row["subject"]) for row in rows}

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        return [dict(row) for row in await self.database.fetch(query, *values)]

    async def evidence(self, run_id: str | None) -> list[dict[str, Any]]:
        """Return what each rule found in a run, without how long it took."""
        query = "SELECT * FROM reconciliation_evidence WHERE run_id = $1 ORDER BY reason"
        told = await self.rows(query, run_id)
        return [{name: row[name] for name in row if name not in {"run_id", "milliseconds"}} for row in told]

    def believing(self, most_new: int) -> None:
        """Believe at most so many new findings of a rule at once."""
        policy = self.ports.policy
        wanted = replace(policy, reconciliation=replace(policy.reconciliation, most_new=most_new))
        self.ports = replace(self.ports, policy=wanted)


class DyingWork:
    """Units of work of a process that dies in the one with this number, just before its commit."""

    def __init__(self, work: UnitOfWork, at: int) -> None:
        """Die in unit ``at``, counted from one."""
        self._work, self._left, self.statements = work, at, work.statements

    @contextlib.asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncSession]:
        """Open a unit of work."""
        self._left -= 1
        async with self._work() as db:
            yield db
            if self._left == 0:
                raise SimulatedCrash


@pytest.fixture
async def month(database_url: str, work: UnitOfWork) -> AsyncIterator[Month]:
    """Yield an installation without a month yet."""
    database = await asyncpg.connect(database_url)
    clock = FakeClock()
    yield Month(database, work, fake_ports(clock=clock, policy=fake_policy()), clock)
    await database.execute("DROP TABLE IF EXISTS month_plan")
    await database.close()


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)
