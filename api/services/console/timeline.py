"""Everything that happened to one charge, in order: one query a source, each by an index."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.services.console import timeline_charge, timeline_money, timeline_told
from api.services.console.entries import Entry

SOURCES = (*timeline_charge.SOURCES, *timeline_money.SOURCES, *timeline_told.SOURCES)
"""In the order in which things of the same moment are told."""


async def timeline(*, db: AsyncSession, charging_session_id: str, books: bool) -> list[Entry]:
    """Return all entries of a charge, oldest first; bookings only for who may see the books."""
    connection = await db.connection()
    found: list[Entry] = []
    for source in SOURCES:
        if books or not source.books:
            for row in await connection.execute(source.query, {"charge": charging_session_id}):
                found += source.read(row)
    return sorted(found, key=lambda entry: entry.at)
