"""Meter data of a running charge: what a partner's session tells becomes readings.

Does not live here: what they cost so far (``running``).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.periods import ChargingPeriod, Reading
from api.domain.pricing.running import Running
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.session import Session, SessionStatus
from api.models.charging import ChargingSession
from api.models.roaming import MeterReading, PartnerSessionRow
from api.services.charging.running import follow, last_reading, live_session
from api.services.roaming.documents import read_session

_FLOWING = (DimensionType.energy, DimensionType.time)
_PARKED = DimensionType.parking_time


def is_idle(period: ChargingPeriod) -> bool:
    """Say whether a period is parking only: plugged, with neither energy nor charging time in it."""
    parked = False
    for each in period.dimensions:
        if each.type in _FLOWING and each.volume > 0:
            return False
        parked = parked or each.type is _PARKED
    return parked


def readings_of(session: Session) -> list[Reading]:
    """Return the start of a session and each moment at which energy ended or flowed again, as its periods tell.

    Energy is what the periods up to there add up to; of a session that is idle now it is the session's own ``kwh``.
    """
    readings = [Reading(session.starts_at, session.kwh * 0, charging=True)]
    total = session.kwh * 0
    for period in sorted(session.charging_periods, key=lambda each: each.starts_at):
        if is_idle(period) == readings[-1].charging:
            at = max(period.starts_at, readings[-1].at)
            readings.append(Reading(at, min(total, session.kwh), charging=not is_idle(period)))
        total += sum(each.volume for each in period.dimensions if each.type is DimensionType.energy)
    if not readings[-1].charging:
        readings[-1] = replace(readings[-1], energy_kwh=session.kwh)
    return readings


def new_readings(session: Session, last: Reading | None, before: Decimal = Decimal(0)) -> list[Reading]:
    """Return what a session's report adds after the last known reading, never taking back: time and energy only grow.

    A turn of which we hear late is dated where we had come to, so that no reading contradicts an older one. ``before``
    is the energy of earlier sessions of the same charge: each session's own meter begins at nothing.
    """
    told = [replace(each, energy_kwh=each.energy_kwh + before) for each in readings_of(session)]
    added = [] if last else [told[0]]
    last = last or told[0]
    for turn in told[1:]:
        if turn.charging != last.charging and (turn.at > last.at or turn is told[-1]):
            energy = max(turn.energy_kwh, last.energy_kwh)
            last = replace(turn, at=max(turn.at, last.at), energy_kwh=energy)
            added.append(last)
    over = session.status is SessionStatus.COMPLETED
    moment = session.ended_at if over and session.ended_at else session.last_updated
    flowing = told[-1].charging and not over
    newest = Reading(max(moment, last.at), session.kwh + before, charging=flowing)
    if newest.energy_kwh > last.energy_kwh or (newest.energy_kwh == last.energy_kwh and last.charging):
        added.append(newest)
    return list({reading.at: reading for reading in added}.values())


async def note_meter(
    *, db: AsyncSession, now: datetime, charge: ChargingSession, session: Session, previous: Session | None = None
) -> Running | None:
    """Store what a report adds to the readings of its locked charge; return its live session, if it has a price.

    ``previous`` is the session before the report: where a live session is kept, it was the only one then.
    """
    if session.status in {SessionStatus.INVALID, SessionStatus.RESERVATION, SessionStatus.PENDING}:
        return None
    alone = charge.running_state is not None and previous is not None and previous.status is SessionStatus.ACTIVE
    live = await live_session(db=db, charge=charge)
    last = live.last if live else await last_reading(db=db, charge=charge)
    others = [] if alone else await other_sessions(db=db, charge=charge, session=session)
    added = new_readings(session, last, energy_before(session, others))
    await _store_readings(db, charge, added)
    live = follow(charge, live, last, added)
    if others:
        charge.running_state = None  # the short way knows of one session only: with several it is not to go on from it
    newest = added[-1] if added else last
    if newest is not None:
        charge.kwh = newest.energy_kwh
    stamp(charge, session, now)
    db.add(charge)
    return live


async def other_sessions(*, db: AsyncSession, charge: ChargingSession, session: Session) -> list[Session]:
    """Return the other sessions of a charge that charge or have charged."""
    query = select(PartnerSessionRow.document).where(
        PartnerSessionRow.charging_session_id == charge.id,
        func.upper(PartnerSessionRow.id) != session.id.upper(),
        col(PartnerSessionRow.status).in_((SessionStatus.ACTIVE, SessionStatus.COMPLETED)),
    )
    return [read_session(dict(document)) for document in (await db.exec(query)).all()]


def energy_before(session: Session, others: Iterable[Session]) -> Decimal:
    """Return what earlier sessions of the same charge delivered.

    Only those count whose last word is from before this one began: one that ran at the same time is the same energy
    told twice.
    """
    earlier = (each for each in others if (each.ended_at or each.last_updated) <= session.starts_at)
    return sum((each.kwh for each in earlier), Decimal(0))


async def _store_readings(db: AsyncSession, charge: ChargingSession, added: Iterable[Reading]) -> None:
    """Insert readings, replacing those of the same moment."""
    connection = await db.connection()
    for reading in added:
        changes = {"kwh": reading.energy_kwh, "charging": reading.charging}
        statement = insert(MeterReading).values(charging_session_id=charge.id, at=reading.at, **changes)
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["charging_session_id", "at"], set_=changes)
        )


def stamp(charge: ChargingSession, session: Session, now: datetime) -> None:
    """Date the charge by what the partner's session says."""
    charge.charging_at = charge.charging_at or session.starts_at
    if session.kwh > 0 or session.charging_periods:
        charge.metered_at = now
    over = session.status is SessionStatus.COMPLETED
    ended_at = session.ended_at or session.last_updated
    turn = readings_of(session)[-1]
    if turn.charging and not over:
        charge.energy_ended_at = None  # it flows, perhaps again
    elif charge.energy_ended_at is None:
        charge.energy_ended_at = ended_at if turn.charging else turn.at
    if over:
        charge.unplugged_at = charge.unplugged_at or ended_at
