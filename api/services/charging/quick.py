"""The everyday report of a running charge, taken in with one or two statements instead of a unit of work (B1).

Most of what partners push says that a session goes on: some energy more, the same status. For these one statement
reads what is known, the rules of ``sessions``, ``meter``, ``running`` and the lifecycle machine decide as they do for
every report, and one statement writes all there is to write, if nobody changed anything in between. What this process
wrote itself the last time it need not read (``quick_memory.py``); where somebody else wrote meanwhile it does. Both
statements are for all reports that came together, each of another session. Whatever is not everyday (a new session, an
end, a charge to be stopped, a race) is left alone: ``False``, and the caller goes the long way through ``observe``. No
rule lives here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from api.domain.charging.facts import Timer
from api.domain.charging.lifecycle import advance
from api.domain.charging.orders import SetTimer
from api.domain.errors import AppError
from api.domain.pricing.periods import Reading
from api.domain.roaming.session import Session, SessionStatus
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.meter import new_readings, stamp
from api.services.charging.observe import nearly_used, session_facts
from api.services.charging.quick_memory import Known, Memory, known_of, seen_in
from api.services.charging.quick_statements import CALLER, READ, READINGS, SAID, SAY, WRITE, WRITTEN, arrays
from api.services.charging.running import follow, reprice
from api.services.roaming.documents import session_text
from api.services.roaming.keys import checked_id
from api.services.roaming.messages import Refusal, Said
from api.services.roaming.sessions import refusal_of
from api.services.work import StatementFailed, Statements

_WRITTEN_OF_CHARGE = ("id", "kwh", "charging_at", "metered_at", "energy_ended_at", "version")
_ONLY_THE_CLOCK = [SetTimer(Timer.METERING_STALE)]
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


@dataclass(slots=True)
class _Writes:
    """What is to be written of reports that came together, and what is known once it is; ``guessed``: from memory."""

    whole: list[dict[str, Any]] = field(default_factory=list)
    readings: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)


async def observe_everyday_reports(
    *, on: Statements, ports: Ports, reports: Sequence[Report], memory: Memory | None = None
) -> list[bool]:
    """Take reports of different sessions in, each if it is an everyday one; False: nothing was done.

    What was not taken is found out by trying it alone or by going the long way. Raises StatementFailed.
    """
    memory, writes = Memory() if memory is None else memory, _Writes()
    unread: list[tuple[Report, Known | None]] = []
    for report in reports:
        known = memory.take(report.key, report.partner.id, report.said.version)
        if known is None or not known.sure:
            unread.append((report, known))
        elif not _guess(ports, report, known, writes):
            unread.append((report, None))
    taken = await _take(on, ports, unread, memory, writes)
    again = [(report, None) for report in reports if report.key in writes.guessed and report.key not in taken]
    if again:
        taken |= await _take(on, ports, again, memory, _Writes())
    return [report.key in taken for report in reports]


def _guess(ports: Ports, report: Report, known: Known, writes: _Writes) -> bool:
    """Add what is to be written of a report, if its session is still as it is remembered; False: it must be read."""
    try:
        written = _weigh(ports, report, known, writes) is True
    except AppError:
        return False
    if written:
        writes.guessed.add(report.key)
    return written


async def _take(
    on: Statements, ports: Ports, unread: Sequence[tuple[Report, Known | None]], memory: Memory, writes: _Writes
) -> set[str]:
    """Read what must be read, write all that is to be written, and return what was."""
    if unread:
        asked = [_asked(report) for report, _ in unread]
        rows = {row["g_key"]: row for row in await on.all(READ, *arrays(CALLER | {"key": "", "wire": ""}, asked))}
        for report, known in unread:
            try:
                _look(ports, report, known, rows.get(report.key), writes)
            except AppError:
                continue  # whatever is wrong with it, the long way says so
    taken: set[str] = set()
    if writes.whole:
        for row in await on.all(WRITE, *arrays(WRITTEN, writes.whole), *arrays(READINGS, writes.readings)):
            key, known = row["key"], writes.known[row["key"]]
            known.seen = (row["seen"],) * 3
            memory.keep(key, known)
            taken.add(key)
    if writes.refused and await _said(on, writes.refused):
        taken |= {each["key"] for each in writes.refused}
    return taken


def _look(ports: Ports, report: Report, known: Known | None, row: Mapping[str, Any] | None, writes: _Writes) -> None:
    """Decide on a report by what was read: add what is to be written, or why it changes nothing, or nothing."""
    if row is None:
        return
    if known is not None and known.seen == seen_in(row):
        known.sure = True
    else:
        known = known_of(ports, row, report.partner.id, report.said.version)
    said = None if known is None else _weigh(ports, report, known, writes)
    if isinstance(said, Refusal):
        writes.refused.append(_told(report) | {"said": report.said.raw, "refusal": said})


def _asked(report: Report) -> dict[str, Any]:
    """Return what is asked about a report."""
    return _told(report) | {"roles": as_json(report.partner.roles), "token_hash": report.token_hash}


def _told(report: Report) -> dict[str, Any]:
    """Return what is kept of each report."""
    said = report.said
    told = {"key": report.key, "partner_id": report.partner.id, "now": report.now}
    return told | {"how": said.how, "wire": said.version}


async def _said(on: Statements, refused: Sequence[Mapping[str, Any]]) -> bool:
    """Keep messages that changed nothing; what is late now stays late, so nobody needs to be kept out."""
    try:
        await on.all(SAY, *arrays(SAID, refused))
    except StatementFailed:
        return False
    return True


def _weigh(ports: Ports, report: Report, known: Known, writes: _Writes) -> Refusal | bool:
    """Decide on a report and bring what is known up to it: True: it is to be written, or why it changes nothing."""
    session, raw = report.whole(known.session, known.raw)
    refusal = refusal_of(session, known.session, known.last_updated, report.moment)
    if refusal is not None:
        return refusal
    added = _added(known, session, ports, report.now)
    if added is None:
        return False
    writes.whole.append(_row(ports, report, known, session, raw))
    writes.readings += (
        {"of": report.key, "at": each.at, "kwh": each.energy_kwh, "charging": each.charging} for each in added
    )
    known.session, known.raw, known.last_updated = session, raw, report.moment
    writes.known[report.key] = known
    return True


def _row(ports: Ports, report: Report, known: Known, session: Session, raw: str) -> dict[str, Any]:
    """Return what is to be written of a report over what was known."""
    charge, now, said = known.charge, report.now, report.said
    s_seen, c_seen, t_seen = known.seen
    return {
        **{name: getattr(charge, name) for name in _WRITTEN_OF_CHARGE},
        "key": report.key,
        "roles": as_json(report.partner.roles),
        "token_hash": report.token_hash,
        "s_seen": s_seen,
        "c_seen": c_seen,
        "t_seen": t_seen,
        "partner_id": known.partner_id,
        "now": now,
        "how": said.how,
        "wire": said.version,
        "said": None if said.raw is raw else said.raw,
        "document": session_text(session),
        "raw": raw,
        "s_kwh": session.kwh,
        "last_updated": report.moment,
        "evse_uid": session.evse_uid,
        "token_uid": checked_id(session.cdr_token.uid),
        "running": as_json(charge.running),
        "running_state": as_json(charge.running_state),
        "due_at": now + ports.policy.timers[Timer.METERING_STALE],
        "news": f"{charge.id}:{charge.version}:{charge.driver_id}",
    }


def _added(known: Known, session: Session, ports: Ports, now: datetime) -> list[Reading] | None:
    """Bring a charge up to a report and return the new readings; None: there is more to it than an everyday report."""
    if session.status is not SessionStatus.ACTIVE:
        return None
    charge, last = known.charge, known.live.last
    added = new_readings(session, last)
    live = follow(charge, known.live, last, added)
    if live is None:
        return None
    known.live = live
    charge.kwh = (added[-1] if added else last).energy_kwh
    stamp(charge, session, now)
    if charge.unplugged_at is not None:
        return None
    if not reprice(policy=ports.policy, now=now, charge=charge, live=live, rule=known.rule):
        return None
    if nearly_used(charge, ports.policy.hold_stop_percent) or not _only_restarts_the_clock(known, session):
        return None
    charge.version += 1
    return added


def _only_restarts_the_clock(known: Known, session: Session) -> bool:
    """Say whether the lifecycle machine has nothing to do for a report but to wait anew for the next one."""
    state = known.state
    steps = [advance(state, each, known.policy) for each in session_facts(session, known.charge)]
    orders = [order for step in steps for order in step.orders]
    return orders == _ONLY_THE_CLOCK and all(step.state is state or step.state == state for step in steps)


def as_json(value: object) -> str | None:
    """Return a document as its column takes it on a plain connection."""
    return None if value is None else _encode(value).decode()
