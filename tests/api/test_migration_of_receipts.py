"""Receipts from before there were numbers: migrated with numbers of their own series, and kept from then on."""

import asyncio
import json

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from api.domain.finance.paper import digest_of
from tests.house.source import ROOT

DOCUMENT = {"issuer": "Chargehand", "currency": "EUR", "total_minor": 928, "place": {"city": "Lübeck"}}


def config_for(url: str) -> Config:
    """Return Alembic's configuration for a database."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "api" / "migrations"))
    config.attributes["url"] = url
    return config


async def put_old_receipts(url: str) -> None:
    """Store three receipts as they were before: two of one charge, in two years."""
    db = await asyncpg.connect(url)
    try:
        for column in ("charging_session_id", "driver_id"):  # their charges and drivers are not the point here
            await db.execute(f"ALTER TABLE receipt DROP CONSTRAINT receipt_{column}_fkey")
        for number, (charge, revision, at) in enumerate(
            (("chs_1", 1, "2025-12-31"), ("chs_1", 2, "2026-01-02"), ("chs_2", 1, "2026-01-01"))
        ):
            document = DOCUMENT | {"replaces": "rcp_0" if revision == 2 else None}
            await db.execute(
                "INSERT INTO receipt (id, charging_session_id, revision, driver_id, issued_at, document)"
                " VALUES ($1, $2, $3, 'drv_1', CAST($4::text AS timestamptz), $5)",
                f"rcp_{number}", charge, revision, f"{at} 12:00+00", json.dumps(document),
            )  # fmt: skip
    finally:
        await db.close()


async def receipts(url: str) -> list[asyncpg.Record]:
    """Return all receipts."""
    db = await asyncpg.connect(url)
    try:
        rows: list[asyncpg.Record] = await db.fetch("SELECT * FROM receipt ORDER BY id")
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute("UPDATE receipt SET language = 'de'")
    finally:
        await db.close()
    return rows


def test_old_receipts_get_numbers_and_hashes(database_url: str) -> None:
    """By the order of their issue within each year; the replaced one is pointed to, the hash is the document's."""
    command.downgrade(config_for(database_url), "0007")
    asyncio.run(put_old_receipts(database_url))
    command.upgrade(config_for(database_url), "head")

    rows = asyncio.run(receipts(database_url))

    assert [row["number"] for row in rows] == ["OLD-2025-000001", "OLD-2026-000002", "OLD-2026-000001"]
    assert [row["replaces_id"] for row in rows] == [None, "rcp_0", None]
    assert {(row["kind"], row["total_minor"], row["currency"]) for row in rows} == {("receipt", 928, "EUR")}
    assert all(digest_of(json.loads(row["document"])) == row["sha256"] for row in rows)
