"""Sending prepared HTTP requests over kept-alive loopback connections and timing the answers: a small load generator.

Closed loop (``drive`` without a rate): each connection sends its next request when the last is answered, which finds
the capacity. Open loop (with a rate): requests leave on a clock, and waiting in the queue counts as latency. Every run
is as long as its list of requests. Does not live here: what is sent (``ocpi_ingest``).
"""

import asyncio
import contextlib
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0
"""Seconds that one answer may take before the run is given up."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run showed: answers per second, latencies in milliseconds, and how many answers were no success."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failures: int


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """Return an HTTP/1.1 request as it goes over the wire."""
    head = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    head += ["Content-Type: application/json"] if body else []
    head += [f"Authorization: Token {token}", "X-Request-ID: 1", "X-Correlation-ID: 2"] if token else []
    return "\r\n".join([*head, "", ""]).encode() + body


async def drive(port: int, lanes: Sequence[Sequence[bytes]], rate: float | None = None) -> Figures:
    """Send each lane's requests in order over a connection of its own; at ``rate`` per second in all, if given."""
    taken: list[float] = []
    failures = 0
    count = sum(map(len, lanes))
    began = time.perf_counter() + 0.05

    async def lane(number: int, requests: Sequence[bytes]) -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for index, each in enumerate(requests):
            due = began + (index * len(lanes) + number) / rate if rate else time.perf_counter()
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            writer.write(each)
            good = await asyncio.wait_for(_answer(reader), PATIENCE)
            taken.append(time.perf_counter() - due)
            failures += not good
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(lane(number, requests) for number, requests in enumerate(lanes)))
    seconds = time.perf_counter() - started
    marks = statistics.quantiles(taken, n=100)
    return Figures(count / seconds, marks[49] * 1000, marks[98] * 1000, failures)


async def ask(port: int, message: bytes) -> bytes:
    """Send one request over a connection of its own and return the body of its answer; raises unless it succeeds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(message)
    head, body = await asyncio.wait_for(read_answer(reader), PATIENCE)
    writer.close()
    if not head.startswith(b"http/1.1 20"):
        raise RuntimeError(body.decode())
    return body


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return head and body of one answer; a 304 has no body and no length."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
    return head, await reader.readexactly(length)


async def _answer(reader: asyncio.StreamReader) -> bool:
    """Read one answer; say whether it is a success."""
    return succeeded(*await read_answer(reader))


def succeeded(head: bytes, body: bytes) -> bool:
    """Say whether an answer is a success, inside OCPI's envelope too."""
    return head.startswith((b"http/1.1 20", b"http/1.1 304")) and (
        b"status_code" not in body or b'"status_code":1000' in body
    )


def more_files() -> None:
    """Let this process and those it starts have as many open files as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@dataclass(frozen=True, slots=True)
class Serving:
    """A server process."""

    port: int
    pid: int

    def resident_kb(self) -> int:
        """Return how much memory the process takes."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    def processor_s(self) -> float:
        """Return how many seconds of processor time the process took so far: load of the machine adds little to it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(app: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Serve an application in a process of its own, as in production; yield its port and end it afterwards."""
    with process_serving(app, environment) as server:
        yield server.port


@contextlib.contextmanager
def process_serving(app: str, environment: Mapping[str, str]) -> Iterator[Serving]:
    """Do as ``serving`` does; yield the process too."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(environment))  # noqa: S603 - our own command
    try:
        _wait_for(port, process)
        yield Serving(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def working(environment: Mapping[str, str]) -> Iterator[Serving]:
    """Run a worker in a process of its own; yield it and end it afterwards."""
    process = subprocess.Popen([sys.executable, "-m", "api.worker"], cwd=ROOT, env=dict(environment))
    try:
        yield Serving(0, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the process listens; raises RuntimeError when it died or takes over a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")
