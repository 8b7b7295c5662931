"""Figures about cases: how soon the first answer came, what was promised and kept, what customers think.

Every figure is a sum over the same list of cases, so that any two of them add up (CN18, CN20, CN21). Pages about them
are the console's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import extract, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.support import SupportCase

SATISFIED_FROM = 4
"""A score of this or more is of somebody who is satisfied."""


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """First answers by one channel."""

    channel: str
    cases: int
    answered: int
    average: timedelta | None
    """From the opening to a person's first word; None: nobody was answered yet."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises of closed cases of one level and SLA: each case is counted once, as kept or as broken."""

    sla_level: str
    level: int
    """At which level it was solved."""
    cases: int
    answer_late: int
    solved_late: int
    met: int
    """Neither promise was broken."""


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What customers answered after their cases were closed."""

    answers: int
    average: Decimal | None
    satisfied: int


async def answer_times(*, db: AsyncSession, since: datetime, until: datetime) -> list[AnswerTime]:
    """Return how soon the first answer came, by channel, of cases that were opened in a while."""
    taken = extract("epoch", col(SupportCase.first_answered_at) - col(SupportCase.opened_at))
    query = (
        select(col(SupportCase.channel), func.count(), func.count(col(SupportCase.first_answered_at)), func.avg(taken))
        .where(col(SupportCase.opened_at) >= since, col(SupportCase.opened_at) < until)
        .group_by(col(SupportCase.channel))
        .order_by(col(SupportCase.channel))
    )
    rows = await db.exec(query)
    return [
        AnswerTime(channel, cases, answered, None if mean is None else timedelta(seconds=int(mean)))
        for channel, cases, answered, mean in rows
    ]


async def promises_kept(*, db: AsyncSession, since: datetime, until: datetime) -> list[Kept]:
    """Return what was promised and kept, of cases that were closed in a while."""
    late = (col(SupportCase.answer_late_at).is_not(None), col(SupportCase.solve_late_at).is_not(None))
    query: Any = (
        select(  # type: ignore[call-overload]  # six columns are more than it has words for
            col(SupportCase.sla_level),
            col(SupportCase.level),
            func.count(),
            func.count().filter(late[0]),
            func.count().filter(late[1]),
            func.count().filter(~late[0], ~late[1]),
        )
        .where(col(SupportCase.closed_at) >= since, col(SupportCase.closed_at) < until)
        .group_by(col(SupportCase.sla_level), col(SupportCase.level))
        .order_by(col(SupportCase.sla_level), col(SupportCase.level))
    )
    return [Kept(*row) for row in await db.exec(query)]


async def satisfaction(*, db: AsyncSession, since: datetime, until: datetime) -> Satisfaction:
    """Return what customers think of cases that were closed in a while."""
    score = col(SupportCase.survey_score)
    query = select(func.count(score), func.avg(score), func.count(score).filter(score >= SATISFIED_FROM)).where(
        col(SupportCase.closed_at) >= since, col(SupportCase.closed_at) < until
    )
    answers, average, satisfied = (await db.exec(query)).one()
    return Satisfaction(answers, None if average is None else Decimal(average).quantize(Decimal("0.01")), satisfied)
