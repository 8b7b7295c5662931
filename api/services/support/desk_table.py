"""What a list of cases shows of each, on the screen and as CSV: the same words in the same order."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from api.domain.csv_text import csv_text, masked
from api.models.support import SupportCase
from api.services.support.desk_list import CaseFilter, list_cases
from api.services.work import Work

HEAD = (
    "case",
    "title",
    "customer",
    "kind",
    "topic",
    "priority",
    "level",
    "assignee",
    "state",
    "channel",
    "opened",
    "due",
    "expected",
)
_AT_ONCE = 500


def table_row(case: SupportCase, due: datetime) -> dict[str, Any]:
    """Return what a list shows of a case; moments in UTC and to the minute, addresses cut."""
    values = (
        case.number,
        masked(case.title),
        masked(case.customer_name or case.customer_email) or "",
        case.kind,
        case.topic,
        case.priority,
        case.level,
        case.assignee or "",
        case.state if case.closed_as is None else f"{case.state}, {case.closed_as}",
        case.channel,
        *(f"{at:%Y-%m-%d %H:%M}" for at in (case.opened_at, due, case.expected_at)),
    )
    return dict(zip(HEAD, values, strict=True))


async def cases_csv(*, work: Work, now: datetime, wanted: CaseFilter) -> AsyncIterator[str]:
    """Yield all cases that a filter lets through as CSV, head first, in the order of the screen."""
    yield csv_text([HEAD])
    after, is_more = None, True
    while is_more:
        async with work() as db:
            found = await list_cases(db=db, now=now, wanted=wanted, after=after, limit=_AT_ONCE)
        lines = [table_row(case, due).values() for case, due in found.rows]
        if lines:
            yield csv_text(lines, mask=True)
        after, is_more = found.next, found.next is not None
