"""What a check of the books is: a name, what it says, how much it looked at, and the first rows that differ."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

SHOWN = 10
"""How many differing rows are told; all are counted."""

Row = dict[str, Any]

SIDES = """(
  SELECT coalesce(o.kind, j.kind) AS kind, coalesce(o.cause_type, j.cause_type) AS cause_type,
    CASE coalesce(o.cause_type, j.cause_type) WHEN 'hold' THEN split_part(coalesce(o.cause_id, j.cause_id), ':', 1)
      ELSE coalesce(o.cause_id, j.cause_id) END AS cause_id, j.charging_session_id, a.name AS account, a.owner,
    e.layer, e.currency, e.amount_minor
  FROM ledger_entry e JOIN journal j ON j.id = e.journal_id JOIN ledger_account a ON a.id = e.account_id
    LEFT JOIN journal o ON o.id = j.reverses_id
)"""
"""Every entry with its account and cause; a reversal counts with what it undoes, so that both together are nothing.

The causes of a hold's own journals may name a step of it behind a colon.
"""


@dataclass(slots=True)
class Verdict:
    """What one check found."""

    name: str
    says: str
    checked: int = 0
    differing: int = 0
    first: list[Row] = field(default_factory=list)

    @property
    def holds_true(self) -> bool:
        """Say whether nothing differs."""
        return self.differing == 0

    def differs(self, **row: Any) -> None:
        """Count one difference, and keep it while it is among the first."""
        self.differing += 1
        if len(self.first) < SHOWN:
            self.first.append(row)


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """A check in two queries: how many things there are, and those that are not as they should be."""

    name: str
    says: str
    counted: str
    differing: str

    async def run(self, db: AsyncSession) -> Verdict:
        """Ask the database."""
        connection = await db.connection()
        verdict = Verdict(self.name, self.says)
        count = f"SELECT count(*) FROM {self.counted}"  # noqa: S608 - our own constants
        verdict.checked = int((await connection.execute(text(count))).scalar_one())
        query = f"SELECT count(*) OVER () AS all_differing, d.* FROM ({self.differing}) d LIMIT {SHOWN}"  # noqa: S608 - as above
        for row in (await connection.execute(text(query))).mappings():
            told = _plain(dict(row))
            verdict.differing = told.pop("all_differing")
            verdict.first.append(told)
        return verdict


async def stream(db: AsyncSession, query: str) -> AsyncIterator[Row]:
    """Yield the rows of a query as they come, without ever holding all of them."""
    connection = await db.connection()
    async with connection.stream(text(query)) as rows:
        async for row in rows.mappings():
            yield dict(row)


Judge = Callable[[Row, Mapping[str, Verdict]], None]
"""Looks at one row and counts what differs in the verdicts, by their names."""


async def judge_each(db: AsyncSession, query: str, verdicts: Mapping[str, Verdict], judge: Judge) -> list[Verdict]:
    """Let ``judge`` look at each row of ``query``, where a rule of the domain is needed and SQL would repeat it."""
    async for row in stream(db, query):
        for verdict in verdicts.values():
            verdict.checked += 1
        judge(row, verdicts)
    return list(verdicts.values())


def _plain(row: Mapping[str, Any]) -> Row:
    """Return a row whose sums, exact numbers in PostgreSQL, are integers again."""
    return {str(name): int(value) if _is_whole(value) else value for name, value in row.items()}


def _is_whole(value: object) -> bool:
    return hasattr(value, "as_integer_ratio") and not isinstance(value, bool | int) and value == int(value)  # type: ignore[call-overload]  # a Decimal


def minor(value: Any) -> int:
    """Return a sum of the database as minor units; nothing booked is zero."""
    return int(value or 0)
