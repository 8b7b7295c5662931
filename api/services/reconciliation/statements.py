"""Carrying out statements made of parts: each is given the values that it names, with their types."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Interval, String, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine
from sqlmodel.ext.asyncio.session import AsyncSession

_TYPES: tuple[tuple[type, TypeEngine[Any]], ...] = (
    (datetime, DateTime(timezone=True)),
    (timedelta, Interval()),
    (bool, Boolean()),
    (int, BigInteger()),
)


def _typed(statement: str, values: Mapping[str, Any]) -> TextClause:
    """Return a statement whose values have types, since PostgreSQL cannot guess that of ``:cut_off - :patience``."""
    prepared = text(statement)
    named = [name for name in values if name in prepared.compile().params]
    return prepared.bindparams(*(bindparam(name, values[name], type_=_type(values[name])) for name in named))


def _type(value: object) -> TypeEngine[Any]:
    return next((kind for of, kind in _TYPES if isinstance(value, of)), String())


async def one_row(db: AsyncSession, statement: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one row of a statement."""
    connection = await db.connection()
    return dict((await connection.execute(_typed(statement, values))).mappings().one())


async def carry_out(db: AsyncSession, statement: str, values: Mapping[str, Any]) -> None:
    """Carry out a statement that returns nothing."""
    connection = await db.connection()
    await connection.execute(_typed(statement, values))
