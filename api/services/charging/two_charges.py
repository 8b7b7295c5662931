"""A bill whose token and session are of two charges: told to staff, and no charge is settled by the other one's bill.

Which of the two it is of is decided by what else it says (``services/roaming/matching.py``). Where that leaves a doubt
it stays of no charge until staff know more. Answers to OCPI 2.2.1 chapter 10: ``session_id`` and ``cdr_token`` of a CDR
are those of one session.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.charging import ChargingSession
from api.models.roaming import CdrRow, PartnerSessionRow
from api.ports import Ports
from api.services.charging.findings import open_finding
from api.services.deferral import Job, defer_job
from api.services.roaming.documents import read_cdr
from api.services.roaming.keys import object_key
from api.services.roaming.matching import charge_of_cdr, charges_named

TWO_CHARGES = "cdr_names_two_charges"


async def tell_of_two_charges(*, db: AsyncSession, ports: Ports, now: datetime, row: CdrRow) -> None:
    """Open a finding about a CDR whose token and session are of two charges; about any other nothing happens."""
    named = await charges_named(db, row.partner_id, read_cdr(row.document))
    if named is None:
        return
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason=TWO_CHARGES,
        subject=row.key,
        charging_session_id=row.charging_session_id,
        detail={"cdr": row.id, "by_token": named[0], "by_session": named[1], "taken_for": row.charging_session_id},
    )


async def own_bills(
    *, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, rows: Sequence[CdrRow]
) -> list[CdrRow]:
    """Return the CDRs of a locked charge that it may be settled by; others move to their charge, or to none.

    One that was settled by before stays where it is in the books, and is told to staff.
    """
    own = []
    for row in rows:
        if await _of_another(db, charge, row):
            if row.audit is None:
                row.charging_session_id = await charge_of_cdr(db, row.partner_id, read_cdr(row.document))
                db.add(row)
                await db.flush()
            await tell_of_two_charges(db=db, ports=ports, now=now, row=row)
        if row.charging_session_id == charge.id:
            own.append(row)
        elif row.charging_session_id is not None:
            await defer_job(db, Job.SETTLE, lock=row.charging_session_id, charging_session_id=row.charging_session_id)
    return own


async def look_at_bills_of(*, db: AsyncSession, ports: Ports, now: datetime, session: PartnerSessionRow) -> None:
    """Look again at bills of other charges that name a session whose charge is known now."""
    query = select(CdrRow).where(
        CdrRow.partner_id == session.partner_id,
        CdrRow.country_code == session.country_code,
        CdrRow.party_id == session.party_id,
        func.upper(CdrRow.session_id) == session.id.upper(),
        col(CdrRow.charging_session_id).is_not(None),
        CdrRow.charging_session_id != session.charging_session_id,
    )
    for row in (await db.exec(query)).all():
        await tell_of_two_charges(db=db, ports=ports, now=now, row=row)
        if row.audit is None:
            await defer_job(db, Job.SETTLE, lock=row.charging_session_id, charging_session_id=row.charging_session_id)


async def _of_another(db: AsyncSession, charge: ChargingSession, row: CdrRow) -> bool:
    """Say whether a CDR names a session that is another charge's."""
    if row.session_id is None:
        return False
    named = await db.get(PartnerSessionRow, object_key(row.partner_id, row.country_code, row.party_id, row.session_id))
    return named is not None and named.charging_session_id not in (None, charge.id)
