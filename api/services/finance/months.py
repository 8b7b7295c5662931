"""What statements and invoices share: a month in somebody's time zone, and the papers that were issued in it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.finance.paper import PaperKind
from api.models.finance import Receipt

_FORM = re.compile(r"20\d{2}-(0[1-9]|1[0-2])", re.ASCII)


class MonthInvalid(Invalid):
    """A month is not written as ``2026-10``."""


class MonthNotOver(Conflict):
    """Papers may still be issued in this month, so it cannot be summed up yet."""


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month where somebody lives, half-open."""

    name: str
    """``2026-10``."""
    time_zone: str

    def __post_init__(self) -> None:
        """Refuse what is no month."""
        if not _FORM.fullmatch(self.name):
            raise MonthInvalid("month_invalid", month=self.name)

    @property
    def first_day(self) -> date:
        """Return the first day."""
        return date.fromisoformat(f"{self.name}-01")

    @property
    def last_day(self) -> date:
        """Return the last day."""
        return (self.first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def starts_at(self) -> datetime:
        """Return its first moment."""
        return self._midnight(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """Return the first moment after it."""
        return self._midnight(self.last_day + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC)

    def require_over(self, now: datetime) -> None:
        """Raise MonthNotOver while the month goes on."""
        if now < self.ends_at:
            raise MonthNotOver("month_not_over", month=self.name)


async def papers_in_month(*, db: AsyncSession, month: Month, whose: ColumnElement[bool]) -> dict[str, list[Receipt]]:
    """Return the receipts and credit notes issued in a month, oldest first, by currency."""
    query = select(Receipt).where(
        whose,
        col(Receipt.kind).in_((PaperKind.RECEIPT, PaperKind.CREDIT_NOTE)),
        Receipt.issued_at >= month.starts_at,
        Receipt.issued_at < month.ends_at,
    )
    found: dict[str, list[Receipt]] = {}
    for paper in await db.exec(query.order_by(col(Receipt.issued_at), col(Receipt.number))):
        found.setdefault(paper.currency, []).append(paper)
    return found


def sign_of(paper: Receipt) -> int:
    """Return 1 for what is billed and -1 for what is taken back."""
    return -1 if paper.kind == PaperKind.CREDIT_NOTE else 1


def summary_of(paper: Receipt) -> dict[str, Any]:
    """Return a paper as a line of a statement; what is taken back is negative."""
    sign, document = sign_of(paper), paper.document
    vat = document["vat_minor"]
    return {
        "receipt_id": paper.id,
        "number": paper.number,
        "kind": paper.kind,
        "issued_at": paper.issued_at.isoformat(),
        "place": document["place"],
        "energy_kwh": document["energy_kwh"],
        "net_minor": sign * document["net_minor"],
        "vat_minor": None if vat is None else sign * vat,
        "total_minor": sign * paper.total_minor,
    }
