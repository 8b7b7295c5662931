"""The load profile played at a two-thousandth: every kind is asked for, all is answered, and the counts add up."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from bench.profile import ARRIVED, EVENTS, measure, show
from bench.profile_model import Kind
from sandbox.fresh_database import named

NAME = f"test_{os.getpid()}_profile"
SCALE, SECONDS = 1 / 2000, 2.0
_FACTS = """
SELECT (SELECT count(*) FROM driver) AS drivers,
  (SELECT count(*) FROM charging_session) AS charges,
  (SELECT count(*) FROM partner_session WHERE id LIKE 'S-%') AS begun,
  (SELECT count(*) FROM cdr) AS cdrs
"""


async def _ask(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchrow(statement)
    finally:
        await connection.close()


@pytest.fixture
def database(postgres_template: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the URL of a database to make, and what to make it from; drop it afterwards."""
    server, template = postgres_template
    yield named(server, NAME), template
    asyncio.run(_ask(server, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))


@pytest.mark.timeout(300)
@pytest.mark.capability("CN23")
def test_a_small_run_ends_without_error_and_its_counts_add_up(
    database: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What was planned was asked, what was asked was answered, and what was answered is in the database."""
    url, template = database
    figures = measure(url, template, factor=SCALE, seconds=SECONDS)
    assert figures["first_errors"] == {}
    rows = figures["kinds"]
    assert set(rows) == {*Kind, ARRIVED, EVENTS}
    for name, row in rows.items():
        assert (name, row["asked"], row["errors"]) == (name, row["planned"], 0)
        assert (name, row["answered"]) == (name, row["asked"])
        assert row["asked"] >= 1
    facts = asyncio.run(_ask(url, _FACTS))
    assert facts["drivers"] == figures["population"]["drivers"] == 100
    warm = figures["cast"]["starters"] - rows[Kind.START]["planned"]
    assert facts["begun"] == rows[Kind.START]["answered"] + warm
    assert facts["charges"] == figures["cast"]["live"] + facts["begun"]
    assert facts["cdrs"] == rows[Kind.CDR]["answered"]
    assert figures["bare"]["errors"] == 0
    show(figures)
    shown = capsys.readouterr().out
    assert all(name in shown for name in rows)
