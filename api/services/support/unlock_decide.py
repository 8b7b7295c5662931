"""An agent approves or declines a request to unlock: the only way from a driver's wish to UNLOCK_CONNECTOR.

The charge is locked, then the request, so that two agents and two clicks make one command. ``partner_id`` is whose
chargers the agent may decide about; None: all, for our own support. Elsewhere there is no such request for them.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid, NotFound
from api.domain.support.unlock import UnlockRequestOver, UnlockState
from api.models.owner import UnlockRequest
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import named, note_action
from api.services.charging.unlock import ask_unlock
from api.services.support.unlock_requests import cable_may_be_in
from api.services.support.unlock_steps import end_unlock_request


class UnknownUnlockRequest(NotFound):
    """There is no such request, or it is about somebody else's charger."""


class DeclineReasonMissing(Invalid):
    """The driver is told why."""


async def approve_unlock(
    *, db: AsyncSession, ports: Ports, now: datetime, unlock_request_id: str, by: str, partner_id: str | None
) -> None:
    """Approve and have it sent once; raises UnknownUnlockRequest, UnlockRequestOver, OperatorAway, PersonUnnamed."""
    unlock = await _locked(db, now, unlock_request_id, partner_id)
    command = await ask_unlock(
        db=db,
        ports=ports,
        now=now,
        charging_session_id=unlock.charging_session_id,
        by=by,
        reason=f"asked for by the driver, {unlock.id}",
    )
    unlock.command_id = command.id
    await end_unlock_request(db=db, ports=ports, now=now, unlock=unlock, state=UnlockState.APPROVED, by=named(by))
    await _log(db, now, unlock, by, "")


async def decline_unlock(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    unlock_request_id: str,
    by: str,
    reason: str,
    partner_id: str | None,
) -> None:
    """Decline and tell the driver why; raises UnknownUnlockRequest, UnlockRequestOver, DeclineReasonMissing."""
    if not reason.strip():
        raise DeclineReasonMissing("decline_reason_missing")
    unlock = await _locked(db, now, unlock_request_id, partner_id)
    unlock.reason = reason.strip()[:500]
    await end_unlock_request(db=db, ports=ports, now=now, unlock=unlock, state=UnlockState.DECLINED, by=named(by))
    await _log(db, now, unlock, by, unlock.reason)


async def _locked(db: AsyncSession, now: datetime, unlock_request_id: str, partner_id: str | None) -> UnlockRequest:
    """Return an undecided request, its charge locked before it, as where one is asked for."""
    found = await db.get(UnlockRequest, unlock_request_id)
    if found is None or (partner_id is not None and found.partner_id != partner_id):
        raise UnknownUnlockRequest("unknown_unlock_request")
    charge = await lock_charge(db=db, charging_session_id=found.charging_session_id)
    unlock = await db.get_one(UnlockRequest, unlock_request_id, with_for_update=True, populate_existing=True)
    if unlock.state != UnlockState.ASKED:
        raise UnlockRequestOver("unlock_request_over", state=unlock.state)
    if unlock.expires_at <= now or not await cable_may_be_in(db=db, now=now, charge=charge):
        raise UnlockRequestOver("unlock_request_over", state=str(UnlockState.EXPIRED))
    return unlock


async def _log(db: AsyncSession, now: datetime, unlock: UnlockRequest, by: str, reason: str) -> None:
    await note_action(
        db=db,
        now=now,
        by=named(by),
        action=f"unlock_request_{unlock.state}",
        subject_id=unlock.id,
        charging_session_id=unlock.charging_session_id,
        reason=reason,
        before={"state": str(UnlockState.ASKED)},
        after={"state": unlock.state, "command_id": unlock.command_id},
    )
