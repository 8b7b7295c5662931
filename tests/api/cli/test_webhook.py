"""``chargehand webhook``, on a real database: thin, so each command is called once or twice."""

import asyncio

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from tests.api.services.notices.devices import tell
from tests.bench import Bench, a_bench


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return a_bench(work)


async def said(*arguments: str, code: int = 0) -> str:
    """Run a command beside the test's own loop and return what it printed."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["webhook", *arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.capability("A29")
async def test_an_endpoint_from_its_first_to_its_last_day(bench: Bench) -> None:
    """Added with a secret, listed without it, rotated, enabled, replayed to, removed."""
    added = await said("add", "https://app.example.com/hooks", "--event", "notice.created")
    endpoint, secret = added.split()[0], added.split()[-1]
    assert secret.startswith("whs_")
    listed = await said("list")
    assert (endpoint[:12] in listed, secret in listed) == (True, False)
    assert secret not in await said("rotate", endpoint)
    await tell(bench, "wallet_low")
    assert "is told of events again" in await said("enable", endpoint)
    since = bench.clock.now().isoformat()
    await bench.rows("UPDATE webhook_event SET created_at = now() RETURNING id")
    assert "1 events" in await said("replay", endpoint, "--since", since)
    assert "is removed" in await said("remove", endpoint)
    assert "unknown_webhook_endpoint" in await said("rotate", endpoint, code=2)


async def test_what_cannot_work_is_refused_in_one_line(bench: Bench) -> None:
    """An address inside our network, a type that there is not, a moment without a zone."""
    assert "webhook_url_refused" in await said("add", "https://10.0.0.1/", code=2)
    assert "unknown_event_type" in await said("add", "https://app.example.com/", "--event", "x", code=2)
    assert "zone" in await said("replay", "weh_1", "--since", "2026-03-02", code=2)
