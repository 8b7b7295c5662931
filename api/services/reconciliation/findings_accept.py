"""Accepting a difference as it is: resolved with a note and a copy of all that was known then.

Above what a person decides alone it takes two: who asks writes why, and an approver who is somebody else accepts. A
request that is older than requests get, or whose finding has changed since, counts no more.
"""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import APPROVERS, Actor, EventKind, FindingState, FindingStep, StepNotPossible
from api.domain.finance.finding_limits import alone_at_most
from api.models.finance import MismatchEvent, MismatchRow
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.approvals import approval_limit, check_second_person, named
from api.services.charging.findings import move_finding, note_event
from api.services.reconciliation.findings_steps import log_step, note_of, taken

ACCEPTANCE = "acceptance"
"""What a finding waits for once somebody asked to accept it who may not alone."""


async def accept(
    *, db: AsyncSession, ports: Ports, now: datetime, finding_id: str, note: str, by: Actor
) -> MismatchRow:
    """Accept a difference, or ask a second person to; found again unchanged it stays accepted.

    Raises RoleMissing, NoteMissing, StepNotPossible, SamePerson.
    """
    told = note_of(note)
    row = await taken(db, finding_id, by)
    if row.state == FindingState.RESOLVED:
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
    facts = {"action": "accept", "done": False, **_essence(row)}
    note_event(db, now, row.id, kind=EventKind.ACTED, by=named(by.name), text=told, detail=facts)
    row.waiting_for = ACCEPTANCE
    db.add(row)
    await log_step(db, now, row, by, "finding_acceptance_requested", told, before=_essence(row))
    return row


async def standing_request(
    *, db: AsyncSession, ports: Ports, now: datetime, finding: MismatchRow
) -> MismatchEvent | None:
    """Return the request to accept a finding that still counts, None where there is none."""
    if finding.waiting_for != ACCEPTANCE:
        return None
    query = select(MismatchEvent).where(
        MismatchEvent.mismatch_id == finding.id,
        MismatchEvent.kind == EventKind.ACTED,
        col(MismatchEvent.detail)["action"].astext == "accept",
        MismatchEvent.at > now - ports.policy.request_lifetime,
    )
    asked = (await db.exec(query.order_by(col(MismatchEvent.id).desc()))).first()
    same = asked is not None and all(asked.detail.get(name) == value for name, value in _essence(finding).items())
    return asked if same else None


def _essence(row: MismatchRow) -> dict[str, Any]:
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
