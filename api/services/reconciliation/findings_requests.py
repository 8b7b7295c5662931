"""Four eyes over what people asked for: the requests that wait, the second person's word, and the findings behind them.

The steps are those of ``services/charging/decisions.py``; here is who may take them, and what becomes of the finding
that waits for one: approved, it is mended; ended otherwise, it waits for nothing and people decide anew.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import APPROVERS, MOVERS, Actor, EventKind, FindingState, FindingStep, check_role
from api.models.finance import MismatchRow
from api.ports import Ports
from api.services.charging.approvals import RequestState, named, sign_with_request
from api.services.charging.decisions import OpenRequest, approve, deny, open_requests, request_by_id, withdraw
from api.services.charging.findings import SERVICE, move_finding, note_event
from api.services.reconciliation.findings_accept import ASKED_AT_FINDING, standing_request
from api.services.reconciliation.findings_steps import note_of


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request that waits, with the finding that waits for it, and what this person may do with it."""

    request: OpenRequest
    finding_id: str | None
    may_decide: bool
    may_withdraw: bool


async def waiting_requests(*, db: AsyncSession, ports: Ports, now: datetime, by: Actor) -> list[WaitingRequest]:
    """Return what waits for a second person, oldest first; what was asked for at a finding is decided there."""
    found = [*await open_requests(db=db), *await _at_findings(db, ports, now)]
    ids = [each.subject_id for each in found]
    query = select(MismatchRow.waiting_for, MismatchRow.id).where(col(MismatchRow.waiting_for).in_(ids))
    behind = {str(waits): finding_id for waits, finding_id in await db.exec(query)}
    me = named(by.name).casefold()
    waiting = []
    for each in found:
        mine = each.requested_by.casefold() == me
        may = by.has_any(APPROVERS) and not mine
        waiting.append(WaitingRequest(each, behind.get(each.subject_id), may, mine))
    return sorted(waiting, key=lambda each: (each.request.requested_at, each.request.subject_id))


async def _at_findings(db: AsyncSession, ports: Ports, now: datetime) -> list[OpenRequest]:
    """Return what was asked for at findings, as requests named by the finding."""
    found = []
    query = select(MismatchRow).where(col(MismatchRow.waiting_for).in_(ASKED_AT_FINDING))
    for row in (await db.exec(query)).all():
        asked = await standing_request(db=db, ports=ports, now=now, finding=row)
        if asked is not None:
            about = (row.id, row.charging_session_id or "", row.amount_minor or 0, row.currency or "", asked.text)
            found.append(OpenRequest(*about, asked.by, asked.at, asked.at + ports.policy.request_lifetime))
    return found


async def approve_request(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: Actor) -> None:
    """Approve a request as the second person; raises RoleMissing, SamePerson, AlreadyDecided, what each kind does."""
    check_role(by, APPROVERS)
    sign_with_request(db, by.request_id)
    await approve(db=db, ports=ports, now=now, subject_id=subject_id, by=by.name)
    await _follow(db, now, subject_id, RequestState.APPROVED, named(by.name))


async def deny_request(
    *, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: Actor, reason: str
) -> None:
    """Deny a request; raises RoleMissing, NoteMissing, AlreadyDecided."""
    check_role(by, APPROVERS)
    told = note_of(reason)
    sign_with_request(db, by.request_id)
    await deny(db=db, ports=ports, now=now, subject_id=subject_id, by=by.name, reason=told)
    await _follow(db, now, subject_id, RequestState.DENIED, named(by.name), told)


async def withdraw_request(*, db: AsyncSession, now: datetime, subject_id: str, by: Actor) -> None:
    """Take one's own request back; raises RoleMissing, NotTheRequester, AlreadyDecided."""
    check_role(by, MOVERS)
    sign_with_request(db, by.request_id)
    await withdraw(db=db, now=now, subject_id=subject_id, by=by.name)
    await _follow(db, now, subject_id, RequestState.WITHDRAWN, named(by.name))


async def follow_decided(*, db: AsyncSession, now: datetime, subject_id: str) -> bool:
    """Bring the finding that waits for a request up to date, decided elsewhere or lapsed; False: it still waits."""
    row = await request_by_id(db=db, subject_id=subject_id)
    state = RequestState(row.state)
    if state is RequestState.REQUESTED:
        return False
    await _follow(db, now, subject_id, state, row.decided_by or SERVICE)
    return True


async def _follow(
    db: AsyncSession, now: datetime, subject_id: str, state: RequestState, by: str, text: str = ""
) -> None:
    await db.flush()
    query = select(MismatchRow).where(MismatchRow.waiting_for == subject_id).order_by(col(MismatchRow.id))
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    for row in (await db.exec(locked)).all():
        facts = {"subject": subject_id, "state": str(state)}
        row.waiting_for = None
        db.add(row)
        note_event(db, now, row.id, kind=EventKind.ACTED, by=by, text=text, detail=facts)
        if state is RequestState.APPROVED and row.state != FindingState.RESOLVED:
            move_finding(db, now, row, FindingStep.MEND, by=by, detail=facts)
