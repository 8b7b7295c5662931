"""The words that stories are told in: time, chargers, drivers, and the hands behind partner and processor.

A story moves virtual time from event to event and waits, in real time, until the sandbox has nothing more to do at
its present moment. People and their charges are in ``people.py``, what must always hold in ``promise.py``.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx

from api.db import UnitOfWork, make_engine
from api.ports import Ports
from api.services.drivers.passwords import CHEAP
from api.services.drivers.signup import add_driver
from sandbox.phone import Phone
from sandbox.quiet import Quiet
from sandbox.stack import Stack
from tests.journeys.people import Charger, Driver
from tests.journeys.stage import live_ports

PASSWORD = "correct horse battery staple"
PATIENCE_SECONDS = 90.0
"""Real seconds for everything that happens at one moment: longer than any call of ours, shorter than a test's limit."""
PHONE_SECONDS = 60.0
LEAST_STEP = timedelta(seconds=1)
RETRY_STEP = timedelta(seconds=20)
"""How far time goes at most while a call to the processor waits to be repeated."""

_BUSY = """
SELECT count(*) FROM procrastinate_jobs WHERE task_name NOT LIKE 'sweep_stalled%'
  AND (status = 'doing' OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())))
"""
_OVERDUE = "SELECT count(*) FROM charging_timer WHERE due_at <= $1"
_UNFINISHED = "SELECT count(*) FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')"
_UNHANDLED = "SELECT count(*) FROM processor_event WHERE handled_at IS NULL"
_SWEEP = """
SELECT procrastinate_defer_jobs_v1(
  ARRAY[ROW('money', 'sweep_charges', 0, NULL, NULL, '{"timestamp": 0}', NULL)::procrastinate_job_to_defer_v1])
"""
_FREE = """
SELECT e.uid, e.evse_id, e.key, c.public_id FROM evse e JOIN connector c ON c.evse_key = e.key
WHERE c.tariff_ids::jsonb ? $1 AND e.status = 'available' AND e.capabilities::jsonb ? 'remote_start_stop_capable'
  AND NOT EXISTS (SELECT 1 FROM charging_session s WHERE s.evse_key = e.key AND s.freed_at IS NULL
                  AND s.final_at IS NULL)
ORDER BY e.uid, c.id LIMIT 1
"""
_WAITING = "SELECT task_name, status, lock, attempts, scheduled_at FROM procrastinate_jobs WHERE status <> 'succeeded'"


@dataclass
class World:
    """One story's view of the sandbox."""

    stack: Stack
    http: httpx.AsyncClient
    connection: asyncpg.Connection
    work: UnitOfWork
    ports: Ports
    drivers: list[Driver] = field(default_factory=list)
    promise_kept: bool = False
    worker_stopped: bool = False

    # --- time ---------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the sandbox's present moment."""
        return self.stack.clock.now()

    async def settles(self) -> None:
        """Wait until nothing more happens at this moment; raises AssertionError with what is left to do."""
        deadline, calm = time.monotonic() + PATIENCE_SECONDS, 0
        while calm < 2:
            calm = 0 if await self._busy() else calm + 1
            died = not self.worker_stopped and self.stack.processes["worker"].poll() is not None
            if died or time.monotonic() > deadline:
                left = [dict(row) for row in await self.connection.fetch(_WAITING)]
                raise AssertionError(f"the sandbox does not come to rest: {left}\n{self.stack.log_tail('worker')}")
            await asyncio.sleep(0.02)

    async def _busy(self) -> bool:
        """Say whether partner, processor or we have something under way; who causes work is asked first."""
        if (await self.cpo("GET", "idle"))["busy"] or (await self.processor("GET", "webhooks"))["waiting"]:
            return True
        if self.worker_stopped:
            return False  # what is ours to do waits in the queue
        return bool(await self.connection.fetchval(_BUSY) or await self.connection.fetchval(_OVERDUE, self.now()))

    async def moves_on(self, *, until: datetime) -> None:
        """Let time pass to the next event, at most to ``until``, and wait for its consequences."""
        upcoming = await self._next_event()
        goal = min(until, max(upcoming, self.now() + LEAST_STEP)) if upcoming else until
        if await self.connection.fetchval(_UNFINISHED):
            goal = min(goal, self.now() + RETRY_STEP)
        await self.jumps_to(goal)
        await self._sweeps()

    async def _next_event(self) -> datetime | None:
        """Return the moment of the partner's next step or our next timer; timers fire only where a worker runs."""
        if not self.worker_stopped:
            return await Quiet(self.stack, self.connection, self.http).next_event()
        due = (await self.cpo("GET", "next_due"))["next_due"]
        return None if due is None else datetime.fromtimestamp(due, UTC)

    async def jumps_to(self, moment: datetime) -> None:
        """Set the clock ahead without waiting for anything."""
        await self.stack.clock.jump(max(0.0, (moment - self.now()).total_seconds()), self.connection)

    async def _left_to_sweep(self) -> bool:
        """Say whether something is left that no job of its own will do."""
        overdue = await self.connection.fetchval(_OVERDUE, self.now())
        return bool(
            overdue or await self.connection.fetchval(_UNFINISHED) or await self.connection.fetchval(_UNHANDLED)
        )

    async def passes(self, **duration: float) -> None:
        """Let a stretch of time pass, event by event: ``passes(minutes=30)``."""
        end = self.now() + timedelta(**duration)
        await self.settles()
        while self.now() < end:
            await self.moves_on(until=end)

    async def skips(self, **duration: float) -> None:
        """Jump over a stretch of time in one step, for waits of days in which nothing of interest happens."""
        await self.settles()
        await self.jumps_to(self.now() + timedelta(**duration))
        await self._sweeps()

    async def _sweeps(self) -> None:
        """Let the worker sweep now, if there is anything to sweep, and wait: stories do not wait for its next round."""
        if not self.worker_stopped and await self._left_to_sweep():
            await self.connection.execute(_SWEEP)
        await self.settles()

    # --- people and places --------------------------------------------------------------------------------------------

    async def a_driver(self, card: str = "pm_card_visa") -> Driver:
        """Return a new driver with a saved card, signed in on a phone."""
        email = f"{uuid.uuid4().hex[:12]}@example.com"
        row = await add_driver(
            work=self.work, ports=self.ports, now=self.now(), email=email, name="Ada", password=PASSWORD,
            payment_method=card, hasher=CHEAP,
        )  # fmt: skip
        phone = Phone(self.stack.web_url, self.http)
        await phone.sign_in(email, PASSWORD)
        driver = Driver(self, phone, row.id, row.processor_customer_id or "")
        self.drivers.append(driver)
        return driver

    async def a_charger(self, tariff: str = "vcp-ac-plain", *faults: dict[str, Any] | str, **plan: Any) -> Charger:
        """Return a free charger; ``plan`` is what the car will do there, ``faults`` what the partner will do wrong."""
        await self.settles()  # the pull of locations, or the unplugging of the story before
        row = await self.connection.fetchrow(_FREE, tariff)
        assert row is not None, f"no free charger with {tariff}"
        charger = Charger(uid=row["uid"], evse_id=row["evse_id"], connector_id=row["public_id"])
        await self.cpo("POST", "plans", {"evse_uid": charger.uid, "plan": {"update_every_s": 900} | plan})
        for fault in faults:
            wanted = {"name": fault} if isinstance(fault, str) else fault
            await self.cpo("POST", "faults", {"evse_uid": charger.uid, "times": 1} | wanted)
        return charger

    async def stops_the_worker(self) -> None:
        """End our background process politely; the web process goes on."""
        worker = self.stack.processes["worker"]
        worker.terminate()
        await asyncio.to_thread(worker.wait, PATIENCE_SECONDS)
        self.worker_stopped = True

    async def starts_the_worker(self) -> None:
        """Start a background process again and wait until it has caught up."""
        self.stack.spawn_worker()
        self.worker_stopped = False
        await self._sweeps()

    # --- behind the curtain -------------------------------------------------------------------------------------------

    async def cpo(self, method: str, path: str, body: Any = None) -> Any:
        """Steer or look into the virtual CPO."""
        return await self._hand(method, f"{self.stack.cpo_url}/_sandbox/{path}", body)

    async def processor(self, method: str, path: str, body: Any = None) -> Any:
        """Steer or look into the Stripe stand-in."""
        return await self._hand(method, f"{self.stack.stripe_url}/_sandbox/{path}", body)

    async def _hand(self, method: str, url: str, body: Any) -> Any:
        answer = await self.http.request(method, url, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.asynccontextmanager
async def open_world(stack: Stack) -> AsyncIterator[World]:
    """Open the world of one story on a running stack, with a partner that has forgotten earlier plans and faults."""
    connection = await stack.connect()
    engine = make_engine(stack.database, pool_size=4)
    async with httpx.AsyncClient(timeout=PHONE_SECONDS) as http, live_ports(stack.settings) as ports:
        world = World(stack, http, connection, UnitOfWork(engine), ports)
        try:
            await world.settles()
            await world.cpo("POST", "reset")  # plans and faults that the story before did not use up
            yield world
        finally:
            await connection.close()
            await engine.dispose()
