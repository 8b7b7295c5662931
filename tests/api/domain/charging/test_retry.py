"""After a failed start: one intent, one hold. The hold waits for the next try, is passed on once, or goes."""

from datetime import UTC, datetime

import pytest

from api.domain.charging.facts import (
    CaptureWindowMoved,
    CdrReceived,
    DriverCanceled,
    Fact,
    HoldCaptured,
    HoldDeclined,
    HoldExpired,
    HoldExtended,
    HoldNeedsAction,
    HoldPlaced,
    HoldReleased,
    StartOutcomeUnknown,
    StartRejected,
    StartRetried,
    StopConfirmed,
    Timer,
    TimerFired,
)
from api.domain.charging.lifecycle import IllegalTransition, accepts_cancel, advance, is_final, keeps_hold
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    CaptureHold,
    Finding,
    PassHoldOn,
    RaiseReceivable,
    ReleaseHold,
    SendStop,
    SetTimer,
)
from api.domain.charging.state import ChargingStatus, HoldStatus
from tests.api.domain.charging.walking import (
    CDR,
    HELD,
    METERED,
    NEW,
    PLACED,
    POLICY,
    SEEN,
    TO_CHARGING,
    UNPLUGGED,
    euro,
    walk,
)

_C, _H = ChargingStatus, HoldStatus
REJECTED = StartRejected("connector_busy")
KEPT = walk(PLACED, REJECTED).state
ADOPTED = StartRetried("chs_next", adopts=True)
ANOTHER = StartRetried("chs_next", adopts=False)
WINDOW_OVER = TimerFired(Timer.RETRY_WINDOW)


def test_a_retry_takes_the_hold_over() -> None:
    """The hold is the next charge's: nothing is asked of the processor, and this charge is over."""
    found = walk(ADOPTED, start=KEPT)
    assert found.at == (_C.START_FAILED, _H.PASSED_ON)
    assert found.last == (CancelTimer(Timer.RETRY_WINDOW), CancelTimer(Timer.HOLD_EXPIRY_NEAR), PassHoldOn("chs_next"))
    assert is_final(found.state)
    assert not keeps_hold(found.state)


def test_a_retry_that_cannot_use_the_hold_has_it_released() -> None:
    """The next charge needs more, or is elsewhere: its own hold is placed and this one goes at once."""
    found = walk(ANOTHER, start=KEPT)
    assert found.at == (_C.START_FAILED, _H.RELEASING)
    assert found.last == (CancelTimer(Timer.RETRY_WINDOW), ReleaseHold("start_failed"))


@pytest.mark.parametrize("wish", [DriverCanceled(), StopConfirmed()], ids=["cancel", "stop"])
def test_a_driver_who_gives_up_has_the_hold_released_at_once(wish: Fact) -> None:
    """Nobody waits for a clock when the driver said that there will be no other try."""
    assert accepts_cancel(KEPT)
    found = walk(wish, start=KEPT)
    assert found.at == (_C.START_FAILED, _H.RELEASING)
    assert ReleaseHold("requested") in found.last
    assert not accepts_cancel(found.state)


def test_a_hold_is_passed_on_once() -> None:
    """Two retries, or a retry and the clock: who comes second finds nothing."""
    passed = walk(ADOPTED, start=KEPT)
    assert walk(StartRetried("chs_other", adopts=True), start=passed.state).last == ()
    assert walk(WINDOW_OVER, start=passed.state).last == ()
    gone = walk(WINDOW_OVER, start=KEPT)
    assert walk(ADOPTED, start=gone.state).last == ()


@pytest.mark.parametrize(
    "way",
    [
        (PLACED,),
        (PLACED, StartOutcomeUnknown("timeout")),
        TO_CHARGING,
        (PLACED, DriverCanceled()),
        (HoldNeedsAction(),),
    ],
    ids=["starting", "unknown", "charging", "canceled", "3ds"],
)
def test_an_uncertain_start_never_passes_its_hold_on(way: tuple[Fact, ...]) -> None:
    """The car may charge: only a start that failed for good has a hold to spare."""
    with pytest.raises(IllegalTransition):
        advance(walk(*way).state, ADOPTED, POLICY)


@pytest.mark.parametrize(
    "news",
    [
        HoldCaptured(euro(1200)),
        HoldReleased(),
        HoldExpired(),
        HoldPlaced(HELD, None),
        HoldDeclined("no"),
        HoldExtended(euro(9000)),
    ],
)
def test_news_of_a_hold_that_was_passed_on_are_the_next_charges(news: Fact) -> None:
    """What the processor says of the hold is counted once: where the hold is now."""
    passed = walk(ADOPTED, start=KEPT)
    assert walk(news, start=passed.state).state == passed.state


def test_a_late_session_after_passing_on_is_stopped_and_owed() -> None:
    """As after a release: stop, finding, receivable; the hold of the next charge is not touched."""
    found = walk(ADOPTED, SEEN, start=KEPT)
    assert found.state.status is _C.STOP_REQUESTED
    assert any(isinstance(order, SendStop) for order in found.last)
    assert AskFinance(Finding.SESSION_WITHOUT_HOLD) in found.last
    billed = walk(METERED, UNPLUGGED, CDR, start=found.state)
    assert billed.at == (_C.SETTLED, _H.PASSED_ON)
    assert RaiseReceivable(CDR.owed) in billed.orders
    assert not any(isinstance(order, CaptureHold) for order in billed.orders)


def test_a_late_session_within_the_window_is_billed_from_the_hold() -> None:
    """It came while the hold still stood: it is stopped, cannot be retried any more, and the hold pays for it."""
    found = walk(SEEN, start=KEPT)
    assert found.at == (_C.STOP_REQUESTED, _H.PLACED)
    assert CancelTimer(Timer.RETRY_WINDOW) in found.last
    with pytest.raises(IllegalTransition):
        advance(found.state, ADOPTED, POLICY)
    assert walk(UNPLUGGED, CdrReceived(euro(700)), start=found.state).at == (_C.SETTLING, _H.CAPTURING)


@pytest.mark.parametrize("end", [HoldReleased(), HoldExpired()])
def test_a_hold_that_ends_by_itself_ends_the_window(end: Fact) -> None:
    """Staff in the dashboard, or the bank, let it go: no clock waits for it any more."""
    found = walk(end, start=KEPT)
    assert CancelTimer(Timer.RETRY_WINDOW) in found.last
    assert is_final(found.state)


def test_a_hold_that_is_about_to_lapse_is_not_kept() -> None:
    """It would secure nothing."""
    found = walk(PLACED, TimerFired(Timer.HOLD_EXPIRY_NEAR))
    assert found.at == (_C.START_FAILED, _H.RELEASING)
    assert walk(TimerFired(Timer.HOLD_EXPIRY_NEAR), start=KEPT).at == (_C.START_FAILED, _H.RELEASING)


def test_a_raised_hold_pays_up_to_its_new_amount() -> None:
    """The processor's word on what it holds is what may be captured; an older word never lowers it."""
    raised = walk(*TO_CHARGING, HoldExtended(euro(8000)), HoldExtended(euro(7000)))
    assert raised.state.hold_amount == euro(8000)
    billed = walk(UNPLUGGED, CdrReceived(euro(7200)), start=raised.state)
    assert CaptureHold(euro(7200)) in billed.last
    assert billed.state.receivable == euro(0)


def test_raising_a_hold_sends_no_second_start() -> None:
    """A hold that was raised is where it was: nothing that its placing led to happens again."""
    for facts in ((PLACED,), TO_CHARGING, (*TO_CHARGING, UNPLUGGED), (*TO_CHARGING, UNPLUGGED, CDR)):
        assert walk(*facts, HoldExtended(euro(8000))).last == ()


def test_a_last_moment_that_comes_late_sets_its_clock() -> None:
    """A hold that was placed without one gets its clock when the processor tells, and a moved one moves it."""
    moved = CaptureWindowMoved(datetime(2026, 3, 9, tzinfo=UTC))
    assert walk(*TO_CHARGING, moved).last == (SetTimer(Timer.HOLD_EXPIRY_NEAR),)
    assert walk(moved, start=NEW).last == ()
    assert walk(ADOPTED, moved, start=KEPT).last == ()
