"""How a partner does, from what it sent and answered: for the command line and pages; nothing is decided by it.

What was noted of exchanges is in ``traffic_store.py``. Delays are measured between our own stamps, but for those that
begin in the partner's clock: a CDR's from the end of the stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.exchange import Direction
from api.models.partner import Partner
from api.models.traffic import PartnerExchange, PartnerOddity, PartnerPush
from api.services.roaming.partners import partner_by_id

COMMANDS_SEEN = timedelta(days=7)
CDRS_SEEN = timedelta(days=30)
ERRORS_SEEN = timedelta(hours=1)
UNREADABLE = "unreadable"
EXCHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took: seconds, the median and what 95 of 100 stayed below."""

    count: int
    p50: int
    p95: int


@dataclass(frozen=True, slots=True)
class Errors:
    """Exchanges of the last hour and how many failed."""

    exchanges: int
    failures: int


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something odd about a partner's objects, how often and where first."""

    module: str
    code: str
    seen: int
    last_at: datetime
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartnerHealth:
    """How one partner does."""

    partner: Partner
    pushed_at: Mapping[str, datetime]
    """By module."""
    pulled_at: Mapping[str, datetime | None]
    """By module; the lag of a pull is what has passed since."""
    command_delays: Mapping[str, Delay]
    """From sending START_SESSION to ``answer``, ``result`` and ``session``."""
    cdr_delay: Delay | None
    errors: Mapping[str, Errors]
    """By direction."""
    tariff_errors: int
    oddities: tuple[Oddity, ...]
    open_findings: Mapping[str, int]
    """By reason: charges with the partner, and its sessions and CDRs of no charge."""


async def health_of(*, db: AsyncSession, now: datetime, partner_id: str) -> PartnerHealth:
    """Return how a partner does; raises UnknownPartner."""
    partner = await partner_by_id(db, partner_id)
    pushes = (await db.exec(select(PartnerPush).where(PartnerPush.partner_id == partner_id))).all()
    oddities = await _oddities(db, partner_id)
    modules = ("tariffs", "locations", "sessions", "cdrs")
    return PartnerHealth(
        partner=partner,
        pushed_at={push.module: push.last_at for push in sorted(pushes, key=lambda push: push.module)},
        pulled_at={module: getattr(partner, f"{module}_pulled_at") for module in modules},
        command_delays=await _command_delays(db, partner_id, now),
        cdr_delay=await _cdr_delay(db, partner_id, now),
        errors=await _errors(db, partner_id, now),
        tariff_errors=sum(odd.seen for odd in oddities if (odd.module, odd.code) == ("tariffs", UNREADABLE)),
        oddities=oddities,
        open_findings=await _findings(db, partner_id),
    )


async def last_exchanges(
    *, db: AsyncSession, partner_id: str | None, failed: bool, most: int = EXCHANGES_SHOWN
) -> list[PartnerExchange]:
    """Return the last exchanges with a partner, newest first; None: those with nobody we know."""
    mine = col(PartnerExchange.partner_id).is_not_distinct_from(partner_id)
    query = select(PartnerExchange).where(mine, PartnerExchange.failed == failed)
    return list((await db.exec(query.order_by(col(PartnerExchange.id).desc()).limit(most))).all())


async def _oddities(db: AsyncSession, partner_id: str) -> tuple[Oddity, ...]:
    """Return what was odd, the most frequent first."""
    query = select(PartnerOddity).where(PartnerOddity.partner_id == partner_id)
    rows = (await db.exec(query.order_by(col(PartnerOddity.seen).desc(), col(PartnerOddity.code)))).all()
    return tuple(Oddity(row.module, row.code, row.seen, row.last_at, tuple(row.samples)) for row in rows)


async def _command_delays(db: AsyncSession, partner_id: str, now: datetime) -> dict[str, Delay]:
    """Return how long the partner takes from START_SESSION to each of the three things that follow."""
    values = {"partner": partner_id, "since": now - COMMANDS_SEEN}
    delays = {}
    for name, until in _FOLLOWS.items():
        if (delay := await _delay(db, _COMMANDS.format(until=until), values)) is not None:
            delays[name] = delay
    return delays


async def _cdr_delay(db: AsyncSession, partner_id: str, now: datetime) -> Delay | None:
    """Return how long after a stay its CDR comes."""
    return await _delay(db, _CDRS, {"partner": partner_id, "since": now - CDRS_SEEN})


async def _delay(db: AsyncSession, seconds: str, values: Mapping[str, Any]) -> Delay | None:
    """Return the percentiles of a query of seconds, None where there are none."""
    connection = await db.connection()
    count, p50, p95 = (await connection.execute(text(_PERCENTILES.format(seconds=seconds)), values)).one()
    return Delay(count, round(p50), round(p95)) if count else None


async def _errors(db: AsyncSession, partner_id: str, now: datetime) -> dict[str, Errors]:
    """Return what failed within the last hour, in both directions."""
    connection = await db.connection()
    rows = await connection.execute(_ERRORS, {"partner": partner_id, "since": now - ERRORS_SEEN})
    found = {direction: Errors(exchanges, failures) for direction, exchanges, failures in rows}
    return {direction.value: found.get(direction.value, Errors(0, 0)) for direction in Direction}


async def _findings(db: AsyncSession, partner_id: str) -> dict[str, int]:
    """Return the open findings that concern a partner."""
    connection = await db.connection()
    return {row.reason: row.open for row in await connection.execute(_FINDINGS, {"partner": partner_id})}


_FOLLOWS = {
    "answer": "command.answered_at",
    "result": "command.result_at",
    "session": "(SELECT min(first_seen_at) FROM partner_session AS seen"
    " WHERE seen.charging_session_id = command.charging_session_id)",
}
_COMMANDS = (
    "SELECT extract(epoch FROM {until} - command.sent_at) AS seconds FROM command"
    " WHERE command.partner_id = :partner AND command.kind = 'start' AND command.sent_at >= :since"
)
_CDRS = (
    "SELECT extract(epoch FROM received_at - ended_at) AS seconds FROM cdr"
    " WHERE partner_id = :partner AND NOT credit AND received_at >= :since"
)
_PERCENTILES = (
    "SELECT count(seconds), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),"
    " percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) FROM ({seconds}) AS measured WHERE seconds IS NOT NULL"
)
_ERRORS = text(
    "SELECT direction, sum(exchanges), sum(failures) FROM partner_tally"
    " WHERE partner_id = :partner AND at >= :since GROUP BY direction"
)
_FINDINGS = text(
    "SELECT reason, count(*) AS open FROM mismatch WHERE resolved_at IS NULL AND (charging_session_id IN"
    " (SELECT id FROM charging_session WHERE partner_id = :partner)"
    " OR starts_with(subject, CAST(:partner AS text) || '/')) GROUP BY reason ORDER BY reason"
)
