"""How fast what partners push is taken in, against a floor in the same run: ``make bench-ingest``.

Measured are a bare ASGI answer, the floor of ``ocpi_floor``, and ours whole: authenticated, stored, the charge behind
it advanced, answered after the commit. Real server processes on loopback, a real PostgreSQL that syncs every commit,
the load from this process. Rounds alternate between the targets, so that what else the machine does hits all alike; the
best round counts as capacity, and latency is told there and at half of it. Figures go to ``var/bench-ingest.json``.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import asyncpg

from api.db import create_database, embedded_url
from bench.load import ROOT, Figures, drive, request, serving
from bench.ocpi_floor import TABLE
from bench.ocpi_world import TOKEN, bodies, fill
from sandbox.fresh_database import ensure_template, named

LANES = 16
"""Connections at once."""
FLOOR = "floor: one upsert"
OURS = "/ocpi/2.2.1/emsp"
Make = Callable[[int, int], bytes]
"""A request from the number of its lane and its number in it, counted over all rounds."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to measure: where it listens and what is sent to it."""

    name: str
    port: int
    make: Make


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3200, help="requests per target and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    data_dir = ROOT / "var" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = embedded_url(data_dir, "postgres")
    template = ensure_template(server, data_dir / "template.lock")
    url = named(server, "bench_ingest")
    asyncio.run(_prepare(url, template))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    environment |= {"DATABASE_URL": url, "CHARGEHAND_PUBLIC_URL": "http://bench"}
    with ExitStack() as stack:
        hello, floor, ours = (
            stack.enter_context(serving(app, environment))
            for app in ("bench.ocpi_floor:hello", "bench.ocpi_floor:floor", "api.main:app")
        )
        figures = asyncio.run(_measure(_targets(hello, floor, ours), ours, options.requests, options.rounds))
    _show(figures)
    (ROOT / "var" / "bench-ingest.json").write_text(json.dumps(figures, indent=2))


async def _prepare(url: str, template: str) -> None:
    """Make a fresh database with charges to push to."""
    await create_database(url, template=template, replace=True)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(TABLE)
        await fill(connection, LANES)
    finally:
        await connection.close()


def _targets(hello: int, floor: int, ours: int) -> list[Target]:
    """Return what is measured."""
    say = bodies()

    def whole(lane: int, n: int) -> bytes:
        return request("PUT", OURS + say.session_path(lane), TOKEN, say.session(lane, n))

    def change(lane: int, n: int) -> bytes:
        return request("PATCH", OURS + say.session_path(lane), TOKEN, say.session_patch(lane, n))

    def status(lane: int, n: int) -> bytes:
        return request("PATCH", OURS + say.evse_path(lane), TOKEN, say.evse_patch(n))

    return [
        Target("bare ASGI answer", hello, lambda lane, n: request("PUT", "/x", body=say.session(lane, n))),
        Target(FLOOR, floor, lambda lane, n: request("PUT", f"/a/b/{lane}", body=say.session(lane, n))),
        Target("session PUT", ours, whole),
        Target("session PATCH", ours, change),
        Target("EVSE status PATCH", ours, status),
        Target("CDR POST", ours, lambda lane, n: request("POST", f"{OURS}/cdrs", TOKEN, say.cdr(lane, n))),
    ]


async def _measure(targets: Sequence[Target], ours: int, count: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return figures by target: capacity by its best round, then latency at half of it."""
    say = bodies()
    first = [[request("PUT", OURS + path, TOKEN, body) for path, body in say.first(lane)] for lane in range(LANES)]
    if (await drive(ours, first)).failures:
        raise RuntimeError("the partner's first objects were not taken")
    per_lane = count // LANES
    sent = 0

    async def run(target: Target, rate: float | None = None) -> Figures:
        nonlocal sent
        sent += per_lane  # one count for all: whatever is sent is later than all before it
        numbers = range(sent - per_lane + 1, sent + 1)
        return await drive(target.port, [[target.make(lane, n) for n in numbers] for lane in range(LANES)], rate)

    found: dict[str, list[Figures]] = {target.name: [] for target in targets}
    for _ in range(rounds):
        for target in targets:
            found[target.name].append(await run(target))
    floor = max(each.per_second for each in found[FLOOR])
    told = {}
    for target in targets:
        best = max(found[target.name], key=lambda each: each.per_second)
        half = await run(target, best.per_second / 2)
        failures = half.failures + sum(each.failures for each in found[target.name])
        told[target.name] = asdict(best) | {
            "of_floor": best.per_second / floor,
            "half_p50_ms": half.p50_ms,
            "half_p99_ms": half.p99_ms,
            "failures": failures,
        }
    return told


def _show(figures: dict[str, dict[str, float]]) -> None:
    """Print the table."""
    load = os.getloadavg()[0]
    print(f"{LANES} connections; load of the machine {load:.1f}; p50 and p99 in ms at capacity and at half of it")
    print(f"{'':20}{'per second':>11}{'x floor':>9}{'p50':>8}{'p99':>8}{'half p50':>10}{'half p99':>10}{'failed':>8}")
    for name, each in figures.items():
        print(
            f"{name:20}{each['per_second']:11.0f}{each['of_floor']:9.2f}{each['p50_ms']:8.1f}{each['p99_ms']:8.1f}"
            f"{each['half_p50_ms']:10.1f}{each['half_p99_ms']:10.1f}{each['failures']:8.0f}"
        )


if __name__ == "__main__":
    main()
