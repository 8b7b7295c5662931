"""Telling customers what became of their cases: each public event once, by notice or by mail (CN06).

``told_up_to`` is the last event that was told. It is moved in the transaction that stores what is sent, under the
case's lock, under which its events are written, too: none is told twice, and none is passed over.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.case import CaseEventKind, Channel
from api.models.driver import Driver
from api.models.support import SupportCase, SupportCaseEvent
from api.ports import Ports
from api.services.notices.tell import tell_driver
from api.services.support.mails import Template, queue_case_mail
from api.services.support.open import CUSTOMER
from api.services.work import Work

LOOKED_BACK = timedelta(days=30)
"""What was not told for so long is no news any more; older cases need not be looked through each minute."""
_K = CaseEventKind
_TEMPLATES = {
    _K.OPENED: Template.OPENED,
    _K.TO_CUSTOMER: Template.ANSWERED,
    _K.ASKED: Template.ASKED,
    _K.LEVEL: Template.LEVEL,
    _K.EXPECTED: Template.EXPECTED,
    _K.HANDED_OVER: Template.HANDED_OVER,
    _K.RESOLVED: Template.RESOLVED,
    _K.CLOSED: Template.CLOSED,
    _K.REOPENED: Template.REOPENED,
}
ASKED_FOR = "asked_for"
"""Where the detail of a case says what was asked for by itself, in a mail of its own."""
_SAID = frozenset({_K.TO_CUSTOMER, _K.ASKED, _K.RESOLVED, _K.DECIDED})
"""Events whose words are for the customer."""


async def tell_cases(*, work: Work, ports: Ports, now: datetime, limit: int = 500) -> int:
    """Tell what is untold, case by case; return how many cases there were."""
    untold = exists().where(
        col(SupportCaseEvent.case_id) == col(SupportCase.id),
        col(SupportCaseEvent.public).is_(True),
        col(SupportCaseEvent.id) > col(SupportCase.told_up_to),
    )
    lately = col(SupportCase.updated_at) > now - LOOKED_BACK
    query = select(SupportCase).where(lately, untold).order_by(col(SupportCase.updated_at)).limit(1)
    locked = query.with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)
    for told in range(limit):
        async with work() as db:
            case = (await db.exec(locked)).one_or_none()
            if case is None:
                return told
            await tell_customer(db=db, ports=ports, now=now, case=case)
    return limit


async def tell_customer(*, db: AsyncSession, ports: Ports, now: datetime, case: SupportCase) -> None:
    """Tell what is untold of a locked case."""
    query = select(SupportCaseEvent).where(
        SupportCaseEvent.case_id == case.id, SupportCaseEvent.public, col(SupportCaseEvent.id) > case.told_up_to
    )
    for event in list(await db.exec(query.order_by(col(SupportCaseEvent.id)))):
        template = _template(case, event)
        if template is not None:
            await _send(db, ports, now, case, event, template)
        case.told_up_to = event.id or case.told_up_to
    db.add(case)


def _template(case: SupportCase, event: SupportCaseEvent) -> Template | None:
    """Return which words tell an event; None: the customer did it, and sees it where they did it."""
    kind = CaseEventKind(event.kind)
    if kind is CaseEventKind.OPENED:
        told = case.channel == Channel.APP or ASKED_FOR in case.detail  # the question has the number, too
        return None if told else Template.OPENED
    if event.by == CUSTOMER or event.detail.get("told_by_mail"):
        return None
    return _TEMPLATES.get(kind, Template.NEWS)


async def _send(
    db: AsyncSession, ports: Ports, now: datetime, case: SupportCase, event: SupportCaseEvent, template: Template
) -> None:
    """By mail whoever wrote one or has no account, anybody else as they chose for notices."""
    driver = await db.get(Driver, case.driver_id) if case.driver_id else None
    facts = _facts(case, event, driver)
    if driver is not None and case.channel != Channel.EMAIL:
        detail = facts | {"case_id": case.id, "case_number": case.number}
        await tell_driver(
            db=db,
            ports=ports,
            now=now,
            driver_id=driver.id,
            message=template,
            detail={name: value for name, value in detail.items() if name != "said"},
            once=f"case_event:{event.id}",
        )
    elif case.customer_email:
        await queue_case_mail(
            db=db,
            ports=ports,
            now=now,
            case=case,
            template=template,
            to=case.customer_email,
            language=case.language,
            facts=facts,
            event_id=event.id,
        )


def _facts(case: SupportCase, event: SupportCaseEvent, driver: Driver | None) -> dict[str, Any]:
    """Return what the words are filled in with: as of the event where it says so, else as it is now."""
    facts: dict[str, Any] = {
        "expected_at": str(event.detail.get("expected_at") or case.expected_at.isoformat()),
        "level": event.detail.get("level", case.level),
        "operator": event.detail.get("operator"),
        "time_zone": (driver.time_zone if driver else None) or "UTC",
    }
    if event.kind in _SAID and event.text:
        facts["said"] = event.text
    return facts
