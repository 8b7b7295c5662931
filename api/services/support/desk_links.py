"""What a case has to do with: incidents, findings, other cases; and a duplicate that is merged into another case.

Only cases of the same customer are merged: nobody gets to read what somebody else wrote. Cases of several customers
about one thing are linked.
"""

import re
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.account_number import AccountNumberInvalid, parse_account_number
from api.domain.errors import Conflict, Invalid
from api.domain.finance.finding import Actor
from api.domain.support.case import CaseEventKind, CaseState, CaseStep
from api.models.desk import SupportCaseLink
from api.models.finance import MismatchRow
from api.models.support import SupportCase
from api.services.support.advance import Told, UnknownCase, locked_case, note_case
from api.services.support.desk_work import AtWork, case_at_work

CASE, FINDING, INCIDENT, DUPLICATE = "case", "finding", "incident", "duplicate_of"
_INCIDENT = re.compile(r"[A-Za-z0-9_-]{3,80}")


class LinkUnreadable(Invalid):
    """There is nothing of this kind and name, or it is this case itself. Fact: ``kind``."""


class NoDuplicate(Conflict):
    """Only an open case of the same customer can go on instead."""


async def case_numbered(*, db: AsyncSession, number: str) -> SupportCase:
    """Return a case by its number, however it is written; raises UnknownCase."""
    try:
        wanted = f"C{parse_account_number(number.strip().upper().removeprefix('C'))}"
    except AccountNumberInvalid:
        raise UnknownCase("unknown_case") from None
    case = (await db.exec(select(SupportCase).where(SupportCase.number == wanted))).one_or_none()
    if case is None:
        raise UnknownCase("unknown_case")
    return case


async def link_case(*, db: AsyncSession, now: datetime, case_id: str, by: Actor, kind: str, target: str) -> SupportCase:
    """Link a case with an incident or a finding by its id, or a case by its number; the same again changes nothing.

    Raises LinkUnreadable, UnknownCase and as ``case_at_work``.
    """
    target_id, shown = await _target(db, case_id, kind, target.strip())
    desk = await case_at_work(
        db=db, now=now, case_id=case_id, by=by, version=None, step="link", any_level=True, any_state=True
    )
    if await _store(desk, kind, target_id):
        desk.note(desk.told(CaseEventKind.LINKED, link=kind, to=shown))
        await desk.log("linked", link=kind, to=target_id)
    return desk.case


async def _target(db: AsyncSession, case_id: str, kind: str, target: str) -> tuple[str, str]:
    """Return the id of what is linked and how people call it."""
    if kind == CASE:
        other = await case_numbered(db=db, number=target)
        if other.id != case_id:
            return other.id, other.number
    if kind == FINDING and await db.get(MismatchRow, target) is not None:
        return target, target
    if kind == INCIDENT and _INCIDENT.fullmatch(target):
        return target, target
    raise LinkUnreadable("link_unreadable", kind=kind)


async def _store(desk: AtWork, kind: str, target_id: str) -> bool:
    """Keep a link and say whether it is new."""
    values = {"case_id": desk.case.id, "kind": kind, "target_id": target_id, "at": desk.now, "by": desk.by}
    once = insert(SupportCaseLink).values(**values).on_conflict_do_nothing(constraint="a_link_once")
    connection = await desk.db.connection()
    return (await connection.execute(once.returning(col(SupportCaseLink.id)))).first() is not None


async def links_of(*, db: AsyncSession, case_id: str) -> list[tuple[SupportCaseLink, SupportCase | None]]:
    """Return the links from and to a case, with the case at the other end where it is one."""
    here = col(SupportCaseLink.case_id) == case_id
    to_here = (col(SupportCaseLink.target_id) == case_id) & col(SupportCaseLink.kind).in_((CASE, DUPLICATE))
    query = select(SupportCaseLink).where(or_(here, to_here)).order_by(col(SupportCaseLink.id))
    links = list(await db.exec(query))
    ends = {each.target_id if each.case_id == case_id else each.case_id for each in links}
    cases = {each.id: each for each in await db.exec(select(SupportCase).where(col(SupportCase.id).in_(ends)))}
    return [(each, cases.get(each.target_id if each.case_id == case_id else each.case_id)) for each in links]


async def merge_case(
    *, db: AsyncSession, now: datetime, case_id: str, version: int, into: str, by: Actor
) -> SupportCase:
    """Close a case as a duplicate; the one of this number goes on, and is told what this one began with.

    Raises UnknownCase, NoDuplicate and as ``case_at_work``.
    """
    other = await case_numbered(db=db, number=into)
    for each in sorted({case_id, other.id}):
        await locked_case(db=db, case_id=each)
    desk = await case_at_work(db=db, now=now, case_id=case_id, by=by, version=version, step="merge", any_state=True)
    if other.id == case_id or other.state == CaseState.CLOSED or not _same_customer(desk.case, other):
        raise NoDuplicate("no_duplicate")
    desk.step(CaseStep.MERGE, desk.told(CaseEventKind.CLOSED, public=True, into=other.number))
    await _store(desk, DUPLICATE, other.id)
    detail = {"link": DUPLICATE, "from": desk.case.number}
    note_case(
        db, now, other, Told(CaseEventKind.LINKED, desk.by, public=False, text=desk.case.description, detail=detail)
    )
    await desk.log("merged", into=other.id)
    return other


def _same_customer(one: SupportCase, other: SupportCase) -> bool:
    if one.driver_id or other.driver_id:
        return one.driver_id == other.driver_id
    return one.customer_email is not None and one.customer_email == other.customer_email
