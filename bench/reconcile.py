"""How long reconciling takes, and whether it finds what is wrong: ``make bench-reconcile``.

A made-up month of holds (``bench/month.py``), with planted faults of every class, is reconciled: in full, once more in
full (which must change nothing), and days later by what changed since. The baseline of the same run reads every row of
the same tables once and counts. Memory is this process's, at its highest over a run. With ``--month N --plant K`` one
month is looked at class by class: planted, found, false. Figures go to ``var/bench-reconcile.json``.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg

from api.db import UnitOfWork, create_database, embedded_url, make_engine
from api.ports import Ports
from api.services.reconciliation.run import ON_DEMAND, Wish, reconcile
from api.settings import Settings
from api.wiring import build_ports
from bench.load import ROOT
from bench.month import build_month
from bench.month_faults import Planted, plant_faults
from sandbox.fresh_database import ensure_template, named

TABLES = (
    "hold",
    "charging_session",
    "partner_session",
    "cdr",
    "journal",
    "ledger_entry",
    "processor_payment",
    "processor_entry",
    "payment_operation",
    "payout_line",
    "invoiced_cdr",
)
"""What the rules read; the baseline counts their rows."""
SEED = 7


@dataclass(frozen=True, slots=True)
class StandingClock:
    """A clock that shows one moment: all runs of a month speak for the same one."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment."""
        return self.at

    def wall_time(self, at: datetime) -> datetime:
        """Return ``at``."""
        return at


@dataclass(frozen=True, slots=True)
class Figures:
    """What one size measured. Seconds, and megabytes of this process."""

    holds: int
    rows: int
    build: float
    count: float
    full: float
    again: float
    changes: float
    memory_before: float
    memory_peak: float
    planted: int
    found: int
    false: int
    changed_again: int

    @property
    def counts(self) -> float:
        """A full run, in baselines."""
        return self.full / self.count


def main() -> None:
    """Measure, print, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000", help="holds, as a list; 1000000 needs some 25 GB of disk")
    parser.add_argument("--month", type=int, help="one month of so many holds instead, class by class")
    parser.add_argument("--plant", type=int, default=40, help="faults of each class")
    parser.add_argument("--keep", action="store_true", help="leave the last database for looking at it")
    options = parser.parse_args()
    data_dir = ROOT / "var" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = embedded_url(data_dir, "postgres")
    template = ensure_template(server, data_dir / "template.lock")
    sizes = [options.month] if options.month else [int(size) for size in options.sizes.split(",")]
    figures = []
    for holds in sizes:
        figures.append(asyncio.run(measure(named(server, "bench_reconcile"), template, holds, options.plant)))
        show(figures[-1:])
    if not options.keep:
        asyncio.run(_drop(server))
    if len(figures) > 1:
        show(figures)
    kept = [{**asdict(each), "counts": each.counts} for each in figures]
    (ROOT / "var" / "bench-reconcile.json").write_text(json.dumps(kept, indent=2))


async def measure(url: str, template: str, holds: int, plant: int) -> Figures:
    """Make a month and reconcile it three times."""
    await create_database(url, template=template, replace=True)
    database = await asyncpg.connect(url)
    until = datetime.now(UTC).replace(microsecond=0)
    began = time.perf_counter()
    await build_month(database, holds=holds, seed=SEED, until=until)
    planted = await plant_faults(database, each=plant, until=until)
    await database.execute("VACUUM ANALYZE")
    build = time.perf_counter() - began
    rows, count = await _counted(database)
    engine = make_engine(url, pool_size=3)
    ports = replace(build_ports(Settings()), clock=StandingClock(until))
    before = _memory("VmRSS")
    _forget_highest()
    work = UnitOfWork(engine)
    full = await _seconds(work, ports, full=True)
    peak = _memory("VmHWM")
    found = await _open(database)
    _tell(planted, found)
    later = replace(ports, clock=StandingClock(until + timedelta(minutes=1)))
    again = await _seconds(work, later, full=True)
    changed = await database.fetchval(
        "SELECT sum(opened + reopened + resolved)::integer FROM reconciliation_evidence WHERE run_id ="
        " (SELECT id FROM reconciliation_run ORDER BY cut_off_at DESC LIMIT 1)"
    )
    changes = 0.0
    for days in (2, 4):  # the first of them ends what the full runs did not know yet
        now = until + timedelta(days=days)
        await database.execute("UPDATE mirror_progress SET complete_until = $1", now)
        changes = await _seconds(work, replace(ports, clock=StandingClock(now)), full=False)
    await _slowest(database)
    await engine.dispose()
    await database.close()
    sizes = len(planted), len(planted & found), len(found - planted)
    return Figures(holds, rows, build, count, full, again, changes, before, peak, *sizes, changed)


async def _counted(database: asyncpg.Connection) -> tuple[int, float]:
    """Return how many rows the tables have and the seconds that one process of the server takes to read each once."""
    await database.execute("SET max_parallel_workers_per_gather = 0; SET enable_indexonlyscan = off")
    await database.execute("SET enable_indexscan = off; SET enable_bitmapscan = off")
    began = time.perf_counter()
    rows = [await database.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]  # noqa: S608 - ours
    seconds = time.perf_counter() - began
    await database.execute("RESET ALL")
    return sum(rows), seconds


async def _seconds(work: UnitOfWork, ports: Ports, *, full: bool) -> float:
    """Reconcile and return how long it took."""
    began = time.perf_counter()
    await reconcile(work=work, ports=ports, wish=Wish(ON_DEMAND, "bench", full=full))
    return time.perf_counter() - began


async def _open(database: asyncpg.Connection) -> Planted:
    rows = await database.fetch("SELECT reason, subject FROM mismatch WHERE resolved_at IS NULL")
    return {(row["reason"], row["subject"]) for row in rows}


def _tell(planted: Planted, found: Planted) -> None:
    """Print a line per class."""
    wanted, right, wrong = (
        Counter(reason for reason, _ in each) for each in (planted, planted & found, found - planted)
    )
    print(f"{'class':32}{'planted':>8}{'found':>8}{'false':>8}")
    for reason in sorted(wanted | wrong):
        print(f"{reason:32}{wanted[reason]:8}{right[reason]:8}{wrong[reason]:8}")
    print(f"{'in all':32}{wanted.total():8}{right.total():8}{wrong.total():8}")


async def _slowest(database: asyncpg.Connection) -> None:
    """Print the rules that took longest in the first run."""
    rows = await database.fetch(
        "SELECT reason, milliseconds FROM reconciliation_evidence WHERE run_id = (SELECT id FROM reconciliation_run"
        " ORDER BY cut_off_at LIMIT 1) ORDER BY milliseconds DESC LIMIT 6"
    )
    print("slowest rules: " + ", ".join(f"{row['reason']} {row['milliseconds'] / 1000:.1f} s" for row in rows))


def _forget_highest() -> None:
    """Let the highest mark of this process's memory be where it is now."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory(what: str) -> float:
    """Return a figure of this process's memory in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024
    raise LookupError(what)


async def _drop(server: str) -> None:
    database = await asyncpg.connect(server)
    await database.execute("DROP DATABASE IF EXISTS bench_reconcile WITH (FORCE)")
    await database.close()


def show(figures: list[Figures]) -> None:
    """Print the table, and how time grows with holds."""
    print(f"load of the machine {os.getloadavg()[0]:.1f}; seconds; memory of the reconciling process in MB")
    names = ("rows", "build", "count", "full", "again", "changes", "counts", "memory_before", "memory_peak")
    print(f"{'holds':>10}" + "".join(f"{name.replace('_', ' '):>15}" for name in names))
    for each in figures:
        told = (getattr(each, name) for name in names)
        print(f"{each.holds:10,}" + "".join(f"{value:15,.1f}" for value in told))
    for less, more in pairwise(figures):
        print(f"{more.holds / less.holds:.0f} times the holds: {more.full / less.full:.1f} times the seconds")


if __name__ == "__main__":
    main()
