"""Taking sessions and CDRs out of quarantine when what came later says whose they are (ocpi.md 4.7 and 4.9).

A bill may come before its session, a credit before what it credits. Each function links the rows and returns them; who
calls tells the charge.
"""

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.roaming import CdrRow, PartnerSessionRow
from api.services.roaming.documents import read_cdr, read_session
from api.services.roaming.keys import object_key
from api.services.roaming.matching import tells_of


async def claim_cdrs_of_session(db: AsyncSession, row: PartnerSessionRow) -> list[CdrRow]:
    """Link the stray CDRs that name a session whose charge is known, else the only one that can be of it."""
    strays = (await db.exec(_strays(row).where(func.upper(CdrRow.session_id) == func.upper(row.id)))).all()
    found = list(strays)
    if not found:
        session = read_session(row.document)
        nameless = (
            await db.exec(
                _strays(row).where(
                    col(CdrRow.session_id).is_(None),
                    col(CdrRow.credit).is_(False),
                    CdrRow.started_at < max(session.last_updated, session.ended_at or session.last_updated),
                    CdrRow.ended_at > session.starts_at,
                )
            )
        ).all()
        contract = await _contract_of(db, row.charging_session_id)
        alike = [each for each in nameless if tells_of(read_cdr(each.document), session, row.partner_id, contract)]
        found = alike if len(alike) == 1 and not await _is_billed(db, row.charging_session_id) else []
    return await _linked(db, found, row.charging_session_id)


async def claim_credits(db: AsyncSession, row: CdrRow) -> list[CdrRow]:
    """Link the stray credits of a CDR whose charge is known."""
    query = _strays(row).where(func.upper(CdrRow.credit_reference_id) == func.upper(row.id))
    return await _linked(db, list((await db.exec(query)).all()), row.charging_session_id)


async def claim_session_of_cdr(db: AsyncSession, row: CdrRow) -> PartnerSessionRow | None:
    """Link the stray session that a CDR names whose charge is known; None: there is none, or the charge has its own.

    A bill must not bring its charge a second meter to be measured by.
    """
    own = select(PartnerSessionRow.key).where(PartnerSessionRow.charging_session_id == row.charging_session_id)
    if row.session_id is None or (await db.exec(own)).first() is not None:
        return None
    key = object_key(row.partner_id, row.country_code, row.party_id, row.session_id)
    found = await db.get(PartnerSessionRow, key, with_for_update=True, populate_existing=True)
    if found is None or found.charging_session_id is not None:
        return None
    found.charging_session_id = row.charging_session_id
    await db.flush()
    return found


def _strays(row: PartnerSessionRow | CdrRow):  # type: ignore[no-untyped-def]  # SQLModel does not export what select returns
    """Return the query for the CDRs of the same owner that are of no charge, locked."""
    return (
        select(CdrRow)
        .where(
            CdrRow.partner_id == row.partner_id,
            CdrRow.country_code == row.country_code,
            CdrRow.party_id == row.party_id,
            col(CdrRow.charging_session_id).is_(None),
        )
        .with_for_update()
    )


async def _contract_of(db: AsyncSession, charging_session_id: str | None) -> str:
    """Return the contract id of the driver of a charge."""
    query = (
        select(Driver.contract_id)
        .join(ChargingSession, col(ChargingSession.driver_id) == col(Driver.id))
        .where(ChargingSession.id == charging_session_id)
    )
    return (await db.exec(query)).first() or ""


async def _is_billed(db: AsyncSession, charging_session_id: str | None) -> bool:
    """Say whether a charge has a CDR."""
    query = select(CdrRow.key).where(CdrRow.charging_session_id == charging_session_id)
    return (await db.exec(query)).first() is not None


async def _linked(db: AsyncSession, rows: list[CdrRow], charging_session_id: str | None) -> list[CdrRow]:
    """Link rows to a charge."""
    for row in rows:
        row.charging_session_id = charging_session_id
    await db.flush()
    return rows
