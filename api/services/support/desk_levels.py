"""Moving a case up by hand: what its level asks for first, and the time that the next one has (CN05, CN11)."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import Actor
from api.domain.support.case import LEVELS, CaseEventKind
from api.domain.support.case_rules import level_above
from api.domain.support.sla import promise_from
from api.models.support import SupportCase
from api.services.support.desk_work import LONGEST_TEXT, CaseTextMissing, case_at_work, done_so_far


def move_to_level(case: SupportCase, level: int, now: datetime) -> None:
    """Move a locked case to a level: nobody there has it yet, and the time of that level begins.

    While the customer is waited for it begins with that waiting: what is waited is added once the case goes on.
    """
    begins = case.waiting_since or now
    is_last = level == LEVELS[-1]
    case.level, case.assignee, case.level_lapsed_at = level, None, None
    case.level_due_at = case.solve_due_at if is_last else begins + promise_from(case.promise).second_level


async def escalate(
    *,
    db: AsyncSession,
    now: datetime,
    case_id: str,
    version: int,
    by: Actor,
    proposal: str = "",
    reason: str = "",
) -> SupportCase:
    """Move a case one level up; its customer sees that, and neither why nor what is proposed.

    Raises AttemptMissing, ProposalMissing, NoHigherLevel and as ``case_at_work``.
    """
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="escalate")
    case, was = desk.case, desk.case.level
    done = await done_so_far(db=db, case_id=case_id)
    level = level_above(was, done, proposal=proposal, reason=reason)
    if max(len(proposal), len(reason)) > LONGEST_TEXT:
        raise CaseTextMissing("case_text_missing", field="reason", most=LONGEST_TEXT)
    move_to_level(case, level, now)
    desk.note(desk.told(CaseEventKind.LEVEL, public=True, level=level, level_was=was))
    if proposal.strip():
        desk.note(desk.told(CaseEventKind.PROPOSAL, text=proposal.strip(), reason=reason.strip()))
    elif reason.strip():
        desk.note(desk.told(CaseEventKind.NOTE, text=reason.strip()))
    await desk.log("escalated", reason.strip(), **({"action_proposal": proposal.strip()} if proposal.strip() else {}))
    return case
