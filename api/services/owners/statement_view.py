"""Reading statements: an owner's own, page and CSV, and whether one still adds up to its lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.csv_text import csv_text
from api.domain.errors import NotFound
from api.domain.finance.paper import digest_of
from api.models.owner import OwnerStatement, OwnerStatementLine

_COLUMNS = (
    "statement_number",
    "charging_session_id",
    "kind",
    "corrects",
    "location_key",
    "energy_kwh",
    "gross_minor",
    "net_minor",
    "vat_minor",
)
_SUMS = (
    "sessions",
    "energy_kwh",
    "gross_minor",
    "net_minor",
    "vat_minor",
    "fee_minor",
    "fee_vat_minor",
    "payout_minor",
)


class UnknownStatement(NotFound):
    """There is no such statement, or it is another owner's."""


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement with its lines."""

    statement: OwnerStatement
    lines: Sequence[OwnerStatementLine]

    @property
    def adds_up(self) -> bool:
        """Say whether the sums are those of the lines, and the document is as it was written."""
        it = self.statement
        net, vat = sum(each.net_minor for each in self.lines), sum(each.vat_minor for each in self.lines)
        return (
            (it.net_minor, it.vat_minor, it.gross_minor) == (net, vat, net + vat)
            and it.payout_minor == it.gross_minor - it.fee_minor - it.fee_vat_minor
            and it.sha256 == digest_of(it.document)
        )


async def statements_of_owner(*, db: AsyncSession, owner_id: str | None) -> Sequence[OwnerStatement]:
    """Return an owner's statements, the latest month first."""
    query = select(OwnerStatement).where(OwnerStatement.owner_id == owner_id)
    return (await db.exec(query.order_by(col(OwnerStatement.period).desc(), OwnerStatement.number))).all()


async def read_statement(*, db: AsyncSession, owner_id: str | None, number: str) -> StatementView:
    """Return a statement of an owner; raises UnknownStatement also for another owner's."""
    statement = await db.get(OwnerStatement, number)
    if statement is None or owner_id is None or statement.owner_id != owner_id:
        raise UnknownStatement("unknown_statement")
    query = select(OwnerStatementLine).where(OwnerStatementLine.statement_number == number)
    return StatementView(statement, (await db.exec(query.order_by(OwnerStatementLine.charging_session_id))).all())


def statement_csv(view: StatementView) -> str:
    """Return a statement as CSV: its lines, then its sums."""
    lines = [[getattr(each, name) for name in _COLUMNS] for each in view.lines]
    sums = [[name, getattr(view.statement, name)] for name in _SUMS]
    return csv_text([_COLUMNS, *lines, [], *sums])
