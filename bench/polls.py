"""How fast watching and starting are: ``make bench-polls``.

Polls, unchanged and changed, against a bare ASGI 304 in the same run (B4); live streams, how much memory each takes and
how long a change needs to reach all (B5); starts, the time that our own answer adds before the processor and the
partner are asked (B9). Real server processes on loopback, a real PostgreSQL. Figures go to ``var/bench-polls.json``.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg

from api.db import create_database, embedded_url
from bench.load import ROOT, Figures, ask, drive, serving
from bench.polls_world import call, connector, prepare
from sandbox.fresh_database import ensure_template, named

LANES = 16
A_DRIVER = 20
"""Streams that one driver may have."""
_CHANGE = """
WITH changed AS (
  UPDATE charging_session SET version = version + 1 WHERE id LIKE $1 RETURNING id, version, driver_id
) SELECT pg_notify('charge_changed', id || ':' || version || ':' || driver_id) FROM changed
"""


def main() -> None:
    """Measure, print the tables, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3200, help="polls per target and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--listeners", type=int, default=2000, help="streams open at once, at most 10000")
    parser.add_argument("--starts", type=int, default=300)
    parser.add_argument("--rate", type=float, default=100, help="starts a second")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    data_dir = ROOT / "var" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = embedded_url(data_dir, "postgres")
    url = named(server, "bench_polls")
    template = ensure_template(server, data_dir / "template.lock")
    asyncio.run(create_database(url, template=template, replace=True))
    asyncio.run(prepare(url, max(LANES, -(-options.listeners // A_DRIVER)), options.starts))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    environment |= {"DATABASE_URL": url, "CHARGEHAND_PUBLIC_URL": "http://bench"}
    with ExitStack() as stack:
        bare, ours = (
            stack.enter_context(serving(app, environment)) for app in ("bench.polls_floor:unchanged", "api.main:app")
        )
        figures = asyncio.run(_measure(bare, ours, url, options))
    _show(figures)
    (ROOT / "var" / "bench-polls.json").write_text(json.dumps(figures, indent=2))


async def _measure(bare: int, ours: int, url: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return all figures."""
    return {
        "load": os.getloadavg()[0],
        "polls": await _polls(bare, ours, options.requests, options.rounds),
        "starts": asdict(await _starts(ours, options.starts, options.rate)),
        "streams": await _streams(ours, url, options.listeners),
    }


async def _polls(bare: int, ours: int, count: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return the best round of each target, rounds alternating."""

    def lanes(headers: dict[str, str] | None = None) -> list[list[bytes]]:
        calls = [
            call("GET", f"/v1/charging-sessions/chs_{lane}", f"drv_{lane}", headers=headers) for lane in range(LANES)
        ]
        return [[each] * (count // LANES) for each in calls]

    same = [
        [each[0].replace(b"ETAG", b'W/"chs_%d-1"' % n)] * len(each)
        for n, each in enumerate(lanes({"If-None-Match": "ETAG"}))
    ]
    changed = lanes()
    await drive(ours, [lane[:1] for lane in changed])  # from here on the process remembers each version
    targets = {"bare ASGI 304": (bare, same), "poll, unchanged": (ours, same), "poll, changed": (ours, changed)}
    found: dict[str, list[Figures]] = {name: [] for name in targets}
    for _ in range(rounds):
        for name, (port, requests) in targets.items():
            found[name].append(await drive(port, requests))
    best = {name: max(each, key=lambda one: one.per_second) for name, each in found.items()}
    floor = best["bare ASGI 304"].per_second
    return {name: asdict(each) | {"of_floor": each.per_second / floor} for name, each in best.items()}


async def _starts(port: int, count: int, rate: float) -> Figures:
    """Let each driver quote, then start at a rate: each start is a charge, a token, a hold and a job in one commit."""
    starts = []
    for number in range(count):
        who = f"drv_s{number}"
        body = json.dumps({"connector_id": connector(number)}).encode()
        quote = json.loads(await ask(port, call("POST", "/v1/quotes", who, body)))
        body = json.dumps({"quote_id": quote["id"], "consent": quote["hold"]}).encode()
        starts.append(call("POST", "/v1/charging-sessions", who, body, headers={"Idempotency-Key": f"key-{number}"}))
    return await drive(port, [starts[lane::LANES] for lane in range(LANES)], rate)


async def _streams(port: int, url: str, count: int) -> dict[str, float]:
    """Open streams, change one charge and then all of them, and see when each listener has heard of it."""
    charges = -(-count // A_DRIVER)
    before, heard = _resident_kb(port), asyncio.Queue[float]()
    began = time.perf_counter()
    gate = asyncio.Semaphore(64)
    tasks = [asyncio.create_task(_listen(port, number % charges, gate, heard)) for number in range(count)]
    for _ in range(count):
        await asyncio.wait_for(heard.get(), 120)
    opened, after = time.perf_counter() - began, _resident_kb(port)
    connection = await asyncpg.connect(url)
    try:
        one = await _spread(connection, heard, "chs_0", min(A_DRIVER, count))
        every = await _spread(connection, heard, "chs_%", count)
    finally:
        await connection.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {"listeners": count, "opened_s": opened, "kb_each": (after - before) / count} | {
        f"{name}_{part}": value for name, found in (("one", one), ("all", every)) for part, value in found.items()
    }


async def _listen(port: int, charge: int, gate: asyncio.Semaphore, heard: asyncio.Queue[float]) -> None:
    """Follow a charge for ever; note when each event came."""
    async with gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(call("GET", f"/v1/charging-sessions/chs_{charge}/events", f"drv_{charge}"))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.decode())
        await reader.readuntil(b"data:")
        heard.put_nowait(time.perf_counter())
    try:
        while True:
            await reader.readuntil(b"data:")
            heard.put_nowait(time.perf_counter())
    finally:
        writer.close()


async def _spread(
    connection: asyncpg.Connection, heard: asyncio.Queue[float], which: str, count: int
) -> dict[str, float]:
    """Change charges, and return how many seconds half, nearly all and all of their listeners waited for the news."""
    await connection.execute(_CHANGE, which)
    committed = time.perf_counter()
    waited = sorted([await asyncio.wait_for(heard.get(), 120) - committed for _ in range(count)])
    return {"p50_s": statistics.median(waited), "p99_s": waited[int(count * 0.99)], "last_s": waited[-1]}


def _resident_kb(port: int) -> int:
    """Return how much memory the server process on a port takes."""
    wanted = f"--port\0{port}\0"
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "cmdline").read_text():
                return next(
                    int(line.split()[1])
                    for line in (folder / "status").read_text().splitlines()
                    if line.startswith("VmRSS")
                )
        except OSError:
            continue
    raise RuntimeError("the server is gone")


def _show(figures: dict[str, Any]) -> None:
    """Print the tables."""
    print(f"{LANES} connections; load of the machine {figures['load']:.1f}")
    print(f"{'':20}{'per second':>11}{'x floor':>9}{'p50 ms':>8}{'p99 ms':>8}{'failed':>8}")
    for name, each in figures["polls"].items():
        print(
            f"{name:20}{each['per_second']:11.0f}{each['of_floor']:9.2f}{each['p50_ms']:8.1f}{each['p99_ms']:8.1f}"
            f"{each['failures']:8.0f}"
        )
    starts = figures["starts"]
    print(
        f"starts: {starts['per_second']:.0f} a second, p50 {starts['p50_ms']:.0f} ms, p99 {starts['p99_ms']:.0f} ms, "
        f"{starts['failures']} failed"
    )
    for name, value in figures["streams"].items():
        print(f"streams, {name}: {value:.2f}")


if __name__ == "__main__":
    main()
