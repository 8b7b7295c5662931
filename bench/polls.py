"""How fast watching is: ``make bench-polls``.

Polls against a bare ASGI 304 in the same run (B4): where nothing changed; where something changed that another phone
was told already; and where it is the first to ask, so that the database is read. Then live streams (``streams.py``,
B5). Real server processes on loopback, a real PostgreSQL. Figures go to ``var/bench-polls.json``.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import asyncpg

from api.db import create_database, embedded_url
from bench.load import ROOT, Figures, Serving, drive, more_files, process_serving
from bench.polls_world import call, prepare
from bench.streams import A_DRIVER, change, measure_streams
from sandbox.fresh_database import ensure_template, named

LANES = 16
Lanes = list[list[bytes]]


def main() -> None:
    """Measure, print the tables, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3200, help="polls per target and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--listeners", type=int, default=10_000, help="streams open at once; 0: none")
    options = parser.parse_args()
    more_files()
    data_dir = ROOT / "var" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = embedded_url(data_dir, "postgres")
    url = named(server, "bench_polls")
    template = ensure_template(server, data_dir / "template.lock")
    asyncio.run(create_database(url, template=template, replace=True))
    asyncio.run(prepare(url, max(options.requests, -(-options.listeners // A_DRIVER))))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    environment |= {"DATABASE_URL": url, "CHARGEHAND_PUBLIC_URL": "http://bench"}
    with ExitStack() as stack:
        bare, ours = (
            stack.enter_context(process_serving(app, environment))
            for app in ("bench.polls_floor:unchanged", "api.main:app")
        )
        figures = asyncio.run(_measure(bare, ours, url, options))
    _show(figures)
    (ROOT / "var" / "bench-polls.json").write_text(json.dumps(figures, indent=2))


async def _measure(bare: Serving, ours: Serving, url: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return all figures."""
    figures: dict[str, Any] = {"load": os.getloadavg()[0]}
    figures["polls"] = await _polls(bare.port, ours.port, url, options.requests, options.rounds)
    if options.listeners:
        figures["streams"] = await measure_streams(bare, ours, url, options.listeners)
    return figures | {"load_after": os.getloadavg()[0]}


async def _polls(bare: int, ours: int, url: str, count: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return the best round of each target, rounds alternating."""
    connection = await asyncpg.connect(url)
    charges = [f"chs_{number}" for number in range(count)]
    version = 1

    async def changed() -> None:
        nonlocal version
        await change(connection, charges)
        version += 1
        await asyncio.sleep(1)  # the news have come and are over

    def same() -> Lanes:
        return [[_poll(lane, version)] * (count // LANES) for lane in range(LANES)]

    def told() -> Lanes:
        return [[_poll(lane, version - 1)] * (count // LANES) for lane in range(LANES)]

    def first() -> Lanes:
        return [[_poll(number, version - 1) for number in range(lane, count, LANES)] for lane in range(LANES)]

    async def nothing() -> None:
        await asyncio.sleep(0)

    targets: dict[str, tuple[int, Callable[[], Awaitable[None]], Callable[[], Lanes]]] = {
        "bare ASGI 304": (bare, nothing, same),
        "changed, first": (ours, changed, first),
        "changed, told": (ours, nothing, told),
        "unchanged": (ours, nothing, same),
    }
    found: dict[str, list[Figures]] = {name: [] for name in targets}
    await drive(ours, first())  # from here on the process knows each access token, as it does between two polls
    for _ in range(rounds):
        for name, (port, before, lanes) in targets.items():
            await before()
            found[name].append(await drive(port, lanes()))
    await connection.close()
    best = {name: max(each, key=lambda one: one.per_second) for name, each in found.items()}
    floor = best["bare ASGI 304"].per_second
    return {name: asdict(each) | {"of_floor": each.per_second / floor} for name, each in best.items()}


def _poll(charge: int, version: int) -> bytes:
    """Return the poll of an app that has a version of a charge."""
    headers = {"If-None-Match": f'W/"chs_{charge}-{version}"'}
    return call("GET", f"/v1/charging-sessions/chs_{charge}", f"drv_{charge}", headers=headers)


def _show(figures: dict[str, Any]) -> None:
    """Print the tables."""
    print(f"{LANES} connections; load of the machine {figures['load']:.1f}, after it {figures['load_after']:.1f}")
    print(f"{'poll':20}{'per second':>11}{'x floor':>9}{'p50 ms':>8}{'p99 ms':>8}{'failed':>8}")
    for name, each in figures["polls"].items():
        print(
            f"{name:20}{each['per_second']:11.0f}{each['of_floor']:9.2f}{each['p50_ms']:8.1f}{each['p99_ms']:8.1f}"
            f"{each['failures']:8.0f}"
        )
    for name, value in figures.get("streams", {}).items():
        print(f"streams, {name}: {value:.2f}")


if __name__ == "__main__":
    main()
