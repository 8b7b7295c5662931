"""``chargehand articles`` and what ``migrate`` loads."""

import asyncio

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork, make_engine
from api.services.accounts.forget import _GO
from api.services.knowledge.load import own_articles
from api.services.knowledge.read import article_of
from api.services.knowledge.readings import driver_reader, vote
from tests.fakes import START


def test_articles_are_loaded_by_migrating_and_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migrated installation has the articles; loading again adds nothing; figures are printed."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    migrated = CliRunner().invoke(app, ["migrate"])
    assert (migrated.exit_code, f"{len(own_articles())} articles" in migrated.output) == (0, True), migrated.output
    again = CliRunner().invoke(app, ["articles", "load"])
    assert again.output == f"0 added, 0 changed, {len(own_articles())} unchanged, 0 kept as staff wrote them\n"
    figures = CliRunner().invoke(app, ["articles", "figures"])
    assert (figures.exit_code, "why-a-hold" in figures.output, "all" in figures.output) == (0, True, True)
    asyncio.run(_forget_a_reader(database_url))


async def _forget_a_reader(database_url: str) -> None:
    """What an erased driver voted is gone with them, and nobody else's is."""
    engine = make_engine(database_url, pool_size=1)
    async with UnitOfWork(engine)() as db:
        article = await article_of(db=db, slug="why-a-hold", language="en")
        for driver_id in ("drv_1", "drv_2"):
            await vote(db=db, now=START, article=article, reader=driver_reader(driver_id), solved=True)
        connection = await db.connection()
        for statement in (each for each in _GO if "article_reading" in each.text):
            await connection.execute(statement, {"driver": "drv_1"})
        rows = await connection.exec_driver_sql("SELECT reader FROM article_reading")
        assert [row.reader for row in rows] == ["driver:drv_2"]
    await engine.dispose()
