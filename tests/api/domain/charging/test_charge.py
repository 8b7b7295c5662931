"""Rules while a session is open: metering, stopping, idling, unplugging, and losing the hold meanwhile."""

import pytest

from api.domain.charging.facts import (
    EnergyEnded,
    EnergyResumed,
    Fact,
    HoldCaptured,
    HoldExpired,
    HoldNearlyUsed,
    HoldReleased,
    StopAccepted,
    StopCause,
    StopConfirmed,
    StopFailed,
    Timer,
    TimerFired,
    Unplugged,
)
from api.domain.charging.lifecycle import needs_unplug
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    Finding,
    Message,
    PullSession,
    SendStop,
    SetTimer,
    TellDriver,
)
from api.domain.charging.state import ChargingStatus, HoldStatus, Metering
from tests.api.domain.charging.walking import ENERGY_ENDED, METERED, SEEN, TO_CHARGING, TO_ENDED, UNPLUGGED, euro, walk

_C, _H = ChargingStatus, HoldStatus
REFUSED = StopFailed("refused")
STOP_BY_DRIVER = SendStop(StopCause.DRIVER)


def test_meter_data_makes_metering_live_and_restarts_its_clock() -> None:
    """Each metered report restarts the clock; a report without data does not pretend."""
    found = walk(*TO_CHARGING, METERED)
    assert found.state.metering is Metering.LIVE
    assert found.last == (SetTimer(Timer.METERING_STALE),)
    assert walk(SEEN, start=found.state).last == ()


def test_silence_makes_metering_stale_and_data_makes_it_live_again() -> None:
    """Stale is shown and the partner is asked, again and again; it is never an error."""
    stale = walk(*TO_CHARGING, METERED, TimerFired(Timer.METERING_STALE))
    assert stale.at == (_C.CHARGING, _H.PLACED)
    assert stale.state.metering is Metering.STALE
    assert stale.last == (PullSession(), SetTimer(Timer.METERING_STALE))
    assert walk(METERED, start=stale.state).state.metering is Metering.LIVE


def test_a_confirmed_stop_is_sent_once() -> None:
    """The driver's second tap changes nothing while the first is under way or taken."""
    asked = walk(*TO_CHARGING, StopConfirmed())
    assert asked.at == (_C.STOP_REQUESTED, _H.PLACED)
    assert asked.last == (STOP_BY_DRIVER, SetTimer(Timer.STOP_RESULT))
    assert walk(StopConfirmed(), start=asked.state).last == ()
    taken = walk(StopAccepted(), start=asked.state)
    assert taken.state.status is _C.STOP_ACCEPTED
    assert needs_unplug(taken.state)
    assert walk(StopConfirmed(), start=taken.state).last == ()


def test_a_failed_stop_goes_back_to_charging_and_tells_the_driver() -> None:
    """The charge goes on and the driver knows; finance looks when it happens again."""
    failed = walk(*TO_CHARGING, StopConfirmed(), REFUSED)
    assert failed.state.status is _C.CHARGING
    assert TellDriver(Message.STOP_FAILED, "refused") in failed.last
    assert not any(isinstance(order, AskFinance) for order in failed.last)
    again = walk(StopConfirmed(), REFUSED, start=failed.state)
    assert STOP_BY_DRIVER in again.orders
    assert AskFinance(Finding.STOP_FAILED) in again.last


@pytest.mark.parametrize("answer", [(), (StopAccepted(),)], ids=["no answer", "accepted"])
def test_a_stop_without_effect_counts_as_failed(answer: tuple[Fact, ...]) -> None:
    """An accepted stop is a promise; when nothing shows that it worked, look, and let the driver try again."""
    found = walk(*TO_CHARGING, StopConfirmed(), *answer, TimerFired(Timer.STOP_RESULT))
    assert found.state.status is _C.CHARGING
    assert PullSession() in found.last
    assert TellDriver(Message.STOP_FAILED, "no_effect") in found.last


def test_a_stop_that_only_we_want_is_tried_again_a_bounded_number_of_times() -> None:
    """Nobody else would try: the clock sends the stop again, at most as often as the policy says."""
    found = walk(*TO_CHARGING, HoldNearlyUsed())
    for _ in range(10):
        found = walk(REFUSED, TimerFired(Timer.STOP_RESULT), start=found.state)
        if not any(isinstance(order, SendStop) for order in found.orders):
            break
        assert found.state.status is _C.STOP_REQUESTED
    assert found.state.status is _C.CHARGING
    assert found.state.stop_failures == 3
    assert found.last == ()
    assert AskFinance(Finding.STOP_FAILED) in found.orders


def test_the_clock_of_a_failed_stop_runs_only_for_another_attempt() -> None:
    """The driver tries again at will; our own attempts end with the clock stopped."""
    by_driver = walk(*TO_CHARGING, StopConfirmed(), REFUSED)
    assert CancelTimer(Timer.STOP_RESULT) in by_driver.last
    ours = walk(*TO_CHARGING, HoldNearlyUsed(), REFUSED)
    assert SetTimer(Timer.STOP_RESULT) in ours.last
    for _ in range(2):
        ours = walk(TimerFired(Timer.STOP_RESULT), REFUSED, start=ours.state)
    assert CancelTimer(Timer.STOP_RESULT) in ours.last
    assert SetTimer(Timer.STOP_RESULT) not in ours.last


def test_a_charge_is_stopped_before_it_passes_the_hold() -> None:
    """What the hold cannot pay must not flow: one stop, and the driver is told why."""
    found = walk(*TO_CHARGING, HoldNearlyUsed())
    assert found.state.status is _C.STOP_REQUESTED
    assert SendStop(StopCause.HOLD_LIMIT) in found.last
    assert TellDriver(Message.CHARGE_STOPPED, "hold_limit") in found.last
    assert walk(HoldNearlyUsed(), start=found.state).last == ()


@pytest.mark.capability("CM18")
def test_energy_ended_is_not_unplugged() -> None:
    """Idle: remind the driver now and whenever the clock fires, until there is evidence."""
    idle = walk(*TO_CHARGING, METERED, ENERGY_ENDED)
    assert idle.at == (_C.IDLE, _H.PLACED)
    assert needs_unplug(idle.state)
    assert TellDriver(Message.UNPLUG) in idle.last
    assert SetTimer(Timer.UNPLUG_REMINDER) in idle.last
    again = walk(TimerFired(Timer.UNPLUG_REMINDER), start=idle.state)
    assert again.last == (TellDriver(Message.UNPLUG), SetTimer(Timer.UNPLUG_REMINDER))


@pytest.mark.capability("CM18")
def test_unplugged_is_not_billed() -> None:
    """The clocks of the session stop and the wait for the CDR begins, with the hold untouched."""
    ended = walk(*TO_ENDED)
    assert ended.at == (_C.ENDED, _H.PLACED)
    assert not needs_unplug(ended.state)
    assert {CancelTimer(Timer.UNPLUG_REMINDER), CancelTimer(Timer.SESSION_TOO_LONG)} <= set(ended.last)
    assert ended.last[-2:] == (TellDriver(Message.CHARGE_ENDED), SetTimer(Timer.CDR_OVERDUE))


def test_energy_may_resume() -> None:
    """A car's timer or a tapering battery: idle is left again, and the reminder with it."""
    found = walk(*TO_CHARGING, ENERGY_ENDED, EnergyResumed())
    assert found.state.status is _C.CHARGING
    assert CancelTimer(Timer.UNPLUG_REMINDER) in found.last


def test_energy_that_resumes_against_our_will_is_stopped_again() -> None:
    """A charge that we stopped for the hold's sake does not go on because the car wakes up."""
    found = walk(*TO_CHARGING, HoldNearlyUsed(), ENERGY_ENDED, EnergyResumed())
    assert found.state.status is _C.STOP_REQUESTED
    assert SendStop(StopCause.HOLD_LIMIT) in found.last


def test_a_stop_while_idle_ends_the_parking_and_stays_idle() -> None:
    """There is no energy to stop; the stop goes out once so that the session may end."""
    found = walk(*TO_CHARGING, ENERGY_ENDED, StopConfirmed())
    assert found.state.status is _C.IDLE
    assert found.last == (STOP_BY_DRIVER, SetTimer(Timer.STOP_RESULT))
    assert walk(StopConfirmed(), start=found.state).last == ()
    failed = walk(REFUSED, start=found.state)
    assert failed.last == (TellDriver(Message.STOP_FAILED, "refused"),)
    assert STOP_BY_DRIVER in walk(StopConfirmed(), start=failed.state).last
    unanswered = walk(TimerFired(Timer.STOP_RESULT), start=found.state)
    assert STOP_BY_DRIVER in walk(StopConfirmed(), start=unanswered.state).last


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ((EnergyEnded(StopCause.VEHICLE), Unplugged(StopCause.DRIVER)), StopCause.VEHICLE),
        ((EnergyEnded(StopCause.UNKNOWN), Unplugged(StopCause.CHARGER)), StopCause.CHARGER),
        ((StopConfirmed(), EnergyEnded(StopCause.OPERATOR)), StopCause.DRIVER),
        ((StopConfirmed(), REFUSED, EnergyEnded(StopCause.VEHICLE)), StopCause.VEHICLE),
        ((Unplugged(StopCause.OPERATOR),), StopCause.OPERATOR),
    ],
)
def test_the_first_known_cause_of_the_end_is_kept(facts: tuple[Fact, ...], cause: StopCause) -> None:
    """Stopped by vehicle, charger, operator or driver: the first who is known, not the last who reports."""
    assert walk(*TO_CHARGING, *facts).state.stop_cause is cause


def test_a_session_that_is_too_long_is_stopped_and_told() -> None:
    """Failure mode 22: stop it even if a stop is out already, and open a finding."""
    for before in ((), (StopConfirmed(),), (ENERGY_ENDED,)):
        found = walk(*TO_CHARGING, *before, TimerFired(Timer.SESSION_TOO_LONG))
        assert SendStop(StopCause.NO_SESSION_WANTED) in found.last
        assert AskFinance(Finding.SESSION_TOO_LONG) in found.last
        assert found.state.status is (_C.IDLE if before == (ENERGY_ENDED,) else _C.STOP_REQUESTED)


@pytest.mark.parametrize(
    ("lost", "finding"),
    [
        (HoldExpired(), AskFinance(Finding.HOLD_EXPIRED)),
        (HoldReleased(), AskFinance(Finding.SESSION_WITHOUT_HOLD)),
        (HoldCaptured(euro(900)), AskFinance(Finding.CAPTURED_UNEXPECTEDLY, euro(900))),
    ],
    ids=["lapsed", "released", "taken"],
)
def test_a_charge_that_loses_its_hold_is_stopped_and_told(lost: Fact, finding: AskFinance) -> None:
    """Nothing secures the energy any more: stop, and say why to finance."""
    found = walk(*TO_CHARGING, lost)
    assert found.state.status is _C.STOP_REQUESTED
    assert SendStop(StopCause.HOLD_LIMIT) in found.last
    assert finding in found.last


@pytest.mark.parametrize("stale", [SEEN, METERED, ENERGY_ENDED, EnergyResumed(), UNPLUGGED, StopAccepted(), REFUSED])
def test_stale_news_of_the_session_after_its_end_is_ignored(stale: Fact) -> None:
    """Out of order and replayed: a completed session is never left."""
    ended = walk(*TO_ENDED)
    after = walk(stale, start=ended.state)
    assert (after.state, after.last) == (ended.state, ())
