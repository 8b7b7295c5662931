"""Statements are compiled to SQL once per test process, though every test has an engine of its own.

SQLAlchemy keeps what it compiled by engine and dialect, so that a fresh engine begins with nothing: half of the time
of a test that plays a charge went there. Pool, connections and listeners stay each test's own.
"""

from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

_dialects: list[Dialect] = []
_compiled: dict[Any, Any] = {}


async def knowing_all(engine: AsyncEngine) -> AsyncEngine:
    """Return the engine with the dialect of the first one, which knows the server, and all that was compiled for it."""
    if not _dialects:
        async with engine.connect():
            _dialects.append(engine.sync_engine.dialect)
    engine.sync_engine.dialect = _dialects[0]
    engine.sync_engine.update_execution_options(compiled_cache=_compiled)
    return engine
