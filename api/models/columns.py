"""Column shapes that every family uses: moments with a zone, JSON documents, money in minor units, exact numbers."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field


def moment(*, index: bool = False) -> datetime:
    """Return a required UTC moment column."""
    return Field(sa_type=DateTime(timezone=True), index=index)  # type: ignore[no-any-return]  # SQLModel's Field returns Any


def maybe_moment(*, index: bool = False) -> datetime | None:
    """Return an optional UTC moment column."""
    return Field(default=None, sa_type=DateTime(timezone=True), index=index, nullable=True)  # type: ignore[no-any-return]  # as above


def document() -> dict[str, Any]:
    """Return a required JSON object column."""
    return Field(sa_type=JSONB, default_factory=dict)  # type: ignore[no-any-return]  # SQLModel's Field returns Any


def documents() -> list[Any]:
    """Return a required JSON array column."""
    return Field(sa_type=JSONB, default_factory=list)  # type: ignore[no-any-return]  # as above


def maybe_document() -> dict[str, Any] | None:
    """Return an optional JSON object column."""
    return Field(default=None, sa_type=JSONB, nullable=True)  # type: ignore[no-any-return]  # as above


def minor() -> int:
    """Return a required money column in minor units of the row's currency."""
    return Field(sa_type=BigInteger)  # type: ignore[no-any-return]  # as above


def maybe_minor() -> int | None:
    """Return an optional money column in minor units of the row's currency."""
    return Field(default=None, sa_type=BigInteger, nullable=True)  # type: ignore[no-any-return]  # as above


def exact() -> Decimal:
    """Return a required exact number column, of any scale."""
    return Field(sa_type=Numeric)  # type: ignore[no-any-return]  # as above


def maybe_exact() -> Decimal | None:
    """Return an optional exact number column, of any scale."""
    return Field(default=None, sa_type=Numeric, nullable=True)  # type: ignore[no-any-return]  # as above
