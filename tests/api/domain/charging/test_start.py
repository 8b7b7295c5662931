"""Rules from the tap to a session: hold, 3-D Secure, start answers, giving up, late sessions."""

from decimal import Decimal

import pytest

from api.domain.charging.facts import (
    CdrReceived,
    DriverCanceled,
    Fact,
    HoldCaptured,
    HoldDeclined,
    HoldExpired,
    HoldNeedsAction,
    HoldOutcomeUnknown,
    HoldPlaced,
    HoldReleased,
    SessionInvalidated,
    SessionSeen,
    StartAccepted,
    StartOutcomeUnknown,
    StartRejected,
    StartRetried,
    StopCause,
    StopConfirmed,
    Timer,
    TimerFired,
    Unplugged,
)
from api.domain.charging.lifecycle import is_final
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    Finding,
    Message,
    PullSession,
    RaiseReceivable,
    ReleaseHold,
    ResolveHold,
    SendStart,
    SendStop,
    SetTimer,
    TellDriver,
)
from api.domain.charging.state import ChargingStatus, HoldStatus, Metering
from tests.api.domain.charging.walking import ENERGY_ENDED, HELD, METERED, PLACED, SEEN, UNPLUGGED, euro, walk

_C, _H = ChargingStatus, HoldStatus
REJECTED = StartRejected("connector_busy")
TIMEOUT = StartOutcomeUnknown("timeout")
GRACE_OVER = TimerFired(Timer.LATE_SESSION_GRACE)
STOP_UNWANTED = SendStop(StopCause.NO_SESSION_WANTED)


def test_a_hold_of_the_agreed_amount_starts_the_charge() -> None:
    """The start is sent when, and only when, exactly the agreed amount is held; both clocks run, the first one ends."""
    found = walk(PLACED)
    assert found.at == (_C.STARTING, _H.PLACED)
    clocks = (SetTimer(Timer.HOLD_EXPIRY_NEAR), CancelTimer(Timer.HOLD_ANSWER))
    assert found.last == (*clocks, SendStart(), SetTimer(Timer.START_RESULT))


def test_a_hold_of_another_amount_is_released_and_told_to_finance() -> None:
    """The driver agreed to one amount; a hold of another is never used."""
    found = walk(HoldPlaced(euro(4000), None))
    assert found.at == (_C.START_FAILED, _H.RELEASING)
    assert ReleaseHold("start_failed") in found.last
    assert AskFinance(Finding.HOLD_AMOUNT_WRONG, euro(4000)) in found.last
    assert SendStart() not in found.last


def test_3ds_asks_the_driver_and_then_starts() -> None:
    """The bank's question goes to the driver with a clock, and the answered question starts the charge."""
    asked = walk(HoldNeedsAction())
    assert asked.at == (_C.AWAITING_DRIVER, _H.NEEDS_ACTION)
    clocks = (CancelTimer(Timer.HOLD_ANSWER), TellDriver(Message.CONFIRM_WITH_BANK), SetTimer(Timer.DRIVER_ACTION))
    assert asked.last == clocks
    placed = walk(PLACED, start=asked.state)
    assert placed.at == (_C.STARTING, _H.PLACED)
    assert CancelTimer(Timer.DRIVER_ACTION) in placed.last


def test_3ds_not_finished_in_time_is_abandoned() -> None:
    """Nobody confirms within the time: the hold is let go and nothing is started (failure mode 8)."""
    found = walk(HoldNeedsAction(), TimerFired(Timer.DRIVER_ACTION))
    assert found.at == (_C.ABANDONED, _H.RELEASING)
    assert ReleaseHold("abandoned") in found.last
    assert is_final(walk(HoldReleased(), start=found.state).state)


def test_a_hold_that_nobody_can_place_is_given_up() -> None:
    """The processor is away: the driver is told, and a hold that comes after all is let go and starts nothing."""
    found = walk(HoldOutcomeUnknown(), TimerFired(Timer.HOLD_ANSWER))
    assert found.at == (_C.ABANDONED, _H.UNKNOWN)
    assert TellDriver(Message.START_FAILED, "payment_unavailable") in found.last
    late = walk(PLACED, start=found.state)
    assert late.at == (_C.ABANDONED, _H.RELEASING)
    assert SendStart() not in late.last


@pytest.mark.parametrize("before", [(), (HoldNeedsAction(),), (HoldOutcomeUnknown(),)], ids=["new", "3ds", "unknown"])
def test_a_declined_hold_ends_the_charge(before: tuple[Fact, ...]) -> None:
    """The bank's no is final and told with its code; nothing is started."""
    found = walk(*before, HoldDeclined("insufficient_funds"))
    assert found.at == (_C.DECLINED, _H.DECLINED)
    assert TellDriver(Message.PAYMENT_DECLINED, "insufficient_funds") in found.last
    assert is_final(found.state)
    assert SendStart() not in found.orders


def test_a_hold_that_came_to_be_after_the_decline_is_released() -> None:
    """The same payment was tried again behind our back: nobody waits for that hold, so it must not stay."""
    found = walk(HoldDeclined("try_again"), PLACED)
    assert found.at == (_C.DECLINED, _H.RELEASING)
    assert found.last == (ReleaseHold("abandoned"),)
    assert not is_final(found.state)


def test_an_unknown_hold_is_looked_up_and_starts_nothing() -> None:
    """No start until the hold is known (failure mode 2); once it shows, the charge goes on."""
    unknown = walk(HoldOutcomeUnknown())
    assert unknown.at == (_C.AWAITING_HOLD, _H.UNKNOWN)
    assert unknown.last == (ResolveHold(),)
    assert walk(PLACED, start=unknown.state).at == (_C.STARTING, _H.PLACED)


@pytest.mark.parametrize("wish", [DriverCanceled(), StopConfirmed()], ids=["cancel", "stop"])
@pytest.mark.parametrize("before", [(), (HoldOutcomeUnknown(),)], ids=["pending", "unknown"])
def test_a_hold_that_shows_after_the_driver_gave_up_is_released(before: tuple[Fact, ...], wish: Fact) -> None:
    """The driver gave up while the hold was under way: it is let go in the step in which it turns up."""
    gone = walk(*before, wish)
    assert gone.state.status is _C.ABANDONED
    assert not is_final(gone.state)
    found = walk(PLACED, start=gone.state)
    assert found.at == (_C.ABANDONED, _H.RELEASING)
    assert ReleaseHold("requested") in found.last
    assert SendStart() not in found.last


def test_money_taken_before_any_start_goes_to_finance() -> None:
    """A processor that captures instead of holding is never followed by a start: staff must return the money."""
    found = walk(HoldCaptured(HELD))
    assert found.at == (_C.NEEDS_FINANCE, _H.CAPTURED)
    assert AskFinance(Finding.CAPTURED_UNEXPECTEDLY, HELD) in found.last
    assert SendStart() not in found.orders


@pytest.mark.parametrize("sent", [(PLACED,), (PLACED, StartAccepted()), (PLACED, TIMEOUT)])
def test_a_rejected_start_keeps_the_hold_for_the_retry_window_only(sent: tuple[Fact, ...]) -> None:
    """DC7: the driver is told why, the hold waits for the next try, and goes when its short clock runs out."""
    found = walk(*sent, REJECTED)
    assert found.at == (_C.START_FAILED, _H.PLACED)
    assert SetTimer(Timer.RETRY_WINDOW) in found.last
    assert TellDriver(Message.START_FAILED, "connector_busy") in found.last
    assert not is_final(found.state)
    over = walk(TimerFired(Timer.RETRY_WINDOW), start=found.state)
    assert over.at == (_C.START_FAILED, _H.RELEASING)
    assert ReleaseHold("start_failed") in over.last
    assert is_final(walk(HoldReleased(), start=over.state).state)


@pytest.mark.parametrize("late", [StartAccepted(), REJECTED, TIMEOUT])
def test_the_session_beats_the_result(late: Fact) -> None:
    """Result after session, whatever it says, changes nothing (behaviour 1)."""
    charging = walk(PLACED, SEEN)
    assert charging.at == (_C.CHARGING, _H.PLACED)
    after = walk(late, start=charging.state)
    assert (after.state, after.last) == (charging.state, ())


def test_the_result_beats_the_response() -> None:
    """A response that says accepted after a result that said rejected does not revive the start."""
    rejected = walk(PLACED, REJECTED)
    assert walk(StartAccepted(), start=rejected.state).state == rejected.state


@pytest.mark.parametrize("silence", [TIMEOUT, TimerFired(Timer.START_RESULT)], ids=["timeout", "no result"])
@pytest.mark.parametrize("sent", [(PLACED,), (PLACED, StartAccepted())], ids=["sent", "accepted"])
def test_an_unknown_start_keeps_the_hold_through_a_grace(sent: tuple[Fact, ...], silence: Fact) -> None:
    """The car may charge anyway (ocpi#475, ocpi#392): stop it, look for it, wait, and keep the money held."""
    found = walk(*sent, silence)
    assert found.at == (_C.START_UNKNOWN, _H.PLACED)
    orders = [SendStop(StopCause.UNKNOWN), PullSession(), SetTimer(Timer.LATE_SESSION_GRACE)]
    assert [order for order in orders if order in found.last] == orders
    assert not any(isinstance(order, ReleaseHold) for order in found.orders)
    over = walk(GRACE_OVER, start=found.state)
    assert over.at == (_C.START_FAILED, _H.PLACED)
    assert SetTimer(Timer.RETRY_WINDOW) in over.last


def test_a_session_within_the_grace_is_adopted() -> None:
    """The driver still wants to charge: the late session is theirs, on the hold that was kept."""
    found = walk(PLACED, TIMEOUT, METERED)
    assert found.at == (_C.CHARGING, _H.PLACED)
    assert CancelTimer(Timer.LATE_SESSION_GRACE) in found.last
    assert TellDriver(Message.CHARGE_STARTED) in found.last
    assert not any(isinstance(order, SendStop) for order in found.last)


@pytest.mark.parametrize("wish", [DriverCanceled(), StopConfirmed()], ids=["cancel", "stop"])
@pytest.mark.parametrize("sent", [(PLACED,), (PLACED, StartAccepted()), (PLACED, TIMEOUT)])
def test_a_session_after_the_driver_gave_up_is_stopped_and_billed(sent: tuple[Fact, ...], wish: Fact) -> None:
    """Giving up after the start keeps waiting for the session; when it comes it is stopped, the hold stays for it."""
    gone = walk(*sent, wish)
    assert gone.at == (_C.START_UNKNOWN, _H.PLACED)
    assert any(isinstance(order, SendStop) for order in gone.orders)
    assert SetTimer(Timer.LATE_SESSION_GRACE) in gone.orders
    found = walk(SEEN, start=gone.state)
    assert found.at == (_C.STOP_REQUESTED, _H.PLACED)
    assert SendStop(StopCause.DRIVER) in found.last
    assert walk(UNPLUGGED, CdrReceived(euro(700)), start=found.state).at == (_C.SETTLING, _H.CAPTURING)


def test_giving_up_a_start_without_session_is_abandoned_after_the_grace() -> None:
    """No session came: the hold is released because the driver asked for it."""
    found = walk(PLACED, DriverCanceled(), GRACE_OVER)
    assert found.at == (_C.ABANDONED, _H.RELEASING)
    assert ReleaseHold("requested") in found.last


FAILED: list[tuple[Fact, ...]] = [
    (PLACED, REJECTED, TimerFired(Timer.RETRY_WINDOW), HoldReleased()),
    (PLACED, TIMEOUT, GRACE_OVER, TimerFired(Timer.RETRY_WINDOW), HoldReleased()),
    (PLACED, DriverCanceled(), GRACE_OVER, HoldReleased()),
    (HoldNeedsAction(), TimerFired(Timer.DRIVER_ACTION), HoldReleased()),
    (HoldDeclined("no"),),
    (PLACED, REJECTED, TimerFired(Timer.RETRY_WINDOW)),
    (PLACED, REJECTED, StartRetried("chs_next", adopts=True)),
]


@pytest.mark.parametrize(
    "end", FAILED, ids=["rejected", "grace", "canceled", "3ds", "declined", "releasing", "passed on"]
)
@pytest.mark.parametrize("sign", [SEEN, METERED, ENERGY_ENDED], ids=["seen", "metered", "idle"])
def test_a_session_after_the_end_is_stopped_and_told_and_billed(end: tuple[Fact, ...], sign: Fact) -> None:
    """Failure mode 6: never unpaid limbo. Stop, finding, and the CDR becomes a receivable."""
    found = walk(sign, start=walk(*end).state)
    assert found.state.status in (_C.STOP_REQUESTED, _C.IDLE)
    assert not is_final(found.state)
    assert STOP_UNWANTED in found.last
    assert AskFinance(Finding.SESSION_WITHOUT_HOLD) in found.last
    billed = walk(HoldReleased(), UNPLUGGED, CdrReceived(euro(700)), start=found.state)
    assert billed.state.status is _C.SETTLED
    assert RaiseReceivable(euro(700)) in billed.last
    assert AskFinance(Finding.CDR_AFTER_HOLD_ENDED, euro(700)) in billed.last
    assert is_final(billed.state)


def test_a_completed_session_after_the_end_waits_for_its_bill() -> None:
    """The only push says completed: nothing is left to stop, but the CDR must come."""
    found = walk(UNPLUGGED, start=walk(PLACED, REJECTED, HoldReleased()).state)
    assert found.state.status is _C.ENDED
    assert AskFinance(Finding.SESSION_WITHOUT_HOLD) in found.last
    assert SetTimer(Timer.CDR_OVERDUE) in found.last
    assert not any(isinstance(order, SendStop) for order in found.last)


def test_a_first_push_that_is_idle_or_over_takes_its_place() -> None:
    """Pushes get lost: the first one seen may already say that energy ended or that the session is completed."""
    assert walk(PLACED, ENERGY_ENDED).at == (_C.IDLE, _H.PLACED)
    assert walk(PLACED, Unplugged(StopCause.VEHICLE)).at == (_C.ENDED, _H.PLACED)


def test_an_invalid_session_before_it_was_seen_is_a_failed_start() -> None:
    """The partner takes the session back: nothing charged, and the driver may try again."""
    found = walk(PLACED, SessionInvalidated())
    assert found.at == (_C.START_FAILED, _H.PLACED)
    assert TellDriver(Message.START_FAILED, "session_invalid") in found.last


@pytest.mark.parametrize("lost", [HoldExpired(), HoldReleased(), HoldCaptured(euro(1))])
def test_a_start_that_loses_its_hold_is_stopped(lost: Fact) -> None:
    """Nothing secures the charge any more: stop it, and treat a session that shows as one without a hold."""
    found = walk(PLACED, lost)
    assert found.state.status is _C.START_UNKNOWN
    assert SendStop(StopCause.HOLD_LIMIT) in found.last
    seen = walk(SEEN, start=found.state)
    assert seen.state.status is _C.STOP_REQUESTED
    assert AskFinance(Finding.SESSION_WITHOUT_HOLD) in seen.last


def test_a_hold_about_to_lapse_without_any_session_is_released() -> None:
    """No session was seen in all those days: let the money go in time."""
    found = walk(PLACED, StartAccepted(), TimerFired(Timer.HOLD_EXPIRY_NEAR, euro(900)))
    assert found.at == (_C.START_FAILED, _H.RELEASING)
    assert ReleaseHold("start_failed") in found.last


@pytest.mark.capability("CM14")
def test_metering_is_pending_until_meter_data_comes() -> None:
    """A session without kWh or periods is shown as waiting for data, one with them as live."""
    assert walk(PLACED, SEEN).state.metering is Metering.PENDING
    assert walk(PLACED, SessionSeen(Decimal("0.4"), metered=True)).state.metering is Metering.LIVE
