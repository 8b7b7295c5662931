"""Decisions of staff about requests of any kind, found by their id; and the requests that wait for one.

The console's list of work and the command line both call these. What each kind checks and does is in its own file.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import Prefix
from api.models.afterwards import CreditRow, RefundRow, SettlementRow, WriteOffRow
from api.ports import Ports
from api.services.charging.approvals import AlreadyDecided, NotTheRequester, Request, RequestState, named
from api.services.charging.credits import approve_credit, end_credit
from api.services.charging.refund_decisions import approve_refund, deny_refund
from api.services.charging.refund_plan import RefundState
from api.services.charging.settlements import approve_settlement, end_settlement
from api.services.charging.write_offs import approve_write_off, end_write_off
from api.services.work import Work

_APPROVE = {
    Prefix.CREDIT: approve_credit,
    Prefix.WRITE_OFF: approve_write_off,
    Prefix.SETTLEMENT: approve_settlement,
    Prefix.REFUND: approve_refund,
}
_END = {Prefix.CREDIT: end_credit, Prefix.WRITE_OFF: end_write_off, Prefix.SETTLEMENT: end_settlement}
_ROWS: dict[str, type[CreditRow] | type[WriteOffRow] | type[SettlementRow]] = {
    Prefix.CREDIT: CreditRow,
    Prefix.WRITE_OFF: WriteOffRow,
    Prefix.SETTLEMENT: SettlementRow,
}
CLOCK = "clock"
"""Who let a request expire."""


class UnknownRequest(NotFound):
    """No request of any kind has this id."""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What waits for a second person; ``expires_at`` None: it is the driver's money and never lapses."""

    subject_id: str
    charging_session_id: str
    amount_minor: int
    currency: str
    why: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime | None


def _kind(subject_id: str) -> str:
    return subject_id.partition("_")[0]


async def approve(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: str) -> None:
    """Approve a credit, a write-off or a refund; raises UnknownRequest and what each kind raises."""
    step = _APPROVE.get(_kind(subject_id))
    if step is None:
        raise UnknownRequest("unknown_request", subject_id=subject_id)
    await step(db=db, ports=ports, now=now, subject_id=subject_id, by=by)


async def deny(*, db: AsyncSession, ports: Ports, now: datetime, subject_id: str, by: str, reason: str) -> None:
    """Deny one; of a refund, the money stays owed to the driver. Raises as ``approve`` does."""
    person, told = named(by), named(reason)
    if _kind(subject_id) == Prefix.REFUND:
        await deny_refund(db=db, ports=ports, now=now, subject_id=subject_id, by=person, reason=told)
        return
    await _end(db, now, subject_id, RequestState.DENIED, person, told)


async def request_by_id(*, db: AsyncSession, subject_id: str) -> Request:
    """Return a request of staff, decided or not; raises UnknownRequest."""
    model = _ROWS.get(_kind(subject_id))
    row: Request | None = None if model is None else await db.get(model, subject_id)
    if row is None:
        raise UnknownRequest("unknown_request", subject_id=subject_id)
    return row


async def withdraw(*, db: AsyncSession, now: datetime, subject_id: str, by: str) -> None:
    """Take a request back; only who asked may. Raises UnknownRequest, NotTheRequester, AlreadyDecided."""
    row = await request_by_id(db=db, subject_id=subject_id)
    if named(by).casefold() != row.requested_by.casefold():
        raise NotTheRequester("not_the_requester", requested_by=row.requested_by)
    await _end(db, now, subject_id, RequestState.WITHDRAWN, named(by), "withdrawn")


async def _end(db: AsyncSession, now: datetime, subject_id: str, state: RequestState, by: str, reason: str) -> None:
    step = _END.get(_kind(subject_id))
    if step is None:
        raise UnknownRequest("unknown_request", subject_id=subject_id)
    await step(db=db, now=now, subject_id=subject_id, state=state, by=by, reason=reason)


async def expire_requests(*, work: Work, ports: Ports) -> int:
    """End the requests that no second person came for; return how many."""
    now = ports.clock.now()
    late: list[str] = []
    async with work() as db:
        for model in _ROWS.values():
            query = select(model.id).where(model.state == RequestState.REQUESTED, col(model.expires_at) <= now)
            late += await db.exec(query)
    for subject_id in late:
        with contextlib.suppress(AlreadyDecided):  # a second person came in this very moment
            async with work() as db:
                await _end(db, now, subject_id, RequestState.EXPIRED, CLOCK, "no second person came")
    return len(late)


async def open_requests(*, db: AsyncSession) -> list[OpenRequest]:
    """Return everything that waits for a second person, oldest first."""
    asked = RequestState.REQUESTED
    found = []
    for model in _ROWS.values():
        rows = await db.exec(select(model).where(model.state == asked))
        found += [_opened(cast(Request, row)) for row in rows]
    waiting = RefundRow.state == RefundState.AWAITING_APPROVAL
    for refund in await db.exec(select(RefundRow).where(waiting)):
        of = (refund.id, refund.charging_session_id, refund.amount_minor, refund.currency, "kept above the bill")
        found.append(OpenRequest(*of, "lifecycle", refund.created_at, None))
    return sorted(found, key=lambda each: (each.requested_at, each.subject_id))


def _opened(row: Request) -> OpenRequest:
    about = (row.id, row.charging_session_id, row.amount_minor, row.currency, row.text)
    return OpenRequest(*about, row.requested_by, row.requested_at, row.expires_at)
