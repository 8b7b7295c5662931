"""Accounts from before there were account numbers and devices: each gets its own, and stays signed in."""

import asyncio

import asyncpg
import pytest
from alembic import command

from api.domain.account_number import parse_account_number
from tests.api.test_migration_of_receipts import config_for

BEFORE = "0023"


async def put_old_drivers(url: str) -> None:
    """Store two accounts and a guest as they were before, one account signed in on two devices."""
    db = await asyncpg.connect(url)
    try:
        for number, kind in enumerate(("account", "account", "guest")):
            await db.execute(
                "INSERT INTO driver (id, kind, email, name, language, contract_id, created_at)"
                " VALUES ($1, $2, $3, 'Robin', 'en', $4, '2026-01-01 12:00+00')",
                f"drv_{number}", kind, f"{number}@example.test", f"contract {number}",
            )  # fmt: skip
        for token, family, day in (("a", "fam_1", 1), ("b", "fam_1", 3), ("c", "fam_2", 2)):
            await db.execute(
                "INSERT INTO refresh_token (token_hash, family_id, driver_id, created_at, expires_at, revoked_at)"
                " VALUES ($1, $2::varchar, 'drv_0', make_timestamptz(2026, 1, $3, 0, 0, 0, 'UTC'),"
                " '2026-03-01 00:00+00',"
                " CASE WHEN $2::varchar = 'fam_2' THEN now() END)",
                token, family, day,
            )  # fmt: skip
    finally:
        await db.close()


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    db = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await db.fetch(query)]
    finally:
        await db.close()


@pytest.mark.capability("EP11")
def test_old_accounts_get_numbers_and_devices(database_url: str) -> None:
    """Accounts get numbers whose check digit holds, guests none; a family of tokens is a device, with its last use."""
    command.downgrade(config_for(database_url), BEFORE)
    asyncio.run(put_old_drivers(database_url))
    command.upgrade(config_for(database_url), "head")

    drivers = asyncio.run(rows(database_url, "SELECT account_number, activated_at IS NULL FROM driver ORDER BY id"))
    devices = asyncio.run(
        rows(database_url, "SELECT id, last_seen_at::date::text, signed_out_at IS NULL FROM device ORDER BY id")
    )

    numbers = [str(number) for number, _ in drivers[:2]]
    assert len(set(numbers)) == 2
    assert [parse_account_number(number) for number in numbers] == numbers
    assert drivers[2] == (None, True)
    assert [waiting for _, waiting in drivers[:2]] == [False, False]
    assert devices == [("fam_1", "2026-01-03", True), ("fam_2", "2026-01-02", False)]
