"""What customers do with their cases: write, confirm, say that it is not solved, withdraw, and judge us.

Each takes the id of a case that the caller proved to be theirs, and what the caller knows of it (``seen``): where
somebody changed it since, nothing is done.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.support.case import CaseEventKind, CaseState, CaseStep
from api.models.support import SupportCase
from api.services.support.advance import Told, locked_case, note_case, step_case
from api.services.support.open import CUSTOMER

Seen = Callable[[SupportCase], None]
"""Raises where the locked case is not what the customer saw."""
_STEPS = {
    "confirm": (CaseStep.CONFIRM, CaseEventKind.CONFIRMED),
    "reject": (CaseStep.REJECT, CaseEventKind.REOPENED),
    "withdraw": (CaseStep.WITHDRAW, CaseEventKind.CLOSED),
}
SCORES = range(1, 6)


class NothingSaid(Invalid):
    """A message without a word in it."""


class SurveyNotOpen(Conflict):
    """The case is not closed: there is nothing to judge yet."""


class SurveyAnswered(Conflict):
    """The question was answered; there is one answer a case."""


def anything_seen(_case: SupportCase) -> None:
    """Accept a case as it is: adding to it undoes nobody's change."""


async def reply(*, db: AsyncSession, now: datetime, case_id: str, text: str, seen: Seen = anything_seen) -> SupportCase:
    """Write to us: a case that waited goes on, one that was solved is open again. Raises CaseStepNotPossible."""
    if not text.strip():
        raise NothingSaid("nothing_said")
    case = await locked_case(db=db, case_id=case_id)
    seen(case)
    step_case(
        db, now, case, CaseStep.REPLY, Told(CaseEventKind.FROM_CUSTOMER, CUSTOMER, public=True, text=text.strip())
    )
    return case


async def take_customers_step(
    *, db: AsyncSession, now: datetime, case_id: str, step: str, text: str = "", seen: Seen = anything_seen
) -> SupportCase:
    """Confirm, reject or withdraw, by that name; what was done already is no error. Raises CaseStepNotPossible."""
    case = await locked_case(db=db, case_id=case_id)
    seen(case)
    taken, kind = _STEPS[step]
    step_case(db, now, case, taken, Told(kind, CUSTOMER, public=True, text=text.strip()))
    return case


async def answer_survey(*, db: AsyncSession, now: datetime, case_id: str, score: int) -> SupportCase:
    """Keep the one answer, 1 to 5; the same again is the same. Raises SurveyNotOpen, SurveyAnswered (CN21)."""
    case = await locked_case(db=db, case_id=case_id)
    if case.survey_score == score:
        return case
    if case.survey_score is not None:
        raise SurveyAnswered("survey_answered")
    if case.state != CaseState.CLOSED:
        raise SurveyNotOpen("survey_not_open", state=case.state)
    case.survey_score = score
    note_case(db, now, case, Told(CaseEventKind.SURVEYED, CUSTOMER, public=True, detail={"score": score}))
    return case
