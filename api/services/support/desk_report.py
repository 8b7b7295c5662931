"""What was promised and what was kept: by level, by contract, by customer and by month; answers by channel; surveys.

Counted under the conditions of the list, so every figure is the length of a list that somebody can open (CN18).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric, cast, func
from sqlalchemy import select as rows
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.support import SupportCase
from api.services.support.desk_list import (
    BROKEN,
    MET,
    RUNNING,
    CaseFilter,
    answer_outcome,
    conditions,
    customer_of,
    month_of_case,
    solved_outcome,
)

C = SupportCase
SATISFIED = 4
"""From this score on, of five, somebody is satisfied."""
TARGET_SECONDS = 90
"""What an answer is to take on average (CN20)."""
_CUSTOMERS = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises to solve of one group of cases."""

    name: str
    cases: int
    met: int
    broken: int
    running: int
    told: str = ""
    """How people call the group, where that is not its name."""

    @property
    def percent(self) -> Decimal | None:
        """Return the share of promises that were kept, of those that are decided."""
        return share(self.met, self.met + self.broken)


@dataclass(frozen=True, slots=True)
class Answers:
    """First answers of the cases that came in one way."""

    channel: str
    cases: int
    answered: int
    met: int
    broken: int
    average_seconds: int | None
    median_seconds: int | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What customers answered after their case was closed."""

    answers: int
    average: Decimal | None
    satisfied: int

    @property
    def percent(self) -> Decimal | None:
        """Return the share of satisfied customers."""
        return share(self.satisfied, self.answers)


@dataclass(frozen=True, slots=True)
class Report:
    """All figures; each group but ``customers`` holds every case once."""

    total: Kept
    levels: Sequence[Kept]
    contracts: Sequence[Kept]
    months: Sequence[Kept]
    customers: Sequence[Kept]
    """Those with the most cases; the last one, without a name, is all others together."""
    answers: Sequence[Answers]
    survey: Survey


def share(part: int, of: int) -> Decimal | None:
    """Return a percentage with one decimal, None of nothing."""
    return None if of == 0 else (Decimal(part * 100) / of).quantize(Decimal("0.1"))


async def sla_report(*, db: AsyncSession, now: datetime, wanted: CaseFilter) -> Report:
    """Return the report about the cases that a filter lets through."""
    shown = func.max(func.coalesce(func.nullif(C.customer_name, ""), C.customer_email, C.customer_phone))
    everyone = await _kept(db, now, wanted, customer_of(), told=shown)
    by_size = sorted(everyone, key=lambda each: (-each.cases, each.name))
    levels = await _kept(db, now, wanted, col(C.level))
    return Report(
        total=_sum("", everyone),
        levels=levels,
        contracts=await _kept(db, now, wanted, col(C.sla_level)),
        months=await _kept(db, now, wanted, month_of_case()),
        customers=_largest(by_size),
        answers=await _answers(db, now, wanted),
        survey=await _survey(db, now, wanted),
    )


def _largest(by_size: Sequence[Kept]) -> list[Kept]:
    head, rest = list(by_size[:_CUSTOMERS]), by_size[_CUSTOMERS:]
    return [*head, _sum("", rest)] if rest else head


def _sum(name: str, parts: Sequence[Kept]) -> Kept:
    sums = {each: sum(getattr(part, each) for part in parts) for each in ("cases", "met", "broken", "running")}
    return Kept(name, **sums)


async def _kept(db: AsyncSession, now: datetime, wanted: CaseFilter, by: Any, told: Any = None) -> list[Kept]:
    outcome = solved_outcome(now)
    counts = [func.count().filter(outcome == each) for each in (MET, BROKEN, RUNNING)]
    words = func.max("") if told is None else func.coalesce(told, "")
    query = rows(by, func.count(), *counts, words).where(*conditions(wanted, now)).group_by(by).order_by(by)
    found = await (await db.connection()).execute(query)
    return [Kept(str(row[0]), int(row[1]), int(row[2]), int(row[3]), int(row[4]), row[5]) for row in found]


async def _answers(db: AsyncSession, now: datetime, wanted: CaseFilter) -> list[Answers]:
    outcome = answer_outcome(now)
    took = func.extract("epoch", col(C.first_answered_at) - col(C.opened_at))
    median = func.percentile_disc(0.5).within_group(took)
    query = rows(
        col(C.channel),
        func.count(),
        func.count(col(C.first_answered_at)),
        func.count().filter(outcome == MET),
        func.count().filter(outcome == BROKEN),
        func.round(cast(func.avg(took), Numeric)),
        func.round(cast(median, Numeric)),
    )
    grouped = query.where(*conditions(wanted, now)).group_by(col(C.channel)).order_by(col(C.channel))
    found = await (await db.connection()).execute(grouped)
    return [Answers(row[0], *(int(each) for each in row[1:5]), *(_whole(each) for each in row[5:7])) for row in found]


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


async def _survey(db: AsyncSession, now: datetime, wanted: CaseFilter) -> Survey:
    score = col(C.survey_score)
    query = rows(func.count(score), func.round(func.avg(score), 2), func.count().filter(score >= SATISFIED))
    row = (await (await db.connection()).execute(query.where(*conditions(wanted, now)))).one()
    return Survey(int(row[0]), row[1], int(row[2]))
