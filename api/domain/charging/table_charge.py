"""From the first sign of a session until it is over at the charger: metering, stopping, idling, unplugging.

Energy stopped is not unplugged: parking may cost until the cable is out, so the driver is reminded until there is
evidence. Answers to OCPI ``mod_sessions`` and to STOP_SESSION of ``mod_commands``: an accepted stop is a promise, not
an effect. Does not live here: sessions nobody waits for (``table_start.py``), the bill (``table_bill.py``).
"""

from api.domain.charging.facts import (
    EnergyEnded,
    EnergyResumed,
    HoldNearlyUsed,
    SessionInvalidated,
    SessionSeen,
    StopAccepted,
    StopCause,
    StopConfirmed,
    StopFailed,
    Timer,
    TimerFired,
    Unplugged,
)
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    Finding,
    Message,
    Order,
    PullSession,
    SetTimer,
    TellDriver,
)
from api.domain.charging.state import (
    BILLING,
    RUNNING,
    STOPPING,
    ChargingState,
    ChargingStatus,
    HoldStatus,
    Metering,
    Policy,
)
from api.domain.charging.table import STAY, Advance, Table, go, then
from api.domain.charging.table_coupling import order_stop, take_estimate

_C = ChargingStatus
_OURS = (StopCause.NO_SESSION_WANTED, StopCause.HOLD_LIMIT)
"""Stops that nobody but us wants: nobody else will try again."""


# --- metering -------------------------------------------------------------------------------------------------------


def _reported(state: ChargingState, fact: SessionSeen, _policy: Policy) -> Advance:
    """Meter data came: restart the clock. This restart is the one order that a repeated report gives again."""
    if not fact.metered:
        return go(state)
    return go(state, SetTimer(Timer.METERING_STALE), metering=Metering.LIVE)


def _meter_silent(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    return go(state, PullSession(), SetTimer(Timer.METERING_STALE), metering=Metering.STALE)


def _idle_silent(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    """Nothing was heard of an idle charge: perhaps its operator cannot push, and the cable is out by now."""
    return go(state, PullSession(), SetTimer(Timer.METERING_STALE))


# --- stopping -------------------------------------------------------------------------------------------------------


def _stop(state: ChargingState, _fact: StopConfirmed, _policy: Policy) -> Advance:
    return order_stop(state, StopCause.DRIVER)


def _stop_in_time(state: ChargingState, _fact: HoldNearlyUsed, _policy: Policy) -> Advance:
    if state.stop_cause in _OURS or state.stop_sent:
        return go(state)  # the stop was tried already; its own clock tries again
    return order_stop(state, StopCause.HOLD_LIMIT, TellDriver(Message.CHARGE_STOPPED, "hold_limit"))


def _stop_taken(state: ChargingState, _fact: StopAccepted, _policy: Policy) -> Advance:
    return go(state, SetTimer(Timer.STOP_RESULT), status=_C.STOP_ACCEPTED, stop_sent=True)


def _stop_failed(state: ChargingState, fact: StopFailed, policy: Policy) -> Advance:
    return _charge_goes_on(state, fact.code, policy)


def _stop_without_effect(state: ChargingState, _fact: TimerFired, policy: Policy) -> Advance:
    pulled = go(state, PullSession())
    return then(pulled, lambda after, _: _charge_goes_on(after, "no_effect", policy), policy=policy)


def _charge_goes_on(state: ChargingState, code: str, policy: Policy) -> Advance:
    """Tell the driver; a stop that only we want is tried again when its clock fires, a bounded number of times."""
    failures = state.stop_failures + 1
    ours = state.stop_cause in _OURS
    orders: list[Order] = [TellDriver(Message.STOP_FAILED, code)]
    if ours or failures > 1:
        orders.append(AskFinance(Finding.STOP_FAILED))
    again = ours and failures < policy.stop_attempts
    orders.append(SetTimer(Timer.STOP_RESULT) if again else CancelTimer(Timer.STOP_RESULT))
    cause = state.stop_cause if ours else None
    return go(state, *orders, status=_C.CHARGING, stop_sent=False, stop_cause=cause, stop_failures=failures)


def _stop_again(state: ChargingState, _fact: TimerFired, policy: Policy) -> Advance:
    if state.stop_cause not in _OURS or state.stop_failures >= policy.stop_attempts:
        return go(state)
    return order_stop(state, state.stop_cause)


def _idle_stop_failed(state: ChargingState, fact: StopFailed, _policy: Policy) -> Advance:
    """Energy has ended anyway; unplugging is what helps."""
    if not state.stop_sent:
        return go(state)
    return go(state, TellDriver(Message.STOP_FAILED, fact.code), stop_sent=False)


def _idle_stop_unanswered(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    return go(state, stop_sent=False)


def _too_long(state: ChargingState, _fact: TimerFired, policy: Policy) -> Advance:
    """No charge takes this long: stop it, even if a stop is out already, and let finance look."""
    asked = go(state, AskFinance(Finding.SESSION_TOO_LONG), stop_sent=False)
    return then(asked, lambda after, _: order_stop(after, StopCause.NO_SESSION_WANTED), policy=policy)


# --- energy and cable -----------------------------------------------------------------------------------------------


def energy_ended(state: ChargingState, fact: EnergyEnded, _policy: Policy) -> Advance:
    """Energy stopped while plugged: remind the driver until there is evidence that the cable is out."""
    orders = (TellDriver(Message.UNPLUG), SetTimer(Timer.UNPLUG_REMINDER), SetTimer(Timer.METERING_STALE))
    return go(state, *orders, status=_C.IDLE, stop_cause=_cause(state, fact.cause))


def _remind(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    return go(state, TellDriver(Message.UNPLUG), SetTimer(Timer.UNPLUG_REMINDER))


def _energy_resumed(state: ChargingState, _fact: EnergyResumed, policy: Policy) -> Advance:
    ours = state.stop_cause in _OURS
    cause = state.stop_cause if ours else None
    resumed = go(state, SetTimer(Timer.METERING_STALE), status=_C.CHARGING, stop_sent=False, stop_cause=cause)
    if state.stop_cause not in _OURS:
        return resumed
    again = state.stop_cause
    return then(resumed, lambda after, _: order_stop(after, again), policy=policy)


def unplugged(state: ChargingState, fact: Unplugged, _policy: Policy) -> Advance:
    """The session is over at the charger; from here on only the bill is missing."""
    orders = (TellDriver(Message.CHARGE_ENDED), SetTimer(Timer.CDR_OVERDUE))
    return go(state, *orders, status=_C.ENDED, session_seen=True, stop_cause=_cause(state, fact.cause))


def _cause(state: ChargingState, cause: StopCause) -> StopCause:
    return cause if state.stop_cause in (None, StopCause.UNKNOWN) else state.stop_cause


# --- the hold is about to lapse -------------------------------------------------------------------------------------


def _hold_lapses(state: ChargingState, fact: TimerFired, policy: Policy) -> Advance:
    """Take what is known, and stop what nothing will secure from now on."""
    if state.hold is not HoldStatus.PLACED:
        return go(state)
    taken = take_estimate(state, fact.estimate, policy)
    told = TellDriver(Message.CHARGE_STOPPED, "hold_ended")
    return then(taken, lambda after, _: order_stop(after, StopCause.HOLD_LIMIT, told), policy=policy)


def _hold_lapses_while_stopping(state: ChargingState, fact: TimerFired, policy: Policy) -> Advance:
    return take_estimate(state, fact.estimate, policy)


# --- the table ------------------------------------------------------------------------------------------------------

_OVER = BILLING | {_C.ENDED}

CHARGE: Table[ChargingStatus] = Table()
"""(charging status, event) -> step, while a session is open, and the stale news of it afterwards."""

CHARGE.on({_C.CHARGING} | STOPPING, SessionSeen, _reported)
CHARGE.when({_C.CHARGING} | STOPPING, Timer.METERING_STALE, _meter_silent)
CHARGE.on((_C.IDLE,), SessionSeen, _reported)  # an open session without energy: EnergyResumed says when that changes
CHARGE.when((_C.IDLE,), Timer.METERING_STALE, _idle_silent)

CHARGE.on((_C.CHARGING,), StopConfirmed, _stop, _C.STOP_REQUESTED)
CHARGE.on((_C.IDLE,), StopConfirmed, _stop)
CHARGE.ignore(STOPPING, StopConfirmed)
CHARGE.on((_C.CHARGING,), HoldNearlyUsed, _stop_in_time, STAY, _C.STOP_REQUESTED)
CHARGE.on((_C.IDLE,), HoldNearlyUsed, _stop_in_time)
CHARGE.ignore(STOPPING, HoldNearlyUsed)
CHARGE.on((_C.CHARGING, _C.STOP_REQUESTED), StopAccepted, _stop_taken, _C.STOP_ACCEPTED)
CHARGE.ignore((_C.STOP_ACCEPTED, _C.IDLE), StopAccepted)
CHARGE.on(STOPPING, StopFailed, _stop_failed, _C.CHARGING)
CHARGE.on((_C.IDLE,), StopFailed, _idle_stop_failed)
CHARGE.ignore((_C.CHARGING,), StopFailed)
CHARGE.when(STOPPING, Timer.STOP_RESULT, _stop_without_effect, _C.CHARGING)
CHARGE.when((_C.CHARGING,), Timer.STOP_RESULT, _stop_again, STAY, _C.STOP_REQUESTED)
CHARGE.when((_C.IDLE,), Timer.STOP_RESULT, _idle_stop_unanswered)
CHARGE.when({_C.CHARGING} | STOPPING, Timer.SESSION_TOO_LONG, _too_long, _C.STOP_REQUESTED)
CHARGE.when((_C.IDLE,), Timer.SESSION_TOO_LONG, _too_long)

CHARGE.on({_C.CHARGING} | STOPPING, EnergyEnded, energy_ended, _C.IDLE)
CHARGE.ignore((_C.IDLE,), EnergyEnded)
CHARGE.on((_C.IDLE,), EnergyResumed, _energy_resumed, _C.CHARGING, _C.STOP_REQUESTED)
CHARGE.ignore({_C.CHARGING} | STOPPING, EnergyResumed)
CHARGE.when((_C.IDLE,), Timer.UNPLUG_REMINDER, _remind)
CHARGE.on(RUNNING, Unplugged, unplugged, _C.ENDED)

CHARGE.when((_C.CHARGING,), Timer.HOLD_EXPIRY_NEAR, _hold_lapses, STAY, _C.STOP_REQUESTED)
CHARGE.when((_C.IDLE,), Timer.HOLD_EXPIRY_NEAR, _hold_lapses)
CHARGE.when(STOPPING | {_C.ENDED, _C.NEEDS_FINANCE}, Timer.HOLD_EXPIRY_NEAR, _hold_lapses_while_stopping)

# The end was seen, or the bill told of it: what else the partner says about the session is old news.
CHARGE.ignore(_OVER, SessionSeen, HoldNearlyUsed, EnergyEnded, EnergyResumed, Unplugged, StopAccepted, StopFailed)
CHARGE.ignore(BILLING, SessionInvalidated)
