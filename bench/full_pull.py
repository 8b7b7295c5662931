"""How fast, and in how much memory, a partner's whole list of locations is pulled: against COPY of the same rows.

    make bench-pull COUNT=100000

The partner is a process of its own over real HTTP (``location_feed.py``), the database the embedded one. After the
pull its rows are written to files, the tables emptied, and the files copied back: indexes, foreign keys and commit
included. Memory is this process's resident memory above what it was just before.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from api.db import UnitOfWork, create_database, embedded_url, make_engine
from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, PartyRole
from api.models.partner import Partner
from api.ports import Ports
from api.services.roaming.documents import write_endpoints, write_roles
from api.services.roaming.locations import pull_locations
from api.services.roaming.pulling import PullReport
from api.services.roaming.sealing import seal
from api.settings import Environment, Settings
from api.wiring import build_ports
from sandbox.fresh_database import ensure_template, named

TABLES = ("location", "evse", "connector")
PARTY = PartyId("DE", "BNC")
DATA_DIR = Path("var/bench")


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
    """Pull, copy, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="how many locations the partner has")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores; load before: {os.getloadavg()[0]:.2f}; {options.count} locations")
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    asyncio.run(measure(options.count))


async def measure(count: int) -> None:
    """Run everything on a fresh database."""
    server = embedded_url(DATA_DIR, "postgres")
    template = await asyncio.to_thread(ensure_template, server, DATA_DIR / "template.lock")
    url = named(server, "full_pull")
    await create_database(url, template=template, replace=True)
    engine = make_engine(url)
    work = UnitOfWork(engine)
    with feeding(count) as address:
        ports = await a_world(work, address)
        first = await timed(work, ports, "first pull")
        rows = await counted(url)
        print(f"  {rows:,} rows: {rows / first:,.0f} a second", flush=True)
        await timed(work, ports, "again, nothing changed")
    await engine.dispose()
    copied = await copy_back(url)
    print(f"COPY of the same rows: {copied:.1f} s, {rows / copied:,.0f} a second")
    print(f"ratio: {copied / first:.2f}")


async def timed(work: UnitOfWork, ports: Ports, name: str) -> float:
    """Pull everything, print how that went, return the seconds it took."""
    watched, idle = Watched(), resident()
    watching = asyncio.create_task(watched.sample())
    began, cpu = time.perf_counter(), time.process_time()
    report: PullReport = await pull_locations(
        work=work, ports=ports, now=ports.clock.now(), partner_id="prt_bench", whole=True
    )
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    watching.cancel()
    print(
        f"{name}: {report.stored:,} locations, {report.problem_count} problems, {seconds:.1f} s"
        f" ({busy:.1f} s of our own processor time),"
        f" {max(0, watched.most - idle) / 2**20:.0f} MB above idle ({idle / 2**20:.0f} MB)",
        flush=True,
    )
    return seconds


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


async def a_world(work: UnitOfWork, address: str) -> Ports:
    """Store the partner and return live ports that may call loopback."""
    settings = Settings(environment=Environment.SANDBOX, allow_loopback_partners=True, data_dir=DATA_DIR)
    ports = build_ports(settings)
    async with work() as db:
        db.add(
            Partner(
                id="prt_bench",
                name="Bench",
                status="connected",
                version="2.2.1",
                their_token_sealed=seal(ports.policy.sealing_key, "their-token", owner="prt_bench"),
                country_code=PARTY.country_code,
                party_id=PARTY.party_id,
                roles=write_roles([PartyRole(MarketRole.CPO, PARTY, "Bench")]),
                endpoints=write_endpoints([Endpoint("locations", InterfaceRole.SENDER, address)]),
                created_at=ports.clock.now(),
            )
        )
    return ports


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
