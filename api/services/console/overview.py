"""All figures of the first page, read in one go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.control import ControlDay
from api.domain.finance.issuer import Issuer
from api.services.closing.control_totals import control_totals
from api.services.closing.lost_revenue import Loss, lost_revenue
from api.services.console.charge_figures import (
    DayOfStarts,
    OpenFindings,
    PartnerScore,
    open_findings,
    partner_scores,
    starts_by_day,
)
from api.services.console.forecast import Forecast, forecast
from api.services.console.hold_figures import (
    DAYS,
    Banded,
    DayOfHolds,
    Standing,
    holds_by_age,
    holds_by_day,
    holds_by_time_left,
    standing_holds,
)


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the house for finance; money in one currency at a time."""

    at: datetime
    currency: str
    currencies: list[str]
    """All that there are holds in."""
    standing: list[Standing]
    time_left: list[Banded]
    ages: list[Banded]
    days: list[DayOfHolds]
    starts: list[DayOfStarts]
    findings: list[OpenFindings]
    lost: list[Loss]
    """Of the last days; what is unpaid, as of now."""
    today: list[ControlDay]
    """The control totals of the day so far, of every currency."""
    partners: list[PartnerScore]
    forecast: Forecast

    @property
    def urgent(self) -> int:
        """Count open holds with less than a day left, lapsed ones too."""
        return sum(each.holds for each in self.time_left if each.band and each.band.code in _URGENT)

    @property
    def breaches(self) -> int:
        """Count open findings that are no mere warnings."""
        return sum(each.findings for each in self.findings if each.severity == "breach")

    @property
    def tried(self) -> tuple[int, int]:
        """Return how many starts were sent in the last days, and how many charged."""
        return sum(each.tried for each in self.starts), sum(each.begun for each in self.starts)


_URGENT = {"over", "under_6h", "under_24h"}


async def overview(
    *, db: AsyncSession, issuer: Issuer, now: datetime, currency: str | None, currencies: list[str]
) -> Overview:
    """Return all figures; in the currency with most open holds unless another one is asked for."""
    standing = await standing_holds(db=db)
    usual = standing[0].currency if standing else currencies[0] if currencies else "EUR"
    today = now.astimezone(ZoneInfo(issuer.time_zone)).date()
    losses = await lost_revenue(db=db, issuer=issuer, first=today - timedelta(days=DAYS - 1), last=today)
    chosen = currency if currency in currencies else usual
    return Overview(
        at=now,
        currency=chosen,
        currencies=currencies,
        standing=standing,
        time_left=await holds_by_time_left(db=db, now=now, currency=chosen),
        ages=await holds_by_age(db=db, now=now, currency=chosen),
        days=await holds_by_day(db=db, now=now, currency=chosen),
        starts=await starts_by_day(db=db, now=now),
        findings=await open_findings(db=db),
        lost=[each for each in losses if each.currency == chosen],
        today=await control_totals(db=db, issuer=issuer, first=today, last=today),
        partners=await partner_scores(db=db, now=now),
        forecast=await forecast(db=db, now=now, currency=chosen),
    )
