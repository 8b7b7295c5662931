"""How a use case opens a transaction when it needs more than one: see ``api/db.py`` for the one implementation."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sqlmodel.ext.asyncio.session import AsyncSession


class StatementFailed(Exception):
    """The database did not carry out a statement: a value that it does not hold, a deadlock, no connection."""


class Statements(Protocol):
    """A connection on which each statement is a transaction of its own, without the mapping of rows to objects."""

    async def one(self, statement: str, *values: object) -> Mapping[str, Any] | None:
        """Carry out a statement with ``$1`` and so on; return its first row. Raises StatementFailed."""
        ...

    async def all(self, statement: str, *values: object) -> Sequence[Mapping[str, Any]]:
        """Carry out a statement with ``$1`` and so on; return its rows. Raises StatementFailed."""
        ...


class Work(Protocol):
    """Opens a unit of work that commits when its block ends well."""

    def __call__(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Return the unit of work as a context manager."""
        ...

    def statements(self) -> AbstractAsyncContextManager[Statements]:
        """Return a connection for what is hot and fits in single statements (performance.md B1)."""
        ...
