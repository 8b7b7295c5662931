"""Whether one web process and one worker carry 200,000 active drivers in their busiest hour: ``make bench-profile``.

``profile_model`` turns the population into requests a second; here that mix is played at exactly these rates, whether
earlier requests were answered or not, against a real web process, a real worker and a real PostgreSQL which holds all
drivers, the charges that run in that hour and a country of places. Processor and partner are stand-ins that answer at
once; the partner's pushes come from here, live streams are held by a process of their own. The baseline is a bare
FastAPI route that is asked equally often in the same run. ``--factor 10`` plays ten times the population, ``--factor
0.01`` a hundredth of it. Figures go to ``var/bench-profile.json``.
"""

import argparse
import asyncio
import json
import os
import random
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from api.db import embedded_url
from bench.load import ROOT, Serving, ask, more_files, process_serving, request, serving, working
from bench.profile_mix import Mix
from bench.profile_model import Kind, Population, Profile, counts_of, profile_of
from bench.profile_play import Summary, Tally, Wires, asked, play, spread
from bench.profile_world import STARTERS_TO_SPARE, Cast, cast_of, prepare, tell_first_objects
from bench.start_standins import MOMENTS
from bench.streams import Listeners, listening
from sandbox.fresh_database import ensure_template, named

FLOOR_S = 10.0
"""How long the baseline is asked, at most."""
LATE, LATE_S = 0.05, 5.0
"""How much longer than planned a run may take that counts as carried: a start at its end needs a few seconds."""
SEED = 23
ARRIVED = "start at the partner"
EVENTS = "stream event"
_WAITING = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"


@dataclass(frozen=True, slots=True)
class Servers:
    """The processes of a run, and the database behind them."""

    floor: int
    standins: int
    web: Serving
    worker: Serving
    url: str


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--factor", type=float, default=1.0, help="times 200,000 drivers")
    parser.add_argument("--seconds", type=float, default=120, help="how long the mix is played")
    options = parser.parse_args()
    more_files()
    data_dir = ROOT / "var" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = embedded_url(data_dir, "postgres")
    template = ensure_template(server, data_dir / "template.lock")
    figures = measure(named(server, "bench_profile"), template, factor=options.factor, seconds=options.seconds)
    show(figures)
    (ROOT / "var" / "bench-profile.json").write_text(json.dumps(figures, indent=2))


def measure(url: str, template: str, *, factor: float, seconds: float) -> dict[str, Any]:
    """Make the world in a fresh database at ``url``, play the mix for some seconds and return all figures."""
    population = Population().scaled(factor)
    profile = profile_of(population)
    counts = counts_of(profile, seconds)
    cast = cast_of(population, profile, counts)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        standins = stack.enter_context(serving("bench.start_standins:standins", environment))
        partner = f"http://127.0.0.1:{standins}"
        floor = stack.enter_context(serving("bench.profile_floor:floor", environment))
        asyncio.run(prepare(url, template, population=population, cast=cast, partner=partner))
        environment |= {"DATABASE_URL": url, "CHARGEHAND_PUBLIC_URL": "http://bench"}
        environment |= {"CHARGEHAND_STRIPE_API_BASE": partner, "CHARGEHAND_ALLOW_LOOPBACK_PARTNERS": "true"}
        web = stack.enter_context(process_serving("api.main:app", environment))
        worker = stack.enter_context(working(environment))
        servers = Servers(floor, standins, web, worker, url)
        figures = asyncio.run(_measure(servers, cast, counts, seconds))
    kinds = _rows(profile, counts, figures)
    told: dict[str, Any] = {"factor": factor, "seconds": seconds, "load": load, "load_after": os.getloadavg()[0]}
    told |= {"population": asdict(population), "cast": asdict(cast), "per_second_wanted": profile.total}
    late_s = figures["took_s"] - seconds
    carried = late_s <= max(LATE_S, seconds * LATE) and not any(row["errors"] for row in kinds.values())
    return told | figures | {"kinds": kinds, "carried": carried}


async def _measure(servers: Servers, cast: Cast, counts: dict[Kind, int], seconds: float) -> dict[str, Any]:
    """Play the baseline, then the mix; return what each showed."""
    bare = await _floor(servers.floor, max(20, round(sum(counts.values()) / seconds * min(seconds, FLOOR_S))), seconds)
    await tell_first_objects(servers.web.port, cast.live)
    async with asyncpg.create_pool(servers.url, min_size=1, max_size=4) as database:
        mix = Mix(servers.web.port, database, cast, random.Random(SEED))
        async with listening(servers.web, cast.streams, cast.streams) as (listeners, _, _):
            for _ in range(STARTERS_TO_SPARE):
                await mix.start(time.monotonic())
            _must_be_whole(mix.tallies)
            mix.forget()
            await listeners.so_far()
            before = servers.web.processor_s(), servers.worker.processor_s()
            took = await play(mix.plan(counts, seconds), seconds)
            used = servers.web.processor_s() - before[0], servers.worker.processor_s() - before[1]
            events = await _events(listeners, mix.pushed_to_streams)
        mix.close()
        waiting = await database.fetchval(_WAITING)
    moments = json.loads(await ask(servers.standins, request("GET", MOMENTS)))
    summaries = {kind.value: tally.summary() for kind, tally in mix.tallies.items()}
    summaries[ARRIVED] = _arrived(mix.started, moments)
    summaries[EVENTS] = Summary(mix.pushed_to_streams, events, max(0, mix.pushed_to_streams - events), None, None)
    return {
        "took_s": took,
        "web_core": used[0] / took,
        "worker_core": used[1] / took,
        "web_mb": servers.web.resident_kb() / 1024,
        "worker_mb": servers.worker.resident_kb() / 1024,
        "jobs_waiting": waiting,
        "bare": bare._asdict(),
        "summaries": {name: each._asdict() for name, each in summaries.items()},
        "first_errors": {kind.value: tally.first_error for kind, tally in mix.tallies.items() if tally.errors},
    }


async def _floor(port: int, count: int, seconds: float) -> Summary:
    """Return how a bare route answers when it is asked as often as all kinds together."""
    tally, wires = Tally(), Wires(port)

    async def once(due: float) -> None:
        await asked(tally, due, wires.ask(request("GET", "/")))

    lasting = min(seconds, FLOOR_S)
    await play(spread(count, lasting, once, random.Random(SEED)), lasting)
    wires.close()
    return tally.summary()


async def _events(listeners: Listeners, wanted: int) -> int:
    """Return how many events the streams brought: all that are wanted, or as many as came within two seconds."""
    came = 0
    for _ in range(20):
        new = len(await listeners.so_far())
        came += new
        if came >= wanted:
            break
        await asyncio.sleep(0.1)
    return came


def _must_be_whole(tallies: Mapping[Kind, Tally]) -> None:
    """Raise RuntimeError if the very first starts failed: then nothing that follows would tell anything."""
    if errors := [tally.first_error for tally in tallies.values() if tally.errors]:
        raise RuntimeError(errors[0])


def _arrived(started: Mapping[str, float], moments: Mapping[str, Mapping[str, float]]) -> Summary:
    """Return how long starts took from the tap to the partner."""
    taken = [
        moments[charge]["started"] - due for charge, due in started.items() if "started" in moments.get(charge, {})
    ]
    return Tally(len(started), taken, len(started) - len(taken)).summary()


def _rows(profile: Profile, counts: Mapping[Kind, int], figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line for each kind: what the model wants, what was played and reached, and how it compares."""
    seconds, bare = figures["took_s"], figures["bare"]
    wanted = {kind.value: rate for kind, rate in profile.rates.items()}
    wanted |= {ARRIVED: profile.rates[Kind.START], EVENTS: profile.events}
    planned = {kind.value: count for kind, count in counts.items()}
    rows = {}
    for name, each in figures["summaries"].items():
        row = {"wanted": wanted[name], "planned": planned.get(name, each["asked"])} | each
        row["reached"] = each["answered"] / seconds
        for mark in ("p50_ms", "p99_ms"):
            row[f"{mark}_x_bare"] = each[mark] / bare[mark] if each[mark] is not None else None
        rows[name] = row
    return rows


def show(figures: Mapping[str, Any]) -> None:
    """Print the table."""
    people, cast = figures["population"], figures["cast"]
    print(f"{people['drivers']:,} active drivers, {people['evses']:,} EVSEs, {cast['live']:,} live charges,")
    print(
        f"{cast['streams']:,} streams, {cast['polled']:,} polled; {figures['per_second_wanted']:.1f} requests a second"
    )
    print(f"load of the machine {figures['load']:.1f} before, {figures['load_after']:.1f} after; latencies in ms")
    names = ("wanted/s", "reached/s", "asked", "errors", "p50", "p99", "p50 x bare", "p99 x bare")
    print(f"{'':22}" + "".join(f"{name:>11}" for name in names))
    bare = figures["bare"]
    asked_for = f"{bare['asked']:11}{bare['errors']:11}"
    print(f"{'bare FastAPI route':22}{'':22}{asked_for}{bare['p50_ms']:11.1f}{bare['p99_ms']:11.1f}")
    for name, row in figures["kinds"].items():
        marks = [row[each] for each in ("p50_ms", "p99_ms", "p50_ms_x_bare", "p99_ms_x_bare")]
        shown = "".join(f"{'-':>11}" if mark is None else f"{mark:11.1f}" for mark in marks)
        print(f"{name:22}{row['wanted']:11.3f}{row['reached']:11.3f}{row['asked']:11}{row['errors']:11}{shown}")
    print(f"web process {figures['web_core']:.0%} of a core, {figures['web_mb']:.0f} MB;", end=" ")
    print(f"worker {figures['worker_core']:.0%}, {figures['worker_mb']:.0f} MB;", end=" ")
    print(f"jobs left waiting {figures['jobs_waiting']}")
    print("carried: " + ("yes" if figures["carried"] else "no, there were errors or the answers came too late"))
    for kind, error in figures["first_errors"].items():
        print(f"{kind}: {error}")


if __name__ == "__main__":
    main()
