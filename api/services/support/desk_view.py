"""One case with all that its page shows: what its customer sees apart from what only staff do, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import Actor
from api.domain.support.case import LEVELS, UNSOLVED, CaseEventKind
from api.domain.support.case_rules import Done
from api.domain.support.desk import Slot, done_of, highest_level
from api.models.desk import SupportCaseLink, SupportVisit
from api.models.location import LocationRow
from api.models.support import SupportCase, SupportCaseEvent
from api.services.support.advance import UnknownCase
from api.services.support.desk_links import links_of
from api.services.support.desk_steps import names_at_level
from api.services.support.desk_work import history_of_case
from api.services.support.visits import slots_of, visit_of_case

_FEED = 50


@dataclass(frozen=True, slots=True)
class CaseView:
    """What a page shows."""

    case: SupportCase
    public: Sequence[SupportCaseEvent]
    """What the customer sees."""
    private: Sequence[SupportCaseEvent]
    done: Done
    visit: SupportVisit | None
    slots: Sequence[Slot]
    questions: Sequence[SupportCaseEvent]
    """Asked outside, and not answered yet."""
    links: Sequence[tuple[SupportCaseLink, SupportCase | None]]
    location: LocationRow | None
    names: Sequence[str]
    """Who may be given it."""
    works: bool
    """Whether this person works on cases at all."""
    works_here: bool
    """Whether they work on its level."""
    unsolved: bool
    lacks: Sequence[str]
    """What its level asks for before it moves up, or is solved at the last one."""


async def case_view(*, db: AsyncSession, case_id: str, by: Actor) -> CaseView:
    """Return a case as this person sees it; raises UnknownCase."""
    case = await db.get(SupportCase, case_id)
    if case is None:
        raise UnknownCase("unknown_case")
    history = await history_of_case(db=db, case_id=case_id)
    done = done_of((each.kind, each.detail) for each in history)
    answered = {each.detail.get("answers") for each in history}
    visit = await visit_of_case(db=db, case_id=case_id)
    yours = highest_level(by.roles)
    return CaseView(
        case=case,
        public=[each for each in history if each.public],
        private=[each for each in history if not each.public],
        done=done,
        visit=visit,
        slots=slots_of(visit) if visit else [],
        questions=[each for each in history if _is_question(each) and each.id not in answered],
        links=await links_of(db=db, case_id=case_id),
        location=await db.get(LocationRow, case.location_key) if case.location_key else None,
        names=await names_at_level(db=db, level=case.level),
        works=yours > 0,
        works_here=yours >= case.level,
        unsolved=case.state in UNSOLVED,
        lacks=_lacks(case.level, done),
    )


def _is_question(event: SupportCaseEvent) -> bool:
    return event.kind == CaseEventKind.OUTSIDE and "asked_at" in event.detail


def _lacks(level: int, done: Done) -> list[str]:
    if level == LEVELS[0]:
        return [] if done.attempts else ["an attempt: an article, or something from afar"]
    if level == LEVELS[-1]:
        there = (("work", done.works > 0), ("verification", done.verified), ("documents", done.documents > 0))
        return [name for name, is_there in there if not is_there]
    return []


@dataclass(frozen=True, slots=True)
class Feed:
    """What happened to cases that somebody had, newest first; ``below`` is None at the end."""

    entries: Sequence[tuple[SupportCaseEvent, SupportCase]]
    below: int | None


async def feed_of(*, db: AsyncSession, name: str, below: int | None = None) -> Feed:
    """Return what others did with cases that somebody had a hand in and has no more (CN10)."""
    mine = select(SupportCaseEvent.case_id).where(SupportCaseEvent.by == name)
    query = (
        select(SupportCaseEvent, SupportCase)
        .join(SupportCase, col(SupportCase.id) == col(SupportCaseEvent.case_id))
        .where(col(SupportCaseEvent.case_id).in_(mine), *_others(name))
    )
    if below is not None:
        query = query.where(col(SupportCaseEvent.id) < below)
    found = list(await db.exec(query.order_by(col(SupportCaseEvent.id).desc()).limit(_FEED + 1)))
    shown = [(event, case) for event, case in found[:_FEED]]
    return Feed(shown, shown[-1][0].id if len(found) > _FEED else None)


def _others(name: str) -> list[ColumnElement[bool]]:
    return [col(SupportCaseEvent.by) != name, col(SupportCase.assignee).is_distinct_from(name)]


@dataclass(frozen=True, slots=True)
class CardEntry:
    """A closed case at a site with what was done there."""

    case: SupportCase
    actions: Sequence[SupportCaseEvent]


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A site's card: what was done there, newest first, and what is open (CN17)."""

    location: LocationRow | None
    location_key: str
    closed: Sequence[CardEntry]
    open: Sequence[SupportCase]


_ACTIONS = frozenset(
    {
        CaseEventKind.ATTEMPT,
        CaseEventKind.PROPOSAL,
        CaseEventKind.WORK,
        CaseEventKind.VERIFIED,
        CaseEventKind.DOCUMENT,
        CaseEventKind.RESOLVED,
    }
)


async def service_card(*, db: AsyncSession, location_key: str, most: int = 100) -> ServiceCard:
    """Return the service card of a location; a site without cases has an empty one."""
    query = select(SupportCase).where(SupportCase.location_key == location_key)
    newest = query.order_by(col(SupportCase.opened_at).desc(), col(SupportCase.id))
    is_closed = col(SupportCase.closed_at).is_not(None)
    closed = list(await db.exec(newest.where(is_closed).limit(most)))
    events = select(SupportCaseEvent).where(
        col(SupportCaseEvent.case_id).in_([each.id for each in closed]), col(SupportCaseEvent.kind).in_(_ACTIONS)
    )
    by_case: dict[str, list[SupportCaseEvent]] = {each.id: [] for each in closed}
    for event in await db.exec(events.order_by(col(SupportCaseEvent.id))):
        by_case[event.case_id].append(event)
    return ServiceCard(
        location=await db.get(LocationRow, location_key),
        location_key=location_key,
        closed=[CardEntry(each, by_case[each.id]) for each in closed],
        open=list(await db.exec(newest.where(~is_closed).limit(most))),
    )
