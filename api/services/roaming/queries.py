"""Reads of what partners told us, for other rooms and the command line. Nothing here writes."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.partner import Partner
from api.models.roaming import CdrRow, CommandRow, DriverTokenRow, PartnerSessionRow
from api.services.roaming.keys import object_key
from api.services.roaming.partners import PartnerStatus


async def all_partners(db: AsyncSession) -> list[Partner]:
    """Return every partner, oldest first."""
    return list((await db.exec(select(Partner).order_by(col(Partner.created_at), Partner.id))).all())


async def connected_partners(db: AsyncSession) -> list[Partner]:
    """Return the partners that can be called, oldest first."""
    return [partner for partner in await all_partners(db) if partner.status == PartnerStatus.CONNECTED]


async def session_by_id(
    db: AsyncSession, partner: Partner, country_code: str, party_id: str, session_id: str
) -> PartnerSessionRow | None:
    """Return a partner's session as last merged, or None."""
    return await db.get(PartnerSessionRow, object_key(partner.id, country_code, party_id, session_id))


async def sessions_of_charge(db: AsyncSession, charging_session_id: str) -> list[PartnerSessionRow]:
    """Return the partner's sessions of one charge, oldest first; more than one is rare and not wrong."""
    query = select(PartnerSessionRow).where(PartnerSessionRow.charging_session_id == charging_session_id)
    return list((await db.exec(query.order_by(col(PartnerSessionRow.first_seen_at)))).all())


async def cdrs_of_charge(db: AsyncSession, charging_session_id: str) -> list[CdrRow]:
    """Return the CDRs of one charge, credits included, in the order they came."""
    query = select(CdrRow).where(CdrRow.charging_session_id == charging_session_id)
    return list((await db.exec(query.order_by(col(CdrRow.received_at), CdrRow.key))).all())


async def commands_of_charge(db: AsyncSession, charging_session_id: str) -> list[CommandRow]:
    """Return the commands of one charge in the order they were planned."""
    query = select(CommandRow).where(CommandRow.charging_session_id == charging_session_id)
    return list((await db.exec(query.order_by(col(CommandRow.created_at), CommandRow.id))).all())


async def token_of_charge(db: AsyncSession, charging_session_id: str) -> DriverTokenRow | None:
    """Return the token that was made for one charge, or None."""
    query = select(DriverTokenRow).where(DriverTokenRow.charging_session_id == charging_session_id)
    return (await db.exec(query)).first()


async def quarantined_sessions(db: AsyncSession) -> list[PartnerSessionRow]:
    """Return the sessions that match no charge of ours, newest first, for staff."""
    query = select(PartnerSessionRow).where(col(PartnerSessionRow.charging_session_id).is_(None))
    return list((await db.exec(query.order_by(col(PartnerSessionRow.updated_at).desc()))).all())
