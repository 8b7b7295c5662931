"""Asking the processor about what a finding is about, now, and believing its answer as webhooks and sweeps do."""

from api.domain.errors import Upstream
from api.domain.finance.finding import Action, Actor, EventKind, FindingState
from api.domain.finance.finding_actions import check_action
from api.ports import Ports
from api.services.charging.approvals import named, note_action, sign_with_request
from api.services.charging.disputes import look_at_dispute
from api.services.charging.findings import note_event
from api.services.charging.look import look_at_hold, resolve_hold
from api.services.charging.refund_news import look_at_refund
from api.services.reconciliation.findings import finding_by_id
from api.services.reconciliation.findings_facts import About, facts_of, gather
from api.services.reconciliation.findings_wish import Outcome
from api.services.work import Work

_SOURCE = "staff"


class ProcessorAway(Upstream):
    """The processor gives no answer now; it is asked again by the sweep."""


async def ask_processor(*, work: Work, ports: Ports, finding_id: str, by: Actor) -> Outcome:
    """Look at the hold, the refund or the dispute of a finding at the processor; what is seen may resolve it.

    Raises UnknownFinding, RoleMissing, ActionNotPossible, ProcessorAway.
    """
    async with work() as db:
        row = await finding_by_id(db=db, finding_id=finding_id)
        about = await gather(db=db, finding=row)
        facts, state = facts_of(row, about, ports), FindingState(row.state)
    check_action(Action.ASK_PROCESSOR, by, reason=row.reason, state=state, facts=facts)
    named(by.name)
    asked = await _ask(work, ports, about)
    return await _note(work, ports, finding_id, by, asked)


async def _ask(work: Work, ports: Ports, about: About) -> str:
    """Ask, and return what was asked about; raises ProcessorAway."""
    refund, dispute, hold = about.refund, about.dispute, about.hold
    answered = True
    if refund is not None and refund.processor_refund_id:
        asked = refund.processor_refund_id
        answered = await look_at_refund(work=work, ports=ports, processor_refund_id=asked)
    elif dispute is not None:
        asked = dispute.processor_dispute_id
        answered = await look_at_dispute(work=work, ports=ports, processor_dispute_id=asked, source=_SOURCE)
    elif hold is not None and hold.payment_intent_id:
        asked = hold.payment_intent_id
        answered = await look_at_hold(work=work, ports=ports, payment_intent_id=asked, source=_SOURCE)
    else:
        asked = str(about.charge.id if about.charge else "")
        await resolve_hold(work=work, ports=ports, charging_session_id=asked)
    if not answered:
        raise ProcessorAway("processor_away")
    return asked


async def _note(work: Work, ports: Ports, finding_id: str, by: Actor, asked: str) -> Outcome:
    """Write down that somebody asked, and what is known since."""
    now = ports.clock.now()
    async with work() as db:
        sign_with_request(db, by.request_id)
        row = await finding_by_id(db=db, finding_id=finding_id)
        about = await gather(db=db, finding=row)
        seen = {
            "hold": about.charge.hold_status if about.charge else None,
            "refund": about.refund.state if about.refund else None,
            "dispute": about.dispute.status if about.dispute else None,
        }
        told = {name: value for name, value in seen.items() if value is not None}
        facts = {"action": str(Action.ASK_PROCESSOR), "subject": asked, "done": True} | told
        note_event(db, now, finding_id, kind=EventKind.ACTED, by=named(by.name), detail=facts)
        await note_action(
            db=db,
            now=now,
            by=named(by.name),
            action="processor_asked",
            subject_id=asked,
            charging_session_id=row.charging_session_id,
            reason=row.reason,
            after=told | {"finding": finding_id},
        )
    return Outcome(asked, facts=told)
