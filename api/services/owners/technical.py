"""The technical story of one charge: commands and their answers, what the partner pushed, the meter; nobody's name.

For operators' agents, for owners, and for whoever has a link to it. Of what partners wrote only fields are read that
cannot hold anything personal, and their free words are scrubbed of addresses, numbers and tokens. Nothing of cards,
holds or what the driver was told is here: the page of our own staff has that (``services/console/timeline.py``).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.models.charging import ChargingSession
from api.models.roaming import MeterReading
from api.services.charging.advance import UnknownCharge
from api.services.roaming.commands import URL_WORDS

MOST = 500
"""Of readings, and of pushes: more tell nothing more."""
_SHOWN = frozenset(
    {
        ChargingStatus.STARTING,
        ChargingStatus.START_ACCEPTED,
        ChargingStatus.START_UNKNOWN,
        ChargingStatus.CHARGING,
        ChargingStatus.STOP_REQUESTED,
        ChargingStatus.STOP_ACCEPTED,
        ChargingStatus.IDLE,
        ChargingStatus.ENDED,
        ChargingStatus.START_FAILED,
    }
)
_EVENTS = text(
    "SELECT at, status, lag(status) OVER (ORDER BY id) AS before FROM charging_event"
    " WHERE charging_session_id = :charge ORDER BY id"
)
_COMMANDS = text(
    "SELECT kind, created_at, sent_at, answer, answer_message, answered_at, result, result_message, result_at"
    " FROM command WHERE charging_session_id = :charge ORDER BY created_at, id"
)
_SESSIONS = text("SELECT key, id, version, first_seen_at FROM partner_session WHERE charging_session_id = :charge")
_PUSHES = text(
    "SELECT m.received_at, m.how, m.raw, m.refusal FROM partner_message m JOIN partner_session s ON s.key = m.key"
    " WHERE s.charging_session_id = :charge AND m.module = 'sessions' ORDER BY m.id LIMIT :most"
)
_BILLS = text(
    "SELECT id, credit, received_at, total_energy_kwh, started_at, ended_at FROM cdr"
    " WHERE charging_session_id = :charge ORDER BY received_at, key"
)
_PERSONAL = re.compile(r"\S+@\S+|\+?\d[\d ()/-]{5,}\d|[A-Za-z0-9*-]*\d[A-Za-z0-9*-]{9,}")
_LONG = 160
_GOOD = frozenset({None, "accepted"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened."""

    at: datetime
    what: str
    told: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A charge as its operator may know it."""

    charger: str
    connector: str
    place: str
    status: str
    started_at: datetime
    kwh: Decimal
    failure: str | None
    stopped_by: str | None
    session_ids: tuple[str, ...]
    """The operator's own."""
    steps: tuple[Step, ...]
    readings: tuple[tuple[datetime, Decimal, bool], ...]


async def technical_story(*, db: AsyncSession, charge: ChargingSession) -> Story:
    """Return the story of a charge, its steps oldest first."""
    connection, said = await db.connection(), {"charge": charge.id, "most": MOST}
    steps: list[Step] = []
    for query, read in ((_EVENTS, _event), (_COMMANDS, _command), (_PUSHES, _push), (_BILLS, _bill)):
        for row in await connection.execute(query, said):
            steps += read(row)
    sessions = (await connection.execute(_SESSIONS, said)).all()
    steps += [Step(row.first_seen_at, "Session seen first", f"OCPI {row.version}, {row.id}") for row in sessions]
    metered = select(MeterReading).where(MeterReading.charging_session_id == charge.id)
    readings = (await db.exec(metered.order_by(col(MeterReading.at)).limit(MOST))).all()
    return Story(
        charger=str(charge.place.get("evse_id") or charge.evse_uid),
        connector=charge.connector_id,
        place=str(charge.place.get("name") or charge.place.get("address") or ""),
        status=charge.status if charge.status in _SHOWN else "over",
        started_at=charge.created_at,
        kwh=charge.kwh,
        failure=charge.failure_code,
        stopped_by=charge.stop_cause,
        session_ids=tuple(row.id for row in sessions),
        steps=tuple(sorted(steps, key=lambda step: step.at)),
        readings=tuple((each.at, each.kwh, each.charging) for each in readings),
    )


async def story_by_id(*, db: AsyncSession, charging_session_id: str) -> Story:
    """Return the story of any charge, for our own staff; raises UnknownCharge."""
    charge = await db.get(ChargingSession, charging_session_id)
    if charge is None:
        raise UnknownCharge("unknown_charge", charging_session_id=charging_session_id)
    return await technical_story(db=db, charge=charge)


def scrubbed(words: str | None) -> str:
    """Return somebody's free words without what could name a person: addresses, numbers, tokens."""
    return _PERSONAL.sub("…", words or "")[:_LONG]


def _event(row: Any) -> Iterable[Step]:
    if row.status != row.before and row.status in _SHOWN:
        yield Step(row.at, f"Charge {row.status.replace('_', ' ')}", bad=row.status == ChargingStatus.START_FAILED)


def _command(row: Any) -> Iterable[Step]:
    name = URL_WORDS.get(row.kind, row.kind)
    yield Step(row.sent_at or row.created_at, f"{name} {'sent' if row.sent_at else 'planned'}")
    for what, word, message, at in (
        ("answered", row.answer, row.answer_message, row.answered_at),
        ("result", row.result, row.result_message, row.result_at),
    ):
        if at is not None:
            told = ": ".join(filter(None, ((word or "").replace("_", " "), scrubbed(message))))
            yield Step(at, f"{name} {what}", told, bad=word not in _GOOD)


def _push(row: Any) -> Iterable[Step]:
    """Tell a push by its status and its meter alone: the rest may name somebody."""
    told = _fields(row.raw)
    if row.refusal is not None:
        told = f"{told}; not taken: {row.refusal.replace('_', ' ')}".removeprefix("; ")
    yield Step(row.received_at, f"Session {row.how} by the partner", told, bad=row.refusal is not None)


def _fields(raw: str) -> str:
    try:
        document = json.loads(raw)
    except ValueError:
        return "unreadable"
    said = document if isinstance(document, dict) else {}
    found = {name: said[name] for name in ("status", "kwh") if isinstance(said.get(name), str | int | float)}
    return ", ".join(f"{name} {str(value)[:20]}" for name, value in found.items())


def _bill(row: Any) -> Iterable[Step]:
    told = f"{row.total_energy_kwh:.3f} kWh, {row.started_at:%H:%M} to {row.ended_at:%H:%M}, {row.id}"
    yield Step(row.received_at, "Credit CDR arrived" if row.credit else "CDR arrived", told)
