"""Refresh tokens: used once, exchanged for the next; a token used twice closes the whole family (RFC 9700, 4.14.2).

Only SHA-256 hashes are stored: the tokens have 256 bits, so a slow hash would protect nothing more.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Unauthenticated
from api.domain.ids import Prefix
from api.models.driver import RefreshToken
from api.models.notice import PushDevice
from api.ports import Ports
from api.services.work import Work


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, used up, revoked or expired: the driver must sign in again."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The next refresh token of a family, told once."""

    driver_id: str
    family_id: str
    refresh_token: str
    refresh_token_expires_at: datetime


def issue_first_token(
    *, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, lifetime: timedelta
) -> tuple[RefreshToken, str]:
    """Add the first token of a new family and return its row and the token itself."""
    return _issue(db, ports, now, driver_id, ports.randomness.new_id(Prefix.TOKEN_FAMILY), now + lifetime)


async def refresh_token(*, work: Work, ports: Ports, now: datetime, token: str) -> Refreshed:
    """Exchange ``token`` for the next of its family, which ends when the first one would have ended.

    A token that was used before revokes the family, since one of the two users is a thief. Raises ``RefreshRefused``.
    """
    async with work() as db:
        row = await _locked(db, token)
        usable = row is not None and row.used_at is None and row.revoked_at is None and row.expires_at > now
        if row is not None and usable:
            row.used_at = now
            db.add(row)
            new, secret = _issue(db, ports, now, row.driver_id, row.family_id, row.expires_at)
            return Refreshed(new.driver_id, new.family_id, secret, new.expires_at)
        if row is not None and row.used_at is not None:
            await _revoke(db, row.family_id, now)
    # Raised after the commit: the revocation must outlive the refusal.
    raise RefreshRefused("refresh_refused")


async def sign_out(*, db: AsyncSession, now: datetime, token: str) -> None:
    """Close the family of ``token``; an unknown token changes nothing and is no error."""
    row = await _locked(db, token)
    if row is not None:
        await _revoke(db, row.family_id, now)


def hash_token(token: str) -> str:
    """Return what is stored of a token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


async def _locked(db: AsyncSession, token: str) -> RefreshToken | None:
    query = select(RefreshToken).where(RefreshToken.token_hash == hash_token(token)).with_for_update()
    return (await db.exec(query)).first()


async def _revoke(db: AsyncSession, family_id: str, now: datetime) -> None:
    living = (col(RefreshToken.family_id) == family_id) & col(RefreshToken.revoked_at).is_(None)
    await db.exec(update(RefreshToken).where(living).values(revoked_at=now))
    await db.exec(delete(PushDevice).where(col(PushDevice.family_id) == family_id))


def _issue(
    db: AsyncSession, ports: Ports, now: datetime, driver_id: str, family_id: str, expires_at: datetime
) -> tuple[RefreshToken, str]:
    secret = ports.randomness.secret()
    row = RefreshToken(
        token_hash=hash_token(secret), family_id=family_id, driver_id=driver_id, created_at=now, expires_at=expires_at
    )
    db.add(row)
    return row, secret
