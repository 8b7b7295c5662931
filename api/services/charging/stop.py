"""Stopping a charge: confirmed by the driver, sent by a job, true only when the partner shows it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import DriverCanceled, StopConfirmed
from api.domain.charging.lifecycle import accepts_cancel, accepts_stop
from api.domain.errors import Conflict
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.advance import UnknownCharge, apply_facts, lock_charge
from api.services.charging.learn import STOP_ASKED_AT
from api.services.charging.stored_state import state_of


class ConfirmationRequired(Conflict):
    """A stop must be confirmed. Facts: ``kwh``, ``running`` (the cost so far)."""


class NothingToStop(Conflict):
    """The charge is in a state in which nothing can be stopped. Facts: ``status``."""


async def stop_charging(
    *, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, charging_session_id: str, confirmed: bool
) -> ChargingSession:
    """Ask for a stop; repeating it does nothing more. Raises UnknownCharge, ConfirmationRequired, NothingToStop."""
    charge = await _own(db, driver_id, charging_session_id)
    if not accepts_stop(state_of(charge)):
        if charge.freed_at is not None:
            return charge  # it has stopped already: a late tap is no mistake
        raise NothingToStop("nothing_to_stop", status=charge.status)
    if not confirmed:
        raise ConfirmationRequired("confirmation_required", kwh=str(charge.kwh), running=charge.running)
    before = charge.status
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[StopConfirmed()])
    if charge.status != before:  # from the first tap on it is waited for, however often it is tapped
        charge.guidance = charge.guidance | {STOP_ASKED_AT: now.isoformat()}
        db.add(charge)
    return charge


async def cancel_start(
    *, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, charging_session_id: str
) -> ChargingSession:
    """Give up a charge before a session is seen: the hold is released as soon as that is safe.

    After a failed start this releases at once the hold that was kept for another try. Raises UnknownCharge.
    """
    charge = await _own(db, driver_id, charging_session_id)
    if accepts_cancel(state_of(charge)):
        await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[DriverCanceled()])
    return charge


async def _own(db: AsyncSession, driver_id: str, charging_session_id: str) -> ChargingSession:
    """Return the driver's charge, locked."""
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    if charge.driver_id != driver_id:
        raise UnknownCharge("unknown_charging_session")
    return charge
