"""The forecast of open holds, from the running prices and from how long each partner's CDRs took before."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import BEFORE_START, BILLING, NO_CHARGE, RUNNING, STARTING
from api.domain.finance.forecast import Delays, OpenHold, Outlook, Phase, outlook_of
from api.services.console.hold_filter import OPEN_HOLD

MOST = 20_000
"""More open holds than this are not all looked at: those that end first are."""
SHOWN = 10
_HISTORY = 200
"""So many of a partner's newest CDRs say how long its next ones take."""
_GIVEN_UP, _LOOKED_BACK = timedelta(days=7), timedelta(days=60)
_HOLDS = text(
    "SELECT h.charging_session_id, h.currency, h.authorized_minor, h.captured_minor, h.created_at, h.capture_before,"  # noqa: S608 - our own words
    " c.partner_id, c.status, c.owed_minor, c.running ->> 'total_minor' AS running,"
    " coalesce(c.unplugged_at, c.energy_ended_at) AS ended_at"
    " FROM hold h JOIN charging_session c ON c.id = h.charging_session_id"
    f" WHERE h.psp = 'stripe' AND {OPEN_HOLD} AND h.currency = :currency"
    f" ORDER BY h.capture_before NULLS LAST, h.id LIMIT {MOST}"
)
_DELAYS = text(
    "SELECT p.id, p.name, ARRAY(SELECT greatest(extract(epoch FROM b.received_at - b.ended_at), 0)::bigint FROM cdr b"  # noqa: S608 - our own words
    f" WHERE b.partner_id = p.id AND NOT b.credit ORDER BY b.received_at DESC LIMIT {_HISTORY}) AS seconds"
    " FROM partner p"
)
_NEVER = text(
    "SELECT c.partner_id, count(*) AS bills FROM charging_session c WHERE c.created_at BETWEEN :since AND :until"
    " AND c.charging_at IS NOT NULL AND coalesce(c.unplugged_at, c.energy_ended_at) < :until"
    " AND NOT EXISTS (SELECT 1 FROM cdr WHERE cdr.charging_session_id = c.id) GROUP BY 1"
)


@dataclass(frozen=True, slots=True)
class PartnerRisk:
    """What a partner's history means for the open holds at its chargers."""

    partner_id: str
    name: str
    holds: int
    in_danger: int
    loss_minor: int
    median_delay: timedelta | None
    late_after_a_day: int
    """Of hundred CDRs, how many take longer than a day or never come."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """All open holds of one currency."""

    currency: str
    holds: int
    expected_minor: int
    unpriced: int
    """Holds of charges without a known price."""
    beyond_minor: int
    in_danger: int
    loss_minor: int
    worst: list[Outlook]
    """The holds with most to lose."""
    partners: list[PartnerRisk]
    partial: bool
    """Not all open holds were looked at."""


async def forecast(*, db: AsyncSession, now: datetime, currency: str) -> Forecast:
    """Return what the open holds of a currency will probably bring."""
    connection = await db.connection()
    said = {"since": now - _LOOKED_BACK, "until": now - _GIVEN_UP}
    never = {row.partner_id: row.bills for row in await connection.execute(_NEVER, said)}
    partners = {
        row.id: (row.name, Delays(tuple(sorted(row.seconds)), never.get(row.id, 0)))
        for row in await connection.execute(_DELAYS)
    }
    rows = (await connection.execute(_HOLDS, {"currency": currency})).all()
    outlooks = [outlook_of(_hold(row), partners[row.partner_id][1], now) for row in rows]
    return Forecast(
        currency=currency,
        holds=len(outlooks),
        expected_minor=sum(each.expected_minor or 0 for each in outlooks),
        unpriced=sum(each.expected_minor is None for each in outlooks),
        beyond_minor=sum(each.beyond_minor for each in outlooks),
        in_danger=sum(each.in_danger for each in outlooks),
        loss_minor=sum(each.loss_minor for each in outlooks),
        worst=sorted((each for each in outlooks if each.in_danger), key=lambda each: -each.loss_minor)[:SHOWN],
        partners=_by_partner(outlooks, partners),
        partial=len(rows) == MOST,
    )


def _by_partner(outlooks: list[Outlook], partners: Mapping[str, tuple[str, Delays]]) -> list[PartnerRisk]:
    """Return the partners that holds are open at, the one with most to lose first."""
    of: dict[str, list[Outlook]] = defaultdict(list)
    for each in outlooks:
        of[each.hold.partner_id].append(each)
    found = []
    for partner_id, theirs in of.items():
        name, delays = partners[partner_id]
        late = round(delays.later_than(timedelta(days=1)) * 100)
        danger, loss = sum(each.in_danger for each in theirs), sum(each.loss_minor for each in theirs)
        found.append(PartnerRisk(partner_id, name, len(theirs), danger, loss, delays.median(), late))
    return sorted(found, key=lambda each: (-each.loss_minor, each.name))[:SHOWN]


def _hold(row: Any) -> OpenHold:
    cost = row.owed_minor if row.owed_minor is not None else row.running
    return OpenHold(
        charge_id=row.charging_session_id,
        partner_id=row.partner_id,
        currency=row.currency,
        held_minor=row.authorized_minor - row.captured_minor,
        cost_minor=None if cost is None else int(cost),
        phase=_phase(row.status),
        placed_at=row.created_at,
        ended_at=row.ended_at,
        capture_before=row.capture_before,
    )


def _phase(status: str) -> Phase:
    """Return how far a charge has come."""
    for statuses, phase in (
        (NO_CHARGE, Phase.NOTHING),
        (BEFORE_START | STARTING, Phase.STARTING),
        (RUNNING, Phase.RUNNING),
        (BILLING, Phase.BILLED),
    ):
        if status in statuses:
            return phase
    return Phase.AWAITING_CDR
