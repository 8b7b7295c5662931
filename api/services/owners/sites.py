"""What somebody has: their sites with the chargers there, how starts went, cases, and what was sold (CN27)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.domain.finance.accounts import Account, Layer
from api.domain.roaming.location import EvseStatus
from api.domain.support.case import UNSOLVED
from api.models.charging import ChargingSession
from api.models.finance import Journal, LedgerAccount, LedgerEntry
from api.models.location import EvseRow, LocationRow
from api.models.support import SupportCase
from api.services.owners.owners import UnknownSite
from api.services.owners.scope import Own

MOST = 200
LOOKED_AT = timedelta(days=30)
"""How far back starts and cases are counted."""
_FAULTY = frozenset({EvseStatus.INOPERATIVE, EvseStatus.OUT_OF_ORDER})
_SOLD = (Account.REVENUE, Account.REVENUE_TAX_UNKNOWN)


@dataclass
class Site:
    """One site in figures."""

    location: LocationRow
    evses: Sequence[EvseRow] = ()
    sessions: int = 0
    """Of the last 30 days, as are the next two."""
    started: int = 0
    failed: int = 0
    cases: Sequence[SupportCase] = ()
    """Opened in the last 30 days, or not solved; of them nothing is shown that a customer wrote."""
    sold: dict[tuple[str, str], int] = field(default_factory=dict)
    """Before tax, by month and currency; empty for whoever only operates the site."""

    @property
    def statuses(self) -> Counter[str]:
        """Return how many EVSEs say what."""
        return Counter(each.status for each in self.evses)

    @property
    def faults(self) -> int:
        """Return how many EVSEs say that they do not work."""
        return sum(each.status in _FAULTY for each in self.evses)

    @property
    def success_percent(self) -> int | None:
        """Return how many of a hundred decided starts worked; None: there was none."""
        decided = self.started + self.failed
        return None if not decided else 100 * self.started // decided

    @property
    def open_cases(self) -> int:
        """Return how many cases are not solved."""
        return sum(each.state in UNSOLVED for each in self.cases)


async def own_sites(*, db: AsyncSession, own: Own, now: datetime, location_key: str | None = None) -> list[Site]:
    """Return the sites of a scope in figures, by name; or the one that is asked for. Raises UnknownSite."""
    query = select(LocationRow).where(own.locations).order_by(col(LocationRow.name), col(LocationRow.key)).limit(MOST)
    if location_key is not None:
        query = query.where(LocationRow.key == location_key)
    sites = {row.key: Site(row) for row in await db.exec(query)}
    if location_key is not None and not sites:
        raise UnknownSite("unknown_site")
    await _read_evses(db, sites)
    await _read_starts(db, own, now, sites)
    await _read_cases(db, own, now, sites)
    if own.owner_id is not None:
        await _read_sales(db, Own(owner_id=own.owner_id), sites)
    return list(sites.values())


async def _read_evses(db: AsyncSession, sites: dict[str, Site]) -> None:
    found: dict[str, list[EvseRow]] = defaultdict(list)
    query = select(EvseRow).where(col(EvseRow.location_key).in_(sites)).order_by(col(EvseRow.key))
    for row in await db.exec(query):
        found[row.location_key].append(row)
    for key, rows in found.items():
        sites[key].evses = rows


async def _read_starts(db: AsyncSession, own: Own, now: datetime, sites: dict[str, Site]) -> None:
    worked = col(ChargingSession.charging_at).is_not(None) & (col(ChargingSession.kwh) > 0)
    failed = col(ChargingSession.status) == ChargingStatus.START_FAILED
    query = (
        select(
            ChargingSession.location_key,
            func.count(),
            func.count().filter(worked),
            func.count().filter(failed),
        )
        .where(own.charges, col(ChargingSession.location_key).in_(sites), ChargingSession.created_at > now - LOOKED_AT)
        .group_by(col(ChargingSession.location_key))
    )
    for key, sessions, good, bad in await db.exec(query):
        sites[key].sessions, sites[key].started, sites[key].failed = sessions, good, bad


async def _read_cases(db: AsyncSession, own: Own, now: datetime, sites: dict[str, Site]) -> None:
    """Read cases about the sites; one about a charge only where the charge is of this scope."""
    mine = select(ChargingSession.id).where(own.charges)
    query = select(SupportCase).where(
        col(SupportCase.location_key).in_(sites),
        col(SupportCase.charging_session_id).is_(None) | col(SupportCase.charging_session_id).in_(mine),
        col(SupportCase.state).in_(UNSOLVED) | (col(SupportCase.opened_at) > now - LOOKED_AT),
    )
    found: dict[str, list[SupportCase]] = defaultdict(list)
    for case in await db.exec(query.order_by(col(SupportCase.opened_at).desc())):
        found[str(case.location_key)].append(case)
    for key, cases in found.items():
        sites[key].cases = cases


async def _read_sales(db: AsyncSession, own: Own, sites: dict[str, Site]) -> None:
    query = (
        select(
            ChargingSession.location_key,
            Journal.period,
            LedgerEntry.currency,
            -func.sum(col(LedgerEntry.amount_minor)),
        )
        .select_from(Journal)
        .join(ChargingSession, col(ChargingSession.id) == col(Journal.charging_session_id))
        .join(LedgerEntry, col(LedgerEntry.journal_id) == col(Journal.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(
            own.charges,
            col(ChargingSession.location_key).in_(sites),
            LedgerEntry.layer == Layer.POSTED,
            col(LedgerAccount.name).in_(_SOLD),
        )
        .group_by(col(ChargingSession.location_key), col(Journal.period), col(LedgerEntry.currency))
        .order_by(col(Journal.period).desc())
    )
    for key, period, currency, minor in await db.exec(query):
        sites[key].sold[(period, currency)] = int(minor)
