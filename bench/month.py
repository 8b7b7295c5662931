"""A made-up month of holds in a database of its own, shared by a test and a bench; clean, and the same for each seed.

Written as a plan of one row per hold, from which every other table follows inside the database. Triggers and foreign
keys are not asked while it is written: each journal is made of sides that cancel, and ``ledger verify`` holds on it.
"""

from datetime import datetime

import asyncpg

from bench.month_books import BOOKS
from bench.month_charges import CHARGES_AND_MONEY
from bench.month_plan import plan


async def build_month(database: asyncpg.Connection, *, holds: int, seed: int, until: datetime) -> None:
    """Write a month of ``holds`` holds that ends at ``until``; its plan stays as a table of this connection."""
    await database.execute("SET session_replication_role = replica")
    moment = f"'{until.isoformat()}'::timestamptz"
    for script in (plan(holds, seed), *CHARGES_AND_MONEY, *BOOKS):
        await database.execute(script.replace("$1", moment))
    await database.execute("SET session_replication_role = DEFAULT")
