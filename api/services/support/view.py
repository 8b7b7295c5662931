"""A case as its customer sees it: where it stands, until when it is expected to be solved, what was said and done.

Events that are not public never leave this file, and of the public ones only what is named here does: notes, names of
staff and whatever else staff write down stay inside (CN14).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.support.case import TRANSITIONS, CaseEventKind, CaseState, CaseStep
from api.domain.support.responsibility import Responsible
from api.domain.support.topics import Queue
from api.models.support import SupportCase, SupportCaseEvent
from api.models.support_mail import SupportAttachment
from api.services.support.advance import UnknownCase
from api.services.support.open import CUSTOMER, SERVICE

_SHOWN = frozenset({"level", "from", "expected_at", "operator", "shared", "slots", "accepted", "score", "files"})
"""What of an event's detail a customer may see."""
_STEPS = {
    "reply": CaseStep.REPLY,
    "confirm": CaseStep.CONFIRM,
    "reject": CaseStep.REJECT,
    "withdraw": CaseStep.WITHDRAW,
}


class UnknownFile(NotFound):
    """There is no such file in this case, or not for its customer."""


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """Something that happened, as its customer sees it."""

    id: int
    at: datetime
    by: str
    """``customer``, ``us`` (a person) or ``service``."""
    kind: str
    text: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file without its bytes."""

    id: str
    name: str
    media_type: str
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with its public history."""

    row: SupportCase
    events: tuple[SeenEvent, ...]
    files: tuple[SeenFile, ...]
    owner: Responsible
    operator: str | None
    can: tuple[str, ...]
    """What its customer may do now: ``reply``, ``confirm``, ``reject``, ``withdraw``, ``survey``."""


async def case_view(*, db: AsyncSession, case: SupportCase) -> CaseView:
    """Return what a customer sees of their case."""
    events = select(SupportCaseEvent).where(SupportCaseEvent.case_id == case.id, col(SupportCaseEvent.public).is_(True))
    rows = await db.exec(events.order_by(col(SupportCaseEvent.id)))
    operator = case.detail.get("operator")
    return CaseView(
        row=case,
        events=tuple(_seen(each) for each in rows),
        files=tuple(await files_of_case(db=db, case_id=case.id)),
        owner=owner_of(case),
        operator=str(operator) if operator else None,
        can=what_can_be_done(case),
    )


def owner_of(case: SupportCase) -> Responsible:
    """Return who is to solve a case (CK04, EP09)."""
    theirs = case.handed_over_at is not None and case.queue == Queue.OPERATORS
    return Responsible.OPERATOR if theirs else Responsible.US


def what_can_be_done(case: SupportCase) -> tuple[str, ...]:
    """Return what a customer may do with a case as it stands."""
    can = [name for name, step in _STEPS.items() if (CaseState(case.state), step) in TRANSITIONS]
    if case.state == CaseState.CLOSED and case.survey_score is None:
        can.append("survey")
    return tuple(can)


def _seen(event: SupportCaseEvent) -> SeenEvent:
    by = event.by if event.by in (CUSTOMER, SERVICE) else "us"
    detail = {name: value for name, value in event.detail.items() if name in _SHOWN}
    return SeenEvent(event.id or 0, event.at, by, CaseEventKind(event.kind), event.text, detail)


async def cases_of_driver(*, db: AsyncSession, driver_id: str, most: int = 100) -> list[SupportCase]:
    """Return a driver's cases, the newest first."""
    query = select(SupportCase).where(SupportCase.driver_id == driver_id, col(SupportCase.link_hash).is_not(None))
    return list(await db.exec(query.order_by(col(SupportCase.opened_at).desc(), col(SupportCase.id)).limit(most)))


async def case_of_driver(*, db: AsyncSession, driver_id: str, case_id: str) -> SupportCase:
    """Return a driver's case; raises UnknownCase, also for somebody else's and for one that only staff know of."""
    case = await db.get(SupportCase, case_id, populate_existing=True)
    if case is None or case.driver_id != driver_id or case.link_hash is None:
        raise UnknownCase("unknown_case")
    return case


async def files_of_case(*, db: AsyncSession, case_id: str) -> list[SeenFile]:
    """Return the files that a customer sees, without their bytes."""
    query = (
        select(SupportAttachment)
        .options(defer(col(SupportAttachment.content)))  # type: ignore[arg-type]  # a column is what it takes
        .where(SupportAttachment.case_id == case_id, col(SupportAttachment.public).is_(True))
        .order_by(col(SupportAttachment.created_at), col(SupportAttachment.id))
    )
    rows = await db.exec(query)
    return [SeenFile(each.id, each.name, each.media_type, each.size, each.created_at) for each in rows]


async def file_of_case(*, db: AsyncSession, case_id: str, file_id: str) -> SupportAttachment:
    """Return a file that the customer of a case sees; raises UnknownFile."""
    found = await db.get(SupportAttachment, file_id)
    if found is None or found.case_id != case_id or not found.public:
        raise UnknownFile("unknown_file")
    return found
