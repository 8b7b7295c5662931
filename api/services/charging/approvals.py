"""Four eyes: what needs a second person, who may be that person, and the log of who decided what.

Persons are names here; who may do what is decided where they are known (``services/reconciliation``). What is decided,
and what follows, is in ``credits.py``, ``write_offs.py``, ``settlements.py`` and ``refund_decisions.py``;
``decisions.py`` finds the right one by the id.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Forbidden, Invalid
from api.domain.money import Money
from api.domain.pricing.hold_rule import standard_hold
from api.models.afterwards import CreditRow, SettlementRow, StaffAction, WriteOffRow
from api.ports.policy import ServicePolicy


class RequestState(StrEnum):
    """Where a request of staff stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class PersonUnnamed(Invalid):
    """Whoever moves money signs with a name."""


class SamePerson(Forbidden):
    """Who asked for it cannot approve it."""


class NotTheRequester(Forbidden):
    """Only who asked for it can withdraw it."""


class AlreadyDecided(Conflict):
    """The request is decided, withdrawn or expired. Fact: ``state``."""


_REQUEST_ID = "staff_request_id"
Request = CreditRow | WriteOffRow | SettlementRow
"""What waits for a second person and lapses if none comes."""


def named(person: str) -> str:
    """Return the name of a person as it is kept, in one spelling and without invisible characters.

    Raises PersonUnnamed.
    """
    seen = "".join(each for each in unicodedata.normalize("NFKC", person) if unicodedata.category(each) != "Cf")
    name = " ".join(seen.split())
    if not name:
        raise PersonUnnamed("person_unnamed")
    return name


def approval_limit(policy: ServicePolicy, currency: str) -> int:
    """Return the installation's limit in minor units: the measure of what one person may decide."""
    return policy.refund_approval.get(currency, standard_hold(currency) or 0)


def needs_second_person(policy: ServicePolicy, amount: Money, alone_minor: int | None = None) -> bool:
    """Say whether an amount is above what one person may decide: ``alone_minor``, the installation's limit if None."""
    limit = approval_limit(policy, amount.currency) if alone_minor is None else alone_minor
    return amount.minor > limit


_ALONE = text("""
SELECT coalesce(sum(minor), 0) FROM (
  SELECT amount_minor AS minor FROM credit
    WHERE charging_session_id = :charge AND state = 'approved' AND decided_by = requested_by
  UNION ALL SELECT amount_minor FROM write_off
    WHERE charging_session_id = :charge AND state = 'approved' AND decided_by = requested_by
  UNION ALL SELECT stake_minor FROM settlement_request
    WHERE charging_session_id = :charge AND state = 'approved' AND decided_by = requested_by) AS decided
""")


async def decided_alone(*, db: AsyncSession, charging_session_id: str, currency: str) -> Money:
    """Return what single persons decided of a charge before, by requests of every kind.

    It counts together, so that nobody gives in slices, or in different words, what they may not give at once.
    """
    await db.flush()
    total = await (await db.connection()).scalar(_ALONE, {"charge": charging_session_id})
    return Money(int(total or 0), currency)


def sign_with_request(db: AsyncSession, request_id: str | None) -> None:
    """Let all that is logged in this transaction tell in which request of a page it was asked."""
    db.info[_REQUEST_ID] = request_id


def check_second_person(*, by: str, requested_by: str) -> None:
    """Raise SamePerson when both names are the same, however they are typed."""
    if named(by).casefold() == named(requested_by).casefold():
        raise SamePerson("same_person", requested_by=requested_by)


async def decide(
    *, db: AsyncSession, now: datetime, request: Request, state: RequestState, by: str, reason: str
) -> None:
    """Write the end of a request and log it; raises AlreadyDecided."""
    if request.state != RequestState.REQUESTED:
        raise AlreadyDecided("already_decided", state=request.state)
    before = {"state": request.state}
    request.state, request.decided_by, request.decided_at = state, by, now
    db.add(request)
    await note_action(
        db=db,
        now=now,
        by=by,
        action=f"{request.__tablename__}_{state}",
        subject_id=request.id,
        charging_session_id=request.charging_session_id,
        reason=reason,
        before=before,
        after={"state": str(state), "amount_minor": request.amount_minor, "currency": request.currency},
    )


async def note_action(
    *,
    db: AsyncSession,
    now: datetime,
    by: str,
    action: str,
    subject_id: str,
    charging_session_id: str | None,
    reason: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append to the log of what staff did; it is never changed."""
    db.add(
        StaffAction(
            at=now,
            by=by,
            action=action,
            subject_id=subject_id,
            charging_session_id=charging_session_id,
            reason=reason,
            request_id=db.info.get(_REQUEST_ID),
            before=dict(before or {}),
            after=dict(after or {}),
        )
    )
    await db.flush()
