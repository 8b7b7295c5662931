"""A driver asks to have the connector of their charge unlocked, and sees what became of it (CK19).

Nothing here leads to the command: only an agent's word does (``unlock_decide.py``), and a test holds the faces of
drivers to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.domain.errors import Conflict
from api.domain.ids import Prefix
from api.domain.roaming.location import EvseStatus
from api.domain.support.unlock import WAITS, UnlockOutcome, UnlockState, cable_can_be_in, outcome_of
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.models.owner import UnlockRequest
from api.models.roaming import CommandRow
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.queries import charge_of_driver, live_charges_at_evse


class CarNotUnlocked(Conflict):
    """The driver has not said that the car itself is unlocked: most cables are held by the car."""


class NothingToUnlock(Conflict):
    """No cable of this charge can be in. Fact: ``status``."""


class UnlockAlreadyAsked(Conflict):
    """An agent is looking at a request for this charge. Fact: ``unlock_request_id``."""


@dataclass(frozen=True, slots=True)
class UnlockView:
    """A request with what it came to, and the charge that it is about."""

    request: UnlockRequest
    charge: ChargingSession
    outcome: UnlockOutcome
    said: str | None
    """The charger's or the operator's own words."""


async def request_unlock(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    charging_session_id: str,
    car_unlocked: bool,
) -> UnlockRequest:
    """Ask an agent to unlock; raises UnknownCharge, CarNotUnlocked, NothingToUnlock, UnlockAlreadyAsked."""
    await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    if not car_unlocked:
        raise CarNotUnlocked("car_not_unlocked")
    if not await cable_may_be_in(db=db, now=now, charge=charge):
        raise NothingToUnlock("nothing_to_unlock", status=charge.status)
    waiting = select(UnlockRequest).where(
        UnlockRequest.charging_session_id == charge.id, UnlockRequest.state == UnlockState.ASKED
    )
    earlier = (await db.exec(waiting)).first()
    if earlier is not None:
        raise UnlockAlreadyAsked("unlock_already_asked", unlock_request_id=earlier.id)
    request = UnlockRequest(
        id=ports.randomness.new_id(Prefix.UNLOCK_REQUEST),
        charging_session_id=charge.id,
        driver_id=driver_id,
        partner_id=charge.partner_id,
        state=UnlockState.ASKED,
        asked_at=now,
        expires_at=now + WAITS,
    )
    db.add(request)
    await db.flush()
    return request


async def unlock_requests_of(
    *, db: AsyncSession, now: datetime, driver_id: str, charging_session_id: str
) -> list[UnlockView]:
    """Return the requests of a driver's charge, the newest first; raises UnknownCharge."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    query = select(UnlockRequest).where(UnlockRequest.charging_session_id == charge.id)
    rows = (await db.exec(query.order_by(col(UnlockRequest.asked_at).desc(), col(UnlockRequest.id).desc()))).all()
    return [await _view(db, now, row, charge) for row in rows]


async def unlock_requests_for_agents(
    *, db: AsyncSession, now: datetime, partner_id: str | None, limit: int = 50
) -> list[UnlockView]:
    """Return what waits, then what was decided last; of one partner's chargers, or of all for our own support."""
    query = select(UnlockRequest).order_by(
        (col(UnlockRequest.state) == UnlockState.ASKED).desc(), col(UnlockRequest.asked_at).desc()
    )
    if partner_id is not None:
        query = query.where(UnlockRequest.partner_id == partner_id)
    rows: Sequence[UnlockRequest] = (await db.exec(query.limit(limit))).all()
    return [await _view(db, now, row, await db.get_one(ChargingSession, row.charging_session_id)) for row in rows]


async def cable_may_be_in(*, db: AsyncSession, now: datetime, charge: ChargingSession) -> bool:
    """Say whether the cable of a charge may still be in its charger."""
    over_since = charge.freed_at or charge.final_at
    known_since = over_since or charge.metered_at or charge.charging_at or charge.created_at
    evse = await db.get(EvseRow, charge.evse_key)
    others = await live_charges_at_evse(db=db, partner_id=charge.partner_id, evse_key=charge.evse_key)
    return cable_can_be_in(
        ChargingStatus(charge.status),
        over_since=over_since,
        now=now,
        taken_by_another=_charges_since(evse, over_since) or any(each.id != charge.id for each in others),
        told_free=evse is not None and evse.status == EvseStatus.AVAILABLE and evse.last_updated > known_since,
    )


def _charges_since(evse: EvseRow | None, over_since: datetime | None) -> bool:
    """Say whether an EVSE told to charge after the charge was over: somebody else, of whatever network."""
    if evse is None or over_since is None:
        return False
    return evse.status == EvseStatus.CHARGING and evse.last_updated > over_since


async def outcome_now(db: AsyncSession, now: datetime, request: UnlockRequest) -> tuple[UnlockOutcome, str | None]:
    """Return what a request came to, and what the other side said."""
    command = None if request.command_id is None else await db.get(CommandRow, request.command_id)
    state = UnlockState(request.state)
    if state is UnlockState.ASKED and request.expires_at <= now:
        state = UnlockState.EXPIRED
    outcome = outcome_of(
        state,
        answer=command.answer if command else None,
        result=command.result if command else None,
        decided_at=request.decided_at,
        now=now,
    )
    return outcome, (command.result_message or command.answer_message) if command else None


async def _view(db: AsyncSession, now: datetime, request: UnlockRequest, charge: ChargingSession) -> UnlockView:
    outcome, said = await outcome_now(db, now, request)
    return UnlockView(request, charge, outcome, said)
