"""The everyday report of a running charge, taken in with two statements instead of a unit of work (performance.md B1).

Most of what partners push says that a session goes on: some energy more, the same status. For these one statement
reads what is known, the rules of ``sessions``, ``meter``, ``running`` and the lifecycle machine decide as they do for
every report, and one statement writes all there is to write, if nobody changed anything in between. Both do so for all
reports that came together, each of another session. Whatever is not everyday (a new session, an end, a charge to be
stopped, a race) is left alone: ``False``, and the caller goes the long way through ``observe``. No rule lives here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

import msgspec

from api.domain.charging.facts import Timer
from api.domain.charging.lifecycle import advance
from api.domain.charging.orders import SetTimer
from api.domain.errors import AppError
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.session import Session, SessionStatus
from api.models.charging import ChargingSession
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.meter import new_readings, stamp
from api.services.charging.observe import nearly_used, session_facts
from api.services.charging.quick_statements import (
    CALLER,
    CHARGE,
    DOCUMENTS,
    READ,
    READINGS,
    SAID,
    SAY,
    WRITE,
    WRITTEN,
    arrays,
)
from api.services.charging.running import follow, kept_session, reprice
from api.services.charging.stored_state import machine_policy, state_of
from api.services.roaming.documents import session_of_text, session_text
from api.services.roaming.keys import checked_id
from api.services.roaming.messages import Said
from api.services.roaming.sessions import refusal_of
from api.services.work import StatementFailed, Statements

_WRITTEN_OF_CHARGE = ("id", "kwh", "charging_at", "metered_at", "energy_ended_at", "version")
_FROZEN = frozenset({"tariff", "retail", "place"})
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Report:
    """A report as far as it can be read without what is known: whose it is, what was said, and how to read the rest.

    ``whole`` turns the session that we hold and its JSON into the session and JSON that the report makes of them.
    ``moment`` is when the partner dates it. ``partner`` may be out of date: ``token_hash`` is checked with the rest.
    """

    partner: Partner
    token_hash: str
    now: datetime
    key: str
    said: Said
    moment: datetime
    whole: Callable[[Session, str], tuple[Session, str]]


async def observe_everyday_reports(*, on: Statements, ports: Ports, reports: Sequence[Report]) -> list[bool]:
    """Take reports of different sessions in, each if it is an everyday one; False: nothing was done.

    What was not taken is found out by trying it alone or by going the long way. Raises StatementFailed.
    """
    rows = await on.all(READ, *arrays(CALLER | {"key": "", "wire": ""}, [_asked(each) for each in reports]))
    known = {row["g_key"]: row for row in rows}
    writes: list[dict[str, Any]] = []
    readings: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for report in reports:
        row = known.get(report.key)
        if row is None:
            continue
        try:
            _weigh(ports, report, row, writes, readings, refused)
        except AppError:
            continue  # whatever is wrong with it, the long way says so
    taken: set[str] = set()
    if writes:
        rows = await on.all(WRITE, *arrays(WRITTEN, writes), *arrays(READINGS, readings))
        taken |= {row["key"] for row in rows}
    if refused and await _said(on, refused):
        taken |= {each["key"] for each in refused}
    return [report.key in taken for report in reports]


def _asked(report: Report) -> dict[str, Any]:
    """Return what is asked about a report."""
    return {
        "partner_id": report.partner.id,
        "roles": as_json(report.partner.roles),
        "token_hash": report.token_hash,
        "now": report.now,
        "key": report.key,
        "wire": report.said.version,
    }


async def _said(on: Statements, refused: Sequence[Mapping[str, Any]]) -> bool:
    """Keep messages that changed nothing; what is late now stays late, so nobody needs to be kept out."""
    try:
        await on.all(SAY, *arrays(SAID, refused))
    except StatementFailed:
        return False
    return True


def _weigh(
    ports: Ports,
    report: Report,
    row: Mapping[str, Any],
    writes: list[dict[str, Any]],
    readings: list[dict[str, Any]],
    refused: list[dict[str, Any]],
) -> None:
    """Decide on a report: add what is to be written of it, or why it changes nothing, or nothing."""
    said, now = report.said, report.now
    told = {"key": report.key, "partner_id": report.partner.id, "now": now, "how": said.how, "wire": said.version}
    told |= {"said": said.raw}
    previous = session_of_text(row["s_document"])
    session, raw = report.whole(previous, row["s_raw"])
    refusal = refusal_of(session, previous, row["s_last_updated"], report.moment)
    if refusal is not None:
        refused.append(told | {"refusal": refusal})
        return
    charge = _charge_of(row)
    tariff = None if row["tariff"] is None else _tariff(row["tariff"])
    last = None if tariff is None else _last_of(charge, session, tariff, ports, now)
    if last is None:
        return
    told |= {"s_seen": row["s_seen"], "c_seen": row["c_seen"], "t_seen": row["t_seen"]}
    told |= {"document": session_text(session), "raw": raw, "s_kwh": session.kwh, "last_updated": report.moment}
    told |= {"evse_uid": session.evse_uid, "token_uid": checked_id(session.cdr_token.uid)}
    told |= {"running": as_json(charge.running), "running_state": as_json(charge.running_state)}
    told |= {name: getattr(charge, name) for name in _WRITTEN_OF_CHARGE}
    told |= {"due_at": now + ports.policy.timers[Timer.METERING_STALE]}
    told |= {"news": f"{charge.id}:{charge.version}:{charge.driver_id}"}
    writes.append(told)
    readings += ({"of": report.key, "at": at, "kwh": kwh, "charging": flows} for at, kwh, flows in last)


def _last_of(
    charge: ChargingSession, session: Session, tariff: Tariff, ports: Ports, now: datetime
) -> list[tuple[datetime, Decimal, bool]] | None:
    """Bring a charge up to a report and return the new readings; None: there is more to it than an everyday report."""
    if session.status is not SessionStatus.ACTIVE:
        return None
    live = kept_session(charge, tariff)
    if live is None:
        return None
    last = live.last
    added = new_readings(session, last)
    live = follow(charge, live, last, added)
    if live is None:
        return None
    charge.kwh = (added[-1] if added else last).energy_kwh
    stamp(charge, session, now)
    if charge.unplugged_at is not None or not reprice(policy=ports.policy, now=now, charge=charge, live=live):
        return None
    if nearly_used(charge, ports.policy.hold_stop_percent):
        return None
    if not _only_restarts_the_clock(charge, session, ports):
        return None
    charge.version += 1
    return [(each.at, each.energy_kwh, each.charging) for each in added]


def _only_restarts_the_clock(charge: ChargingSession, session: Session, ports: Ports) -> bool:
    """Say whether the lifecycle machine has nothing to do for a report but to wait anew for the next one."""
    state, policy = state_of(charge), machine_policy(ports.policy, charge.currency)
    facts = session_facts(session, charge)
    steps = [advance(state, each, policy) for each in facts]
    orders = [order for step in steps for order in step.orders]
    return all(step.state == state for step in steps) and orders == [SetTimer(Timer.METERING_STALE)]


class _Charge:
    """A charge as far as it was read: it has what the rules look at, and belongs to no unit of work."""

    __slots__ = CHARGE


def _charge_of(row: Mapping[str, Any]) -> ChargingSession:
    """Return a charge as far as it was read."""
    charge: Any = _Charge()
    for name in CHARGE:
        setattr(charge, name, row[name])
    for name in DOCUMENTS:
        value = row[name]
        if value is not None:
            setattr(charge, name, _frozen(value) if name in _FROZEN else msgspec.json.decode(value))
    return cast("ChargingSession", charge)


@lru_cache(maxsize=1000)
def _frozen(text: str) -> Any:
    """Return a document that nobody changes: one that charges share, or that stays as it was at their start."""
    return msgspec.json.decode(text)


@lru_cache(maxsize=1000)
def _tariff(text: str) -> Tariff | None:
    """Return the tariff of a snapshot, the same one for all that have this very text; None for a broken one."""
    try:
        return tariff_from_json(_frozen(text))
    except PricingRefused:
        return None


def as_json(value: object) -> str | None:
    """Return a document as its column takes it on a plain connection."""
    return None if value is None else _encode(value).decode()
