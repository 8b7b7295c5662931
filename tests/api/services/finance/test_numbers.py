"""Numbers of papers: without a gap and none twice, whatever runs at once and whatever is rolled back."""

import asyncio
import random
import re
from datetime import UTC, datetime

import pytest

from api.domain.finance.paper import PaperKind
from api.services.finance.papers import Draft, write_paper
from tests.bench import Bench
from tests.builders import a_driver

PARALLEL = 20
EACH = 4


class ChangedMind(Exception):
    """The transaction is rolled back."""


def a_draft(cause: str) -> Draft:
    """Return a paper of no charge."""
    return Draft(PaperKind.STATEMENT, ("test", cause), "en", "EUR", 100, {}, driver_id="drv_1")


async def test_twenty_connections_with_roll_backs_leave_no_gap(bench: Bench) -> None:
    """Twenty real connections write at once, a third of what they write is rolled back after the number was taken."""
    await a_driver(bench)
    dice = random.Random(7)
    fails = [[dice.random() < 1 / 3 for _ in range(EACH)] for _ in range(PARALLEL)]
    backends: set[int] = set()

    async def issue(who: int) -> list[str]:
        kept: list[str] = []
        for turn, fail in enumerate(fails[who]):
            try:
                async with bench.work() as db:
                    draft = a_draft(f"{who}:{turn}")
                    paper = await write_paper(db=db, ports=bench.ports, now=bench.clock.now(), draft=draft)
                    backends.add(
                        (await (await db.connection()).exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
                    )
                    await asyncio.sleep(0)
                    if fail:
                        raise ChangedMind
                kept.append(paper.number)
            except ChangedMind:
                continue
        return kept

    written = [number for numbers in await asyncio.gather(*map(issue, range(PARALLEL))) for number in numbers]

    expected = PARALLEL * EACH - sum(map(sum, fails))
    assert 0 < expected < PARALLEL * EACH
    assert len(backends) >= 10
    assert sorted(written) == [f"CHH-2026-{count:06d}" for count in range(1, expected + 1)]
    stored = await bench.rows("SELECT number FROM receipt ORDER BY number")
    assert [row.number for row in stored] == sorted(written)


async def test_each_year_counts_from_one_where_the_issuer_sits(bench: Bench) -> None:
    """Half past eleven in the evening of New Year's Eve in UTC is next year in Berlin."""
    await a_driver(bench)
    numbers = []
    for cause, at in (
        ("1", datetime(2026, 12, 31, 22, 30, tzinfo=UTC)),
        ("2", datetime(2026, 12, 31, 23, 30, tzinfo=UTC)),
    ):
        async with bench.work() as db:
            paper = await write_paper(db=db, ports=bench.ports, now=at, draft=a_draft(cause))
        numbers.append(paper.number)
    assert numbers == ["CHH-2026-000001", "CHH-2027-000001"]
    assert all(re.fullmatch(r"CHH-\d{4}-\d{6}", number) for number in numbers)


@pytest.mark.parametrize("table", ["receipt", "receipt_file"])
async def test_papers_are_kept_by_the_database(bench: Bench, table: str) -> None:
    """Each table that holds papers refuses to change or delete rows."""
    query = "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND tgname = 'kept'"
    assert await bench.value(query, table=table) == 1
