"""Reading charges: for their driver, and for the use cases that must find the charge something happened to."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.charging import BADGE, ChargingEvent, ChargingSession
from api.models.payment import HoldRow
from api.models.roaming import CdrRow
from api.services.charging.advance import UnknownCharge
from api.services.charging.audits import cdrs_of_charge
from api.services.charging.running import readings_of_charge

__all__ = [
    "active_charge",
    "active_charge_id",
    "audited_cdrs",
    "charge_of_driver",
    "events_of_charge",
    "hold_of_charge",
    "live_charges_at_evse",
    "pass_charges_at",
    "readings_of_charge",
]
_LIVE = (col(ChargingSession.freed_at).is_(None), col(ChargingSession.final_at).is_(None))
"""The conditions for a charge that still occupies its connector and its driver."""


async def active_charge(*, db: AsyncSession, driver_id: str) -> ChargingSession | None:
    """Return the charge that a driver's app should open with: the newest one that still occupies a connector."""
    query = select(ChargingSession).where(ChargingSession.driver_id == driver_id, *_LIVE)
    return (await db.exec(query.order_by(col(ChargingSession.created_at).desc()))).first()


async def active_charge_id(*, db: AsyncSession, driver_id: str) -> str | None:
    """Return the id of that charge alone, for answers that only point to it (CM16)."""
    query = select(ChargingSession.id).where(ChargingSession.driver_id == driver_id, *_LIVE)
    return (await db.exec(query.order_by(col(ChargingSession.created_at).desc()))).first()


async def audited_cdrs(*, db: AsyncSession, charging_session_id: str) -> list[CdrRow]:
    """Return the CDRs of a charge with their audits, in the order in which they came; raises UnknownCharge."""
    if await db.get(ChargingSession, charging_session_id) is None:
        raise UnknownCharge("unknown_charging_session")
    return await cdrs_of_charge(db=db, charging_session_id=charging_session_id)


async def charge_of_driver(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> ChargingSession:
    """Return one charge of one driver; raises UnknownCharge also for a charge of somebody else."""
    charge = await db.get(ChargingSession, charging_session_id)
    if charge is None or charge.driver_id != driver_id:
        raise UnknownCharge("unknown_charging_session")
    return charge


async def hold_of_charge(*, db: AsyncSession, charging_session_id: str) -> HoldRow | None:
    """Return the hold of a charge."""
    return (await db.exec(select(HoldRow).where(HoldRow.charging_session_id == charging_session_id))).first()


async def events_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[ChargingEvent]:
    """Return the history of a charge, oldest first."""
    query = select(ChargingEvent).where(ChargingEvent.charging_session_id == charging_session_id)
    return list(await db.exec(query.order_by(col(ChargingEvent.id))))


async def occupied_evses(*, db: AsyncSession, partner_id: str, evse_keys: Sequence[str]) -> list[str]:
    """Return those of some EVSEs that one of our charges occupies."""
    query = select(ChargingSession.evse_key).where(
        ChargingSession.partner_id == partner_id, col(ChargingSession.evse_key).in_(evse_keys), *_LIVE
    )
    return sorted(set((await db.exec(query)).all()))


async def live_charges_at_evse(*, db: AsyncSession, partner_id: str, evse_key: str) -> list[ChargingSession]:
    """Return the charges of ours that occupy an EVSE, oldest first: one, or more where passes began them."""
    query = select(ChargingSession).where(
        ChargingSession.partner_id == partner_id, ChargingSession.evse_key == evse_key, *_LIVE
    )
    return list(await db.exec(query.order_by(col(ChargingSession.created_at), col(ChargingSession.id))))


async def pass_charges_at(*, db: AsyncSession, connector_key: str) -> list[str]:
    """Return the charges that passes began at a connector and that still occupy it."""
    query = select(ChargingSession.id).where(
        ChargingSession.connector_key == connector_key, ChargingSession.auth_channel == BADGE, *_LIVE
    )
    return list(await db.exec(query))
