"""Writing many rows of a table in one statement, each only where it is not older than the stored one.

A page of a partner's list is written with three of these instead of a thousand round trips of the ORM. Rows are locked
in the order of their keys, so that a pull and a push wait for each other at most, and never for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Boolean, DateTime, Float, Integer, Table, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

_ARRAYS: tuple[tuple[type[Any], str], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "double precision"),
    (DateTime, "timestamptz"),
)


class NewestWins:
    """The statement that writes rows of one table by ``key``, unless the stored row is newer or just the same."""

    def __init__(self, model: type[SQLModel], *, keep_where_null: Iterable[str] = ()) -> None:
        """Build it from the columns of ``model``; those of ``keep_where_null`` stay where the new value is null."""
        table: Table = model.__table__  # type: ignore[attr-defined]  # every table model has one
        self.columns = [column.name for column in table.columns]
        self.documents = {column.name for column in table.columns if isinstance(column.type, JSONB)}
        self.statement = text(_statement(table, frozenset(keep_where_null)))

    async def write(self, db: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write ``rows``, no key twice; columns that a row does not name are null."""
        if not rows:
            return
        values: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in self.columns}
        for name in self.documents:
            values[name] = [msgspec.json.encode(value).decode() for value in values[name]]
        await (await db.connection()).execute(self.statement, values)


def _statement(table: Table, kept: frozenset[str]) -> str:
    """Return the INSERT of a table."""
    names = [column.name for column in table.columns]
    arrays = ", ".join(f"CAST(:{column.name} AS {_array_of(column.type)}[])" for column in table.columns)
    given = ", ".join(
        f"CAST(given.{column.name} AS jsonb)" if isinstance(column.type, JSONB) else f"given.{column.name}"
        for column in table.columns
    )
    updates = ", ".join(
        f"{name} = coalesce(excluded.{name}, {table.name}.{name})" if name in kept else f"{name} = excluded.{name}"
        for name in names
        if name not in {"key", "public_id"}
    )
    compared = [name for name in names if name not in {"key", "public_id"}]
    stored = ", ".join(f"{table.name}.{name}" for name in compared)
    arriving = ", ".join(
        f"coalesce(excluded.{name}, {table.name}.{name})" if name in kept else f"excluded.{name}" for name in compared
    )
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - names of our own columns
        f" SELECT {given} FROM unnest({arrays}) AS given({', '.join(names)}) ORDER BY given.key"
        f" ON CONFLICT (key) DO UPDATE SET {updates}"
        f" WHERE {table.name}.last_updated <= excluded.last_updated AND ({stored}) IS DISTINCT FROM ({arriving})"
    )


def _array_of(kind: object) -> str:
    """Return the SQL type in whose arrays values of a column travel; JSON goes as text."""
    return next((name for known, name in _ARRAYS if isinstance(kind, known)), "text")


async def rows_of(db: AsyncSession, statement: TextClause, **values: Any) -> Sequence[Any]:
    """Return the rows of a plain statement."""
    return (await (await db.connection()).execute(statement, values)).all()
