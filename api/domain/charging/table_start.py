"""From the tap to a session, or to the certainty that there is none.

Holds the steps of charging progress before a session is seen, and what happens when a session turns up that nobody
waits for. Answers to OCPI ``mod_commands`` (START_SESSION): its response, its later result and the session itself come
in any order, twice or never, and the session beats the result, which beats the response (ocpi#392, ocpi#475).
"""

from api.domain.charging.facts import (
    BegunAtPost,
    DriverCanceled,
    EnergyEnded,
    EnergyResumed,
    HoldNearlyUsed,
    SessionInvalidated,
    SessionSeen,
    StartAccepted,
    StartOutcomeUnknown,
    StartRejected,
    StartRetried,
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
    SendStop,
    SetTimer,
    TellDriver,
)
from api.domain.charging.state import (
    BEFORE_START,
    BILLING,
    NO_CHARGE,
    RUNNING,
    STARTING,
    ChargingState,
    ChargingStatus,
    HoldStatus,
    Metering,
    Policy,
)
from api.domain.charging.table import Advance, ReleaseFor, Table, go, then
from api.domain.charging.table_charge import energy_ended, unplugged
from api.domain.charging.table_coupling import keep_for_retry, let_go, order_stop, pass_on

_C = ChargingStatus


# --- the answers to the start ---------------------------------------------------------------------------------------


def _accepted(state: ChargingState, _fact: StartAccepted, _policy: Policy) -> Advance:
    return go(state, SetTimer(Timer.START_RESULT), status=_C.START_ACCEPTED)


def _rejected(state: ChargingState, fact: StartRejected, policy: Policy) -> Advance:
    return _give_up(state, fact.code, policy)


def _unknown(state: ChargingState, fact: StartOutcomeUnknown, _policy: Policy) -> Advance:
    return _await_late_session(state, StopCause.UNKNOWN, fact.code)


def _no_result(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    return _await_late_session(state, StopCause.UNKNOWN, "no_result")


def _await_late_session(state: ChargingState, cause: StopCause, code: str) -> Advance:
    """Keep the hold for a while: the car may charge although nobody said so (ocpi#475)."""
    told = TellDriver(Message.START_UNCERTAIN, code)
    orders = (SendStop(cause), PullSession(), SetTimer(Timer.LATE_SESSION_GRACE), told)
    return go(state, *orders, status=_C.START_UNKNOWN, failure_code=code)


def _grace_over(state: ChargingState, _fact: TimerFired, policy: Policy) -> Advance:
    return _give_up(state, state.failure_code or "no_session", policy)


def _lapses_unstarted(state: ChargingState, fact: TimerFired, policy: Policy) -> Advance:
    """A hold that is about to lapse secures no second try either."""
    return then(_grace_over(state, fact, policy), lambda after, _: _release_kept(after), policy=policy)


def _give_up(state: ChargingState, code: str, policy: Policy) -> Advance:
    """Nothing charges, as far as anyone can know: the hold waits a moment for the next try, or goes at once (DC7)."""
    if state.canceled:
        ended = go(state, status=_C.ABANDONED)
        return then(ended, lambda after, _: let_go(after, ReleaseFor.REQUESTED), policy=policy)
    told = TellDriver(Message.START_FAILED, code)
    ended = go(state, told, status=_C.START_FAILED, failure_code=code)
    return then(ended, lambda after, _: keep_for_retry(after), policy=policy)


# --- after a failed start -------------------------------------------------------------------------------------------


def _release_kept(state: ChargingState, reason: str = ReleaseFor.START_FAILED) -> Advance:
    """Let go of a hold that was kept for a next try."""
    if state.hold is not HoldStatus.PLACED:
        return go(state)
    stopped = go(state, CancelTimer(Timer.RETRY_WINDOW))
    released = let_go(state, reason)
    return Advance(released.state, stopped.orders + released.orders)


def _retried(state: ChargingState, fact: StartRetried, _policy: Policy) -> Advance:
    return pass_on(state, fact.by) if fact.adopts else _release_kept(state)


def _no_retry_came(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    return _release_kept(state)


def _no_retry_wanted(state: ChargingState, _fact: DriverCanceled | StopConfirmed, _policy: Policy) -> Advance:
    return _release_kept(state, ReleaseFor.REQUESTED)


# --- the driver gives up --------------------------------------------------------------------------------------------


def _cancel_before_start(state: ChargingState, _fact: DriverCanceled | StopConfirmed, policy: Policy) -> Advance:
    ended = go(state, status=_C.ABANDONED, canceled=True)
    return then(ended, lambda after, _: let_go(after, ReleaseFor.REQUESTED), policy=policy)


def _not_confirmed(state: ChargingState, _fact: TimerFired, policy: Policy) -> Advance:
    told = TellDriver(Message.START_FAILED, "driver_action_expired")
    ended = go(state, told, status=_C.ABANDONED)
    return then(ended, lambda after, _: let_go(after, ReleaseFor.ABANDONED), policy=policy)


def _not_held_in_time(state: ChargingState, _fact: TimerFired, policy: Policy) -> Advance:
    """The processor is away and the driver hears so in time: a hold that still comes starts nothing and is let go."""
    told = TellDriver(Message.START_FAILED, "payment_unavailable")
    ended = go(state, told, status=_C.ABANDONED, failure_code="payment_unavailable")
    return then(ended, lambda after, _: let_go(after, ReleaseFor.ABANDONED), policy=policy)


def _cancel_start(state: ChargingState, _fact: DriverCanceled | StopConfirmed, _policy: Policy) -> Advance:
    """A start is out: the session may still come, so the hold stays through the grace."""
    orders = (SendStop(StopCause.DRIVER), PullSession(), SetTimer(Timer.LATE_SESSION_GRACE))
    return go(state, *orders, status=_C.START_UNKNOWN, canceled=True)


def _cancel_unknown_start(state: ChargingState, _fact: DriverCanceled | StopConfirmed, _policy: Policy) -> Advance:
    return go(state, canceled=True)  # the stop is out already and the grace runs


# --- a session shows ------------------------------------------------------------------------------------------------


def _session_begins(state: ChargingState, policy: Policy, *, metered: bool) -> Advance:
    """Adopt the session, or stop it if the driver gave up or nothing secures it."""
    if state.hold is not HoldStatus.PLACED:
        return _stop_unwanted(state, metered=metered)
    clocks = (SetTimer(Timer.METERING_STALE), SetTimer(Timer.SESSION_TOO_LONG))
    begun = go(
        state, *clocks, status=_C.CHARGING, session_seen=True, metering=_metering(metered=metered), failure_code=None
    )
    if state.canceled:
        return then(begun, lambda after, _: order_stop(after, StopCause.DRIVER), policy=policy)
    return then(begun, lambda after, _: go(after, TellDriver(Message.CHARGE_STARTED)), policy=policy)


def _metering(*, metered: bool) -> Metering:
    return Metering.LIVE if metered else Metering.PENDING


def _stop_unwanted(state: ChargingState, *, metered: bool) -> Advance:
    """A session that nobody waits for any more, or that no hold secures: stop it, and see that it is billed."""
    clocks = (SetTimer(Timer.STOP_RESULT), SetTimer(Timer.METERING_STALE), SetTimer(Timer.SESSION_TOO_LONG))
    told = TellDriver(Message.CHARGE_STOPPED, "no_session_wanted")
    cause = StopCause.NO_SESSION_WANTED
    orders: tuple[Order, ...] = (SendStop(cause), *clocks, AskFinance(Finding.SESSION_WITHOUT_HOLD), told)
    seen = {"session_seen": True, "metering": _metering(metered=metered)}
    return go(state, *orders, status=_C.STOP_REQUESTED, stop_sent=True, stop_cause=cause, **seen)


def _seen(state: ChargingState, fact: SessionSeen, policy: Policy) -> Advance:
    return _session_begins(state, policy, metered=fact.metered)


def _seen_flowing(state: ChargingState, _fact: EnergyResumed, policy: Policy) -> Advance:
    return _session_begins(state, policy, metered=True)


def _seen_idle(state: ChargingState, fact: EnergyEnded, policy: Policy) -> Advance:
    """The first push of the session already says that the energy ended."""
    begun = _session_begins(state, policy, metered=True)
    return then(begun, lambda after, _: energy_ended(after, fact, policy), policy=policy)


def _seen_over(state: ChargingState, fact: Unplugged, policy: Policy) -> Advance:
    """The first push of the session already says that it is completed: there is nothing left to stop."""
    return unplugged(state, fact, policy)


def _unwanted(state: ChargingState, fact: SessionSeen, _policy: Policy) -> Advance:
    return _stop_unwanted(state, metered=fact.metered)


def _unwanted_flowing(state: ChargingState, _fact: EnergyResumed, _policy: Policy) -> Advance:
    return _stop_unwanted(state, metered=True)


def _unwanted_idle(state: ChargingState, fact: EnergyEnded, policy: Policy) -> Advance:
    return then(_stop_unwanted(state, metered=True), lambda after, _: energy_ended(after, fact, policy), policy=policy)


def _unwanted_over(state: ChargingState, fact: Unplugged, policy: Policy) -> Advance:
    finding = go(state, AskFinance(Finding.SESSION_WITHOUT_HOLD))
    return then(finding, lambda after, _: unplugged(after, fact, policy), policy=policy)


def _begun_at_post(state: ChargingState, fact: BegunAtPost, _policy: Policy) -> Advance:
    """Take a charge as it is: it runs already, whether or not its hold will stand."""
    clocks = (SetTimer(Timer.METERING_STALE), SetTimer(Timer.SESSION_TOO_LONG))
    told = () if fact.over else (TellDriver(Message.CHARGE_STARTED),)
    seen = {"session_seen": True, "begun_at_post": True, "metering": _metering(metered=fact.metered)}
    return go(state, *clocks, *told, status=_C.CHARGING, **seen)


def _invalid_start(state: ChargingState, _fact: SessionInvalidated, policy: Policy) -> Advance:
    return _give_up(state, "session_invalid", policy)


# --- the table ------------------------------------------------------------------------------------------------------

_LATER = RUNNING | {_C.ENDED} | BILLING | {_C.START_FAILED, _C.ABANDONED}
_SENT = (_C.STARTING, _C.START_ACCEPTED)
_NOBODY_WAITS = BEFORE_START | NO_CHARGE
_FAILED = (_C.START_FAILED, _C.ABANDONED, _C.NEEDS_FINANCE)

START: Table[ChargingStatus] = Table()
"""(charging status, event) -> step, for everything up to the first sign of a session."""

START.on((_C.STARTING,), StartAccepted, _accepted, _C.START_ACCEPTED)
START.ignore((_C.START_ACCEPTED, _C.START_UNKNOWN, *_LATER), StartAccepted)
START.on(_SENT, StartRejected, _rejected, _C.START_FAILED)
START.on((_C.START_UNKNOWN,), StartRejected, _rejected, *_FAILED)
START.on(_SENT, StartOutcomeUnknown, _unknown, _C.START_UNKNOWN)
START.ignore(_LATER, StartRejected)  # the session beats the result; a failed start cannot fail again
START.ignore({_C.START_UNKNOWN} | _LATER, StartOutcomeUnknown)
START.when(_SENT, Timer.START_RESULT, _no_result, _C.START_UNKNOWN)
START.when((_C.START_UNKNOWN,), Timer.LATE_SESSION_GRACE, _grace_over, *_FAILED)
START.when(_SENT, Timer.HOLD_EXPIRY_NEAR, _lapses_unstarted, _C.START_FAILED)
START.when((_C.START_UNKNOWN,), Timer.HOLD_EXPIRY_NEAR, _lapses_unstarted, *_FAILED)
START.when((_C.AWAITING_HOLD,), Timer.HOLD_ANSWER, _not_held_in_time, _C.ABANDONED)
START.when((_C.AWAITING_DRIVER,), Timer.DRIVER_ACTION, _not_confirmed, _C.ABANDONED)

START.on(BEFORE_START, DriverCanceled, _cancel_before_start, _C.ABANDONED)
START.on(BEFORE_START, StopConfirmed, _cancel_before_start, _C.ABANDONED)
START.on(_SENT, DriverCanceled, _cancel_start, _C.START_UNKNOWN)
START.on(_SENT, StopConfirmed, _cancel_start, _C.START_UNKNOWN)
START.on((_C.START_UNKNOWN,), DriverCanceled, _cancel_unknown_start)
START.on((_C.START_UNKNOWN,), StopConfirmed, _cancel_unknown_start)
START.on((_C.START_FAILED,), DriverCanceled, _no_retry_wanted)
START.on((_C.START_FAILED,), StopConfirmed, _no_retry_wanted)
START.on((_C.START_FAILED,), StartRetried, _retried)
START.when((_C.START_FAILED,), Timer.RETRY_WINDOW, _no_retry_came)
START.when((_C.START_FAILED,), Timer.HOLD_EXPIRY_NEAR, _no_retry_came)
START.ignore((_C.ABANDONED, _C.DECLINED), DriverCanceled, StopConfirmed)  # it is over already

START.on((_C.AWAITING_HOLD,), BegunAtPost, _begun_at_post, _C.CHARGING)
START.on(_SENT, SessionSeen, _seen, _C.CHARGING)
START.on(_SENT, EnergyResumed, _seen_flowing, _C.CHARGING)
START.on((_C.START_UNKNOWN,), SessionSeen, _seen, _C.CHARGING, _C.STOP_REQUESTED)
START.on((_C.START_UNKNOWN,), EnergyResumed, _seen_flowing, _C.CHARGING, _C.STOP_REQUESTED)
START.on(STARTING, EnergyEnded, _seen_idle, _C.IDLE)
START.on(STARTING, Unplugged, _seen_over, _C.ENDED)
START.on(_SENT, SessionInvalidated, _invalid_start, _C.START_FAILED)
START.on((_C.START_UNKNOWN,), SessionInvalidated, _invalid_start, *_FAILED)
START.on(_NOBODY_WAITS, SessionSeen, _unwanted, _C.STOP_REQUESTED)
START.on(_NOBODY_WAITS, EnergyResumed, _unwanted_flowing, _C.STOP_REQUESTED)
START.on(_NOBODY_WAITS, EnergyEnded, _unwanted_idle, _C.IDLE)
START.on(_NOBODY_WAITS, Unplugged, _unwanted_over, _C.ENDED)
START.ignore(_NOBODY_WAITS, SessionInvalidated)
# Answers to the stop that went out with an unknown or canceled start.
START.ignore((_C.START_UNKNOWN, _C.START_FAILED, _C.ABANDONED), StopAccepted, StopFailed)
START.ignore(STARTING | NO_CHARGE, HoldNearlyUsed)
