"""An upgrade from 0014 with charges under way: partners, sessions, CDRs and commands survive, and the charges go on."""

import asyncio
from decimal import Decimal
from typing import Any

from alembic import command
from sqlalchemy import text

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from tests.api.test_migration_of_receipts import config_for
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, a_location, a_session, after, an_evse, connector_of, push_cdr, push_session
from tests.charges import a_charge

S = ChargingStatus
TABLES = ("driver", "partner", "quote", "charging_session", "charging_event", "charging_timer", "hold", "command")
TOLD = (
    "partner_session",
    "cdr",
    "driver_token",
    "meter_reading",
    "location",
    "evse",
    "connector",
    "tariff",
    "mismatch",
)
FORGOTTEN = {
    *("locations_pulled_at", "raw", "version", "own_updated", "position", "missed_pulls"),
    *("account_number", "activated_at", "guidance", "visual_id", "visual_id_source"),
}
"""Columns that are newer than 0014, or that the upgrade empties so that the next pull is a whole one."""


async def rows(bench: Bench) -> dict[str, list[Any]]:
    """Return every row of the tables as JSON, without what cannot be as before."""
    found = {}
    for table in (*TABLES, *TOLD):
        forgotten = FORGOTTEN - ({"version"} if table == "charging_session" else set())
        forgotten -= {"raw"} if table in ("partner_session", "cdr") else set()
        lines = await bench.rows(f"SELECT to_jsonb(whole) FROM {table} AS whole ORDER BY 1")  # noqa: S608 - our own tables
        found[table] = [{name: value for name, value in row[0].items() if name not in forgotten} for row in lines]
    return found


async def test_charges_go_on_after_an_upgrade_from_0014(work: UnitOfWork, database_url: str) -> None:
    """One that charges, one whose bill is awaited, one that is settled: nothing of them changes, and all are billed."""
    bench = a_bench(work)
    uids = ("EVSE1", "EVSE2", "EVSE3")
    await a_location(bench, evses=tuple(an_evse(uid) for uid in uids))
    statuses = (S.SETTLED, S.START_ACCEPTED, S.START_ACCEPTED)
    charges = [
        await a_charge(bench, status, driver_id=f"drv_{uid}", connector=connector_of(uid=uid))
        for uid, status in zip(uids, statuses, strict=True)
    ]
    settled, charging, starting = charges
    await push_session(bench, a_session(charging, id="SES2"))
    before = await rows(bench)
    assert all(before[table] for table in ("partner_session", "cdr", "command", "hold", "charging_timer"))

    config = config_for(database_url)
    await work.engine.dispose()
    await asyncio.to_thread(command.downgrade, config, "0014")
    assert await columns(work) & {"cdr.version", "partner.may_share_parties"} == set(), "as it was then"
    await work.engine.dispose()
    await asyncio.to_thread(command.upgrade, config, "head")

    assert await rows(bench) == before
    versions = await bench.rows("SELECT version FROM partner_session UNION ALL SELECT version FROM cdr")
    assert {row[0] for row in versions} == {"2.2.1"}
    await _end(bench, charging, "SES2")
    await _end(bench, starting, "SES3")
    again = await push_cdr(bench, a_cdr(settled))
    assert (again.is_new, again.conflict) == (False, False)
    await bench.drain()
    assert [(await bench.charge(each)).status for each in charges] == [S.SETTLED] * 3
    assert [(await bench.hold(each)).captured_minor for each in charges] == [928] * 3


async def _end(bench: Bench, charge: Any, session_id: str) -> None:
    """Let the partner complete a charge's session and bill it."""
    over = {"kwh": Decimal(20), "status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(charge, id=session_id, **over))
    await push_cdr(bench, a_cdr(charge, id=f"CDR-{session_id}", session_id=session_id))


async def columns(work: UnitOfWork) -> set[str]:
    """Return the columns of partners, sessions and CDRs, with their tables."""
    query = (
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_name IN ('partner', 'cdr')"
    )
    async with work() as db:
        return set((await (await db.connection()).execute(text(query))).scalars().all())
