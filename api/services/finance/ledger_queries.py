"""Reading the books: the trial balance, and single journals with their entries."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.finance import Journal


class NothingBooked(NotFound):
    """There is no such journal, or nothing was booked for that charge."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One account in one currency and layer, in minor units: debit positive, ``opening + debit - credit = closing``."""

    account: str
    owner: str
    currency: str
    layer: str
    opening: int
    debit: int
    credit: int
    closing: int


_BALANCES = text(
    """
    SELECT a.name AS account, CASE WHEN :owners THEN a.owner ELSE '' END AS owner, e.currency, e.layer,
      coalesce(sum(e.amount_minor) FILTER (WHERE j.period < :period), 0) AS opening,
      coalesce(sum(e.amount_minor) FILTER (WHERE j.period >= :period AND e.amount_minor > 0), 0) AS debit,
      coalesce(-sum(e.amount_minor) FILTER (WHERE j.period >= :period AND e.amount_minor < 0), 0) AS credit,
      sum(e.amount_minor) AS closing
    FROM ledger_entry e
      JOIN journal j ON j.id = e.journal_id
      JOIN ledger_account a ON a.id = e.account_id
    WHERE (:period = '' OR j.period <= :period) AND j.occurred_at < coalesce(:until, 'infinity'::timestamptz)
    GROUP BY 1, 2, 3, 4
    ORDER BY 3, 4 DESC, a.name COLLATE "C", 2
    """
)


async def trial_balance(
    *, db: AsyncSession, period: str | None = None, until: datetime | None = None, owners: bool = False
) -> list[Balance]:
    """Return every account that was ever used, by currency and layer.

    ``period`` (``2026-11``) tells that month's movements; without one, all of them. ``until`` leaves out what happened
    at or after that moment. ``owners`` tells drivers' and partners' accounts one by one.
    """
    connection = await db.connection()
    rows = await connection.execute(_BALANCES, {"period": period or "", "until": until, "owners": owners})
    return [
        Balance(
            row.account,
            row.owner,
            row.currency,
            row.layer,
            *(int(amount) for amount in (row.opening, row.debit, row.credit, row.closing)),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """One entry of a journal: debit positive."""

    account: str
    layer: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BookedJournal:
    """A journal with its entries, and its reverse if there is one."""

    journal: Journal
    sides: tuple[Side, ...]
    reversed_by: str | None


async def journal_with_sides(*, db: AsyncSession, journal_id: str) -> BookedJournal:
    """Return one journal; raises NothingBooked."""
    found = await _with_sides(db, [row] if (row := await db.get(Journal, journal_id)) else [])
    if not found:
        raise NothingBooked("unknown_journal")
    return found[0]


async def journals_of_charge(*, db: AsyncSession, charging_session_id: str) -> list[BookedJournal]:
    """Return the journals of a charge, oldest first; raises NothingBooked."""
    query = select(Journal).where(Journal.charging_session_id == charging_session_id)
    rows = await db.exec(query.order_by(col(Journal.occurred_at), col(Journal.id)))
    found = await _with_sides(db, list(rows))
    if not found:
        raise NothingBooked("nothing_booked")
    return found


_SIDES = text(
    "SELECT journal_id, account_id, layer, currency, amount_minor FROM ledger_entry WHERE journal_id = ANY(:ids)"
    " ORDER BY id"
)


async def _with_sides(db: AsyncSession, journals: list[Journal]) -> list[BookedJournal]:
    ids = [journal.id for journal in journals]
    sides: dict[str, list[Side]] = {each: [] for each in ids}
    for row in await (await db.connection()).execute(_SIDES, {"ids": ids}):
        sides[row.journal_id].append(Side(row.account_id, row.layer, row.currency, row.amount_minor))
    undone = await db.exec(select(Journal.reverses_id, Journal.id).where(col(Journal.reverses_id).in_(ids)))
    reversed_by = dict(undone.all())
    return [BookedJournal(each, tuple(sides[each.id]), reversed_by.get(each.id)) for each in journals]
