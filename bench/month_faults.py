"""Faults to plant in a made-up month: of every class a number, each with the one finding that must come of it.

Rows are chosen by the month's plan, so that the same seed plants the same faults, and no charge bears two.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from bench.month_fault_sql import FAULTS, TOUCHED, Fault
from bench.month_plan import UNBILLED

_NO_CHARGES = {
    "day": "SELECT substr(id, 7) AS day FROM payout WHERE currency = 'EUR' ORDER BY id",
    "invoice": "SELECT key AS invoice FROM invoice_report ORDER BY key",
    "mirror": "SELECT 'refunds' AS kind",
}

_OLD = "AND (created_at < $2::timestamptz - interval '2 days' OR kind IN ('awaiting', 'charging'))"
"""Old enough for the most patient rule."""

Planted = set[tuple[str, str]]
"""Reasons and subjects of the findings that must come."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Charges of one kind that are still without a fault."""

    rows: Iterator[asyncpg.Record]

    def take(self, count: int) -> list[asyncpg.Record]:
        """Return the next ones; there may be fewer."""
        return [row for _, row in zip(range(count), self.rows, strict=False)]


async def plant_faults(
    database: asyncpg.Connection, *, each: int, until: datetime, reasons: Collection[str] = ()
) -> Planted:
    """Plant ``each`` faults of every class, or of these, as far as there are charges; return what must be found."""
    planted: Planted = set()
    chosen: dict[tuple[str, bool], _Chosen] = {}
    await database.execute("SET session_replication_role = replica")
    for fault in FAULTS:
        if reasons and fault.reason not in reasons:
            continue
        which = fault.kind, fault.unbilled
        if which not in chosen:
            chosen[which] = _Chosen(iter(await _charges(database, fault, until)))
        planted |= await _plant(database, fault, chosen[which].take(fault.count(each)), until)
    await database.execute("SET session_replication_role = DEFAULT")
    return planted


async def _charges(database: asyncpg.Connection, fault: Fault, until: datetime) -> Sequence[asyncpg.Record]:
    """Return charges of a kind, those of partners that send invoices or the others; or what is no charge."""
    if fault.kind in _NO_CHARGES:
        return list(await database.fetch(_NO_CHARGES[fault.kind]))
    side = "<" if fault.unbilled else ">="
    query = f"SELECT * FROM month_plan WHERE kind = $1 AND partner {side} {UNBILLED} {_OLD} ORDER BY n LIMIT 20000"  # noqa: S608 - ours
    return list(await database.fetch(query, fault.kind, until))


async def _plant(database: asyncpg.Connection, fault: Fault, rows: list[asyncpg.Record], until: datetime) -> Planted:
    """Plant one class of fault in these charges."""
    planted: Planted = set()
    for place, row in enumerate(rows):
        names = {name: value for name, value in row.items() if isinstance(value, str | int)}
        names.setdefault("intent", "")
        names |= {"place": place, "until": f"'{until.isoformat()}'::timestamptz", "hours": (40, 20, 3)[place % 3]}
        for statement in (*fault.statements, *(TOUCHED if "id" in names else ())):
            await database.execute(statement.format(**names))
        planted.add((fault.reason, fault.subject.format(**names)))
    return planted
