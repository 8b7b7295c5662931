"""``chargehand retail``, against a real database: what staff type and what they read."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork, make_engine
from tests.bench import a_bench
from tests.builders import a_location


@pytest.fixture(autouse=True)
def installation(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands speak to the test's own database, and print without breaking lines."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("api.cli.world.console.width", 200)


def retail(*arguments: str, exit_code: int = 0) -> str:
    """Run a command and return what it prints, spaces made one."""
    done = CliRunner().invoke(app, ["retail", *arguments])
    assert done.exit_code == exit_code, done.output
    return " ".join(done.output.split())


def tomorrow() -> str:
    """Return a moment to come, as staff would write it."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="minutes")


def test_a_rule_from_its_beginning_to_its_end(database_url: str) -> None:
    """Added, listed, shown where it applies, and ended."""

    async def place() -> str:
        engine = make_engine(database_url, pool_size=1)
        try:
            return await a_location(a_bench(UnitOfWork(engine)))
        finally:
            await engine.dispose()

    connector = asyncio.run(place())
    assert "markup_percent 0 session_fee None" in retail("show", connector)

    retail("add", "--markup", "2.5")
    fees = ("--session-fee-minor", "35", "--minute-fee", "0.02", "--free-minutes", "10")
    added = retail("add", "--markup", "2.5", "--currency", "eur", "--country", "deu", "--party", "de-cpo", *fees)
    terms_id = added.split()[0]

    listed = retail("list")
    assert f"{terms_id} DE-CPO DEU EUR" in listed
    assert "to open: 2.5 % markup, 0.35 EUR a session, 0.02 EUR a minute, no fee in the first 10 minutes" in listed
    shown = retail("show", connector)
    assert "markup_percent 2.5 session_fee {'minor': 35, 'currency': 'EUR'} minute_fee 0.02 free_minutes 10" in shown
    assert f"vat_percent 19 rule_id {terms_id}" in shown
    assert f"{terms_id} counts until" in retail("end", terms_id, tomorrow())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "--markup", "5", "--country", "FRA"], "cross_border_markup"),
        (["add", "--session-fee-minor", "35"], "fee_without_currency"),
        (["add", "--starts-at", "2020-01-01T00:00+00:00"], "starts_in_the_past"),
        (["add", "--starts-at", "2999-01-01"], "has no zone"),
        (["add", "--starts-at", "soon"], "is no moment"),
        (["add", "--markup", "five"], "is not a number"),
        (["add", "--party", "ABC"], "is no network"),
        (["end", "rtm_none", "2999-01-01T00:00+00:00"], "unknown_terms"),
        (["show", "con_none"], "unknown_connector"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(arguments: list[str], says: str) -> None:
    """Exit code 2 and the reason."""
    done = CliRunner().invoke(app, ["retail", *arguments])
    assert done.exit_code == 2
    assert says in " ".join(done.output.replace("│", " ").split())
    assert "rtm_" not in retail("list")
