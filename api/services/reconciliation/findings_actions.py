"""Doing something about a finding in place: each action calls the use case that there is for it, and is noted with it.

The charge is locked first, then the finding, then the use case checks its own rules; all of it is one transaction, so
that of two people who do the same the second is told, and nothing of theirs remains. An action that is done resolves
the finding as mended; one that waits for a second person keeps it waiting for that request (``findings_requests.py``).
What each action does is in ``findings_money.py`` and ``findings_letters.py``; asking the processor, which takes a call
outside of any transaction, is in ``findings_ask.py``.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import Action, Actor, EventKind, FindingState, FindingStep, Resolution
from api.domain.finance.finding_actions import ActionNotPossible, PossibleAction, actions_of, check_action
from api.models.finance import MismatchRow
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.approvals import named, sign_with_request
from api.services.charging.findings import move_finding, note_event
from api.services.reconciliation.findings import finding_by_id
from api.services.reconciliation.findings_accept import limit_of
from api.services.reconciliation.findings_facts import About, facts_of, gather
from api.services.reconciliation.findings_letters import dispute_cdr, send_receipt
from api.services.reconciliation.findings_money import capture, refund, release, settle_refund_otherwise, write_off
from api.services.reconciliation.findings_steps import lock_finding
from api.services.reconciliation.findings_wish import Outcome, Wish
from api.services.reconciliation.partner_letters import PARTNER

_HANDLERS = {
    Action.CAPTURE: capture,
    Action.RELEASE: release,
    Action.REFUND: refund,
    Action.WRITE_OFF: write_off,
    Action.SETTLE_OTHERWISE: settle_refund_otherwise,
    Action.SEND_RECEIPT: send_receipt,
    Action.DISPUTE_CDR: dispute_cdr,
}


def possible_actions(*, ports: Ports, finding: MismatchRow, about: About, by: Actor) -> tuple[PossibleAction, ...]:
    """Return what this person may do about a finding now, what its reason suggests first."""
    facts = facts_of(finding, about, ports)
    found = actions_of(finding.reason, FindingState(finding.state), facts)
    return tuple(each for each in found if by.has_any(each.roles))


async def act(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    finding_id: str,
    action: Action,
    by: Actor,
    amount_minor: int | None = None,
    reason: str = "",
    text: str = "",
) -> Outcome:
    """Do one thing about a finding; raises RoleMissing, ActionNotPossible, UnknownFinding, and what each use case does.

    ``reason`` is a code of the use case (``CreditReason``, ``SettlementReason``); ``text`` says why, is the letter to
    the partner, or names the transfer by which a refund was paid.
    """
    handler = _HANDLERS.get(action)
    if handler is None:
        raise ActionNotPossible("action_not_possible", action=str(action), state="")
    sign_with_request(db, by.request_id)
    row, about = await _locked(db, finding_id)
    facts = facts_of(row, about, ports)
    check_action(action, by, reason=row.reason, state=FindingState(row.state), facts=facts)
    currency = about.charge.currency if about.charge else row.currency or ""
    wish = Wish(db, ports, now, row, about, by, limit_of(ports.policy, by, currency), amount_minor, reason, text)
    outcome = await handler(wish)
    await db.flush()
    await _note(db, now, row, action, by, outcome, text)
    return outcome


async def _locked(db: AsyncSession, finding_id: str) -> tuple[MismatchRow, About]:
    """Return a finding and what it is about, the charge and then the finding locked; raises UnknownFinding."""
    found = await finding_by_id(db=db, finding_id=finding_id)
    if found.charging_session_id is not None:
        await lock_charge(db=db, charging_session_id=found.charging_session_id)
    row = await lock_finding(db=db, finding_id=finding_id)
    return row, await gather(db=db, finding=row)


async def _note(
    db: AsyncSession, now: datetime, row: MismatchRow, action: Action, by: Actor, outcome: Outcome, text: str
) -> None:
    """Write what was done to the finding's history, and where that leaves it."""
    await db.refresh(row)  # a use case may have closed it
    facts = {"action": str(action), "subject": outcome.subject_id, "done": outcome.done} | outcome.facts
    name = named(by.name)
    note_event(db, now, row.id, kind=EventKind.ACTED, by=name, text=text.strip(), detail=facts)
    if row.state == FindingState.RESOLVED:  # by what the use case did: it was this person who mended it
        row.resolution, row.resolved_by = Resolution.BOOKING, name
        db.add(row)
        return
    if outcome.mends and outcome.done:
        move_finding(db, now, row, FindingStep.MEND, by=name, detail=facts)
        return
    if row.state != FindingState.ACKNOWLEDGED:
        move_finding(db, now, row, FindingStep.ACKNOWLEDGE, by=name)
    if not outcome.done:
        row.waiting_for = outcome.subject_id
    elif action is Action.DISPUTE_CDR:
        row.waiting_for = PARTNER
    row.assignee = row.assignee or name
    db.add(row)
