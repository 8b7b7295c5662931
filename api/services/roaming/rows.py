"""Loading a row so that nobody else changes it until the transaction ends, and writing it whether new or known."""

from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

R = TypeVar("R", bound=SQLModel)

_HOLD_PLACE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_UNSTORABLE = ("22", "54")
"""PostgreSQL's classes "data exception" and "program limit exceeded"."""


async def load_locked(db: AsyncSession, model: type[R], key: str) -> R | None:
    """Return the row ``key`` locked, or None with its place locked: two first deliveries cannot both insert."""
    row = await db.get(model, key, with_for_update=True, populate_existing=True)
    if row is None:
        await (await db.connection()).execute(_HOLD_PLACE, {"name": f"{model.__name__}:{key}"})
        row = await db.get(model, key, with_for_update=True, populate_existing=True)
    return row


async def insert_row(db: AsyncSession, model: type[R], values: dict[str, Any]) -> bool:
    """Insert a row whose primary key is ``key``; False: somebody who holds no place for it was faster (``quick_cdr``).

    Whoever is inserting the same row is waited for, so that a False means a row that is there for good.
    """
    statement = insert(model).values(**values).on_conflict_do_nothing(index_elements=["key"]).returning(text("key"))
    return (await (await db.connection()).execute(statement)).first() is not None


def put_row(db: AsyncSession, model: type[R], row: R | None, values: dict[str, Any]) -> R:
    """Write ``values`` (column names to values) to ``row``, or to a new row that is added; nothing is flushed."""
    if row is None:
        row = model(**values)
        db.add(row)
    else:
        row.sqlmodel_update(values)
    return row


def is_unstorable(error: DBAPIError) -> bool:
    """Say whether the database refused a value (NUL in a text, a number out of range): the sender's fault, not ours."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(_UNSTORABLE)
