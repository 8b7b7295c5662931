"""Tokens by which partners know our drivers: made fresh for each charge, and listed (OCPI 2.2.1 chapter 12).

All uids are stored in upper case, so that a partner may spell them as it likes. A token made for one charge is shown
only to the partner of that charge: nobody else has a use for it. Passes are shown to every partner (``passes.py``);
what they may do is decided in ``services/charging/authorize.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, tuple_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.roaming.token import DriverToken, TokenType, Whitelist
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.partner import Partner
from api.models.remote import ReservationRow
from api.models.roaming import DriverTokenRow
from api.ports import Ports
from api.ports.policy import ServicePolicy


class UnknownToken(NotFound):
    """We never issued this token, or not for this partner to see."""


PASS_TYPES = (TokenType.RFID.value, TokenType.OTHER.value)
"""Kinds of tokens that are passes: things that a driver carries, good for many charges."""


class TokenCursor(NamedTuple):
    """The last token of a page: where the next one goes on, whatever has changed meanwhile."""

    last_updated: datetime
    uid: str


@dataclass(frozen=True, slots=True)
class TokenPage:
    """One page of the token list, how many there are in all, and where to go on if there are more."""

    tokens: tuple[DriverToken, ...]
    total: int
    following: TokenCursor | None


def group_of(driver: Driver) -> str:
    """Return the group of all of a driver's tokens: what one of them started, another may stop (CM23)."""
    return driver.contract_id


def issue_start_token(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    charging_session_id: str,
    uid: str | None = None,
    token_type: TokenType = TokenType.APP_USER,
) -> DriverTokenRow:
    """Make the token of one charge and add it to ``db`` without flushing: the charge's row must be flushed before it.

    ``uid`` is what ``ports.randomness.token_uid()`` gave, where the caller needed it earlier. Partners must not accept
    the token without our command, hence whitelist ``never``.
    """
    row = DriverTokenRow(
        uid=(uid or ports.randomness.token_uid()).upper(),
        type=token_type.value,
        driver_id=driver.id,
        charging_session_id=charging_session_id,
        contract_id=driver.contract_id,
        group_id=group_of(driver),
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
    after: TokenCursor | None = None,
) -> TokenPage:
    """Return the tokens this partner may know, oldest change first, changed in a half-open stretch of time.

    A page that begins ``after`` the last token of the one before loses none when tokens change, and so move to the end
    of the list, while it is read; by ``offset`` some would be passed over.
    """
    conditions = [_visible_to(partner)]
    if changed_from is not None:
        conditions.append(col(DriverTokenRow.last_updated) >= changed_from)
    if changed_before is not None:
        conditions.append(col(DriverTokenRow.last_updated) < changed_before)
    total = (await db.exec(select(func.count()).select_from(DriverTokenRow).where(*conditions))).one()
    query = select(DriverTokenRow).where(*conditions).order_by(col(DriverTokenRow.last_updated), DriverTokenRow.uid)
    if after is not None:
        query = query.where(tuple_(col(DriverTokenRow.last_updated), col(DriverTokenRow.uid)) > tuple_(*after))
    rows = (await db.exec(query.offset(offset).limit(limit + 1))).all()
    shown = rows[:limit]
    following = TokenCursor(shown[-1].last_updated, shown[-1].uid) if shown and len(rows) > limit else None
    return TokenPage(tuple(as_driver_token(row, policy) for row in shown), total, following)


async def token_known_to(*, db: AsyncSession, partner: Partner, uid: str, token_type: TokenType) -> DriverTokenRow:
    """Return a token that a partner asks about; raises UnknownToken, also for one of a charge at another partner."""
    query = select(DriverTokenRow).where(
        DriverTokenRow.uid == uid.upper(), DriverTokenRow.type == token_type.value, _visible_to(partner)
    )
    row = (await db.exec(query)).first()
    if row is None:
        raise UnknownToken("token_unknown")
    return row


async def told_of_owner(db: AsyncSession, uid: str) -> dict[str, str]:
    """Return whose token this is, for findings about a session or CDR of no charge; empty when it is not ours.

    A pass or a reservation makes real cost without a charge behind it, so staff must see whom to bill.
    """
    row = await db.get(DriverTokenRow, uid.upper())
    if row is None:
        return {}
    told = {"driver_id": row.driver_id, "token_uid": row.uid, "contract_id": row.contract_id, "token_type": row.type}
    if row.type in PASS_TYPES:
        return told | {"cost_of": "pass"} | ({"visual_number": row.visual_number} if row.visual_number else {})
    reserved = (await db.exec(select(ReservationRow.id).where(ReservationRow.token_uid == row.uid))).first()
    return told | ({"cost_of": "reservation", "reservation_id": reserved} if reserved else {})


def _visible_to(partner: Partner) -> ColumnElement[bool]:
    """Return the condition under which a partner may know of a token: passes all, others where they are for it."""
    of_its_charge = select(ChargingSession.id).where(
        col(ChargingSession.id) == col(DriverTokenRow.charging_session_id), ChargingSession.partner_id == partner.id
    )
    of_its_reservation = select(ReservationRow.id).where(
        col(ReservationRow.token_uid) == col(DriverTokenRow.uid), ReservationRow.partner_id == partner.id
    )
    return or_(col(DriverTokenRow.type).in_(PASS_TYPES), of_its_charge.exists(), of_its_reservation.exists())
