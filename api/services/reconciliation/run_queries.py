"""Reading runs of reconciliation: how far one has come, what each rule found, which rules are held back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.reconciliation import ReconciliationEvidence, ReconciliationRule, ReconciliationRun


class UnknownRun(NotFound):
    """There is no such run."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run with the evidence so far, in the order of its rules."""

    run: ReconciliationRun
    evidence: Sequence[ReconciliationEvidence]

    @property
    def now_at(self) -> str | None:
        """The rule that is next, or under way; None: all are done."""
        done = {each.reason for each in self.evidence}
        return next((reason for reason in self.run.rules if reason not in done), None)


async def newest_runs(*, db: AsyncSession, limit: int = 20) -> list[ReconciliationRun]:
    """Return runs, the newest first."""
    query = select(ReconciliationRun).order_by(col(ReconciliationRun.started_at).desc(), col(ReconciliationRun.id))
    return list(await db.exec(query.limit(limit)))


async def run_report(*, db: AsyncSession, run_id: str) -> RunReport:
    """Return a run with its evidence; raises UnknownRun."""
    run = await db.get(ReconciliationRun, run_id)
    if run is None:
        raise UnknownRun("unknown_reconciliation_run")
    rows = list(await db.exec(select(ReconciliationEvidence).where(ReconciliationEvidence.run_id == run_id)))
    return RunReport(run, sorted(rows, key=lambda row: run.rules.index(row.reason)))


async def rules_held_back(*, db: AsyncSession) -> list[ReconciliationRule]:
    """Return the rules whose findings wait for somebody."""
    query = select(ReconciliationRule).where(col(ReconciliationRule.withheld) > 0)
    return list(await db.exec(query.order_by(ReconciliationRule.reason)))
