"""Freezing a signed month: digests and sizes of its reports, what its accounts came to, and the proof that they stay.

Nothing is booked into a signed month, so that this may take its time beside everything else, and be repeated after a
crash: it comes to the same.
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.csv_text import csv_text
from api.domain.finance.closing import SHUT, PeriodRefuses, PeriodState, PeriodStep
from api.domain.money import Money
from api.models.closing import AccountingPeriod
from api.ports import Ports
from api.services.closing.control_totals import control_totals
from api.services.closing.datev_export import datev_batches
from api.services.closing.exports import csv_of
from api.services.closing.listing import Wanted
from api.services.closing.lists_books import JOURNAL
from api.services.closing.periods import month_of, take_step
from api.services.finance.ledger_queries import trial_balance
from api.services.work import Work

_TRIAL = ("account", "currency", "layer", "opening", "debit", "credit", "closing")
_CURRENCIES = text(
    "SELECT DISTINCT e.currency FROM ledger_entry e JOIN journal j ON j.id = e.journal_id WHERE j.period = :period"
    " AND e.layer = 'posted' ORDER BY 1"
)
_KEEP_BALANCES = text(
    "INSERT INTO period_balance (period, account, currency, layer, closing_minor)"
    " SELECT CAST(:period AS text), a.name, e.currency, e.layer, sum(e.amount_minor) FROM ledger_entry e"
    " JOIN journal j ON j.id = e.journal_id JOIN ledger_account a ON a.id = e.account_id"
    " WHERE j.period <= :period GROUP BY 2, 3, 4 ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a report is, without keeping it."""

    rows: int
    bytes: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {"rows": self.rows, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A report of a shut month made again: ``kept`` is what it was when it was frozen."""

    name: str
    kept: dict[str, Any]
    now: dict[str, Any]

    @property
    def is_same(self) -> bool:
        """Say whether it is the same byte for byte."""
        return self.kept == self.now


async def seal_period(*, work: Work, ports: Ports, now: datetime, period: str) -> AccountingPeriod:
    """Freeze the reports of a signed month; of a sealed one, return it as it is. Raises PeriodRefuses, MonthInvalid."""
    month = month_of(ports, period)
    async with work() as db:
        row = await db.get(AccountingPeriod, period)
        if row is not None and row.state == PeriodState.LOCKED:
            return row
        _require_shut(row)
    reports = await reports_of(work=work, ports=ports, now=now, period=period)
    async with work() as db:
        issuer = ports.policy.issuer
        last = await control_totals(db=db, issuer=issuer, first=month.last_day, last=month.last_day)
        row = await db.get_one(AccountingPeriod, period, with_for_update=True, populate_existing=True)
        if row.state != PeriodState.LOCKED:
            take_step(row, PeriodStep.SEAL)
            row.reports = {name: each.to_json() for name, each in reports.items()}
            row.events_closing = {each.currency: each.events_closing for each in last}
            row.sealed_at = now
            db.add(row)
            await (await db.connection()).execute(_KEEP_BALANCES, {"period": period})
    return row


async def verify_period(*, work: Work, ports: Ports, now: datetime, period: str) -> list[Reproduced]:
    """Make the reports of a sealed month again and compare them; raises PeriodRefuses, MonthInvalid."""
    month_of(ports, period)
    async with work() as db:
        row = await db.get(AccountingPeriod, period)
        if row is None or row.state != PeriodState.LOCKED:
            raise PeriodRefuses("period_refuses", state=row.state if row else "open", step="verify")
        kept = dict(row.reports)
    made = await reports_of(work=work, ports=ports, now=now, period=period)
    empty = Frozen(0, 0, "").to_json()
    return [
        Reproduced(name, kept.get(name, empty), made[name].to_json() if name in made else empty)
        for name in sorted({*kept, *made})
    ]


async def reports_of(*, work: Work, ports: Ports, now: datetime, period: str) -> dict[str, Frozen]:
    """Return what each report of a month is now: the journal, the trial balance, DATEV's file by currency."""
    issuer = ports.policy.issuer
    journal = csv_of(work=work, issuer=issuer, listing=JOURNAL, wanted=Wanted(period=period))
    found = {"journal": await _frozen(_encoded(journal))}
    async with work() as db:
        lines = await trial_balance_csv(db=db, period=period)
        rows = await (await db.connection()).execute(_CURRENCIES, {"period": period})
        currencies = [row.currency for row in rows]
    found["trial_balance"] = await _frozen(_once(lines.encode()))
    for currency in currencies:
        batches = datev_batches(work=work, ports=ports, now=now, period=period, currency=currency)
        found[f"datev_{currency}"] = await _frozen(text async for _, text in batches)
    return found


async def trial_balance_csv(*, db: AsyncSession, period: str) -> str:
    """Return the trial balance of a month as CSV, in major units."""
    rows: list[list[Any]] = [list(_TRIAL)]
    for each in await trial_balance(db=db, period=period):
        amounts = (each.opening, each.debit, each.credit, each.closing)
        rows.append([each.account, each.currency, each.layer, *(Money(a, each.currency).to_decimal() for a in amounts)])
    return csv_text(rows)


def _require_shut(row: AccountingPeriod | None) -> None:
    if row is None or PeriodState(row.state) not in SHUT:
        raise PeriodRefuses("period_refuses", state=row.state if row else "open", step=str(PeriodStep.SEAL))


async def _frozen(parts: AsyncIterator[bytes]) -> Frozen:
    digest, rows, size = hashlib.sha256(), 0, 0
    async for part in parts:
        digest.update(part)
        rows, size = rows + part.count(b"\r\n"), size + len(part)
    return Frozen(rows, size, digest.hexdigest())


async def _encoded(parts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for part in parts:
        yield part.encode()


async def _once(part: bytes) -> AsyncIterator[bytes]:
    yield part
