"""What staff may decide of a charge that rules cannot settle: the sum to take, signed by whoever decided.

What a decision gives up of money that was paid or is owed already counts as a credit does: above the limit, together
with what was given up of this charge before, a second person signs too. Pages come with the finance console.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import StaffSettled
from api.domain.charging.state import ChargingState
from api.domain.errors import Forbidden, Invalid
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.afterwards import tell_afterwards
from api.services.charging.approvals import check_second_person, named, needs_second_person, note_action
from api.services.charging.stored_state import state_of

_ACTION = "charge_settled"
_ALONE = text(
    "SELECT coalesce(sum((after->>'given_up_minor')::bigint), 0) FROM staff_action"
    " WHERE charging_session_id = :charge AND action = :action AND after->>'approved_by' IS NULL"
)


class OwedNegative(Invalid):
    """A charge cannot end with a negative sum: that would be a refund."""


class SecondPersonNeeded(Forbidden):
    """One person may not give up that much. Fact: ``given_up_minor``."""


async def settle_by_staff(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charging_session_id: str,
    owed_minor: int,
    by: str,
    approved_by: str | None = None,
    alone_minor: int | None = None,
    reason: str = "",
) -> ChargingSession:
    """End a charge with ``owed_minor`` in its own currency, zero letting the whole hold go.

    ``alone_minor`` is what this person may give up alone, the installation's limit if None. Raises
    UnknownCharge, OwedNegative, PersonUnnamed, SecondPersonNeeded, SamePerson, IllegalTransition (nothing to decide in
    this status).
    """
    person = named(by)
    if owed_minor < 0:
        raise OwedNegative("owed_negative", owed_minor=owed_minor)
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    owed, before = Money(owed_minor, charge.currency), state_of(charge)
    given_up = max(before.paid + before.receivable - owed, Money.zero(owed.currency))
    if approved_by is not None:
        check_second_person(by=approved_by, requested_by=person)
    elif given_up.minor and needs_second_person(ports.policy, given_up + await _alone(db, charge), alone_minor):
        raise SecondPersonNeeded("second_person_needed", given_up_minor=given_up.minor)
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[StaffSettled(owed)])
    if before.after is not None:  # what was waived to put the old bill right counts by the new one
        await tell_afterwards(db=db, ports=ports, now=now, charge=charge)
    second = None if approved_by is None else named(approved_by)
    after = {"owed_minor": owed.minor, "given_up_minor": given_up.minor, "approved_by": second}
    await _log(db, now, before, charge, person, reason, after)
    return charge


async def _log(
    db: AsyncSession,
    now: datetime,
    was: ChargingState,
    charge: ChargingSession,
    by: str,
    reason: str,
    after: dict[str, Any],
) -> None:
    await note_action(
        db=db,
        now=now,
        by=by,
        action=_ACTION,
        subject_id=charge.id,
        charging_session_id=charge.id,
        reason=reason,
        before={"owed_minor": None if was.owed is None else was.owed.minor, "status": was.status},
        after=after,
    )


async def _alone(db: AsyncSession, charge: ChargingSession) -> Money:
    """Return what one person alone gave up of a charge by such decisions before."""
    connection = await db.connection()
    total = await connection.scalar(_ALONE, {"charge": charge.id, "action": _ACTION})
    return Money(int(total or 0), charge.currency)
