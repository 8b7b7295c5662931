"""Asking at moments that are fixed beforehand, whatever was answered so far, and writing down how it went.

Open loop: what is due is sent, over a connection that is free or a new one, so a slow answer delays nobody else and its
wait counts in full. Where one request needs what another answered, it is due the moment that came. Does not live here:
what is asked (``profile_mix``), and how often (``profile_model``).
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.load import PATIENCE, read_answer, succeeded

IDLE_S = 3.0
"""A connection that rested longer is not used again: the server is about to end it."""
Act = Callable[[float], Awaitable[None]]
"""Something to do, given the moment when it was due."""


class Due(NamedTuple):
    """An act and when it is due, in seconds after the beginning."""

    after_s: float
    act: Act


class Summary(NamedTuple):
    """How the requests of one kind went; the percentiles are of those that succeeded, None where none did."""

    asked: int
    answered: int
    errors: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass
class Tally:
    """What became of the requests of one kind."""

    asked: int = 0
    taken: list[float] = field(default_factory=list)
    """Seconds, of those that succeeded."""
    errors: int = 0
    first_error: str = ""

    def good(self, due: float) -> None:
        """Count a success that came now."""
        self.taken.append(time.monotonic() - due)

    def bad(self, why: str) -> None:
        """Count a failure; of the first one it is kept what happened."""
        self.errors += 1
        self.first_error = self.first_error or why[:300]

    def summary(self) -> Summary:
        """Return the figures."""
        took = sorted(self.taken)
        if not took:
            return Summary(self.asked, 0, self.errors, None, None)
        marks = statistics.quantiles(took, n=100, method="inclusive") if len(took) > 1 else took * 99
        return Summary(self.asked, len(took), self.errors, marks[49] * 1000, marks[98] * 1000)


class Wires:
    """Connections to one server, kept alive and reused, as many as are needed at once."""

    def __init__(self, port: int) -> None:
        """Open none yet."""
        self._port = port
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, message: bytes) -> tuple[bytes, bytes]:
        """Send a request; return head and body of its answer, the head in small letters."""
        reader, writer = await self._one()
        try:
            writer.write(message)
            answer = await asyncio.wait_for(read_answer(reader), PATIENCE)
        except BaseException:
            writer.close()
            raise
        self._idle.append((time.monotonic(), reader, writer))
        return answer

    async def first_event(self, message: bytes) -> bytes:
        """Open a stream, wait for its first event and hang up; return the head of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(message)
            async with asyncio.timeout(PATIENCE):
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                if succeeded(head, b""):
                    await reader.readuntil(b"\ndata:")
            return head
        finally:
            writer.close()

    def close(self) -> None:
        """Hang up."""
        for _, _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _one(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            rested_from, reader, writer = self._idle.pop()
            if time.monotonic() - rested_from < IDLE_S and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)


async def asked(tally: Tally, due: float, question: Awaitable[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
    """Await an answer and count it; return it if it is a success."""
    tally.asked += 1
    try:
        head, body = await question
    except (OSError, EOFError, TimeoutError) as error:
        tally.bad(repr(error))
        return None
    if not succeeded(head, body):
        tally.bad((head + body).decode("latin-1"))
        return None
    tally.good(due)
    return head, body


def spread(count: int, seconds: float, act: Act, chance: random.Random) -> list[Due]:
    """Return so many moments for an act, without an order among them: people do not agree when to look."""
    return [Due(chance.random() * seconds, act) for _ in range(count)]


async def play(plan: Iterable[Due], seconds: float) -> float:
    """Do everything when it is due and wait for all of it; return how many seconds that took, at least ``seconds``."""
    began = time.monotonic() + 0.05
    running = []
    for after_s, act in sorted(plan, key=lambda each: each.after_s):
        due = began + after_s
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        running.append(asyncio.ensure_future(act(due)))
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    await asyncio.gather(*running)
    return time.monotonic() - began
