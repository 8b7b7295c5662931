"""Storing journals. The database refuses an unbalanced one at commit, and the same cause books once."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import Account, JournalKind
from api.domain.finance.ledger import Income, Posting, assert_balanced
from api.domain.ids import Prefix
from api.domain.money import Money
from api.models.finance import Journal, LedgerAccount, LedgerEntry
from api.ports import Ports


@dataclass(frozen=True, slots=True)
class Correction:
    """What a journal that a person asked for says of itself, and which one it undoes."""

    reverses_id: str
    reason: str
    created_by: str


async def book(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    kind: JournalKind,
    cause: tuple[str, str],
    postings: Iterable[Posting],
    charging_session_id: str | None = None,
    correction: Correction | None = None,
) -> bool:
    """Store one journal for ``cause`` (type, id); return False when that cause was booked before.

    The database books what comes late, its month being shut, into the next open one. Raises Unbalanced.
    """
    sides = tuple(posting for posting in postings if posting.amount.minor)
    assert_balanced(sides)
    if not sides:
        return False
    journal_id = ports.randomness.new_id(Prefix.JOURNAL)
    values = {
        "id": journal_id,
        "kind": kind,
        "cause_type": cause[0],
        "cause_id": cause[1],
        "charging_session_id": charging_session_id,
        "occurred_at": now,
        "period": func.open_period(ports.policy.issuer.month_of(now)),
        **(asdict(correction) if correction else {}),
    }
    connection = await db.connection()
    stored = await connection.execute(
        insert(Journal).values(**values).on_conflict_do_nothing().returning(col(Journal.id))
    )
    if stored.first() is None:
        return False
    for posting in sides:
        await _enter(db, journal_id, posting)
    return True


_BALANCE = text("SELECT sum(amount_minor) FROM ledger_entry WHERE account_id = :account AND layer = 'posted'")
_INCOME = text(
    "SELECT a.name, -sum(e.amount_minor) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
    " JOIN journal j ON j.id = e.journal_id WHERE j.charging_session_id = :charging_session_id GROUP BY a.name"
)


async def income_of_charge(*, db: AsyncSession, charging_session_id: str) -> Income:
    """Return the income booked for a charge so far, captured and receivable."""
    connection = await db.connection()
    rows = await connection.execute(_INCOME, {"charging_session_id": charging_session_id})
    totals = {row.name: int(row.total) for row in rows}
    names = (Account.REVENUE, Account.VAT, Account.REVENUE_TAX_UNKNOWN)
    return Income(*(totals.get(name, 0) for name in names))


async def balance_of(*, db: AsyncSession, account: Account, owner: str, currency: str) -> Money:
    """Return what is posted in one account: debit positive."""
    connection = await db.connection()
    total = await connection.scalar(_BALANCE, {"account": f"{account}:{owner}:{currency}"})
    return Money(int(total or 0), currency)


async def _enter(db: AsyncSession, journal_id: str, posting: Posting) -> None:
    """Store one side, opening its account if it is new."""
    currency = posting.amount.currency
    account_id = f"{posting.account}:{posting.owner}:{currency}"
    account = {"id": account_id, "name": posting.account, "owner": posting.owner, "currency": currency}
    entry = {
        "journal_id": journal_id,
        "account_id": account_id,
        "layer": posting.layer,
        "currency": currency,
        "amount_minor": posting.amount.minor,
    }
    connection = await db.connection()
    await connection.execute(insert(LedgerAccount).values(**account).on_conflict_do_nothing())
    await connection.execute(insert(LedgerEntry).values(**entry))
