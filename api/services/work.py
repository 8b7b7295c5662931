"""How a use case opens a transaction when it needs more than one: see ``api/db.py`` for the one implementation."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlmodel.ext.asyncio.session import AsyncSession


class Work(Protocol):
    """Opens a unit of work that commits when its block ends well."""

    def __call__(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Return the unit of work as a context manager."""
        ...
