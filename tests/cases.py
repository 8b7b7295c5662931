"""A case in a test's hands: opened by form, and what staff do with it."""

from typing import Any

from api.db import UnitOfWork
from api.domain.support.case import CaseEventKind, CaseKind, CaseStep, Channel
from api.models.support import SupportCase
from api.ports import Ports
from api.services.support.advance import Told, locked_case, note_case, step_case
from api.services.support.intake import Asked, take_in_case

AGENT = "Kim Support"
"""The name of an agent, which no customer reads."""


async def a_case(work: UnitOfWork, ports: Ports, **fields: Any) -> SupportCase:
    """Open a case by the web form."""
    given = {"description": "It stopped twice.", "email": "eve@example.com", "name": "Eve Holm"}
    given |= fields.pop("given", {})
    wish: dict[str, Any] = {"kind": CaseKind.DRIVER, "topic": "other", "channel": Channel.WEB, "given": given} | fields
    async with work() as db:
        return await take_in_case(db=db, ports=ports, now=ports.clock.now(), asked=Asked(**wish))


async def staff_does(
    work: UnitOfWork, ports: Ports, case_id: str, kind: CaseEventKind, text: str = "", **more: Any
) -> SupportCase:
    """Write something into a case as an agent, or take the step that goes with it."""
    steps = {CaseEventKind.ASKED: CaseStep.ASK, CaseEventKind.RESOLVED: CaseStep.RESOLVE}
    public = more.pop("public", kind not in (CaseEventKind.NOTE, CaseEventKind.LINKED))
    told = Told(kind, AGENT, public=public, text=text, detail=more)
    async with work() as db:
        case = await locked_case(db=db, case_id=case_id)
        if kind in steps:
            step_case(db, ports.clock.now(), case, steps[kind], told)
        else:
            note_case(db, ports.clock.now(), case, told)
    return case
