"""Lists whose pages have a filter of their own, as rows for a file: all that the page would show, in its order.

Each reads with the function that its page reads with, so that both agree; a part at a time, so that a file may be long.
How rows become a file is in ``services/closing/exports.py``.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.csv_text import cell
from api.domain.money import Money
from api.models.afterwards import StaffAction
from api.models.finance import MismatchRow
from api.services.closing.exports import Parts
from api.services.console.hold_filter import HoldFilter
from api.services.console.holds import HoldLine, holds_part
from api.services.finance.payout_matches import LineFilter, MatchedLine, payout_lines_page
from api.services.finance.payout_pages import PayoutFilter, PayoutItem, payouts_page
from api.services.reconciliation.audit import AuditFilter, list_actions
from api.services.reconciliation.findings import Cursor, FindingFilter, list_findings
from api.services.work import Work

Row = list[Any]
AT_ONCE = 1000
SOME = 200
"""What lists of payouts give at once."""
_HOLD = (
    *("hold_id", "charging_session_id", "payer", "status", "charge_status", "cdr", "currency", "agreed", "authorized"),
    *("captured", "released", "cost", "cost_is", "card", "driver", "partner", "place", "placed_at", "capture_before"),
)
_FINDING = (
    *("finding_id", "reason", "severity", "state", "waiting_for", "subject", "charging_session_id", "partner_id"),
    *("currency", "amount", "assignee", "opened_at", "due_at", "snoozed_until", "resolved_at", "resolution"),
    "resolved_by",
)
_PAYOUT = (
    *("payout_id", "status", "in_our_books", "automatic", "currency", "amount", "explained", "left_over"),
    *("movements", "unexplained", "seen_at", "arrives_at", "reconciled_at"),
)
_MOVEMENT = (
    *("line_id", "at", "kind", "matched_to", "currency", "amount", "fee", "net", "booked", "left_over"),
    *("charging_session_id", "source_id", "journals"),
)
_ACTION = (
    *("number", "at", "by", "action", "subject_id", "charging_session_id", "reason", "before", "after"),
    "request_id",
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as a file has it."""

    head: tuple[str, ...]
    parts: Parts


def holds_sheet(*, work: Work, now: datetime, wanted: HoldFilter) -> Sheet:
    """Return the list of holds."""

    async def read(db: AsyncSession, behind: str | None) -> tuple[list[Row], str | None]:
        lines, more = await holds_part(db=db, now=now, wanted=wanted, behind=behind or "", most=AT_ONCE)
        return [_hold(line) for line in lines], more

    return Sheet(_HOLD, _all(work, read))


def findings_sheet(*, work: Work, now: datetime, wanted: FindingFilter) -> Sheet:
    """Return the inbox."""

    async def read(db: AsyncSession, after: Cursor | None) -> tuple[list[Row], Cursor | None]:
        found = await list_findings(db=db, now=now, wanted=wanted, after=after, limit=AT_ONCE)
        return [_finding(row) for row in found.rows], found.next

    return Sheet(_FINDING, _all(work, read))


def payouts_sheet(*, work: Work, wanted: PayoutFilter) -> Sheet:
    """Return the list of payouts."""

    async def read(db: AsyncSession, after: str | None) -> tuple[list[Row], str | None]:
        found = await payouts_page(db=db, wanted=wanted, after=after, limit=SOME)
        return [_payout(item) for item in found.items], found.after

    return Sheet(_PAYOUT, _all(work, read))


def movements_sheet(*, work: Work, payout_id: str, wanted: LineFilter) -> Sheet:
    """Return what a payout consists of."""

    async def read(db: AsyncSession, after: str | None) -> tuple[list[Row], str | None]:
        found = await payout_lines_page(db=db, payout_id=payout_id, wanted=wanted, after=after, limit=SOME)
        return [_movement(line) for line in found.lines], found.after

    return Sheet(_MOVEMENT, _all(work, read))


def audit_sheet(*, work: Work, wanted: AuditFilter) -> Sheet:
    """Return the log of staff."""

    async def read(db: AsyncSession, below: int | None) -> tuple[list[Row], int | None]:
        found = await list_actions(db=db, wanted=wanted, below=below, limit=AT_ONCE)
        return [_action(row) for row in found.rows], found.next

    return Sheet(_ACTION, _all(work, read))


async def _all(work: Work, read: Callable[[AsyncSession, Any], Awaitable[tuple[list[Row], Any]]]) -> Parts:
    """Yield part after part, each in a transaction of its own."""
    place = None
    while True:
        async with work() as db:
            rows, place = await read(db, place)
        yield rows
        if place is None:
            return


def _hold(line: HoldLine) -> Row:
    held = (line.amount_minor, line.authorized_minor, line.captured_minor, line.released_minor, line.cost_minor)
    cost_is = "" if line.cost_minor is None else "billed" if line.cost_is_bill else "running"
    return [
        *(line.id, line.charge_id, line.payer, line.status, line.charge_status, line.cdr, line.currency),
        *(_major(minor, line.currency) for minor in held),
        *(cost_is, line.card, line.driver, line.partner, line.place, line.created_at, line.capture_before),
    ]


def _finding(row: MismatchRow) -> Row:
    return [
        *(row.id, row.reason, row.severity, row.state, row.waiting_for, row.subject, row.charging_session_id),
        *(row.partner_id, row.currency, _major(row.amount_minor, row.currency), row.assignee, row.opened_at),
        *(row.due_at, row.snoozed_until, row.resolved_at, row.resolution, row.resolved_by),
    ]


def _payout(item: PayoutItem) -> Row:
    sums = (item.amount, item.explained, item.rest)
    return [
        *(item.payout_id, item.processor_status, str(item.matching), "yes" if item.automatic else "no"),
        item.amount.currency,
        *(None if each is None else each.to_decimal() for each in sums),
        *(item.lines, item.suspended, item.seen_at, item.arrives_at, item.reconciled_at),
    ]


def _movement(line: MatchedLine) -> Row:
    of = line.payin_id or line.dispute_id or line.wallet_payout_id or line.earlier_payout_id or line.source_id
    return [
        *(line.line_id, line.at, line.kind, line.matched_to, line.net.currency),
        *(each.to_decimal() for each in (line.amount, line.fee, line.net, line.booked, line.rest)),
        *(line.charging_session_id, of, " ".join(each.journal_id for each in line.journals)),
    ]


def _action(row: StaffAction) -> Row:
    states = (cell(state) if state else None for state in (row.before, row.after))  # text, so that addresses are masked
    return [
        *(row.id, row.at, row.by, row.action, row.subject_id, row.charging_session_id, row.reason),
        *(*states, row.request_id),
    ]


def _major(minor: int | None, currency: str | None) -> Decimal | None:
    return None if minor is None or not currency else Money(minor, currency).to_decimal()
