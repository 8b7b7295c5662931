"""Closing a month: one person prepares, another signs, and only two together open it again.

From the signature on the database books nothing into the month (migration 0037); what comes late lands in the next
open one. Does not live here: freezing its reports (``seal.py``), who has which role (the face).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.finance.closing import SHUT, PeriodRefuses, PeriodState, PeriodStep, month_after, next_state
from api.models.closing import AccountingPeriod
from api.ports import Ports
from api.services.charging.approvals import check_second_person, named, note_action
from api.services.closing.control_totals import control_totals
from api.services.closing.cut_off import CutOffSum, write_cut_off
from api.services.finance.months import Month


class EarlierPeriodOpen(Conflict):
    """Months are shut in their order. Fact: ``period``."""


class LaterPeriodShut(Conflict):
    """A later month is shut already and began with what this one came to. Fact: ``period``."""


class TotalsDiffer(Conflict):
    """The control totals of the month are apart, and nobody said why that is accepted. Facts: ``days``, ``first``."""


class ReasonMissing(Invalid):
    """Opening a month again needs a reason."""


@dataclass(frozen=True, slots=True)
class PeriodView:
    """Where a month stands."""

    name: str
    state: PeriodState
    is_over: bool
    row: AccountingPeriod | None


_FIRST = text("SELECT min(period) FROM journal")


async def list_periods(*, db: AsyncSession, ports: Ports, now: datetime) -> list[PeriodView]:
    """Return every month since the first booking, the present one first."""
    first = await (await db.connection()).scalar(_FIRST)
    rows = {row.name: row for row in await db.exec(select(AccountingPeriod))}
    this = ports.policy.issuer.month_of(now)
    name, found = min(first or this, *rows, this), []
    while name <= this:
        row = rows.get(name)
        state = PeriodState(row.state) if row else PeriodState.OPEN
        found.append(PeriodView(name, state, name < this, row))
        name = month_after(name)
    return found[::-1]


async def prepare_close(*, db: AsyncSession, ports: Ports, now: datetime, period: str, by: str) -> list[CutOffSum]:
    """Write the cut-off list of a month that is over, again if need be, and return its sums.

    Raises MonthInvalid, MonthNotOver, PeriodRefuses, PersonUnnamed.
    """
    person, month = named(by), month_of(ports, period)
    month.require_over(now)
    row = await _locked(db, period, make=True)
    before = _told(row)
    take_step(row, PeriodStep.PREPARE)
    row.prepared_by, row.prepared_at = person, now
    db.add(row)
    await db.flush()
    sums = await write_cut_off(db=db, month=month)
    await _note(db, now, person, "period_prepared", row, before, "", items=sum(each.items for each in sums))
    return sums


async def sign_close(
    *, db: AsyncSession, ports: Ports, now: datetime, period: str, by: str, note: str = ""
) -> AccountingPeriod:
    """Shut a prepared month, as another person than who prepared it; ``note`` accepts control totals that differ.

    Waits for whoever books into it at this moment. Its reports are frozen afterwards (``seal.py``). Raises
    MonthInvalid, MonthNotOver, PeriodRefuses, SamePerson, EarlierPeriodOpen, TotalsDiffer, PersonUnnamed.
    """
    person, month = named(by), month_of(ports, period)
    month.require_over(now)
    row = await _locked(db, period)
    next_state(PeriodState(row.state), PeriodStep.SIGN)
    check_second_person(by=person, requested_by=str(row.prepared_by))
    await _require_earlier_shut(db, period)
    await _require_totals(db, ports, month, note)  # before it is shut: bookings would wait for the adding up
    before = _told(row)
    take_step(row, PeriodStep.SIGN)
    row.signed_by, row.signed_at = person, now
    row.sealed_at, row.times_shut = None, row.times_shut + 1
    row.frozen = ports.policy.accounting.to_json() | {"time_zone": month.time_zone}
    db.add(row)
    await db.flush()
    await _note(db, now, person, "period_signed", row, before, note.strip())
    return row


async def request_reopening(*, db: AsyncSession, now: datetime, period: str, by: str, reason: str) -> AccountingPeriod:
    """Ask to open the newest shut month again; raises PeriodRefuses, LaterPeriodShut, ReasonMissing, PersonUnnamed."""
    person = named(by)
    if not reason.strip():
        raise ReasonMissing("reason_missing")
    row = await _reopenable(db, period)
    before = _told(row)
    row.reopening_by, row.reopening_reason, row.reopening_at = person, reason.strip(), now
    db.add(row)
    await _note(db, now, person, "period_reopening_requested", row, before, reason.strip())
    return row


async def approve_reopening(*, db: AsyncSession, ports: Ports, now: datetime, period: str, by: str) -> AccountingPeriod:
    """Open a month again that somebody else asked for; what its reports were is kept in the log of actions.

    Raises PeriodRefuses (also where nobody asked of late), LaterPeriodShut, SamePerson, PersonUnnamed.
    """
    person = named(by)
    row = await _reopenable(db, period)
    if row.reopening_by is None or not is_reopening_asked(row, ports, now):
        raise PeriodRefuses("period_refuses", state=row.state, step="approve_reopening")
    check_second_person(by=person, requested_by=row.reopening_by)
    before, reason = _told(row), str(row.reopening_reason)
    take_step(row, PeriodStep.REOPEN)
    row.reopening_by = row.reopening_reason = row.reopening_at = None
    row.signed_by = row.signed_at = row.sealed_at = row.prepared_by = row.prepared_at = None
    row.reports, row.frozen, row.events_closing = {}, {}, {}
    db.add(row)
    await (await db.connection()).execute(_FORGET_BALANCES, {"period": period})
    await _note(db, now, person, "period_reopened", row, before, reason)
    return row


def is_reopening_asked(row: AccountingPeriod, ports: Ports, now: datetime) -> bool:
    """Say whether somebody asks to open a month again; that lapses as requests about money do."""
    return row.reopening_at is not None and now < row.reopening_at + ports.policy.request_lifetime


_FORGET_BALANCES = text("DELETE FROM period_balance WHERE period = :period")


def take_step(period: AccountingPeriod, step: PeriodStep) -> None:
    """Move a period whose row the caller has locked; raises PeriodRefuses."""
    period.state = next_state(PeriodState(period.state), step)


def month_of(ports: Ports, period: str) -> Month:
    """Return a period as a month where the issuer sits; raises MonthInvalid."""
    return Month(period, ports.policy.issuer.time_zone)


_MAKE = text(
    "INSERT INTO accounting_period (name, state, frozen, reports, events_closing, times_shut)"
    " VALUES (:name, 'open', '{}', '{}', '{}', 0) ON CONFLICT DO NOTHING"
)


async def _locked(db: AsyncSession, period: str, *, make: bool = False) -> AccountingPeriod:
    """Return the row of a period, locked; raises PeriodRefuses where nobody prepared it yet."""
    if make:
        await (await db.connection()).execute(_MAKE, {"name": period})
    query = select(AccountingPeriod).where(AccountingPeriod.name == period).with_for_update()
    row = (await db.exec(query.execution_options(populate_existing=True))).first()
    if row is None:
        raise PeriodRefuses("period_refuses", state=str(PeriodState.OPEN))
    return row


_EARLIER = text(
    "SELECT min(j.period) FROM (SELECT DISTINCT period FROM journal WHERE period < :period) j"
    " LEFT JOIN accounting_period p ON p.name = j.period WHERE p.state IS NULL OR p.state NOT IN ('signed', 'locked')"
)


async def _require_earlier_shut(db: AsyncSession, period: str) -> None:
    earlier = await (await db.connection()).scalar(_EARLIER, {"period": period})
    if earlier is not None:
        raise EarlierPeriodOpen("earlier_period_open", period=earlier)


async def _require_totals(db: AsyncSession, ports: Ports, month: Month, note: str) -> None:
    """Raise TotalsDiffer unless every day of the month balances, or somebody said why it need not."""
    issuer = ports.policy.issuer
    days = await control_totals(db=db, issuer=issuer, first=month.first_day, last=month.last_day)
    apart = [each for each in days if each.difference]
    if apart and not note.strip():
        raise TotalsDiffer("totals_differ", days=len(apart), first=str(apart[0].day))


async def _reopenable(db: AsyncSession, period: str) -> AccountingPeriod:
    row = await _locked(db, period)
    next_state(PeriodState(row.state), PeriodStep.REOPEN)
    query = select(AccountingPeriod.name).where(
        AccountingPeriod.name > period, col(AccountingPeriod.state).in_(sorted(SHUT))
    )
    later = (await db.exec(query.order_by(AccountingPeriod.name))).first()
    if later is not None:
        raise LaterPeriodShut("later_period_shut", period=later)
    return row


def _told(row: AccountingPeriod) -> dict[str, Any]:
    """Return what the log of actions keeps of a period."""
    return {
        "state": row.state,
        "prepared_by": row.prepared_by,
        "signed_by": row.signed_by,
        "reports": row.reports,
    }


async def _note(
    db: AsyncSession,
    now: datetime,
    by: str,
    action: str,
    row: AccountingPeriod,
    before: dict[str, Any],
    reason: str,
    **more: object,
) -> None:
    await note_action(
        db=db,
        now=now,
        by=by,
        action=action,
        subject_id=f"period:{row.name}",
        charging_session_id=None,
        reason=reason,
        before=before,
        after=_told(row) | more,
    )
