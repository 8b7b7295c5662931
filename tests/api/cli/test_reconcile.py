"""``chargehand reconcile``, on a real database: a run, how far it is, what is held back and let through."""

import asyncio
import json

import asyncpg
import pytest
from typer.testing import CliRunner

from api.cli import app


async def reconcile(*arguments: str, code: int = 0) -> str:
    """Run a command, which has a loop of its own, and return what it prints."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["reconcile", *arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


async def test_a_run_is_asked_for_previewed_and_looked_at(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview leaves nothing; a run tells each rule; one that is held back is let through by name and with a note."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("api.cli.world.console.width", 200)
    monkeypatch.setenv("CHARGEHAND_RECONCILE_MOST_NEW", "1")
    database = await asyncpg.connect(database_url)
    await database.execute(
        "INSERT INTO partner (id, name, status, country_code, party_id, raw_token_header, roles, endpoints, created_at)"
        " VALUES ('prt_1', 'P', 'connected', 'DE', 'CPO', false, '[]', '[]', now())"
    )
    await database.execute(
        "INSERT INTO partner_session (key, partner_id, country_code, party_id, id, token_uid, evse_uid, status, kwh,"
        " document, raw, last_updated, first_seen_at, updated_at) SELECT 'k' || n, 'prt_1', 'DE', 'CPO', n::text, 'u',"
        " 'e', 'ACTIVE', 1, '{}', '{}', now(), now(), now() FROM generate_series(1, 2) n"
    )
    assert "Nothing was reconciled yet" in await reconcile("status")
    previewed = {each["reason"]: each for each in json.loads(await reconcile("run", "--dry-run", "--json"))}
    assert previewed["session_of_no_charge"]["withheld"] == 2
    assert await database.fetchval("SELECT count(*) FROM reconciliation_run") == 0

    told = json.loads(await reconcile("run", "--by", "Ada", "--json"))
    assert [each["opened"] for each in told if each["opened"]] == [1]
    status = await reconcile("status")
    assert "27 of 27 rules" in status
    assert "held back: session_of_no_charge, 2 findings" in status
    assert "opens the 2 findings" in await reconcile(
        "release", "session_of_no_charge", "--by", "Ada", "--note", "two passes"
    )
    assert "rule_not_held_back" in await reconcile("release", "cdr_missing", "--by", "Ada", "--note", "x", code=2)
    await reconcile("run", "--full")
    found = await database.fetch("SELECT reason FROM mismatch WHERE resolved_at IS NULL")
    assert [row["reason"] for row in found] == ["session_of_no_charge", "session_of_no_charge"]
    await database.close()
