"""A run of reconciliation: begun once, rule by rule, taken up where a dead process left it, one at a time.

Each rule is a transaction of its own: its findings, its evidence and where it stands are stored together, so that what
a killed run did is done, and whoever goes on begins with the next rule. That nobody else runs is said by a lock of the
database that ends with its connection; what is left to do is said by the run's row.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.charging import ChargingSession
from api.models.reconciliation import (
    ReconciliationEvidence,
    ReconciliationRule,
    ReconciliationRun,
    ReconciliationScope,
)
from api.ports import Ports
from api.services.charging.advance import UnknownCharge
from api.services.reconciliation.all_rules import ALL_RULES
from api.services.reconciliation.record import Look, judge, keep_standing
from api.services.reconciliation.scope import changes_since, fill_scope, known_until
from api.services.reconciliation.sql_rule import SqlRule
from api.services.work import Work

NIGHTLY, ON_DEMAND, OF_CHARGE = "nightly", "on_demand", "charge"
FULL, CHANGES, CHARGE = "full", "changes", "charge"
RUNNING, DONE = "running", "done"

_ALONE = "SELECT pg_try_advisory_lock(hashtextextended('reconciliation', 0)) AS ours"
_OVER = "SELECT pg_advisory_unlock(hashtextextended('reconciliation', 0))"
_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_DIGEST = text("""
SELECT encode(sha256(coalesce(string_agg(e.reason || ':' || e.digest || ':' || e.checked, ';'
  ORDER BY e.reason), '')::bytea), 'hex') FROM reconciliation_evidence e WHERE e.run_id = :run
""")
_ROOM = text("SET LOCAL work_mem = '64MB'")
"""Sums over all holds stay in the server's memory while they fit."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody, or the night, wants of a run."""

    kind: str
    by: str | None = None
    full: bool | None = None
    """None: everything once in a while, changes in between."""
    charging_session_id: str | None = None


async def reconcile(*, work: Work, ports: Ports, wish: Wish, rules: Sequence[SqlRule] = ALL_RULES) -> str | None:
    """Run to the end, or take a run up that a dead process left; return the run's id, None while another one runs."""
    async with _alone(work) as ours:
        if not ours:
            return None
        left = await _left(work)
        if left is not None:
            await _go_on(work, ports, left, rules)
            if wish.kind == NIGHTLY:
                return left
        run_id = await _begin(work, ports, wish, rules)
        await _go_on(work, ports, run_id, rules)
    return run_id


async def preview(*, work: Work, ports: Ports, rules: Sequence[SqlRule] = ALL_RULES) -> list[ReconciliationEvidence]:
    """Return what a run over everything would find, open and close now; nothing is stored."""
    now, told = ports.clock.now(), []
    for rule in rules:
        with contextlib.suppress(_Undone):
            async with work() as db:
                released = await _released(db, rule)
                values = _values(ports, run="", cut_off=now, since=now)
                most = None if released else ports.policy.reconciliation.most_new
                told.append(
                    await judge(
                        db=db, rule=rule, look=Look(whole=True, single=False, most=most, values=values, now=now)
                    )
                )
                raise _Undone
    return told


class _Undone(Exception):
    """Ends a unit of work without its commit."""


@contextlib.asynccontextmanager
async def _alone(work: Work) -> AsyncIterator[bool]:
    """Hold the lock that one runner has at a time; yield whether it is ours."""
    async with work.statements() as connection:
        row = await connection.one(_ALONE)
        ours = row is not None and bool(row["ours"])
        try:
            yield ours
        finally:
            if ours:
                await connection.one(_OVER)


async def _left(work: Work) -> str | None:
    """Return the run that a dead process left."""
    async with work() as db:
        return (await db.exec(select(ReconciliationRun.id).where(ReconciliationRun.state == RUNNING))).first()


async def _begin(work: Work, ports: Ports, wish: Wish, rules: Sequence[SqlRule]) -> str:
    """Store a new run with what it looks at; raises UnknownCharge."""
    now, policy = ports.clock.now(), ports.policy.reconciliation
    async with work() as db:
        since = await changes_since(db=db, thresholds=policy.thresholds)
        breadth = CHARGE if wish.charging_session_id else await _breadth(db, ports, now, wish, since)
        if breadth == CHARGE and await db.get(ChargingSession, wish.charging_session_id) is None:
            raise UnknownCharge("unknown_charging_session")
        taken = [each.rule.reason for each in rules if breadth != CHARGE or each.rule.of_one_charge]
        run = ReconciliationRun(
            id=ports.randomness.new_id(Prefix.RECONCILIATION_RUN),
            kind=wish.kind,
            breadth=breadth,
            charging_session_id=wish.charging_session_id,
            requested_by=wish.by,
            cut_off_at=now,
            since_at=since if breadth == CHANGES else None,
            known_until=await known_until(db=db, cut_off=now),
            journals_from=int((await (await db.connection()).execute(_HORIZON)).scalar_one()),
            rules=taken,
            state=RUNNING,
            started_at=now,
        )
        db.add(run)
        await db.flush()
        if breadth != FULL:
            await fill_scope(db=db, run=run)
    return run.id


async def _breadth(db: AsyncSession, ports: Ports, now: datetime, wish: Wish, since: datetime | None) -> str:
    """Return whether a run looks at everything: if it shall, if none did for long, or if none ran yet."""
    if wish.full is not None and (wish.full or since is not None):
        return FULL if wish.full else CHANGES
    query = select(ReconciliationRun.cut_off_at).where(
        ReconciliationRun.state == DONE, ReconciliationRun.breadth == FULL
    )
    last = (await db.exec(query.order_by(col(ReconciliationRun.cut_off_at).desc()).limit(1))).first()
    return CHANGES if last is not None and now - last < ports.policy.reconciliation.full_every else FULL


async def _go_on(work: Work, ports: Ports, run_id: str, rules: Sequence[SqlRule]) -> None:
    """Take the rules that have no evidence yet, one after the other, and close the run."""
    by_reason = {each.rule.reason: each for each in rules}
    async with work() as db:
        run = await db.get_one(ReconciliationRun, run_id)
        query = select(ReconciliationEvidence.reason).where(ReconciliationEvidence.run_id == run_id)
        done = set(await db.exec(query))
    for reason in run.rules:
        if reason in by_reason and reason not in done:  # a rule may be gone since a run was left
            await _take(work, ports, run, by_reason[reason])
    await _close(work, ports, run_id)


async def _take(work: Work, ports: Ports, run: ReconciliationRun, rule: SqlRule) -> None:
    """Look at one rule and store what follows with its evidence."""
    single = run.breadth == CHARGE
    async with work() as db:
        await db.exec(select(ReconciliationRun.id).where(ReconciliationRun.id == run.id).with_for_update())
        if await db.get(ReconciliationEvidence, (run.id, rule.rule.reason)) is not None:
            return
        await (await db.connection()).execute(_ROOM)
        standing = await db.get(ReconciliationRule, rule.rule.reason)
        whole = run.breadth == FULL or (not single and (standing is None or not standing.whole))
        most = None if single or await _released(db, rule) else ports.policy.reconciliation.most_new
        values = _values(ports, run=run.id, cut_off=run.cut_off_at, since=run.since_at or run.cut_off_at)
        look = Look(whole=whole, single=single, most=most, values=values, now=ports.clock.now())
        evidence = await judge(db=db, rule=rule, look=look)
        if not single:
            await keep_standing(db=db, evidence=evidence, now=look.now)
        db.add(evidence)
    if evidence.withheld:
        _log.error("reconciliation.rule_held_back", extra={"rule": evidence.reason, "withheld": evidence.withheld})


async def _released(db: AsyncSession, rule: SqlRule) -> bool:
    """Say whether somebody let the findings of a rule through, however many."""
    standing = await db.get(ReconciliationRule, rule.rule.reason)
    return standing is not None and standing.released_at is not None


def _values(ports: Ports, *, run: str, cut_off: datetime, since: datetime) -> dict[str, Any]:
    """Return what the statements of rules may name."""
    thresholds = asdict(ports.policy.reconciliation.thresholds)
    return {**thresholds, "run": run, "cut_off": cut_off, "since": since, "environment": ports.policy.environment}


async def _close(work: Work, ports: Ports, run_id: str) -> None:
    """Close a run: from here on nothing of it changes."""
    async with work() as db:
        connection = await db.connection()
        digest = (await connection.execute(_DIGEST, {"run": run_id})).scalar_one()
        await connection.execute(delete(ReconciliationScope).where(col(ReconciliationScope.run_id) == run_id))
        run = await db.get_one(ReconciliationRun, run_id)
        run.state, run.finished_at, run.digest = DONE, ports.clock.now(), digest
        db.add(run)
    _log.info("reconciliation.done", extra={"run": run_id, "digest": digest})
