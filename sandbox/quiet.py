"""Waiting until the sandbox has nothing to do at its present moment, and moving time on to the next event."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx

from sandbox.stack import Stack

_BUSY = """
SELECT count(*) FROM procrastinate_jobs
WHERE (status = 'doing' OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())))
  AND task_name NOT LIKE 'sweep%'
"""
_UNFINISHED = "SELECT count(*) FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')"
_NEXT_TIMER = "SELECT min(due_at) FROM charging_timer"


class Quiet:
    """Watches the stack's queue and the virtual CPO."""

    def __init__(self, stack: Stack, connection: asyncpg.Connection, client: httpx.AsyncClient) -> None:
        """Use one database connection and one HTTP client, both the caller's."""
        self.stack, self.connection, self.client = stack, connection, client

    async def wait(self, *, limit_seconds: float = 30) -> bool:
        """Wait until no job can run and the CPO has delivered everything; say whether that came about in time."""
        deadline = time.monotonic() + limit_seconds
        calm = 0
        while time.monotonic() < deadline:
            calm = 0 if await self.busy() else calm + 1
            if calm >= 2:
                return True
            await asyncio.sleep(0.02)
        return False

    async def busy(self) -> bool:
        """Say whether something is under way at this moment."""
        if await self.connection.fetchval(_BUSY) or await self.connection.fetchval(_UNFINISHED):
            return True
        for url in self.stack.cpo_urls():
            if (await self.client.get(f"{url}/_sandbox/idle")).json()["busy"]:
                return True
        return False

    async def next_event(self) -> datetime | None:
        """Return the moment of the next scripted step or timer."""
        answers = [(await self.client.get(f"{url}/_sandbox/next_due")).json() for url in self.stack.cpo_urls()]
        steps = [datetime.fromtimestamp(float(due["next_due"]), UTC) for due in answers if due["next_due"] is not None]
        timer = await self.connection.fetchval(_NEXT_TIMER)
        return min([*steps, *([timer] if timer else [])], default=None)

    async def travel(self, *, at_least: timedelta, at_most: timedelta) -> None:
        """Jump to the next event, within bounds, and wait until its consequences are done."""
        upcoming = await self.next_event()
        now = self.stack.clock.now()
        ahead = (upcoming - now) if upcoming else at_most
        await self.stack.clock.jump(min(max(ahead, at_least), at_most).total_seconds(), self.connection)
        await self.wait()
