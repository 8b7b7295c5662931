"""Writing many rows of a table in one statement, each only where it is not older than the stored one.

A page of a partner's list is written with three of these instead of a thousand round trips of the ORM; rows that are
all new are copied. Rows are locked in the order of their keys, so that a pull and a push wait for each other at most,
and never for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import Boolean, Column, DateTime, Float, Integer, Table, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

_TYPES: tuple[tuple[type[Any], str], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "double precision"),
    (DateTime, "timestamptz"),
    (JSONB, "jsonb"),
)


_FIXED = frozenset({"key", "public_id"})
"""Columns that say which row it is, and never change."""
_encode = msgspec.json.Encoder().encode


class NewestWins:
    """The statement that writes rows of one table by ``key``, unless the stored row is newer or just the same."""

    def __init__(self, model: type[SQLModel], *, keep_where_null: Iterable[str] = (), under_lock: bool = False) -> None:
        """Build it from the columns of ``model``; those of ``keep_where_null`` stay where the new value is null.

        ``under_lock`` says that callers hold a lock over the rows: then the ones that stay as they are need none.
        """
        table: Table = model.__table__  # type: ignore[attr-defined]  # every table model has one
        self.table = table.name
        self.columns = [column.name for column in table.columns]
        self.documents = [number for number, column in enumerate(table.columns) if isinstance(column.type, JSONB)]
        kept = frozenset(keep_where_null)
        self.statement = text(_statement(table, kept, _not_the_same(table, kept) if under_lock else "true"))
        self._values = itemgetter(*self.columns)

    async def write(self, db: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write ``rows``, no key twice; columns that a row does not name are null.

        They travel as one JSON text: arrays of values take ten times as long to be put together.
        """
        if rows:
            await (await db.connection()).execute(self.statement, {"rows": _encode(rows).decode()})

    async def copy(self, db: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add ``rows``, which name every column and are in the order of their keys; raises errors of asyncpg."""
        if not rows:
            return
        records = list(map(self._values, rows))
        for number in self.documents:
            records = [(*row[:number], _encode(row[number]).decode(), *row[number + 1 :]) for row in records]
        pooled = await (await db.connection()).get_raw_connection()
        driver: Any = pooled.driver_connection
        await driver.copy_records_to_table(self.table, records=records, columns=self.columns)


async def copy_all(db: AsyncSession, parts: Sequence[tuple[NewestWins, Sequence[Mapping[str, Any]]]]) -> bool:
    """Add rows to several tables; say whether that went well, and leave everything as it was where it did not."""
    connection = await db.connection()
    try:
        async with connection.begin_nested():
            for table, rows in parts:
                await table.copy(db, rows)
    except (asyncpg.PostgresError, asyncpg.InterfaceError):
        return False  # somebody else was faster with one of them, or a value is of no use: the slower way will tell
    return True


def _statement(table: Table, kept: frozenset[str], skip_same: str) -> str:
    """Return the INSERT of a table; ``skip_same`` is a condition on what is given."""
    names = [column.name for column in table.columns]
    given = ", ".join(f"{column.name} {_type_of(column)}" for column in table.columns)
    changing = [name for name in names if name not in _FIXED]
    arriving = {name: f"excluded.{name}" for name in changing} | {
        name: f"coalesce(excluded.{name}, {table.name}.{name})" for name in kept
    }
    updates = ", ".join(f"{name} = {arriving[name]}" for name in changing)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - names of our own columns
        f" SELECT {', '.join(f'given.{name}' for name in names)}"
        f" FROM json_to_recordset(CAST(:rows AS json)) AS given({given}) WHERE {skip_same} ORDER BY given.key"
        f" ON CONFLICT (key) DO UPDATE SET {updates} WHERE {table.name}.last_updated <= excluded.last_updated"
        f" AND ({', '.join(f'{table.name}.{name}' for name in changing)}) IS DISTINCT FROM"
        f" ({', '.join(arriving[name] for name in changing)})"
    )


def _not_the_same(table: Table, kept: frozenset[str]) -> str:
    """Return the condition that a given row is not stored just so."""
    compared = [column.name for column in table.columns if column.name not in _FIXED | kept]
    placed = "".join(f" AND (given.{name} IS NULL OR given.{name} = {table.name}.{name})" for name in sorted(kept))
    return (
        f"NOT EXISTS (SELECT 1 FROM {table.name} WHERE {table.name}.key = given.key"  # noqa: S608 - as above
        f" AND ({', '.join(f'{table.name}.{name}' for name in compared)}) IS NOT DISTINCT FROM"
        f" ({', '.join(f'given.{name}' for name in compared)}){placed})"
    )


def _type_of(column: Column[Any]) -> str:
    """Return the SQL type as which values of a column are read."""
    return next((name for known, name in _TYPES if isinstance(column.type, known)), "text")


async def rows_of(db: AsyncSession, statement: TextClause, **values: Any) -> Sequence[Any]:
    """Return the rows of a plain statement."""
    return (await (await db.connection()).execute(statement, values)).all()
