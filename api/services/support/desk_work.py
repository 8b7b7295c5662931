"""Working on a case: who may, under which version, and one line in the log of staff for each step.

A step names the version of the case that its page showed (``If-Match``, A16): who was slower is told, and nothing is
changed. What is said to customers is in the history of the case only, where it can be erased with them; the log keeps
who did what, and why where a step asks for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Forbidden, Invalid
from api.domain.finance.finding import Actor
from api.domain.staff.roles import Permission, roles_with
from api.domain.support.case import UNSOLVED, CaseEventKind, CaseState, CaseStep, CaseStepNotPossible
from api.domain.support.case_rules import Done
from api.domain.support.desk import check_works_at, done_of
from api.models.support import SupportCase, SupportCaseEvent
from api.services.charging.approvals import named, note_action, sign_with_request
from api.services.support.advance import Told, locked_case, note_case, step_case

LONGEST_TEXT = 4000
_KEPT = ("state", "level", "assignee", "priority", "expected_at", "level_due_at", "closed_as", "version")
_WORKERS = roles_with(Permission.WORK_ON_CASES)


class CaseChanged(Conflict):
    """Somebody else changed the case since the page was made. Facts: ``version``, ``yours``."""


class NotAtTheDesk(Forbidden):
    """None of somebody's roles works on cases."""


class CaseTextMissing(Invalid):
    """It needs a text, of at most 4,000 characters. Fact: ``field``."""


def text_of(text: str, field: str = "text") -> str:
    """Return what somebody wrote; raises CaseTextMissing."""
    told = text.strip()
    if not told or len(told) > LONGEST_TEXT:
        raise CaseTextMissing("case_text_missing", field=field, most=LONGEST_TEXT)
    return told


@dataclass(frozen=True, slots=True)
class AtWork:
    """A locked case under the hands of somebody, and how it stood before."""

    db: AsyncSession
    now: datetime
    case: SupportCase
    by: str
    before: Mapping[str, Any]

    def told(self, kind: CaseEventKind, *, public: bool = False, text: str = "", **detail: Any) -> Told:
        """Return what the history is to hold, signed by who works."""
        return Told(kind, by=self.by, public=public, text=text, detail=detail)

    def note(self, told: Told) -> None:
        """Write into the history of the case."""
        note_case(self.db, self.now, self.case, told)

    def step(self, step: CaseStep, told: Told) -> None:
        """Take a step of its life; raises CaseStepNotPossible."""
        step_case(self.db, self.now, self.case, step, told)

    async def log(self, action: str, reason: str = "", **facts: Any) -> None:
        """Append to the log of staff what changed."""
        after = _standing(self.case)
        changed = {name for name in _KEPT if self.before[name] != after[name]}
        await note_action(
            db=self.db,
            now=self.now,
            by=self.by,
            action=f"case_{action}",
            subject_id=self.case.id,
            charging_session_id=self.case.charging_session_id,
            reason=reason,
            before={name: self.before[name] for name in _KEPT if name in changed},
            after={name: after[name] for name in _KEPT if name in changed} | facts,
        )


def _standing(case: SupportCase) -> dict[str, Any]:
    values = {name: getattr(case, name) for name in _KEPT}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def check_at_the_desk(by: Actor) -> str:
    """Return the name that somebody who works on cases signs with; raises NotAtTheDesk, PersonUnnamed."""
    if not by.has_any(_WORKERS):
        raise NotAtTheDesk("not_at_the_desk")
    return named(by.name)


async def case_at_work(
    *,
    db: AsyncSession,
    now: datetime,
    case_id: str,
    by: Actor,
    version: int | None,
    step: str,
    level: int | None = None,
    any_level: bool = False,
    any_state: bool = False,
) -> AtWork:
    """Return a case, locked for one step of somebody.

    ``version`` None is for what takes nothing from what others do: notes. ``level``: the step belongs to this level and
    those above. Raises UnknownCase, CaseChanged, NotAtTheDesk, LevelNotYours, CaseStepNotPossible.
    """
    name = check_at_the_desk(by)
    sign_with_request(db, by.request_id)
    case = await locked_case(db=db, case_id=case_id)
    if version is not None and version != case.version:
        raise CaseChanged("case_changed", version=case.version, yours=version)
    if not any_level:
        check_works_at(by.roles, case.level)
    if not any_state and CaseState(case.state) not in UNSOLVED:
        raise CaseStepNotPossible("case_step_not_possible", state=case.state, step=step)
    if level is not None and case.level < level:
        raise CaseStepNotPossible("case_step_not_possible", state=f"level_{case.level}", step=step)
    return AtWork(db, now, case, name, _standing(case))


async def history_of_case(*, db: AsyncSession, case_id: str) -> list[SupportCaseEvent]:
    """Return what happened to a case, oldest first."""
    query = select(SupportCaseEvent).where(SupportCaseEvent.case_id == case_id).order_by(col(SupportCaseEvent.id))
    return list(await db.exec(query))


async def done_so_far(*, db: AsyncSession, case_id: str) -> Done:
    """Return what was done about a case."""
    return done_of((each.kind, each.detail) for each in await history_of_case(db=db, case_id=case_id))
