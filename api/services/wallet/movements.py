"""A wallet as its driver sees it: what is in it and every movement with the balance after it, from the ledger alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import Account, JournalKind
from api.domain.money import Money

_MOVEMENTS = text(
    """
    WITH entries AS (
      SELECT e.id, j.kind, j.cause_id, j.charging_session_id, j.occurred_at, -e.amount_minor AS minor,
             -sum(e.amount_minor) OVER (ORDER BY e.id) AS after
      FROM ledger_entry e JOIN journal j ON j.id = e.journal_id
      WHERE e.account_id = :account AND e.layer = 'posted'
    ) SELECT * FROM entries WHERE CAST(:before AS bigint) IS NULL OR id < :before ORDER BY id DESC LIMIT :limit
    """
)
_KINDS = {
    JournalKind.TOPPED_UP: "top_up",
    JournalKind.TOP_UP_RETURNED: "paid_back",
    JournalKind.REVERSED: "paid_back_failed",
    JournalKind.PREPAID_SPENT: "charge",
    JournalKind.RECEIVABLE_PAID: "charge",
    JournalKind.PREPAID_REFUNDED: "refund",
    JournalKind.HELP_PAID: "help",
    JournalKind.HELP_REFUNDED: "help_refund",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement: positive into the wallet, negative out of it."""

    id: int
    kind: str
    """``top_up``, ``charge``, ``refund`` (of a charge), ``paid_back`` (to a card), ``paid_back_failed``, ``help``,
    ``help_refund``, ``other``."""
    at: datetime
    amount: Money
    balance_after: Money
    charging_session_id: str | None
    top_up_id: str | None


async def movements_of(
    *, db: AsyncSession, driver_id: str, currency: str, limit: int = 20, before: int | None = None
) -> list[Movement]:
    """Return a page of movements, newest first; ``before`` is the id of the last one seen. They sum to the balance.

    A wallet's entries are made under its lock, so their ids are in the order of the balance.
    """
    connection = await db.connection()
    values = {"account": f"{Account.PREPAID}:{driver_id}:{currency}", "before": before, "limit": limit}
    return [
        Movement(
            id=row.id,
            kind=_KINDS.get(JournalKind(row.kind), "other"),
            at=row.occurred_at,
            amount=Money(int(row.minor), currency),
            balance_after=Money(int(row.after), currency),
            charging_session_id=row.charging_session_id,
            top_up_id=row.cause_id if row.kind == JournalKind.TOPPED_UP else None,
        )
        for row in await connection.execute(_MOVEMENTS, values)
    ]
