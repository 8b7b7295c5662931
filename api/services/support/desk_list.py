"""Reading cases as people work on them: filtered, page by page, the most urgent first, with counts by facet.

Urgent is what is due next: an answer, the end of a level's time, the promise itself. Cases whose customer is waited for
come after them, then solved ones, then closed ones. The report (``desk_report.py``) counts under the same conditions,
so that it adds up to the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, tuple_
from sqlalchemy import select as rows
from sqlalchemy.types import DateTime
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.case import LEVELS, UNSOLVED, CaseState
from api.models.support import SupportCase

C = SupportCase
NOBODY = ""
"""As an assignee in filters and facets: those that nobody works on."""
TO_WORK_ON = frozenset(map(str, UNSOLVED))
"""The states that a list shows if none is asked for."""
MET, BROKEN, RUNNING = "met", "broken", "running"
"""What became of a promise."""
_RANK = case(
    (col(C.state) == CaseState.OPEN, 0),
    (col(C.state) == CaseState.WAITING, 1),
    (col(C.state) == CaseState.RESOLVED, 2),
    else_=3,
)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list shows; empty collections and None do not restrict."""

    state: frozenset[str] = TO_WORK_ON
    level: frozenset[int] = frozenset()
    kind: frozenset[str] = frozenset()
    queue: frozenset[str] = frozenset()
    priority: frozenset[str] = frozenset()
    channel: frozenset[str] = frozenset()
    sla_level: frozenset[str] = frozenset()
    assignee: frozenset[str] = frozenset()
    """Names; ``NOBODY`` for those without one."""
    solved: frozenset[str] = frozenset()
    """What became of the promise to solve it."""
    answered: frozenset[str] = frozenset()
    """What became of the promise to answer."""
    customer: str | None = None
    """As ``customer_of`` tells customers apart."""
    month: str | None = None
    """In which it was opened, as ``2026-11``, in UTC."""
    location_key: str | None = None
    text: str = ""
    """In the number, the title, or who the customer is; any case."""


Cursor = tuple[int, str, str]
"""Where a page ended: rank of the state, what is due next, id."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list; ``next`` is None on the last one."""

    rows: tuple[tuple[SupportCase, datetime], ...]
    """Each with the moment at which something is due next."""
    next: Cursor | None


def due_next() -> ColumnElement[datetime]:
    """Return when something is due next: of solved cases that they close, of others what was promised."""
    open_levels = and_(col(C.level) < LEVELS[-1], col(C.level_lapsed_at).is_(None))
    still = func.least(
        case((col(C.first_answered_at).is_(None), col(C.first_answer_due_at))),
        case((open_levels, col(C.level_due_at))),
        col(C.solve_due_at),
    )
    found: ColumnElement[datetime] = case((_RANK < 2, still), else_=func.coalesce(col(C.close_due_at), C.solve_due_at))
    return found


def solved_outcome(now: datetime) -> ColumnElement[str]:
    """Return what became of the promise to solve a case; while its customer is waited for its clock stands."""
    return _outcome(func.coalesce(col(C.resolved_at), col(C.closed_at)), col(C.solve_due_at), now)


def answer_outcome(now: datetime) -> ColumnElement[str]:
    """Return what became of the promise to answer; a case that ended unanswered ran out when it ended."""
    return _outcome(func.coalesce(col(C.first_answered_at), col(C.closed_at)), col(C.first_answer_due_at), now)


def _outcome(done_at: Any, due_at: Any, now: datetime) -> ColumnElement[str]:
    at = func.coalesce(done_at, col(C.waiting_since), literal(now, DateTime(timezone=True)))
    return case((at > due_at, BROKEN), (done_at.is_not(None), MET), else_=RUNNING)


def customer_of() -> ColumnElement[str]:
    """Return who a case is of, as a digest for addresses of pages: account, else address, else number, else name."""
    return func.md5(func.coalesce(col(C.driver_id), col(C.customer_email), col(C.customer_phone), col(C.customer_name)))


def month_of_case() -> ColumnElement[str]:
    """Return the month in which a case was opened, in UTC."""
    return func.to_char(func.timezone("UTC", col(C.opened_at)), "YYYY-MM")


def columns(now: datetime) -> dict[str, Any]:
    """Return what lists are filtered and counted by."""
    plain = ("state", "level", "kind", "queue", "priority", "channel", "sla_level")
    found: dict[str, Any] = {name: col(getattr(C, name)) for name in plain}
    return found | {
        "assignee": func.coalesce(col(C.assignee), NOBODY),
        "solved": solved_outcome(now),
        "answered": answer_outcome(now),
    }


def conditions(wanted: CaseFilter, now: datetime, *, but: str | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter; ``but`` leaves one facet out."""
    by = columns(now)
    found: list[ColumnElement[bool]] = [
        by[each.name].in_(getattr(wanted, each.name))
        for each in fields(wanted)
        if each.name in by and each.name != but and getattr(wanted, each.name)
    ]
    exact = {customer_of: wanted.customer, month_of_case: wanted.month}
    found += [column() == value for column, value in exact.items() if value is not None]
    if wanted.location_key is not None:
        found.append(col(C.location_key) == wanted.location_key)
    if text := wanted.text.strip():
        places = (C.number, C.title, C.customer_name, C.customer_email, C.account_number, C.charging_session_id)
        found.append(or_(*(col(each).icontains(text, autoescape=True) for each in places)))
    return found


async def list_cases(
    *, db: AsyncSession, now: datetime, wanted: CaseFilter, after: Cursor | None = None, limit: int = 50
) -> CasePage:
    """Return a page of the cases that a filter lets through, the most urgent first."""
    due = due_next()
    order = (_RANK, due, col(C.id))
    query = select(SupportCase, due).where(*conditions(wanted, now))
    if after is not None:
        rank, moment, last = after
        ended = (literal(rank), literal(datetime.fromisoformat(moment), DateTime(timezone=True)), literal(last))
        query = query.where(tuple_(*order) > tuple_(*ended))
    found = [(row, at) for row, at in await db.exec(query.order_by(*order).limit(limit + 1))]
    shown = tuple(found[:limit])
    return CasePage(shown, _cursor(*shown[-1]) if len(found) > limit else None)


def _cursor(row: SupportCase, due: datetime) -> Cursor:
    rank = {CaseState.OPEN: 0, CaseState.WAITING: 1, CaseState.RESOLVED: 2}.get(CaseState(row.state), 3)
    return rank, due.isoformat(), row.id


async def count_cases(*, db: AsyncSession, now: datetime, wanted: CaseFilter) -> int:
    """Return how many cases a filter lets through."""
    connection = await db.connection()
    query = rows(func.count()).select_from(C).where(*conditions(wanted, now))
    return int((await connection.execute(query)).scalar_one())


async def count_facets(*, db: AsyncSession, now: datetime, wanted: CaseFilter) -> Mapping[str, Mapping[str, int]]:
    """Return, by facet and value, how many cases a filter would let through if that value were chosen."""
    connection = await db.connection()
    counted: dict[str, dict[str, int]] = {}
    for name, column in columns(now).items():
        value, count = column.label("value"), func.count().label("count")
        query = rows(value, count).where(*conditions(wanted, now, but=name)).group_by(value)
        found = await connection.execute(query.order_by(count.desc(), value))
        counted[name] = {str(row[0]): int(row[1]) for row in found}
    return counted
