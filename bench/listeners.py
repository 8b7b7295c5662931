"""Many phones that follow charges over real sockets, in a process of their own: ``python -m bench.listeners``.

Bare protocols, so that the listeners cost next to nothing and the server is what is measured. Commands come on standard
input, a line each; answers go out as lines of JSON: ``open`` tells when all have their first event, ``next N`` waits
until N more events came and tells when each did, by the clock that all processes share; 0 asks for those that came.
"""

import argparse
import asyncio
import json
import sys
import time
from functools import partial
from typing import cast

import uvloop

from bench.load import more_files
from bench.polls_world import call

AT_ONCE = 128
"""Connections that are being opened at the same time."""
PATIENCE_S = 60.0


class Heard:
    """When events came."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.moments: list[float] = []
        self.wanted = 0
        self.enough = asyncio.Event()
        self.refused: list[str] = []

    def note(self) -> None:
        """Write down that an event came now."""
        self.moments.append(time.monotonic())
        if len(self.moments) >= self.wanted:
            self.enough.set()

    async def wait_for(self, count: int) -> list[float]:
        """Return the moments of the next so many events."""
        self.wanted = count
        if len(self.moments) < count:
            self.enough.clear()
            await asyncio.wait_for(self.enough.wait(), PATIENCE_S)
        moments, self.moments = self.moments[:count], self.moments[count:]
        return moments


class Listener(asyncio.Protocol):
    """One phone: events are counted by the line that each begins with."""

    __slots__ = ("_first", "_heard", "_request", "_tail")

    def __init__(self, request: bytes, heard: Heard, first: "asyncio.Future[None]") -> None:
        """Take what to ask, where to note what comes, and what to settle with the first event."""
        self._request, self._heard, self._first = request, heard, first
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast("asyncio.WriteTransport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count the events in what came; one may be cut in two."""
        if not self._first.done() and not data.startswith(b"HTTP/1.1 200 ") and not self._tail:
            self._heard.refused.append(data.decode("latin-1")[:300])
        data = self._tail + data
        for _ in range(data.count(b"\ndata:")):
            self._heard.note()
            if not self._first.done():
                self._first.set_result(None)
        self._tail = data[-5:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the server hung up: no listener leaves by itself."""
        self._heard.refused.append(f"hung up: {exc}")
        if not self._first.done():
            self._first.set_result(None)


async def follow(port: int, count: int, charges: int) -> None:
    """Open the streams and answer commands until there are no more."""
    loop, heard, kept = asyncio.get_running_loop(), Heard(), []
    began = time.monotonic()
    requests = [call("GET", f"/v1/charging-sessions/chs_{each}/events", f"drv_{each}") for each in range(charges)]
    for start in range(0, count, AT_ONCE):
        firsts = [loop.create_future() for _ in range(min(AT_ONCE, count - start))]
        for number, first in enumerate(firsts, start):
            request = requests[number % charges]
            made = partial(Listener, request, heard, first)
            kept.append(await loop.create_connection(made, "127.0.0.1", port))
        await asyncio.wait_for(asyncio.gather(*firsts), PATIENCE_S)
    await heard.wait_for(count)
    _say({"opened_s": time.monotonic() - began, "refused": heard.refused[:3]})
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        moments = await heard.wait_for(int(line) or len(heard.moments))
        _say({"moments": moments, "refused": heard.refused[:3]})


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Follow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("charges", type=int)
    options = parser.parse_args()
    more_files()
    uvloop.run(follow(options.port, options.count, options.charges))


if __name__ == "__main__":
    main()
