"""Single statements on a connection of the pool: each commits, and a broken connection is thrown away."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork, make_engine
from api.services.work import StatementFailed


@pytest.fixture
def narrow(engine: AsyncEngine) -> UnitOfWork:
    """Return units of work with one connection for everybody."""
    return UnitOfWork(make_engine(engine.url.render_as_string(hide_password=False), pool_size=1))


async def test_each_statement_is_kept_by_itself(narrow: UnitOfWork) -> None:
    """What a statement wrote is there for everybody, whatever becomes of the next one on the connection."""
    async with narrow.statements() as on:
        await on.one("CREATE TABLE told (n int PRIMARY KEY)")
        await on.one("INSERT INTO told VALUES ($1)", 1)
        with pytest.raises(StatementFailed):
            await on.one("INSERT INTO told VALUES ($1)", 1)
        assert dict(await on.one("SELECT n FROM told") or {}) == {"n": 1}
    async with narrow() as db:
        connection = await db.connection()
        assert (await connection.exec_driver_sql("SELECT count(*) FROM told")).scalar_one() == 1
    await narrow.engine.dispose()


async def test_a_broken_connection_is_not_handed_out_again(narrow: UnitOfWork) -> None:
    """After PostgreSQL ended a connection, the next caller gets a fresh one."""
    async with narrow.statements() as on:
        with pytest.raises(StatementFailed):
            await on.one("SELECT pg_terminate_backend(pg_backend_pid())")
    async with narrow.statements() as on:
        assert dict(await on.one("SELECT 1 AS n") or {}) == {"n": 1}
    await narrow.engine.dispose()
