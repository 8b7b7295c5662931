"""A process that reconciles and stops in the middle of a unit of work, saying so: for a test that kills it there.

Arguments: the database's URL, the moment that it is, the number of the unit, ``before`` or ``after`` its commit.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork, make_engine
from api.services.reconciliation.run import NIGHTLY, Wish, reconcile
from tests.fakes import FakeClock, fake_policy, fake_ports


class StoppingWork:
    """Units of work of which one never ends."""

    def __init__(self, work: UnitOfWork, at: int, when: str) -> None:
        """Stop in unit ``at``, counted from one."""
        self._work, self._left, self._when, self.statements = work, at, when, work.statements

    @contextlib.asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncSession]:
        """Open a unit of work."""
        self._left -= 1
        async with self._work() as db:
            yield db
            if self._left == 0 and self._when == "before":
                await db.flush()
                await stop()
        if self._left == 0:
            await stop()


async def stop() -> None:
    """Say that this is the moment, and wait to be killed."""
    sys.stdout.write("here\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


async def main(url: str, moment: str, at: str, when: str) -> None:
    """Reconcile as a worker does at night."""
    clock = FakeClock()
    clock.set(datetime.fromisoformat(moment))
    work = StoppingWork(UnitOfWork(make_engine(url, pool_size=4)), int(at), when)
    await reconcile(work=work, ports=fake_ports(clock=clock, policy=fake_policy()), wish=Wish(NIGHTLY))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
