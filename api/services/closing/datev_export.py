"""The journal of a month for DATEV, in one currency, as files of at most 99,999 lines.

Of a shut month the accounts' numbers and the time zone are those of its signature, so that the file stays the same
whatever is set later.
Promises (card holds) are no bookkeeping and are left out.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.finance.closing import SHUT, PeriodState
from api.domain.finance.datev import (
    MOST_LINES,
    Batch,
    BatchLine,
    booking_line,
    encoded,
    fiscal_year_begin,
    header_lines,
    pairs_of,
)
from api.domain.finance.issuer import Issuer
from api.domain.money import Money
from api.models.closing import AccountingPeriod
from api.ports import Ports
from api.ports.accounting import AccountingRules
from api.services.closing.listing import Row, Wanted, part_of
from api.services.closing.lists_books import JOURNAL
from api.services.finance.months import Month
from api.services.work import Work


class TooManyLines(Conflict):
    """The month has more lines than one file may have; the command line writes several. Fact: ``most``."""


_ENTRIES = text(
    "SELECT count(*) FROM journal j JOIN ledger_entry e ON e.journal_id = j.id"
    " WHERE j.period = :period AND e.currency = :currency AND e.layer = 'posted'"
)


async def require_one_file(*, db: AsyncSession, period: str, currency: str) -> None:
    """Raise TooManyLines where a month may not fit one file: lines are fewer than entries."""
    entries = await (await db.connection()).scalar(_ENTRIES, {"period": period, "currency": currency})
    if int(entries or 0) > MOST_LINES:
        raise TooManyLines("too_many_lines", most=MOST_LINES)


async def datev_file(*, work: Work, ports: Ports, now: datetime, period: str, currency: str) -> AsyncIterator[bytes]:
    """Yield a month as one file; raises MonthInvalid, and TooManyLines once it has become too long for one."""
    async for number, part in datev_batches(work=work, ports=ports, now=now, period=period, currency=currency):
        if number > 1:
            raise TooManyLines("too_many_lines", most=MOST_LINES)
        yield part


async def datev_batches(
    *, work: Work, ports: Ports, now: datetime, period: str, currency: str
) -> AsyncIterator[tuple[int, bytes]]:
    """Yield a month as parts of files, each with the number of its file, from 1; raises MonthInvalid."""
    issuer = ports.policy.issuer
    async with work() as db:
        rules, batch, zone = await _batch(db, ports, now, Month(period, issuer.time_zone), currency)
    number, lines = 1, 0
    yield number, encoded(header_lines(batch))
    async for journals in _journals(work, issuer, Wanted(period=period, currency=currency, state="posted")):
        made: list[str] = []
        for sides in journals:
            written = [booking_line(batch, line) for line in _lines(sides, rules, batch, zone)]
            if lines + len(written) > MOST_LINES:
                yield number, encoded("".join(made))
                number, lines, made = number + 1, 0, [header_lines(batch)]
            made += written
            lines += len(written)
        yield number, encoded("".join(made))


async def _batch(
    db: AsyncSession, ports: Ports, now: datetime, month: Month, currency: str
) -> tuple[AccountingRules, Batch, ZoneInfo]:
    """Return whose numbers count, what the header says, and where days begin and end."""
    row = await db.get(AccountingPeriod, month.name)
    shut = row is not None and PeriodState(row.state) in SHUT
    rules, created, zone = ports.policy.accounting, now, month.time_zone
    if row is not None and shut:
        kept = {name: value for name, value in row.frozen.items() if name != "time_zone"}
        rules, created, zone = AccountingRules(**kept), row.signed_at or now, row.frozen.get("time_zone", zone)
    batch = Batch(
        created_at=created.astimezone(UTC),
        consultant=rules.consultant,
        client=rules.client,
        chart=rules.chart,
        account_length=rules.account_length,
        year_begins=fiscal_year_begin(month.first_day, rules.year_begins),
        first=month.first_day,
        last=month.last_day,
        name=f"Chargehand {month.name} {currency}",
        currency=currency,
        is_final=shut,
    )
    return rules, batch, ZoneInfo(zone)


async def _journals(work: Work, issuer: Issuer, wanted: Wanted) -> AsyncIterator[list[list[Row]]]:
    """Yield journals as lists of their entries, a part at a time: one that is cut by a part comes with the next."""
    behind: tuple[datetime, str] | None = None
    begun: list[Row] = []
    while True:
        async with work() as db:
            part = await part_of(db=db, issuer=issuer, listing=JOURNAL, wanted=wanted, behind=behind)
        whole: list[list[Row]] = []
        for row in part.rows:
            if begun and begun[-1]["journal_id"] != row["journal_id"]:
                whole.append(begun)
                begun = []
            begun.append(row)
        behind = part.behind
        if behind is None:
            yield [*whole, begun] if begun else whole
            return
        yield whole


def _lines(sides: Sequence[Row], rules: AccountingRules, batch: Batch, zone: ZoneInfo) -> list[BatchLine]:
    """Return the lines of one journal. What came late bears the month's first day: its own is in another month."""
    head = sides[0]
    at: date = head["occurred_at"].astimezone(zone).date()
    late = not batch.first <= at <= batch.last
    amounts = [(rules.number_of(row["account"]), _signed(row)) for row in sides]
    return [
        BatchLine(
            amount=Money(pair.amount, batch.currency).to_decimal(),
            is_debit=pair.is_debit,
            account=pair.first,
            contra=pair.second,
            day=batch.first if late else at,
            slip=head["journal_id"],
            text=f"{head['kind']} {at:%Y-%m-%d}" if late else f"{head['kind']} {head['cause_id']}",
            subject=head["charging_session_id"] or "",
        )
        for pair in pairs_of(amounts)
    ]


def _signed(row: Row) -> Any:
    return row["debit"] if row["debit"] is not None else -row["credit"]
