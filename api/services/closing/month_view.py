"""One month as its close shows it: where it stands, its control totals, what was not finished, what was frozen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.closing import PeriodState
from api.domain.finance.control import ControlDay
from api.models.closing import AccountingPeriod
from api.ports import Ports
from api.services.closing.control_totals import control_totals
from api.services.closing.cut_off import CutOffSum, cut_off_sums
from api.services.closing.lost_revenue import Loss, lost_revenue
from api.services.closing.periods import month_of


@dataclass(frozen=True, slots=True)
class MonthView:
    """What a page needs to know of a month."""

    name: str
    state: PeriodState
    is_over: bool
    row: AccountingPeriod | None
    days: tuple[ControlDay, ...]
    """Days on which something moved, stood or differs."""
    cut_off: list[CutOffSum]
    losses: list[Loss]
    currencies: list[str]
    """In which something is posted."""

    @property
    def differing(self) -> int:
        """Count the days whose control totals differ."""
        return sum(bool(each.difference) for each in self.days)


_CURRENCIES = text(
    "SELECT DISTINCT e.currency FROM journal j JOIN ledger_entry e ON e.journal_id = j.id"
    " WHERE j.period = :period AND e.layer = 'posted' ORDER BY 1"
)
_MOVES = ("authorized", "let_go", "corrected", "captured", "refunded", "other", "difference")


async def month_view(*, db: AsyncSession, ports: Ports, now: datetime, period: str) -> MonthView:
    """Return one month; raises MonthInvalid."""
    month, issuer = month_of(ports, period), ports.policy.issuer
    row = await db.get(AccountingPeriod, month.name)
    days = await control_totals(db=db, issuer=issuer, first=month.first_day, last=month.last_day)
    rows = await (await db.connection()).execute(_CURRENCIES, {"period": month.name})
    return MonthView(
        name=month.name,
        state=PeriodState(row.state) if row else PeriodState.OPEN,
        is_over=now >= month.ends_at,
        row=row,
        days=tuple(each for each in days if any(getattr(each, name) for name in _MOVES)),
        cut_off=await cut_off_sums(db=db, period=month.name),
        losses=await lost_revenue(db=db, issuer=issuer, first=month.first_day, last=month.last_day),
        currencies=[found.currency for found in rows],
    )
