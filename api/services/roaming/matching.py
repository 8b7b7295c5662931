"""Finding our charge behind a partner's session or CDR: by the token we made for that one charge, else by reference.

A charge is found only for the partner it runs at: a partner that names another's token is not believed. What matches
nothing stays in quarantine and is never billed to a guess (ocpi.md 0.2 and 4.9).
"""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.charging import ChargingSession
from api.models.roaming import DriverTokenRow


async def charge_behind(
    db: AsyncSession, partner_id: str, token_uid: str, authorization_reference: str | None
) -> str | None:
    """Return the id of the charge that a token uid (compared without case) or a reference names, or None."""
    by_token = (
        select(ChargingSession.id)
        .join(DriverTokenRow, col(DriverTokenRow.charging_session_id) == col(ChargingSession.id))
        .where(DriverTokenRow.uid == token_uid.upper(), ChargingSession.partner_id == partner_id)
    )
    found = (await db.exec(by_token)).first()
    if found is not None or authorization_reference is None:
        return found
    by_reference = select(ChargingSession.id).where(
        ChargingSession.id == authorization_reference, ChargingSession.partner_id == partner_id
    )
    return (await db.exec(by_reference)).first()
