"""What leads a driver through a charge: kept with it at the start, and completed by what the posts around it tell.

The plug step completes itself when our EVSE is told to be in use (CM11). A neighbor that becomes so while ours stays
free is taken for a cable in the wrong post: a hint with its number, never a fault (idea 4).
"""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.guide import StartSequence
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.location import EvseStatus
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.network import Network
from api.services.charging.advance import announce, lock_charge
from api.services.charging.learn import usual_times

PLUGGED = frozenset({EvseStatus.CHARGING})
WAITING = frozenset({ChargingStatus.STARTING, ChargingStatus.START_ACCEPTED, ChargingStatus.START_UNKNOWN})
"""Statuses in which a start is out and no session was seen."""


async def start_sequence_at(*, db: AsyncSession, location: LocationRow) -> StartSequence:
    """Return what the network of a location wants first."""
    network = await db.get(Network, (location.country_code, location.party_id))
    known = network is not None and network.start_sequence in set(StartSequence)
    return StartSequence(network.start_sequence) if network is not None and known else StartSequence.UNKNOWN


async def guidance_at_start(
    *, db: AsyncSession, now: datetime, driver: Driver, evse: EvseRow, location: LocationRow
) -> dict[str, Any]:
    """Return what a new charge is led by. A post in use has most likely the driver's own cable in it."""
    plugged = {"plugged_at": now.isoformat()} if evse.status in PLUGGED else {}
    return plugged | {
        "start_sequence": await start_sequence_at(db=db, location=location),
        "language": driver.language,
        "usual": await usual_times(db=db, evse=evse, location=location),
    }


async def note_occupied(*, db: AsyncSession, now: datetime, evse: EvseRow) -> None:
    """Complete the plug step of the charge at an EVSE that is in use now, or warn the one that waits beside it."""
    location_key, key = evse.location_key, evse.key
    query = select(ChargingSession).where(
        ChargingSession.location_key == location_key,
        col(ChargingSession.freed_at).is_(None),
        col(ChargingSession.final_at).is_(None),
    )
    here = list(await db.exec(query.order_by(col(ChargingSession.id))))
    own = [charge for charge in here if charge.evse_key == key]
    waiting = own or [charge for charge in here if await _stays_free(db, charge)]
    if len(waiting) != 1:
        return  # nobody waits here, or nobody could tell whose cable that is
    charge = await lock_charge(db=db, charging_session_id=waiting[0].id)
    if charge.status not in WAITING or (not own and "plugged_at" in charge.guidance):
        return
    if own:
        kept = {name: value for name, value in charge.guidance.items() if name != "wrong_connector"}
        charge.guidance = kept | {"plugged_at": now.isoformat()}
    else:
        charge.guidance = charge.guidance | {"wrong_connector": await _suspicion(db, now, evse)}
    await announce(db=db, charge=charge, now=now)


async def _stays_free(db: AsyncSession, charge: ChargingSession) -> bool:
    """Say whether a charge waits for its start at an EVSE that is told to be free."""
    evse = await db.get(EvseRow, charge.evse_key)
    return charge.status in WAITING and evse is not None and evse.status == EvseStatus.AVAILABLE


async def _suspicion(db: AsyncSession, now: datetime, evse: EvseRow) -> dict[str, Any]:
    """Return where the cable may be, with what stands on that post."""
    query = select(ConnectorRow).where(ConnectorRow.evse_key == evse.key).order_by(col(ConnectorRow.key))
    connectors = [row.public_id for row in await db.exec(query)]
    return {
        "evse_key": evse.key,
        "evse_id": evse.evse_id,
        "visual_id": evse.physical_reference or evse.evse_id,
        "connector_ids": connectors,
        "at": now.isoformat(),
    }
