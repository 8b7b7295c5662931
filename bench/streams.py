"""What 10,000 listeners take, and how long a change needs to reach them all (B5); part of ``make bench-polls``.

The listeners are ``listeners.py`` in a process of its own, at most 20 of them the same driver's, as the service allows.
Memory is how much the server's process grew, the socket's own, which is the kernel's, aside. The baseline is a bare
ASGI application in the same server that keeps the same number of streams open and knows no charge.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from bench.load import ROOT, Serving

A_DRIVER = 20
"""Streams that one driver may have."""
_CHANGE = """
WITH changed AS (
  UPDATE charging_session SET version = version + 1 WHERE id = ANY($1::text[]) RETURNING id, version, driver_id
) SELECT pg_notify('charge_changed', id || ':' || version || ':' || driver_id) FROM changed
"""


async def change(connection: asyncpg.Connection, charges: list[str]) -> float:
    """Change charges in one transaction; return when that was committed, by the clock of all processes."""
    await connection.execute(_CHANGE, charges)
    return time.monotonic()


async def measure_streams(bare: Serving, ours: Serving, url: str, count: int) -> dict[str, float]:
    """Return what streams take and how fast news are."""
    charges = -(-count // A_DRIVER)
    async with listening(bare, count, charges) as (_, grown, _):
        floor_kb = grown
    connection = await asyncpg.connect(url)
    try:
        async with listening(ours, count, charges) as (listeners, grown, opened):
            one = await _spread(connection, listeners, ["chs_0"], min(A_DRIVER, count))
            every = await _spread(connection, listeners, [f"chs_{each}" for each in range(charges)], count)
            again = await _spread(connection, listeners, [f"chs_{each}" for each in range(charges)], count)
            after = (ours.resident_kb() - listeners.before) / count
    finally:
        await connection.close()
    worst = max(every, again, key=lambda each: each["p99_s"])
    figures = {"listeners": count, "opened_s": opened, "kb_each": grown, "kb_each_after": after, "kb_bare": floor_kb}
    return figures | {
        f"{name}_{part}": value for name, found in (("one", one), ("all", worst)) for part, value in found.items()
    }


class Listeners:
    """The process of the listeners."""

    def __init__(self, process: asyncio.subprocess.Process, before: int) -> None:
        """Keep the process, and how large the server was before."""
        self._process, self.before = process, before

    async def answer(self) -> dict[str, Any]:
        """Return the next answer; raises where a stream was refused or ended."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline() or b'{"refused": ["no answer"]}')
        if answer["refused"]:
            raise RuntimeError(answer["refused"])
        return answer

    async def moments(self, count: int) -> list[float]:
        """Return when the next so many events came."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.write(b"%d\n" % count)
        return [float(each) for each in (await self.answer())["moments"]]

    async def so_far(self) -> list[float]:
        """Return when those events came that were not asked about yet."""
        return await self.moments(0)


@asynccontextmanager
async def listening(server: Serving, count: int, charges: int) -> AsyncIterator[tuple[Listeners, float, float]]:
    """Open the streams; yield the listeners, kilobytes that each took, and how many seconds it took to open all."""
    before = server.resident_kb()
    arguments = ("-m", "bench.listeners", str(server.port), str(count), str(charges))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdin=pipe, stdout=pipe, limit=2**22
    )
    try:
        listeners = Listeners(process, before)
        opened = (await listeners.answer())["opened_s"]
        yield listeners, (server.resident_kb() - before) / count, opened
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _spread(
    connection: asyncpg.Connection, listeners: Listeners, charges: list[str], count: int
) -> dict[str, float]:
    """Change charges, and return how many seconds half, nearly all and all of their listeners waited for the news."""
    committed = await change(connection, charges)
    waited = sorted(each - committed for each in await listeners.moments(count))
    return {"p50_s": statistics.median(waited), "p99_s": waited[int(count * 0.99)], "last_s": waited[-1]}
