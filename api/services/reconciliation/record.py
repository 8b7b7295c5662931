"""Looking at one rule: a single statement finds, compares with what is known, opens, raises and closes, and counts.

One statement sees one moment, needs no row of it in our memory, and is there as a whole or not at all. What somebody
accepted stays accepted as long as it is about the same amount and no graver; what somebody put aside comes back when it
grows worse: a warning that became a breach, or a larger amount.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.mirror import MirrorProgress
from api.models.reconciliation import ReconciliationEvidence, ReconciliationRule
from api.services.reconciliation.sql_rule import SqlRule
from api.services.reconciliation.statements import one_row

BY = "reconciliation"
"""How events of findings name a run."""
SAMPLE = 20
"""How many of what was found are kept as evidence."""

_JUDGE = """
WITH found AS MATERIALIZED (SELECT DISTINCT ON (f.subject) f.* FROM ({found}) f ORDER BY f.subject),
judged AS MATERIALIZED (
  SELECT f.*, m.id AS known_id, m.severity AS known_severity, m.detail->>'band' AS known_band,
    CASE WHEN m.id IS NULL THEN CASE WHEN f.opens THEN 'new' ELSE 'young' END
      WHEN m.state <> 'resolved' THEN 'still'
      WHEN f.opens AND (m.resolution IS DISTINCT FROM 'accepted' OR (m.severity, f.severity) = ('warning', 'breach')
        OR (m.amount_minor, m.currency) IS DISTINCT FROM (f.amount_minor, f.currency)) THEN 'again'
      ELSE 'settled' END AS step,
    f.opens AND ((m.severity, f.severity) = ('warning', 'breach') OR m.state = 'snoozed' AND f.amount_minor IS NOT NULL
      AND (f.currency IS DISTINCT FROM m.currency OR abs(f.amount_minor) > abs(coalesce(m.amount_minor, 0)))) AS worse
  FROM found f LEFT JOIN mismatch m ON m.reason = :reason AND m.subject = f.subject),
room AS (
  SELECT count(*) AS fresh, count(*) <= CAST(:most AS bigint) AS enough FROM judged WHERE step IN ('new', 'again')),
opened AS (
  INSERT INTO mismatch (id, reason, charging_session_id, partner_id, subject, severity, state, amount_minor, currency,
    detail, due_at, opened_at, seen_at)
  SELECT :prefix || '_' || replace(gen_random_uuid()::text, '-', ''), :reason, j.charging_session_id, j.partner_id,
    j.subject, j.severity, 'open', j.amount_minor, j.currency, j.detail, j.due_at, :now, :now
  FROM judged j, room WHERE j.step = 'new' AND room.enough ON CONFLICT DO NOTHING RETURNING id),
reopened AS (
  UPDATE mismatch m SET state = 'open', resolved_at = NULL, resolution = NULL, resolved_by = NULL,
    severity = j.severity, amount_minor = j.amount_minor, currency = j.currency, detail = m.detail || j.detail,
    due_at = j.due_at, seen_at = :now, snoozed_until = NULL, waiting_for = NULL
  FROM judged j, room WHERE m.id = j.known_id AND j.step = 'again' AND room.enough RETURNING m.id),
kept AS (
  UPDATE mismatch m SET severity = CASE WHEN j.opens THEN j.severity ELSE m.severity END,
    amount_minor = coalesce(j.amount_minor, m.amount_minor), currency = coalesce(j.currency, m.currency),
    detail = m.detail || j.detail, due_at = coalesce(j.due_at, m.due_at),
    partner_id = coalesce(m.partner_id, j.partner_id), seen_at = :now,
    state = CASE WHEN j.worse THEN 'open' ELSE m.state END,
    snoozed_until = CASE WHEN j.worse THEN NULL ELSE m.snoozed_until END
  FROM judged j WHERE m.id = j.known_id AND j.step = 'still'
  RETURNING m.id, j.detail->>'band' AS band, j.opens AND (j.detail->>'band' IS DISTINCT FROM j.known_band
    OR j.severity <> j.known_severity OR j.worse) AS raised, j.severity),
closed AS (
  UPDATE mismatch m SET state = 'resolved', resolved_at = :now, resolution = 'auto', resolved_by = :by,
    snoozed_until = NULL, waiting_for = NULL
  WHERE CAST(:closes AS boolean) AND m.reason = :reason AND m.resolved_at IS NULL
    AND coalesce(m.seen_at, m.opened_at) < :cut_off AND {looked_at}
    AND NOT EXISTS (SELECT 1 FROM found f WHERE f.subject = m.subject) RETURNING m.id),
told AS (
  INSERT INTO mismatch_event (mismatch_id, at, by, kind, text, detail)
  SELECT id, CAST(:now AS timestamptz), CAST(:by AS text), kind, '', detail FROM (
    SELECT id, 'opened' AS kind, '{{}}'::jsonb AS detail FROM opened
    UNION ALL SELECT id, 'reopened', '{{}}' FROM reopened
    UNION ALL SELECT id, 'raised', jsonb_build_object('severity', severity, 'band', band) FROM kept WHERE raised
    UNION ALL SELECT id, 'resolved', '{{"resolution": "auto"}}' FROM closed) e RETURNING 1)
SELECT (SELECT count(*) FROM judged WHERE step <> 'young') AS found, (SELECT count(*) FROM opened) AS opened,
  (SELECT count(*) FROM reopened) AS reopened, (SELECT count(*) FROM closed) AS resolved,
  (SELECT CASE WHEN enough THEN 0 ELSE fresh END FROM room) AS withheld, (SELECT count(*) FROM told) AS told,
  (SELECT encode(sha256(coalesce(string_agg(concat_ws('|', subject, severity, amount_minor, currency), ';'
    ORDER BY subject), '')::bytea), 'hex') FROM judged WHERE step <> 'young') AS digest,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('subject', subject, 'amount_minor', amount_minor, 'currency', currency,
      'severity', severity, 'step', step) ORDER BY subject), '[]')
    FROM (SELECT * FROM judged WHERE step <> 'young' ORDER BY step NOT IN ('new', 'again'), subject LIMIT {sample}) s)
    AS sample
"""
_EVERYTHING = "TRUE"
_ONE_CHARGE = """(m.charging_session_id IN (SELECT id FROM reconciliation_scope WHERE run_id = :run AND kind = 'charge')
  OR m.subject IN (SELECT id FROM reconciliation_scope WHERE run_id = :run))"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a rule is looked at: whole or narrowed to a run's scope, and up to how many new findings."""

    whole: bool
    single: bool
    most: int | None
    """None: however many."""
    values: Mapping[str, Any]
    """What the statements may name: the run, its moments and thresholds."""
    now: datetime


async def judge(*, db: AsyncSession, rule: SqlRule, look: Look) -> ReconciliationEvidence:
    """Look at a rule, write what follows for its findings, and return the evidence, which is not stored yet."""
    began = time.perf_counter()
    lacking = await _lacking(db, rule)
    if lacking is not None:
        return _evidence(rule, look, began, skipped=f"not copied from the processor yet: {lacking}")
    checked = await one_row(db, rule.counting(whole=look.whole, single=look.single), look.values)
    statement = _JUDGE.format(
        found=rule.finding(whole=look.whole, single=look.single),
        looked_at=_ONE_CHARGE if look.single else _EVERYTHING,
        sample=SAMPLE,
    )
    unlimited = look.most is None or not rule.rule.guarded
    values = {
        **look.values,
        "reason": rule.rule.reason,
        "closes": rule.rule.closes,
        "most": 2**62 if unlimited else look.most,
        "prefix": Prefix.MISMATCH,
        "by": BY,
        "now": look.now,
    }
    row = await one_row(db, statement, values)
    counts = {name: int(row[name]) for name in ("found", "opened", "reopened", "resolved", "withheld")}
    told: dict[str, Any] = {"digest": row["digest"], "sample": row["sample"], "checked": int(checked["count"])}
    return _evidence(rule, look, began, **(told | counts))


async def keep_standing(*, db: AsyncSession, evidence: ReconciliationEvidence, now: datetime) -> None:
    """Note where the rule stands: held back or not, and whether the next look may be at changes only."""
    before = await db.get(ReconciliationRule, evidence.reason, with_for_update=True)
    held = bool(evidence.withheld)
    values = {
        "reason": evidence.reason,
        "whole": (evidence.whole or (before is not None and before.whole)) and not held and evidence.skipped is None,
        "withheld": evidence.withheld,
        "withheld_since": ((before.withheld_since if before else None) or now) if held else None,
        "sample": [each["subject"] for each in evidence.sample] if held else [],
        "released_at": None,
        "released_by": None,
    }
    statement = insert(ReconciliationRule).values(**values)
    connection = await db.connection()
    await connection.execute(statement.on_conflict_do_update(index_elements=["reason"], set_=values))


async def _lacking(db: AsyncSession, rule: SqlRule) -> str | None:
    """Return what a rule needs of the processor's objects and was never copied as a whole."""
    for kind in rule.needs:
        query = select(MirrorProgress.complete_until).where(col(MirrorProgress.kind) == kind)
        if (await db.exec(query)).first() is None:
            return kind
    return None


def _evidence(
    rule: SqlRule, look: Look, began: float, skipped: str | None = None, **told: Any
) -> ReconciliationEvidence:
    """Return what a rule found as evidence."""
    counts = dict.fromkeys(("checked", "found", "opened", "reopened", "resolved", "withheld"), 0)
    return ReconciliationEvidence(
        run_id=str(look.values["run"]),
        reason=rule.rule.reason,
        whole=look.whole,
        skipped=skipped,
        milliseconds=round((time.perf_counter() - began) * 1000),
        recorded_at=look.now,
        **({"digest": "", "sample": []} | counts | told),
    )
