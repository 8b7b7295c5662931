"""Requests that a driver's app repeats: one ``Idempotency-Key`` makes one thing, however often it is sent.

Answers to draft-ietf-httpapi-idempotency-key-header: another request under the same key is refused, a request still in
flight is a conflict. The key is stored in the transaction that makes the thing, and an advisory lock held until its
end tells that the first request is still running: a crash leaves neither behind, and a failed request may be repeated.
"""

import hashlib
from datetime import datetime

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.models.driver import IdempotencyKey

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:number)")


class KeyReused(Invalid):
    """The key was used before, for another request."""


class RequestInFlight(Conflict):
    """The first request with this key has not been answered yet."""


async def begin_once(*, db: AsyncSession, driver_id: str, key: str, request: str) -> str | None:
    """Return the id of what the first request with this key made, or None when this is the first.

    ``request`` is everything that must be the same in a repetition: method, path and body. Call ``finish_once`` in
    the same transaction. Raises ``KeyReused``, ``RequestInFlight``.
    """
    connection = await db.connection()
    if not (await connection.execute(_TRY_LOCK, {"number": _lock_number(driver_id, key)})).scalar_one():
        raise RequestInFlight("request_in_flight")
    query = select(IdempotencyKey).where(IdempotencyKey.driver_id == driver_id, IdempotencyKey.key == key)
    known = (await db.exec(query)).first()
    if known is None:
        return None
    if known.request_hash != _hash(request):
        raise KeyReused("idempotency_key_reused")
    return known.resource_id


async def finish_once(
    *, db: AsyncSession, now: datetime, driver_id: str, key: str, request: str, resource_id: str
) -> None:
    """Remember what this request made, for its repetitions."""
    db.add(
        IdempotencyKey(
            driver_id=driver_id, key=key, request_hash=_hash(request), resource_id=resource_id, created_at=now
        )
    )
    await db.flush()


def _hash(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest()


def _lock_number(driver_id: str, key: str) -> int:
    """Return a signed 64-bit number for PostgreSQL's advisory locks."""
    digest = hashlib.sha256(f"idempotency\n{driver_id}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
