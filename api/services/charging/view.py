"""A charge as its driver sees it: everything the app shows, computed once, so that faces only rename."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from api.domain.charging.facts import StopCause
from api.domain.charging.guide import (
    QUIET_BEFORE_HINT,
    STEPS,
    Guide,
    Hint,
    StartSequence,
    guide_of,
    may_be_scheduled,
    stopped_by_itself,
)
from api.domain.charging.lifecycle import accepts_cancel, accepts_stop, needs_unplug
from api.domain.charging.state import FINAL, ChargingStatus, HoldStatus, Metering
from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.services.charging.guidance import WAITING
from api.services.charging.learn import BILL, READING, START, STOP, STOP_ASKED_AT, expected_at
from api.services.charging.stored_state import state_of

_FAST = {ChargingStatus.AWAITING_HOLD, ChargingStatus.STARTING, ChargingStatus.START_ACCEPTED}
_STOPPING = {ChargingStatus.STOP_REQUESTED, ChargingStatus.STOP_ACCEPTED}
RELEASE_USUALLY, RELEASE_LATEST = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ChargeView:
    """What the app shows of one charge. Money in minor units of ``currency``, energy in Wh, durations in seconds."""

    row: ChargingSession
    status: str
    metering: str
    metering_age_seconds: int | None
    energy_wh: int
    seconds: int | None
    """Since the session was seen, to the unplugging or now."""
    running_minor: int | None
    """Cost so far, tax included where known; None: no price is known."""
    running_at: str | None
    final_minor: int | None
    hold: dict[str, Any]
    guide: Guide
    guide_total: int
    start_sequence: StartSequence
    usually_s: int | None
    """How long the present wait usually is here; None: not learned, or nothing is waited for."""
    expected_at: datetime | None
    hints: tuple[Hint, ...]
    stopped_by_itself: bool
    unplug_required: bool
    can_stop: bool
    can_cancel: bool
    final: bool
    poll_after_s: int


def charge_view(row: ChargingSession, hold: HoldRow | None, now: datetime) -> ChargeView:
    """Return what the driver sees at ``now``."""
    status = ChargingStatus(row.status)
    state = state_of(row)
    sequence = StartSequence(row.guidance.get("start_sequence", StartSequence.UNKNOWN))
    usually_s, expected = _wait(row, status)
    running = row.running or {}
    return ChargeView(
        row=row,
        status=row.status,
        metering=row.metering,
        metering_age_seconds=metering_age(row, now),
        energy_wh=int((row.kwh * Decimal(1000)).to_integral_value()),
        seconds=charging_seconds(row, now),
        running_minor=running.get("total_minor"),
        running_at=running.get("at"),
        final_minor=row.owed_minor if row.driver_price else None,
        hold=_hold_view(row, hold),
        guide=guide_of(status, sequence, plugged="plugged_at" in row.guidance),
        guide_total=len(STEPS),
        start_sequence=sequence,
        usually_s=usually_s,
        expected_at=expected,
        hints=_hints(row, status, now),
        stopped_by_itself=stopped_by_itself(status, StopCause(row.stop_cause) if row.stop_cause else None),
        unplug_required=needs_unplug(state),
        can_stop=accepts_stop(state),
        can_cancel=accepts_cancel(state),
        final=row.final_at is not None,
        poll_after_s=_poll_after(status),
    )


def metering_age(row: ChargingSession, now: datetime) -> int | None:
    """Return how old the last reading is, in whole seconds."""
    return _seconds(now, row.metered_at)


def charging_seconds(row: ChargingSession, now: datetime) -> int | None:
    """Return how long the session lasts or lasted, in whole seconds."""
    return _seconds(row.unplugged_at or now, row.charging_at)


def differs_from(row: ChargingSession, now: datetime) -> datetime | None:
    """Return from when on the view says something else though nothing changed, seconds that pass aside."""
    if not may_be_scheduled(ChargingStatus(row.status), row.kwh, QUIET_BEFORE_HINT) or row.charging_at is None:
        return None
    then = row.charging_at + QUIET_BEFORE_HINT
    return then if then > now else None


def _wait(row: ChargingSession, status: ChargingStatus) -> tuple[int | None, datetime | None]:
    """Return how long what is waited for usually takes here, and when it is usually over."""
    waits: dict[str, datetime | None] = {}
    if status in WAITING:
        waits = {START: row.created_at}
    elif status is ChargingStatus.CHARGING and row.metering == Metering.PENDING:
        waits = {READING: row.charging_at}
    elif status in _STOPPING:
        asked_at = row.guidance.get(STOP_ASKED_AT)
        waits = {STOP: None if asked_at is None else datetime.fromisoformat(asked_at)}
    elif status is ChargingStatus.ENDED:
        waits = {BILL: row.freed_at}
    for kind, since in waits.items():
        usually_s = row.guidance.get("usual", {}).get(kind, {}).get("usual_s")
        return usually_s, expected_at(since, row.guidance, kind)
    return None, None


def _hints(row: ChargingSession, status: ChargingStatus, now: datetime) -> tuple[Hint, ...]:
    """Return what may be wrong."""
    found = []
    if status in WAITING and "wrong_connector" in row.guidance:
        found.append(Hint.WRONG_CONNECTOR)
    if may_be_scheduled(status, row.kwh, None if row.charging_at is None else now - row.charging_at):
        found.append(Hint.VEHICLE_SCHEDULE)
    return tuple(found)


def _poll_after(status: ChargingStatus) -> int:
    """Return how many seconds the app may wait: short while something is about to happen, long when it is over."""
    if status in _FAST:
        return 1
    if status in FINAL:
        return 60
    return 2 if status in {ChargingStatus.STOP_REQUESTED, ChargingStatus.SETTLING} else 10


def _seconds(until: datetime, since: datetime | None) -> int | None:
    """Return whole seconds between two moments, never negative."""
    return None if since is None else max(0, int((until - since).total_seconds()))


def _hold_view(row: ChargingSession, hold: HoldRow | None) -> dict[str, Any]:
    """Return the hold as the driver sees it: amounts, card and when the bank should show the rest as free."""
    view: dict[str, Any] = {
        "amount_minor": row.hold_minor,
        "currency": row.currency,
        "status": row.hold_status,
        "passed_on_to": row.hold_passed_to,
    }
    if hold is None:
        return view
    released = hold.status in {HoldStatus.CAPTURED, HoldStatus.RELEASED, HoldStatus.EXPIRED}
    return view | {
        "id": hold.id,
        "authorized_minor": hold.authorized_minor,
        "captured_minor": hold.captured_minor,
        "released_minor": hold.released_minor,
        "card_brand": hold.card_brand,
        "card_last4": hold.card_last4,
        "capture_before": hold.capture_before,
        "client_secret": hold.client_secret if hold.status == HoldStatus.NEEDS_ACTION else None,
        "released_at": hold.updated_at if released else None,
        "expected_by": hold.updated_at + RELEASE_USUALLY if released else None,
        "latest_by": hold.updated_at + RELEASE_LATEST if released else None,
    }
