"""The record of what partners said about sessions and CDRs, message by message, taken or not.

Written in the transaction that takes the message; one that is refused leaves its record in a transaction of its own. A
refused message that comes over and over is kept once and counted: a partner that repeats itself fills no disk.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import insert, text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.partner import Partner
from api.models.roaming import PartnerMessage

_COUNT = text(
    "INSERT INTO message_repetition (message_id, times, last_at) SELECT last.id, 1, :now FROM (SELECT * FROM"
    " partner_message WHERE key = :key ORDER BY id DESC LIMIT 1) AS last WHERE last.partner_id = :partner_id"
    " AND last.refusal = :refusal AND last.how = :how AND last.version = :version AND last.raw = :raw"
    " ON CONFLICT (message_id) DO UPDATE SET times = message_repetition.times + 1, last_at = excluded.last_at"
)


class How(StrEnum):
    """How a message came."""

    PUT = "put"
    PATCH = "patch"
    POST = "post"
    PULL = "pull"


class Refusal(StrEnum):
    """Why a message changed nothing. The first four are no fault of the partner's and answered as success."""

    OLDER = "older"
    REPEATED = "repeated"
    AFTER_END = "after_end"
    BACKWARDS = "backwards"
    """A PATCH without a date, of less energy or an earlier status than is known."""
    UNKNOWN_SESSION = "unknown_session"
    REFUSED = "refused"
    CONFLICT = "conflict"
    """A CDR of another content under a known id."""


class Said(NamedTuple):
    """A message as it came: its JSON letter by letter, how it came and in which OCPI version."""

    raw: str
    how: How
    version: str


async def note_message(
    *,
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    module: str,
    key: str,
    said: Said,
    refusal: Refusal | None = None,
) -> None:
    """Record one message about the object ``key``; one that was refused just before is counted instead."""
    if refusal is not None and await _counted(db, now, partner, key, said, refusal):
        return
    values = {"module": module, "key": key, "partner_id": partner.id, "received_at": now, "refusal": refusal}
    connection = await db.connection()
    await connection.execute(
        insert(PartnerMessage).values(**values, how=said.how, version=said.version, raw=said.raw).inline()
    )


async def _counted(db: AsyncSession, now: datetime, partner: Partner, key: str, said: Said, refusal: Refusal) -> bool:
    """Count a message as repeated if the last one about ``key`` is the same to the letter, and refused alike."""
    values = {"key": key, "partner_id": partner.id, "now": now, "refusal": refusal}
    values |= {"how": said.how, "version": said.version, "raw": said.raw}
    return (await (await db.connection()).execute(_COUNT, values)).rowcount == 1


async def messages_about(db: AsyncSession, key: str) -> list[PartnerMessage]:
    """Return everything that was said about a session or CDR, in the order in which it came."""
    query = select(PartnerMessage).where(PartnerMessage.key == key).order_by(PartnerMessage.id)  # type: ignore[arg-type]  # SQLModel types a column as its value
    return list((await db.exec(query)).all())
