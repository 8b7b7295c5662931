"""Writing many rows of a table in one statement, each only where it is not older than the stored one.

A page of a partner's list is written with three of these instead of a thousand round trips of the ORM. Rows are locked
in the order of their keys, so that a pull and a push wait for each other at most, and never for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Boolean, Column, DateTime, Float, Integer, Table, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

_ARRAYS: tuple[tuple[type[Any], str], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "double precision"),
    (DateTime, "timestamptz"),
)


_FIXED = frozenset({"key", "public_id"})
"""Columns that say which row it is, and never change."""


class NewestWins:
    """The statement that writes rows of one table by ``key``, unless the stored row is newer or just the same."""

    def __init__(self, model: type[SQLModel], *, keep_where_null: Iterable[str] = (), under_lock: bool = False) -> None:
        """Build it from the columns of ``model``; those of ``keep_where_null`` stay where the new value is null.

        ``under_lock`` says that callers hold a lock over the rows: then the ones that stay as they are need none.
        """
        table: Table = model.__table__  # type: ignore[attr-defined]  # every table model has one
        self.columns = [column.name for column in table.columns]
        self.documents = {column.name for column in table.columns if isinstance(column.type, JSONB)}
        kept = frozenset(keep_where_null)
        self.statement = text(_statement(table, kept, _not_the_same(table, kept) if under_lock else "true"))

    async def write(self, db: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write ``rows``, no key twice; columns that a row does not name are null."""
        if not rows:
            return
        values: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in self.columns}
        for name in self.documents:
            values[name] = [msgspec.json.encode(value).decode() for value in values[name]]
        await (await db.connection()).execute(self.statement, values)


def _statement(table: Table, kept: frozenset[str], skip_same: str) -> str:
    """Return the INSERT of a table; ``skip_same`` is a condition on what is given."""
    names = [column.name for column in table.columns]
    arrays = ", ".join(f"CAST(:{column.name} AS {_array_of(column.type)}[])" for column in table.columns)
    changing = [name for name in names if name not in _FIXED]
    arriving = {name: f"excluded.{name}" for name in changing} | {
        name: f"coalesce(excluded.{name}, {table.name}.{name})" for name in kept
    }
    updates = ", ".join(f"{name} = {arriving[name]}" for name in changing)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - names of our own columns
        f" SELECT {', '.join(_given(column) for column in table.columns)}"
        f" FROM unnest({arrays}) AS given({', '.join(names)}) WHERE {skip_same} ORDER BY given.key"
        f" ON CONFLICT (key) DO UPDATE SET {updates} WHERE {table.name}.last_updated <= excluded.last_updated"
        f" AND ({', '.join(f'{table.name}.{name}' for name in changing)}) IS DISTINCT FROM"
        f" ({', '.join(arriving[name] for name in changing)})"
    )


def _not_the_same(table: Table, kept: frozenset[str]) -> str:
    """Return the condition that a given row is not stored just so."""
    compared = [column for column in table.columns if column.name not in _FIXED | kept]
    placed = "".join(f" AND (given.{name} IS NULL OR given.{name} = {table.name}.{name})" for name in sorted(kept))
    return (
        f"NOT EXISTS (SELECT 1 FROM {table.name} WHERE {table.name}.key = given.key"  # noqa: S608 - as above
        f" AND ({', '.join(f'{table.name}.{column.name}' for column in compared)}) IS NOT DISTINCT FROM"
        f" ({', '.join(_given(column) for column in compared)}){placed})"
    )


def _given(column: Column[Any]) -> str:
    """Return the expression of a given value; JSON comes as text."""
    return f"CAST(given.{column.name} AS jsonb)" if isinstance(column.type, JSONB) else f"given.{column.name}"


def _array_of(kind: object) -> str:
    """Return the SQL type in whose arrays values of a column travel; JSON goes as text."""
    return next((name for known, name in _ARRAYS if isinstance(kind, known)), "text")


async def rows_of(db: AsyncSession, statement: TextClause, **values: Any) -> Sequence[Any]:
    """Return the rows of a plain statement."""
    return (await (await db.connection()).execute(statement, values)).all()
