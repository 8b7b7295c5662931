"""How fast, and in how much memory, a partner's whole list of locations is pulled: against COPY of the same rows.

    make bench-pull COUNT=100000

The partner is a process of its own over real HTTP (``location_feed.py``), the database the embedded one. After the
pull its rows are written to files, the tables emptied, and the files copied back: indexes, foreign keys and commit
included. The pull runs in a process of its own, as the worker does; memory is that process's resident memory above what
it was just before. Last, a second partner is pulled while drivers look at the map through a web process.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from api.db import UnitOfWork, create_database, embedded_url, make_engine
from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, PartyRole
from api.models.partner import Partner
from api.services.drivers.signup import add_driver
from api.services.roaming.documents import write_endpoints, write_roles
from api.services.roaming.locations import pull_locations
from api.services.roaming.pulling import PullReport
from api.services.roaming.sealing import seal
from api.services.roaming.traffic import flushing
from api.settings import Environment, Settings
from api.wiring import build_ports
from bench.load import Figures, drive, request, serving
from sandbox.fresh_database import ensure_template, named

TABLES = ("location", "evse", "connector")
PARTY = PartyId("DE", "BNC")
PARTNERS = ("prt_bench", "prt_second")
DATA_DIR = Path("var/bench")
SETTINGS = Settings(environment=Environment.SANDBOX, allow_loopback_partners=True, data_dir=DATA_DIR)
DRIVER, PASSWORD = "ada@bench.test", "a long sentence for the bench"


@dataclass
class Watched:
    """The most memory this process had, in bytes."""

    most: int = 0

    async def sample(self) -> None:
        """Look every twentieth of a second until cancelled."""
        while True:
            self.most = max(self.most, resident())
            await asyncio.sleep(0.05)


def main() -> None:
    """Pull, copy, print the figures; with ``--pull`` only pull, as the process that the others look at."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="how many locations the partner has")
    parser.add_argument("--pull", nargs=2, metavar=("DATABASE", "PARTNER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    if options.pull:
        asyncio.run(pull(*options.pull))
        return
    print(f"{os.cpu_count()} cores; load before: {os.getloadavg()[0]:.2f}; {options.count} locations")
    asyncio.run(measure(options.count))


async def measure(count: int) -> None:
    """Run everything on a fresh database."""
    server = embedded_url(DATA_DIR, "postgres")
    template = await asyncio.to_thread(ensure_template, server, DATA_DIR / "template.lock")
    url = named(server, "full_pull")
    await create_database(url, template=template, replace=True)
    postmaster = int((DATA_DIR / "postgres" / "postmaster.pid").read_text().split()[0])
    with feeding(count) as address:
        await a_world(url, address)
        first = await timed(url, postmaster, "first pull")
        rows = await counted(url)
        print(f"  {rows:,} rows: {rows / first:,.0f} a second", flush=True)
        await timed(url, postmaster, "again, nothing changed")
        copied = await copy_back(url)
        print(f"COPY of the same rows: {copied:.1f} s, {rows / copied:,.0f} a second; ratio: {copied / first:.2f}")
        await beside_drivers(url, lambda: timed(url, postmaster, "a second partner's first pull", PARTNERS[1]))
    print(f"load after: {os.getloadavg()[0]:.2f}")


async def timed(url: str, postmaster: int, name: str, partner_id: str = PARTNERS[0]) -> float:
    """Have everything pulled by a process of its own, as the worker is; print how that went, return the seconds."""
    before = processor_seconds(postmaster)
    command = (sys.executable, "-m", "bench.full_pull", "--pull", url, partner_id)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told = json.loads((await process.communicate())[0])
    print(
        f"{name}: {told['stored']:,} locations, {told['problems']} problems, {told['seconds']:.1f} s; processor time"
        f" {told['busy']:.1f} s ours, {processor_seconds(postmaster) - before:.1f} s the database's;"
        f" {told['above'] / 2**20:.0f} MB above idle ({told['idle'] / 2**20:.0f} MB)",
        flush=True,
    )
    return float(told["seconds"])


async def pull(url: str, partner_id: str) -> None:
    """Pull everything in this process and print the figures as JSON."""
    engine = make_engine(url)
    work, ports = UnitOfWork(engine), build_ports(SETTINGS)
    gc.collect()
    gc.freeze()  # as the worker does
    async with flushing(work=work, traffic=ports.traffic):
        watched, idle = Watched(), resident()
        watching = asyncio.create_task(watched.sample())
        began, cpu = time.perf_counter(), time.process_time()
        report: PullReport = await pull_locations(
            work=work, ports=ports, now=ports.clock.now(), partner_id=partner_id, whole=True
        )
        seconds, busy = time.perf_counter() - began, time.process_time() - cpu
        watching.cancel()
    await engine.dispose()
    figures = {"stored": report.stored, "problems": report.problem_count, "seconds": seconds, "busy": busy}
    print(json.dumps(figures | {"above": max(0, watched.most - idle), "idle": idle}))


async def beside_drivers(url: str, pulling: Callable[[], Awaitable[float]]) -> None:
    """Print how long drivers wait for the map, from a web process of its own: idle, and while a pull runs beside it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    environment |= {"DATABASE_URL": url, "CHARGEHAND_PUBLIC_URL": "http://bench"}
    engine = make_engine(url)
    work, ports = UnitOfWork(engine), build_ports(SETTINGS)
    now = ports.clock.now()
    await add_driver(work=work, ports=ports, now=now, email=DRIVER, name="Ada", password=PASSWORD, payment_method=None)
    await engine.dispose()
    with serving("api.main:app", environment) as port:
        token = await asyncio.to_thread(signed_in, port)
        await looked_at_map(port, token, seconds=3)
        idle = await looked_at_map(port, token)
        pull = asyncio.ensure_future(pulling())
        await asyncio.sleep(2)
        meanwhile = await looked_at_map(port, token)
        whole = "" if not pull.done() else " (the pull ended before)"
        await pull
    for name, each in (("idle", idle), ("during the pull", meanwhile)):
        print(f"map, {name}: p50 {each.p50_ms:.1f} ms, p99 {each.p99_ms:.1f} ms, {each.failures} failures")
    print(f"p99 during the pull: {meanwhile.p99_ms / idle.p99_ms:.1f} x idle{whole}")


async def looked_at_map(port: int, token: str, *, seconds: int = 15) -> Figures:
    """Ask for places in a town, 20 times a second."""
    each = request("GET", "/v1/locations?bbox=9.0,48.5,9.02,48.6&limit=20")
    each = each.removesuffix(b"\r\n") + f"Authorization: Bearer {token}\r\n\r\n".encode()
    return await drive(port, [[each] * (seconds * 5)] * 4, rate=20)


def signed_in(port: int) -> str:
    """Sign the driver in and return the access token."""
    body = json.dumps({"email": DRIVER, "password": PASSWORD}).encode()
    address = f"http://127.0.0.1:{port}/v1/sign-in"
    asked = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own address
        return str(json.load(answer)["access_token"])


def processor_seconds(postmaster: int) -> float:
    """Return the processor time of a database server with all its processes, those that ended included."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            if int(file.parent.name) == postmaster:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == postmaster:
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def feeding(count: int) -> Any:
    """Run the partner in a process of its own; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    partner = subprocess.Popen([sys.executable, "-m", "bench.location_feed", str(port), str(count)])  # noqa: S603 - our own module
    address = f"http://127.0.0.1:{port}/locations"
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}?limit=1", timeout=1).close()  # noqa: S310 - our own address
                break
            time.sleep(0.1)
        yield address
    finally:
        partner.terminate()
        partner.wait()


async def a_world(url: str, address: str) -> None:
    """Store two partners that give the same list."""
    engine = make_engine(url)
    ports = build_ports(SETTINGS)
    async with UnitOfWork(engine)() as db:
        for partner_id in PARTNERS:
            db.add(
                Partner(
                    id=partner_id,
                    name="Bench",
                    status="connected",
                    version="2.2.1",
                    their_token_sealed=seal(ports.policy.sealing_key, "their-token", owner=partner_id),
                    country_code=PARTY.country_code,
                    party_id=PARTY.party_id,
                    roles=write_roles([PartyRole(MarketRole.CPO, PARTY, "Bench")]),
                    endpoints=write_endpoints([Endpoint("locations", InterfaceRole.SENDER, address)]),
                    created_at=ports.clock.now(),
                )
            )
    await engine.dispose()


async def counted(url: str) -> int:
    """Return how many rows there are in all three tables."""
    database = await asyncpg.connect(url)
    try:
        return sum([await database.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES])  # noqa: S608 - ours
    finally:
        await database.close()


async def copy_back(url: str) -> float:
    """Write the rows to files, empty the tables, and return the seconds that copying the files back takes."""
    database = await asyncpg.connect(url)
    with tempfile.TemporaryDirectory() as folder:
        files = {table: Path(folder) / table for table in TABLES}
        for table, file in files.items():
            await database.copy_from_table(table, output=file)
        await database.execute(f"TRUNCATE {', '.join(TABLES)}")
        began = time.perf_counter()
        async with database.transaction():
            for table, file in files.items():
                await database.copy_to_table(table, source=file)
        seconds = time.perf_counter() - began
    await database.close()
    return seconds


def resident() -> int:
    """Return this process's resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
