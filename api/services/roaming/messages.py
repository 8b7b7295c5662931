"""The record of what partners said about sessions and CDRs, message by message, taken or not.

Written in the transaction that takes the message; one that is refused leaves its record in a transaction of its own.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.partner import Partner
from api.models.roaming import PartnerMessage


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
    """Record one message about the object ``key``."""
    values = {"module": module, "key": key, "partner_id": partner.id, "received_at": now, "refusal": refusal}
    connection = await db.connection()
    await connection.execute(
        insert(PartnerMessage).values(**values, how=said.how, version=said.version, raw=said.raw).inline()
    )


async def messages_about(db: AsyncSession, key: str) -> list[PartnerMessage]:
    """Return everything that was said about a session or CDR, in the order in which it came."""
    query = select(PartnerMessage).where(PartnerMessage.key == key).order_by(PartnerMessage.id)  # type: ignore[arg-type]  # SQLModel types a column as its value
    return list((await db.exec(query)).all())
