"""The engine: what its errors may say, since they end in logs."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.db import UnitOfWork


async def test_errors_do_not_repeat_the_values_of_a_statement(work: UnitOfWork) -> None:
    """A token or an address that was on its way to the database stays out of the error and so out of the logs (X9)."""
    failing = text("SELECT 1 / (length(:uid) - 6)")
    async with work() as db:
        connection = await db.connection()
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(failing, {"uid": "UIDA1B"})
    assert "UIDA1B" not in str(caught.value)
