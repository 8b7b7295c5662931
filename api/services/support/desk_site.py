"""What is done at a site, and whom outside one asks: work, verification, documents, other parties (CN09, CN15)."""

import re
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.finance.finding import Actor
from api.domain.support.case import LEVELS, CaseEventKind
from api.models.support import SupportCase, SupportCaseEvent
from api.services.support.desk_work import LONGEST_TEXT, case_at_work, text_of

SECOND, SITE = LEVELS[1], LEVELS[2]
_ADDRESS = re.compile(r"https://[^\s<>\"']{4,500}")
_LONGEST_NAME = 200


class DocumentUnreadable(Invalid):
    """A document has a name, and a text or an https address where it is kept."""


class OutsideUnreadable(Invalid):
    """Somebody outside has a name and a reference; nothing was asked in the future, or answered before it was asked."""


async def note_work(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, text: str, by: Actor, public: bool = False
) -> SupportCase:
    """Keep what was done at the site; what was verified before has to be verified again."""
    told = text_of(text)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="work", level=SITE)
    desk.note(desk.told(CaseEventKind.WORK, public=public, text=told))
    await desk.log("work")
    return desk.case


async def verify_work(
    *,
    db: AsyncSession,
    now: datetime,
    case_id: str,
    version: int,
    works: bool,
    text: str,
    by: Actor,
    public: bool = False,
) -> SupportCase:
    """Keep how it was verified, and whether it works."""
    told = text_of(text)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="verify", level=SITE)
    desk.note(desk.told(CaseEventKind.VERIFIED, public=public, text=told, works=works))
    await desk.log("verified", works=works)
    return desk.case


async def add_document(
    *,
    db: AsyncSession,
    now: datetime,
    case_id: str,
    by: Actor,
    name: str,
    text: str = "",
    address: str = "",
    public: bool = False,
) -> SupportCase:
    """Keep a document: its text, or where it is kept. It may come late, after the case is closed.

    Raises DocumentUnreadable and as ``case_at_work``.
    """
    name, text, address = name.strip(), text.strip(), address.strip()
    is_there = bool(text or address) and len(text) <= LONGEST_TEXT and (not address or _ADDRESS.fullmatch(address))
    if not (name and len(name) <= _LONGEST_NAME and is_there):
        raise DocumentUnreadable("document_unreadable")
    desk = await case_at_work(
        db=db, now=now, case_id=case_id, by=by, version=None, step="document", level=SECOND, any_state=True
    )
    where: dict[str, Any] = {"address": address} if address else {}
    desk.note(desk.told(CaseEventKind.DOCUMENT, public=public, text=text, name=name, **where))
    await desk.log("document", name=name)
    return desk.case


async def ask_outside(
    *,
    db: AsyncSession,
    now: datetime,
    case_id: str,
    version: int,
    by: Actor,
    party: str,
    reference: str,
    text: str,
    asked_at: datetime | None = None,
) -> SupportCase:
    """Keep that a manufacturer or another specialist was asked, under which reference and when (CN09).

    Raises OutsideUnreadable and as ``case_at_work``.
    """
    told, asked = text_of(text), asked_at or now
    _check_outside(party, reference)
    if asked > now:
        raise OutsideUnreadable("outside_unreadable")
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="outside", level=SECOND)
    facts: dict[str, Any] = {"party": party.strip(), "reference": reference.strip(), "asked_at": asked.isoformat()}
    desk.note(desk.told(CaseEventKind.OUTSIDE, text=told, **facts))
    await desk.log("asked_outside", **facts)
    return desk.case


async def outside_answered(
    *,
    db: AsyncSession,
    now: datetime,
    case_id: str,
    version: int,
    by: Actor,
    question: int,
    text: str,
    answered_at: datetime | None = None,
) -> SupportCase:
    """Keep what somebody outside answered to a question of this case. Raises OutsideUnreadable."""
    told, answered = text_of(text), answered_at or now
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="outside", level=SECOND)
    asked = await db.get(SupportCaseEvent, question)
    if asked is None or asked.case_id != case_id or "asked_at" not in asked.detail:
        raise OutsideUnreadable("outside_unreadable")
    if not datetime.fromisoformat(asked.detail["asked_at"]) <= answered <= now:
        raise OutsideUnreadable("outside_unreadable")
    kept = {name: asked.detail[name] for name in ("party", "reference")}
    facts: dict[str, Any] = kept | {"answers": question, "answered_at": answered.isoformat()}
    desk.note(desk.told(CaseEventKind.OUTSIDE, text=told, **facts))
    await desk.log("outside_answered", **facts)
    return desk.case


def _check_outside(party: str, reference: str) -> None:
    if not all(0 < len(each.strip()) <= _LONGEST_NAME for each in (party, reference)):
        raise OutsideUnreadable("outside_unreadable")
