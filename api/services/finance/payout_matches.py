"""What each line of a payout is in our books: the journals behind it, and the hold, payin, refund or dispute it is of.

A line keeps what explained it when it came (``payout_lines.py``); here that is followed to the books as they are now:
a line whose journals were undone since shows (``moved``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, text, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.accounts import JournalKind
from api.domain.money import Money
from api.models.settlement import PayoutLine, PayoutRow
from api.services.finance.payout_lines import PAID, RETURNS
from api.services.finance.payout_queries import UnknownPayout

MOST = 200


@dataclass(frozen=True, slots=True)
class BookedJournal:
    """One journal behind a line, and what it did to the money that the processor owes us."""

    journal_id: str
    kind: str
    cause_type: str
    cause_id: str
    amount: Money
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class MatchedLine:
    """One movement of our balance that a payout contains, and what it is in our books."""

    line_id: str
    kind: str
    matched_to: str
    """``hold``, ``payin``, ``refund``, ``adjustment``, ``fee`` ...; ``suspense``: nothing explains it."""
    amount: Money
    fee: Money
    net: Money
    booked: Money
    """What our books had for it when it was matched."""
    at: datetime
    journals: tuple[BookedJournal, ...]
    source_id: str | None = None
    payment_intent_id: str | None = None
    charging_session_id: str | None = None
    hold_id: str | None = None
    payin_id: str | None = None
    wallet_payout_id: str | None = None
    refund_id: str | None = None
    dispute_id: str | None = None
    earlier_payout_id: str | None = None
    """The failed payout whose money it brought back."""

    @property
    def rest(self) -> Money:
        """What is left over: the movement without what was booked for it."""
        return self.net - self.booked

    @property
    def moved(self) -> bool:
        """Say whether its journals come to something else by now than when it was matched."""
        return sum((each.amount for each in self.journals), start=Money.zero(self.net.currency)) != self.booked


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines are wanted; what is None does not matter."""

    kind: str | None = None
    matched_to: str | None = None


@dataclass(frozen=True, slots=True)
class LinePage:
    """Some lines of a payout, the oldest first."""

    lines: tuple[MatchedLine, ...]
    after: str | None
    """To be given for the next page; None: there is none."""


_FEE = JournalKind.PROCESSOR_FEE
_BOOKED: dict[str, tuple[str, tuple[JournalKind, ...]]] = {
    "hold": ("hold", (JournalKind.HOLD_CAPTURED, _FEE)),
    "payin": ("payin", (*PAID, _FEE)),
    "payout": ("payout", (JournalKind.PAYOUT_FAILED,)),
    "fee": ("balance_entry", (_FEE,)),
    "suspense": ("balance_entry", (JournalKind.SUSPENDED,)),
}
"""By what explains a line: the type of its cause, and what is booked for that. Of all others the subject is journals.

Together they come to what the line says is booked for it.
"""

_JOURNALS = text(
    "WITH wanted AS (SELECT * FROM unnest(CAST(:lines AS text[]), CAST(:kinds AS text[]), CAST(:types AS text[]),"
    " CAST(:ids AS text[])) AS w(line_id, kind, type, id)), found AS ("
    " SELECT w.line_id, j.* FROM wanted w JOIN journal j ON j.id = w.id WHERE w.type = 'journal'"
    " UNION ALL SELECT w.line_id, j.* FROM wanted w"
    "  JOIN journal j ON j.kind = w.kind AND j.cause_type = w.type AND j.cause_id = w.id WHERE w.type <> 'journal'"
    "), undone AS (SELECT * FROM found UNION ALL"
    " SELECT f.line_id, j.* FROM found f JOIN journal j ON j.reverses_id = f.id)"
    " SELECT u.line_id, u.id, u.kind, u.cause_type, u.cause_id, u.occurred_at, d.dispute_id,"
    " sum(e.amount_minor) AS minor FROM undone u JOIN ledger_entry e ON e.journal_id = u.id"
    " JOIN ledger_account a ON a.id = e.account_id AND a.name = 'psp_clearing'"
    " LEFT JOIN dispute_event d ON d.id = CASE WHEN u.cause_type = 'dispute_event' THEN CAST(u.cause_id AS int) END"
    " GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY u.occurred_at, u.id"
)


async def payout_lines_page(
    *, db: AsyncSession, payout_id: str, wanted: LineFilter | None = None, after: str | None = None, limit: int = 100
) -> LinePage:
    """Return what a payout consists of, the oldest first, behind the line named ``after``; raises UnknownPayout."""
    limit, wanted = max(1, min(limit, MOST)), wanted or LineFilter()
    if await db.get(PayoutRow, payout_id) is None:
        raise UnknownPayout("unknown_payout")
    query = select(PayoutLine).where(PayoutLine.payout_id == payout_id)
    if wanted.kind is not None:
        query = query.where(PayoutLine.kind == wanted.kind)
    if wanted.matched_to is not None:
        query = query.where(PayoutLine.matched_to == wanted.matched_to)
    if after is not None:
        last = await db.get(PayoutLine, after)
        if last is None or last.payout_id != payout_id:
            raise UnknownPayout("unknown_payout_line")
        query = query.where(tuple_(col(PayoutLine.at), col(PayoutLine.id)) > tuple_(last.at, last.id))
    rows = list(await db.exec(query.order_by(col(PayoutLine.at), col(PayoutLine.id)).limit(limit + 1)))
    lines = await match_lines(db=db, rows=rows[:limit])
    return LinePage(lines, lines[-1].line_id if len(rows) > limit else None)


async def lines_of_charge(*, db: AsyncSession, charging_session_id: str) -> tuple[MatchedLine, ...]:
    """Return every movement that a charge's money made through payouts, oldest first."""
    query = select(PayoutLine).where(PayoutLine.charging_session_id == charging_session_id)
    return await match_lines(db=db, rows=list(await db.exec(query.order_by(col(PayoutLine.at), col(PayoutLine.id)))))


async def match_lines(*, db: AsyncSession, rows: Sequence[PayoutLine]) -> tuple[MatchedLine, ...]:
    """Return what lines are in our books, in two questions however many there are."""
    wanted = [each for row in rows for each in _wanted(row)]
    lines, kinds, types, ids = zip(*wanted, strict=True) if wanted else ((), (), (), ())
    values = {"lines": list(lines), "kinds": list(kinds), "types": list(types), "ids": list(ids)}
    journals: dict[str, list[_Found]] = {}
    for found in await (await db.connection()).execute(_JOURNALS, values):
        journals.setdefault(found.line_id, []).append(found)
    return tuple(_matched(row, journals.get(row.id, [])) for row in rows)


_Found = Row[tuple[str, str, str, str, str, datetime, str | None, int]]


def _wanted(row: PayoutLine) -> Iterable[tuple[str, str, str, str]]:
    """Return line, kind, type of cause and id of every journal to look for."""
    subject = str(row.detail["subject"])
    if row.matched_to in _BOOKED:
        cause_type, kinds = _BOOKED[row.matched_to]
        return [(row.id, kind.value, cause_type, subject) for kind in kinds]
    if row.matched_to == "wallet_payout":
        return [(row.id, RETURNS[row.kind].value, "wallet_payout", subject)]
    return [(row.id, "", "journal", each) for each in subject.split()]


def _matched(row: PayoutLine, found: Sequence[_Found]) -> MatchedLine:
    """Return a line with what was found of it."""
    subject, currency = str(row.detail["subject"]), row.currency
    causes = {each.cause_type: each.cause_id for each in found}

    def subject_of(matched_to: str) -> str | None:
        return subject if row.matched_to == matched_to else None

    return MatchedLine(
        line_id=row.id,
        kind=row.kind,
        matched_to=row.matched_to,
        amount=Money(row.amount_minor, currency),
        fee=Money(row.fee_minor, currency),
        net=Money(row.net_minor, currency),
        booked=Money(int(row.detail["booked_minor"]), currency),
        at=row.at,
        journals=tuple(
            BookedJournal(j.id, j.kind, j.cause_type, j.cause_id, Money(int(j.minor), currency), j.occurred_at)
            for j in found
        ),
        source_id=row.source_id,
        payment_intent_id=row.payment_intent_id,
        charging_session_id=row.charging_session_id,
        hold_id=subject_of("hold"),
        payin_id=subject_of("payin"),
        wallet_payout_id=subject_of("wallet_payout"),
        refund_id=causes.get("refund"),
        dispute_id=next((each.dispute_id for each in found if each.dispute_id is not None), None),
        earlier_payout_id=subject_of("payout"),
    )
