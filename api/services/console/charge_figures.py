"""Figures of charges and partners for the overview: how many starts succeed, how partners do, open findings."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.start_success import percent_of
from api.services.console.hold_figures import DAYS, first_day
from api.services.status import start_success
from api.services.status.start_success import COUNTS_FOR_NETWORK

_TRIED = f"FROM charging_session c WHERE c.created_at >= :since AND {COUNTS_FOR_NETWORK}"
_PARTNERS = text(
    "SELECT p.id, p.name, t.tried, t.begun, b.bills, b.median, f.findings FROM partner p"  # noqa: S608 - our own words
    f" LEFT JOIN (SELECT c.partner_id, count(*) AS tried, count(c.charging_at) AS begun {_TRIED} GROUP BY 1) t"
    " ON t.partner_id = p.id"
    " LEFT JOIN (SELECT partner_id, count(*) AS bills, percentile_disc(0.5) WITHIN GROUP"
    " (ORDER BY greatest(received_at - ended_at, interval '0')) AS median FROM cdr"
    " WHERE received_at >= :since AND NOT credit GROUP BY 1) b"
    " ON b.partner_id = p.id"
    " LEFT JOIN (SELECT coalesce(m.partner_id, c.partner_id) AS partner_id, count(*) AS findings FROM mismatch m"
    " LEFT JOIN charging_session c ON c.id = m.charging_session_id WHERE m.opened_at >= :since GROUP BY 1) f"
    " ON f.partner_id = p.id"
    " WHERE t.tried > 0 OR b.bills > 0 ORDER BY t.tried DESC NULLS LAST, p.name LIMIT 50"
)
_FINDINGS = text(
    "SELECT severity, reason, count(*) AS findings, count(assignee) AS taken, min(opened_at) AS oldest FROM mismatch"
    " WHERE resolved_at IS NULL GROUP BY 1, 2 ORDER BY severity, 3 DESC, 2"
)


@dataclass(frozen=True, slots=True)
class DayOfStarts:
    """How many starts of one day (UTC) that count came to a charging car."""

    day: date
    tried: int
    begun: int

    @property
    def percent(self) -> Decimal | None:
        """Return the rate of success, None where nothing was tried."""
        return percent_of(self.begun, self.tried)


@dataclass(frozen=True, slots=True)
class PartnerScore:
    """How one partner did in the last days."""

    partner_id: str
    name: str
    tried: int
    begun: int
    bills: int
    median_delay: timedelta | None
    """Between the end of a session and its CDR."""
    findings: int

    @property
    def percent(self) -> Decimal | None:
        """Return the rate of successful starts."""
        return percent_of(self.begun, self.tried)

    @property
    def findings_per_100(self) -> Decimal | None:
        """Return findings per hundred charges that began."""
        return percent_of(self.findings, self.begun)


@dataclass(frozen=True, slots=True)
class OpenFindings:
    """The open findings of one reason and severity."""

    severity: str
    reason: str
    findings: int
    taken: int
    """Of which somebody works on."""
    oldest: datetime


async def starts_by_day(*, db: AsyncSession, now: datetime) -> list[DayOfStarts]:
    """Return the last days, those without a start too."""
    first = first_day(now)
    days = await start_success.starts_by_day(db=db, first=first, days=DAYS, now=now)
    return [DayOfStarts(each.day, each.starts.asked, each.starts.begun) for each in days]


async def partner_scores(*, db: AsyncSession, now: datetime) -> list[PartnerScore]:
    """Return the partners that something was charged at in the last days, the busiest first."""
    rows = await (await db.connection()).execute(_PARTNERS, {"since": now - timedelta(days=DAYS)})
    return [
        PartnerScore(row.id, row.name, row.tried or 0, row.begun or 0, row.bills or 0, row.median, row.findings or 0)
        for row in rows
    ]


async def open_findings(*, db: AsyncSession) -> list[OpenFindings]:
    """Return what is open, breaches first."""
    rows = await (await db.connection()).execute(_FINDINGS)
    return [OpenFindings(row.severity, row.reason, row.findings, row.taken, row.oldest) for row in rows]
