"""Tokens by which partners know our drivers: made fresh for each charge, listed and authorized (OCPI 2.2.1 chapter 12).

All uids are stored in upper case, so that a partner may spell them as it likes. A token made for one charge is shown
only to the partner of that charge: nobody else has a use for it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.roaming.token import (
    Allowed,
    AuthorizationInfo,
    DriverToken,
    TokenType,
    Whitelist,
)
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.partner import Partner
from api.models.roaming import DriverTokenRow
from api.ports import Ports
from api.ports.policy import ServicePolicy


class UnknownToken(NotFound):
    """We never issued this token, or not for this partner to see."""


@dataclass(frozen=True, slots=True)
class TokenPage:
    """One page of the token list and how many there are in all."""

    tokens: tuple[DriverToken, ...]
    total: int


def issue_start_token(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, charging_session_id: str, uid: str | None = None
) -> DriverTokenRow:
    """Make the token of one charge and add it to ``db`` without flushing: the charge's row must be flushed before it.

    ``uid`` is what ``ports.randomness.token_uid()`` gave, where the caller needed it earlier. Partners must not accept
    the token without our command, hence whitelist ``never``.
    """
    row = DriverTokenRow(
        uid=(uid or ports.randomness.token_uid()).upper(),
        type=TokenType.APP_USER.value,
        driver_id=driver.id,
        charging_session_id=charging_session_id,
        contract_id=driver.contract_id,
        whitelist=Whitelist.NEVER.value,
        language=driver.language,
        last_updated=now,
    )
    db.add(row)
    return row


async def retire_token(*, db: AsyncSession, now: datetime, uid: str) -> None:
    """Make a token invalid; repeated or unknown, nothing happens."""
    row = await db.get(DriverTokenRow, uid.upper(), with_for_update=True)
    if row is not None and row.valid:
        row.valid, row.last_updated = False, now
        await db.flush()


def as_driver_token(row: DriverTokenRow, policy: ServicePolicy) -> DriverToken:
    """Return a stored token as a partner sees it, issued by us."""
    return DriverToken(
        country_code=policy.our_party.country_code,
        party_id=policy.our_party.party_id,
        uid=row.uid,
        type=TokenType(row.type),
        contract_id=row.contract_id,
        issuer=policy.our_name,
        valid=row.valid,
        whitelist=Whitelist(row.whitelist),
        last_updated=row.last_updated,
        group_id=row.group_id,
        visual_number=row.visual_number,
        language=row.language[:2].lower() if row.language else None,  # ISO 639-1, where a phone may have said de-AT
    )


async def page_of_tokens(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    partner: Partner,
    offset: int,
    limit: int,
    changed_from: datetime | None = None,
    changed_before: datetime | None = None,
) -> TokenPage:
    """Return the tokens this partner may know, oldest change first, changed in a half-open stretch of time."""
    conditions = [_visible_to(partner)]
    if changed_from is not None:
        conditions.append(col(DriverTokenRow.last_updated) >= changed_from)
    if changed_before is not None:
        conditions.append(col(DriverTokenRow.last_updated) < changed_before)
    total = (await db.exec(select(func.count()).select_from(DriverTokenRow).where(*conditions))).one()
    query = select(DriverTokenRow).where(*conditions).order_by(col(DriverTokenRow.last_updated), DriverTokenRow.uid)
    rows = (await db.exec(query.offset(offset).limit(limit))).all()
    return TokenPage(tuple(as_driver_token(row, policy) for row in rows), total)


async def authorize_token(
    *, db: AsyncSession, policy: ServicePolicy, partner: Partner, uid: str, token_type: TokenType
) -> AuthorizationInfo:
    """Answer whether a token may charge now: valid, and if made for one charge, that charge not over yet.

    Raises UnknownToken, also for a token that was made for a charge at another partner.
    """
    query = select(DriverTokenRow).where(
        DriverTokenRow.uid == uid.upper(), DriverTokenRow.type == token_type.value, _visible_to(partner)
    )
    row = (await db.exec(query)).first()
    if row is None:
        raise UnknownToken("token_unknown")
    answer = AuthorizationInfo(
        allowed=Allowed.ALLOWED if row.valid else Allowed.BLOCKED,
        token=as_driver_token(row, policy),
        authorization_reference=row.charging_session_id if row.valid else None,
    )
    charge = await db.get(ChargingSession, row.charging_session_id) if row.charging_session_id else None
    over = charge is not None and (charge.final_at is not None or charge.freed_at is not None)
    return replace(answer, allowed=Allowed.EXPIRED, authorization_reference=None) if over and row.valid else answer


def _visible_to(partner: Partner) -> ColumnElement[bool]:
    """Return the condition under which a partner may know of a token."""
    of_its_charge = select(ChargingSession.id).where(
        col(ChargingSession.id) == col(DriverTokenRow.charging_session_id), ChargingSession.partner_id == partner.id
    )
    return or_(col(DriverTokenRow.charging_session_id).is_(None), and_(of_its_charge.exists()))
