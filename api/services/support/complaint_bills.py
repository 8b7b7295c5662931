"""A charge's bills as a complaint sees them: computed anew from all that is known by now, changing nothing.

The same computation as settling uses (``services/charging/bill.py``), once for all bills and once without those that
repeat another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError
from api.domain.money import Money
from api.domain.pricing.tariff import DimensionType
from api.domain.pricing.verdict import CdrAudit
from api.domain.roaming.session import SessionStatus
from api.domain.support.triage_facts import BillFacts
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.charging.audits import Sessions, audit_cdrs, cdrs_of_charge, sessions_of, summary_of
from api.services.charging.bill import Bill, bill_of
from api.services.charging.story import credited_key, stories_told
from api.services.roaming.documents import read_cdr

_KEPT = frozenset({DimensionType.parking_time, DimensionType.reservation_time})
_OVER = frozenset({SessionStatus.COMPLETED.value, SessionStatus.INVALID.value})


@dataclass(frozen=True, slots=True)
class Bills:
    """A charge's CDRs with what they come to."""

    rows: tuple[CdrRow, ...]
    audits: tuple[CdrAudit, ...]
    facts: tuple[BillFacts, ...]
    fair: Money | None
    """None: they do not add up to one bill, or cannot be checked."""
    copies: tuple[str, ...]
    one_bill: Money | None
    metered_kwh: Decimal | None

    def audits_as_json(self) -> list[dict[str, Any]]:
        """Return each recomputation line by line."""
        return [summary_of(row, audit) for row, audit in zip(self.rows, self.audits, strict=True)]


async def look_at_bills(*, db: AsyncSession, ports: Ports, charge: ChargingSession) -> Bills:
    """Return the bills of a charge as they are now."""
    rows = await cdrs_of_charge(db=db, charging_session_id=charge.id)
    sessions = await sessions_of(db=db, charge=charge, rows=rows)
    audits = audit_cdrs(charge, rows, sessions)
    bill = _bill(rows, audits, sessions, charge, ports)
    copies = _copies(rows)
    fewer = [row for row in rows if (credited_key(row) if row.credit else row.key) not in copies]
    one = None
    if copies:
        mine = await sessions_of(db=db, charge=charge, rows=fewer)
        one = _bill(fewer, audit_cdrs(charge, fewer, mine), mine, charge, ports)
    return Bills(
        rows=tuple(rows),
        audits=tuple(audits),
        facts=tuple(_facts(rows, audits, bill)),
        fair=None if bill is None else bill.price.total,
        copies=tuple(row.id for row in rows if row.key in copies),
        one_bill=None if one is None else one.price.total,
        metered_kwh=_metered(rows, sessions),
    )


def _bill(
    rows: Sequence[CdrRow], audits: Sequence[CdrAudit], sessions: Sessions, charge: ChargingSession, ports: Ports
) -> Bill | None:
    """Return what these CDRs come to, None where they come to nothing that a rule can bill."""
    if not rows:
        return None
    try:
        return bill_of(rows, audits, sessions, charge, ports.policy)
    except AppError:
        return None


def _copies(rows: Sequence[CdrRow]) -> frozenset[str]:
    """Return the keys of standing bills that say what an earlier one says: same times, same energy, same cost."""
    seen, copies = set(), set()
    for story in stories_told(rows):
        row = story.row
        same = (row.started_at, row.ended_at, row.total_energy_kwh, row.total_cost)
        if story.stands and same in seen:
            copies.add(row.key)
        elif story.stands:
            seen.add(same)
    return frozenset(copies)


def _facts(rows: Sequence[CdrRow], audits: Sequence[CdrAudit], bill: Bill | None) -> list[BillFacts]:
    """Return each bill with its check; ``promise_kept`` is only known where all of them come to one bill."""
    audit_of = dict(zip((row.key for row in rows), audits, strict=True))
    kept = (
        {story.row.key: owed.promise_kept for story, owed in zip(bill.stories, bill.owed, strict=True)} if bill else {}
    )
    found = []
    for story in stories_told(rows):
        row, audit = story.row, audit_of[story.row.key]
        fact = BillFacts(
            cdr=row.id,
            stands=story.stands,
            verdict=audit.verdict.value,
            billed=audit.billed,
            promised=None if audit.promised is None else audit.promised.excl_vat,
            is_ceiling=audit.is_ceiling,
            promise_kept=kept.get(row.key, False),
            kwh=row.total_energy_kwh,
            started_at=row.started_at,
            ended_at=row.ended_at,
            parking=_parked(row),
        )
        found.append(fact)
    return found


def _parked(row: CdrRow) -> bool:
    """Say whether a bill tells of time without charging: the post was kept for the driver, before or after."""
    cdr = read_cdr(row.document)
    dimensions = (each for period in cdr.charging_periods for each in period.dimensions)
    told = any(each.type in _KEPT and each.volume > 0 for each in dimensions)
    return told or bool(cdr.total_parking_time_hours)


def _metered(rows: Sequence[CdrRow], sessions: Sessions) -> Decimal | None:
    """Return the energy at the end of all sessions that are billed; None: one of them was not told to its end."""
    bills = [story.row.key for story in stories_told(rows) if story.stands]
    told = {sessions[key].key: sessions[key] for key in bills if key in sessions}
    if not bills or any(key not in sessions for key in bills):
        return None
    if any(session.status not in _OVER for session in told.values()):
        return None
    return sum((session.kwh for session in told.values()), Decimal(0))
