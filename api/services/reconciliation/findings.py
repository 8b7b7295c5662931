"""Reading findings as people work on them: filtered, page by page, the most urgent first, with counts by facet.

Urgent is what is due first; then breaches before warnings, and the older before the newer. What is done with findings
is in ``findings_steps.py`` and ``findings_actions.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, or_, tuple_
from sqlalchemy import select as rows
from sqlalchemy.types import DateTime
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.finance.finding import FindingState, Severity
from api.models.charging import ChargingSession
from api.models.finance import MismatchEvent, MismatchRow

NOBODY = ""
"""As an assignee in filters and facets: those that nobody works on."""
TO_WORK_ON = frozenset({FindingState.OPEN, FindingState.ACKNOWLEDGED})
"""The states that a list shows if none is asked for."""
_NEVER = literal("infinity", Text).cast(DateTime(timezone=True))


class UnknownFinding(NotFound):
    """There is no such finding."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What a list shows; empty collections and None do not restrict."""

    states: frozenset[str] = TO_WORK_ON
    reasons: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    assignees: frozenset[str] = frozenset()
    """Names; ``NOBODY`` for those without one."""
    partner_id: str | None = None
    currency: str | None = None
    from_minor: int | None = None
    """Of the amount without its sign, as ``to_minor``."""
    to_minor: int | None = None
    older_than: timedelta | None = None
    charging_session_id: str | None = None
    text: str = ""
    """In the id, the subject, the charge, the reason or the facts; any case."""


Cursor = tuple[str | None, int, str, str]
"""Where a page ended: due, rank of severity, opened, id."""


@dataclass(frozen=True, slots=True)
class FindingPage:
    """One page of a list; ``next`` is None on the last one."""

    rows: tuple[MismatchRow, ...]
    next: Cursor | None


async def list_findings(
    *, db: AsyncSession, now: datetime, wanted: FindingFilter, after: Cursor | None = None, limit: int = 50
) -> FindingPage:
    """Return a page of the findings that a filter lets through, the most urgent first."""
    order = (_due(), _rank(), col(MismatchRow.opened_at), col(MismatchRow.id))
    query = select(MismatchRow).where(*conditions(wanted, now))
    if after is not None:
        due, rank, opened, last = after
        ended = (
            _NEVER if due is None else literal(datetime.fromisoformat(due), DateTime(timezone=True)),
            literal(rank),
            literal(datetime.fromisoformat(opened), DateTime(timezone=True)),
            literal(last),
        )
        query = query.where(tuple_(*order) > tuple_(*ended))
    found = list(await db.exec(query.order_by(*order).limit(limit + 1)))
    shown = tuple(found[:limit])
    return FindingPage(shown, _cursor(shown[-1]) if len(found) > limit else None)


def _due() -> ColumnElement[Any]:
    return func.coalesce(col(MismatchRow.due_at), _NEVER)


def _rank() -> ColumnElement[Any]:
    return case((col(MismatchRow.severity) == Severity.BREACH, 0), else_=1)


def _cursor(row: MismatchRow) -> Cursor:
    rank = 0 if row.severity == Severity.BREACH else 1
    return row.due_at.isoformat() if row.due_at else None, rank, row.opened_at.isoformat(), row.id


def shown_state(now: datetime) -> ColumnElement[str]:
    """Return the state as people see it: a snooze that is over is none (``state_at``)."""
    state = col(MismatchRow.state)
    over = and_(state == FindingState.SNOOZED, col(MismatchRow.snoozed_until) <= now)
    return case((over, str(FindingState.OPEN)), else_=state)


def conditions(wanted: FindingFilter, now: datetime, *, but: str | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter; ``but`` leaves one facet out."""
    found = [each for name, each in _of_facets(wanted, now).items() if name != but]
    size = func.abs(col(MismatchRow.amount_minor))
    if wanted.from_minor is not None:
        found.append(size >= wanted.from_minor)
    if wanted.to_minor is not None:
        found.append(size <= wanted.to_minor)
    if wanted.older_than is not None:
        found.append(col(MismatchRow.opened_at) <= now - wanted.older_than)
    if wanted.charging_session_id is not None:
        found.append(col(MismatchRow.charging_session_id) == wanted.charging_session_id)
    if wanted.text.strip():
        found.append(_mentions(wanted.text.strip()))
    return found


def _of_facets(wanted: FindingFilter, now: datetime) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if wanted.states:
        possible = set(wanted.states) | ({FindingState.SNOOZED} if FindingState.OPEN in wanted.states else set())
        found["state"] = and_(col(MismatchRow.state).in_(possible), shown_state(now).in_(wanted.states))
    if wanted.reasons:
        found["reason"] = col(MismatchRow.reason).in_(wanted.reasons)
    if wanted.severities:
        found["severity"] = col(MismatchRow.severity).in_(wanted.severities)
    if wanted.assignees:
        found["assignee"] = func.coalesce(col(MismatchRow.assignee), NOBODY).in_(wanted.assignees)
    if wanted.partner_id is not None:
        found["partner"] = col(MismatchRow.partner_id) == wanted.partner_id
    if wanted.currency is not None:
        found["currency"] = col(MismatchRow.currency) == wanted.currency
    return found


def _mentions(text: str) -> ColumnElement[bool]:
    """Return that a finding has a text somewhere; the wildcards of LIKE mean themselves."""
    where = (MismatchRow.id, MismatchRow.subject, MismatchRow.charging_session_id, MismatchRow.reason)
    places: list[ColumnElement[bool]] = [col(each).icontains(text, autoescape=True) for each in where]
    return or_(*places, cast(col(MismatchRow.detail), Text).icontains(text, autoescape=True))


async def count_facets(*, db: AsyncSession, now: datetime, wanted: FindingFilter) -> Mapping[str, Mapping[str, int]]:
    """Return, by facet and value, how many findings a filter would let through if that value were chosen.

    So each facet is counted under all other conditions; what has no value counts under the empty one.
    """
    columns: dict[str, Any] = {
        "state": shown_state(now),
        "reason": col(MismatchRow.reason),
        "severity": col(MismatchRow.severity),
        "assignee": func.coalesce(col(MismatchRow.assignee), NOBODY),
        "partner": func.coalesce(col(MismatchRow.partner_id), NOBODY),
        "currency": func.coalesce(col(MismatchRow.currency), NOBODY),
    }
    connection = await db.connection()
    counted: dict[str, dict[str, int]] = {}
    for name, column in columns.items():
        value, count = column.label("value"), func.count().label("count")
        query = rows(value, count).where(*conditions(wanted, now, but=name)).group_by(value)
        found = await connection.execute(query.order_by(count.desc(), value))
        counted[name] = {str(row[0]): int(row[1]) for row in found}
    return counted


async def finding_by_id(*, db: AsyncSession, finding_id: str) -> MismatchRow:
    """Return a finding; raises UnknownFinding."""
    row = await db.get(MismatchRow, finding_id)
    if row is None:
        raise UnknownFinding("unknown_finding", finding_id=finding_id)
    return row


async def history_of(*, db: AsyncSession, finding_id: str) -> list[MismatchEvent]:
    """Return what happened to a finding, oldest first."""
    query = select(MismatchEvent).where(MismatchEvent.mismatch_id == finding_id)
    return list(await db.exec(query.order_by(col(MismatchEvent.id))))


async def currency_of_finding(*, db: AsyncSession, finding_id: str) -> str:
    """Return the currency in which amounts about a finding are typed; raises UnknownFinding."""
    row = await finding_by_id(db=db, finding_id=finding_id)
    charge = await db.get(ChargingSession, row.charging_session_id) if row.charging_session_id else None
    return charge.currency if charge else row.currency or "EUR"
