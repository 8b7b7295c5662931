"""What is said between the desk and the customer, and how a case comes to its end."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.finance.finding import Actor
from api.domain.support.case import CaseEventKind, CaseState, CaseStep, CaseStepNotPossible
from api.domain.support.case_rules import check_solvable
from api.models.support import SupportCase
from api.services.support.desk_work import case_at_work, done_so_far, text_of


class CaseMerged(Conflict):
    """Another case goes on instead of this one: it is not opened again."""


async def answer_customer(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, text: str, by: Actor
) -> SupportCase:
    """Tell the customer something. Raises CaseTextMissing and as ``case_at_work``."""
    told = text_of(text)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="answer", any_state=True)
    if desk.case.state == CaseState.CLOSED:
        raise CaseStepNotPossible("case_step_not_possible", state=desk.case.state, step="answer")
    desk.note(desk.told(CaseEventKind.TO_CUSTOMER, public=True, text=told))
    await desk.log("answered")
    return desk.case


async def ask_customer(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, text: str, by: Actor
) -> SupportCase:
    """Ask the customer for something; the clocks stand until they answer. Raises as ``answer_customer``."""
    told = text_of(text)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="ask")
    desk.step(CaseStep.ASK, desk.told(CaseEventKind.ASKED, public=True, text=told))
    await desk.log("asked_customer")
    return desk.case


async def customer_said(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, text: str, by: Actor
) -> SupportCase:
    """Write down what the customer said on the phone; whoever answers it may, at any level."""
    told = text_of(text)
    desk = await case_at_work(
        db=db, now=now, case_id=case_id, by=by, version=version, step="reply", any_level=True, any_state=True
    )
    desk.step(CaseStep.REPLY, desk.told(CaseEventKind.FROM_CUSTOMER, public=True, text=told, by_phone=True))
    await desk.log("customer_said")
    return desk.case


async def resolve_case(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, text: str, by: Actor
) -> SupportCase:
    """Say how it was solved; the customer has the word then (CN16). Raises WorkUnverified and as ``case_at_work``."""
    told = text_of(text)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="resolve")
    check_solvable(desk.case.level, await done_so_far(db=db, case_id=case_id))
    desk.step(CaseStep.RESOLVE, desk.told(CaseEventKind.RESOLVED, public=True, text=told))
    await desk.log("resolved")
    return desk.case


async def confirm_by_phone(*, db: AsyncSession, now: datetime, case_id: str, version: int, by: Actor) -> SupportCase:
    """Close a solved case because its customer said on the phone that it is."""
    desk = await case_at_work(
        db=db, now=now, case_id=case_id, by=by, version=version, step="confirm", any_level=True, any_state=True
    )
    desk.step(CaseStep.CONFIRM, desk.told(CaseEventKind.CONFIRMED, public=True, by_phone=True))
    await desk.log("confirmed")
    return desk.case


async def reopen_case(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, reason: str, by: Actor
) -> SupportCase:
    """Open a case again that was not solved after all. Raises CaseMerged and as ``case_at_work``."""
    why = text_of(reason, "reason")
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="reopen", any_state=True)
    if desk.case.closed_as == "merged":
        raise CaseMerged("case_merged")
    desk.step(CaseStep.REOPEN, desk.told(CaseEventKind.REOPENED, public=True, text=why))
    await desk.log("reopened", why)
    return desk.case
