"""Accepting a difference as it is: resolved with a note and a copy of all that was known then.

Above what a person decides alone it takes two: who asks writes why, and an approver who is somebody else accepts. A
request that is older than requests get, or whose finding has changed since, counts no more. The same holds for noting
that a refund was paid by a transfer (``findings_money.py``): that is asked for, and agreed to, at the finding as well.
"""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import APPROVERS, Action, Actor, EventKind, FindingState, FindingStep, StepNotPossible
from api.domain.finance.finding_limits import alone_at_most
from api.models.finance import MismatchEvent, MismatchRow
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.approvals import approval_limit, check_second_person, named
from api.services.charging.findings import move_finding, note_event
from api.services.reconciliation.findings_facts import REQUESTS
from api.services.reconciliation.findings_steps import log_step, note_of, taken

ACCEPTANCE, REPAYMENT = "acceptance", "repayment"
ASKED_AT_FINDING = {ACCEPTANCE: "accept", REPAYMENT: str(Action.SETTLE_OTHERWISE)}
"""What a finding waits for once somebody asked for it who may not alone, and how its history calls that."""


async def accept(
    *, db: AsyncSession, ports: Ports, now: datetime, finding_id: str, note: str, by: Actor
) -> MismatchRow:
    """Accept a difference, or ask a second person to; found again unchanged it stays accepted.

    Raises RoleMissing, NoteMissing, StepNotPossible, SamePerson.
    """
    told = note_of(note)
    row = await taken(db, finding_id, by)
    if row.state == FindingState.RESOLVED or (row.waiting_for or "").startswith(REQUESTS):
        raise StepNotPossible("finding_step_not_possible", state=row.state, step=str(FindingStep.ACCEPT))
    if _is_above_limit(ports.policy, row, by):
        asked = await standing_request(db=db, ports=ports, now=now, finding=row)
        if asked is None or not by.has_any(APPROVERS):
            return await _ask(db, now, row, by, told)
        check_second_person(by=by.name, requested_by=asked.by)
    frozen, was = evidence_of(row), row.state
    move_finding(db, now, row, FindingStep.ACCEPT, by=named(by.name), text=told, detail={"evidence": frozen})
    await log_step(db, now, row, by, "finding_accepted", told, before={"state": was, **frozen})
    return row


def _is_above_limit(policy: ServicePolicy, row: MismatchRow, by: Actor) -> bool:
    if row.amount_minor is None or row.currency is None:
        return False
    return abs(row.amount_minor) > limit_of(policy, by, row.currency)


async def _ask(db: AsyncSession, now: datetime, row: MismatchRow, by: Actor, told: str) -> MismatchRow:
    """Ask a second person to accept; asking again begins anew."""
    facts = {"action": ASKED_AT_FINDING[ACCEPTANCE], "done": False, **essence_of(row)}
    note_event(db, now, row.id, kind=EventKind.ACTED, by=named(by.name), text=told, detail=facts)
    row.waiting_for = ACCEPTANCE
    db.add(row)
    await log_step(db, now, row, by, "finding_acceptance_requested", told, before=essence_of(row))
    return row


async def standing_request(
    *, db: AsyncSession, ports: Ports, now: datetime, finding: MismatchRow
) -> MismatchEvent | None:
    """Return what was asked for at a finding and still counts, None where there is nothing."""
    action = ASKED_AT_FINDING.get(finding.waiting_for or "")
    if action is None:
        return None
    query = select(MismatchEvent).where(
        MismatchEvent.mismatch_id == finding.id,
        MismatchEvent.kind == EventKind.ACTED,
        col(MismatchEvent.detail)["action"].astext == action,
        MismatchEvent.at > now - ports.policy.request_lifetime,
    )
    asked = (await db.exec(query.order_by(col(MismatchEvent.id).desc()))).first()
    same = asked is not None and all(asked.detail.get(name) == value for name, value in essence_of(finding).items())
    return asked if same else None


def essence_of(row: MismatchRow) -> dict[str, Any]:
    """Return what must still be so when the second person comes."""
    return {"amount_minor": row.amount_minor, "currency": row.currency, "severity": row.severity}


def limit_of(policy: ServicePolicy, by: Actor, currency: str) -> int:
    """Return the most that a person may decide alone, in minor units."""
    limit = approval_limit(policy, currency)
    return alone_at_most(by.roles, currency, limit=limit, named=policy.approval_by_role)


def evidence_of(row: MismatchRow) -> dict[str, Any]:
    """Return what is known of a finding at this moment, as a decision keeps it."""
    names = ("reason", "subject", "charging_session_id", "partner_id", "severity", "amount_minor", "currency", "detail")
    moments = {name: getattr(row, name).isoformat() for name in ("opened_at", "seen_at") if getattr(row, name)}
    return {name: getattr(row, name) for name in names} | moments
