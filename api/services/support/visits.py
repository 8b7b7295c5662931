"""Visits at a site: the desk proposes slots and names who takes part, the customer accepts one (CN12).

While the customer is to choose, the clocks of the case stand, as with everything that they are asked for.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.finance.finding import Actor
from api.domain.ids import Prefix
from api.domain.support.case import UNSOLVED, CaseEventKind, CaseState, CaseStep
from api.domain.support.desk import Slot, check_slots
from api.models.desk import SupportVisit
from api.models.support import SupportCase
from api.ports import Ports
from api.services.support.advance import Told, locked_case, note_case, step_case
from api.services.support.desk_site import SITE
from api.services.support.desk_work import AtWork, case_at_work
from api.services.support.open import CUSTOMER

_MOST_PARTICIPANTS = 20


class ParticipantsUnreadable(Invalid):
    """A visit has one to twenty participants, each with a name."""


class UnknownVisit(NotFound):
    """This case has no such visit, or no such slot, or other slots were proposed instead."""


class SlotTaken(Conflict):
    """Another slot was accepted already. Fact: ``starts_at``."""


async def visit_of_case(*, db: AsyncSession, case_id: str) -> SupportVisit | None:
    """Return the visit of a case: what is proposed or agreed now."""
    query = select(SupportVisit).where(SupportVisit.case_id == case_id, col(SupportVisit.replaced_at).is_(None))
    return (await db.exec(query.execution_options(populate_existing=True))).one_or_none()


def slots_of(visit: SupportVisit) -> list[Slot]:
    """Return the slots of a visit in their order."""
    return [Slot(*(datetime.fromisoformat(each[name]) for name in ("starts_at", "ends_at"))) for each in visit.slots]


async def propose_visit(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    case_id: str,
    version: int,
    by: Actor,
    slots: Sequence[Slot],
    participants: Sequence[str],
    text: str = "",
) -> SupportVisit:
    """Propose slots for a visit, instead of those that were proposed or agreed before.

    Raises SlotsUnreadable, ParticipantsUnreadable and as ``case_at_work``.
    """
    check_slots(slots, now)
    people = [name for each in participants if (name := each.strip())]
    if not 1 <= len(people) <= _MOST_PARTICIPANTS or max(map(len, people)) > 200 or len(text) > 4000:
        raise ParticipantsUnreadable("participants_unreadable", most=_MOST_PARTICIPANTS)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="visit", level=SITE)
    before = await visit_of_case(db=db, case_id=case_id)
    if before is not None:
        before.replaced_at = now
        db.add(before)
        await db.flush()
    visit = SupportVisit(
        id=ports.randomness.new_id(Prefix.VISIT),
        case_id=case_id,
        slots=[{"starts_at": each.starts_at.isoformat(), "ends_at": each.ends_at.isoformat()} for each in slots],
        participants=people,
        proposed_at=now,
        proposed_by=desk.by,
    )
    db.add(visit)
    facts: dict[str, Any] = {"visit": visit.id, "slots": visit.slots, "participants": people}
    desk.step(CaseStep.ASK, desk.told(CaseEventKind.VISIT, public=True, text=text.strip(), **facts))
    await desk.log("visit_proposed", **facts)
    return visit


async def accept_slot(
    *, db: AsyncSession, now: datetime, case_id: str, visit_id: str, slot: int, by: str = CUSTOMER
) -> SupportVisit:
    """Accept a slot for the customer, who was checked by whoever calls; the same again changes nothing.

    Raises UnknownCase, UnknownVisit, SlotTaken.
    """
    case = await locked_case(db=db, case_id=case_id)
    visit = await visit_of_case(db=db, case_id=case_id)
    if visit is None or visit.id != visit_id or not 0 <= slot < len(visit.slots) or case.state not in UNSOLVED:
        raise UnknownVisit("unknown_visit")
    chosen = slots_of(visit)[slot]
    if visit.starts_at is not None:
        if visit.starts_at != chosen.starts_at or visit.ends_at != chosen.ends_at:
            raise SlotTaken("slot_taken", starts_at=visit.starts_at.isoformat())
        return visit
    if chosen.starts_at <= now:
        raise UnknownVisit("unknown_visit")
    visit.starts_at, visit.ends_at, visit.accepted_at, visit.accepted_by = chosen.starts_at, chosen.ends_at, now, by
    db.add(visit)
    _tell(db, now, case, visit, by)
    return visit


def _tell(db: AsyncSession, now: datetime, case: SupportCase, visit: SupportVisit, by: str) -> None:
    agreed = {name: getattr(visit, name).isoformat() for name in ("starts_at", "ends_at")}
    told = Told(CaseEventKind.VISIT, by=by, public=True, detail={"visit": visit.id, "accepted": agreed})
    if case.state == CaseState.WAITING:
        step_case(db, now, case, CaseStep.REPLY, told)
    else:
        note_case(db, now, case, told)


async def accept_by_phone(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, visit_id: str, slot: int, by: Actor
) -> SupportVisit:
    """Accept a slot that the customer chose on the phone. Raises as ``accept_slot`` and ``case_at_work``."""
    desk: AtWork = await case_at_work(
        db=db, now=now, case_id=case_id, by=by, version=version, step="visit", any_level=True
    )
    visit = await accept_slot(db=db, now=now, case_id=case_id, visit_id=visit_id, slot=slot, by=desk.by)
    await desk.log("visit_accepted", visit=visit.id)
    return visit
