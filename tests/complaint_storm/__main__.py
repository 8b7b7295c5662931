"""``make complaints COUNT=1000 [SEED=7]``: a storm from real stays where they are at hand, else from made-up ones.

Prints by plot how many complaints were solved without a person, their share, and the share of wrong automatic
decisions; the exit code is 1 unless that is nothing.
"""

import argparse
import asyncio
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from api.db import UnitOfWork, create_database, embedded_url, make_engine
from sandbox.fresh_database import ensure_template, named
from tests.bench import a_bench
from tests.complaint_storm.stays import made_up, real_ones
from tests.complaint_storm.storm import plan, storm

ROOT = Path(__file__).resolve().parent.parent.parent


async def play(count: int, seed: int, seconds: float, url: str) -> int:
    """Play a storm and print what it came to; return the exit code."""
    stays = real_ones(seed, count)
    kind = "real" if stays else "made-up"
    engine = make_engine(url, pool_size=5)
    began = time.monotonic()
    outcome = await storm(a_bench(UnitOfWork(engine)), plan(seed, stays or made_up(seed, count)), seconds=seconds)
    await engine.dispose()
    played = sum(outcome.played.values())
    print(f"{played} complaints about {kind} stays, seed {seed}, {time.monotonic() - began:.0f} s\n{outcome.told()}")
    return 1 if outcome.wrong else 0


async def drop_database(url: str) -> None:
    """Drop the database of a storm."""
    admin = await asyncpg.connect(named(url, "postgres"))
    await admin.execute(f'DROP DATABASE "{urlsplit(url).path.lstrip("/")}" WITH (FORCE)')
    await admin.close()


def main() -> int:
    """Read the command line, make a database and play."""
    parser = argparse.ArgumentParser(prog="python -m tests.complaint_storm", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=60, help="stop after so long, and tell what was played")
    options = parser.parse_args()
    data_dir = ROOT / "var" / "test"
    data_dir.mkdir(parents=True, exist_ok=True)
    url = embedded_url(data_dir, "postgres")
    template = ensure_template(url, data_dir / "template.lock")
    own = named(url, f"complaints_{uuid.uuid4().hex[:12]}")
    asyncio.run(create_database(own, template=template))
    try:
        return asyncio.run(play(options.count, options.seed, options.minutes * 60, own))
    finally:
        asyncio.run(drop_database(own))


if __name__ == "__main__":
    sys.exit(main())
