"""The tables of the lifecycle, walked without fixtures: nothing missing, nothing dead, nothing undeclared."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest

from api.domain.charging.facts import (
    BegunAtPost,
    CaptureWindowMoved,
    CdrReceived,
    DriverCanceled,
    Fact,
    HoldCaptured,
    HoldDeclined,
    HoldExpired,
    HoldExtended,
    HoldNearlyUsed,
    HoldReleased,
    SessionSeen,
    StaffSettled,
    StartAccepted,
    StartOutcomeUnknown,
    StartRejected,
    StartRetried,
    StopAccepted,
    StopConfirmed,
    StopFailed,
    Timer,
    TimerFired,
)
from api.domain.charging.lifecycle import (
    PROGRESS,
    TRANSITIONS,
    IllegalTransition,
    accepts_cancel,
    accepts_stop,
    advance,
    is_final,
    keeps_hold,
    kind_of,
)
from api.domain.charging.orders import CancelTimer, CaptureHold, ReleaseHold, SendStart, SetTimer
from api.domain.charging.state import (
    BEFORE_START,
    BILLING,
    RUNNING,
    STARTING,
    ChargingState,
    ChargingStatus,
    HoldStatus,
)
from api.domain.charging.table import CLOCKS, Advance, ReleaseFor, Table, ignored
from api.domain.charging.table_coupling import COUPLING
from api.domain.charging.table_hold import HOLD, HOLD_FACTS
from api.domain.errors import Conflict
from api.ports.payments import ReleaseReason
from tests.api.domain.charging.walking import EVERY_FACT, HELD, NEW, PLACED, POLICY, STRICT, euro, undeclared, walk

_C, _H = ChargingStatus, HoldStatus
_BILLED = BILLING | {_C.ENDED}
_NO_START_SENT = BEFORE_START | {_C.DECLINED}
IMPOSSIBLE: dict[type[object], frozenset[ChargingStatus]] = {
    StartAccepted: _NO_START_SENT,
    StartRejected: _NO_START_SENT,
    StartOutcomeUnknown: _NO_START_SENT,
    StopAccepted: _NO_START_SENT | {_C.STARTING, _C.START_ACCEPTED},
    StopFailed: _NO_START_SENT | {_C.STARTING, _C.START_ACCEPTED},
    DriverCanceled: _BILLED | RUNNING,
    StartRetried: frozenset(_C) - {_C.START_FAILED},
    StopConfirmed: _BILLED,
    HoldNearlyUsed: BEFORE_START,
    BegunAtPost: frozenset(_C) - {_C.AWAITING_HOLD},
    StaffSettled: BEFORE_START | STARTING | {_C.DECLINED},
}
"""What cannot happen: answers to commands that were not sent, wishes that come too late, decisions without a cause."""


def _kind_of_state(state: ChargingState) -> tuple[object, ...]:
    return (
        *(state.status, state.hold, state.owed is None, state.captured is None, state.capturing is None),
        *(state.canceled, state.stop_sent, state.stop_cause in ("no_session_wanted", "hold_limit")),
        state.begun_at_post,
    )


@cache
def _every_state() -> tuple[ChargingState, ...]:
    """Return one state of each kind that any sequence of facts, lies included, can lead to."""
    found = {_kind_of_state(NEW): NEW}
    waiting = [NEW]
    while waiting:
        state = waiting.pop(0)
        for _fact, after in _steps(state):
            if _kind_of_state(after) not in found:
                found[_kind_of_state(after)] = after
                waiting.append(after)
    return tuple(found.values())


def _steps(state: ChargingState) -> Iterator[tuple[Fact, ChargingState]]:
    for fact in EVERY_FACT:
        if _possible(state, fact):
            yield fact, advance(state, fact, POLICY).state


@cache
def _every_step() -> tuple[tuple[ChargingState, Fact, Advance], ...]:
    """Return every possible fact in every kind of state, with what follows."""
    return tuple(
        (state, fact, advance(state, fact, policy))
        for state in _every_state()
        for policy in ((POLICY, STRICT) if state.begun_at_post and state.status is _C.CHARGING else (POLICY,))
        for fact in EVERY_FACT
        if _possible(state, fact)
    )


def _possible(state: ChargingState, fact: Fact) -> bool:
    return state.status not in IMPOSSIBLE.get(type(fact), frozenset())


def test_every_fact_of_the_contract_is_walked() -> None:
    """The walks below feed every kind of fact there is and every clock; a new fact must be added to them."""
    assert {type(fact) for fact in EVERY_FACT} == set(get_args(Fact))
    assert {fact.timer for fact in EVERY_FACT if isinstance(fact, TimerFired)} == set(Timer)


def test_a_pair_is_absent_only_if_it_cannot_happen() -> None:
    """Every (status, event) is in the tables on purpose, except what is impossible by the list above."""
    progress_events = {kind_of(fact) for fact in EVERY_FACT if not isinstance(fact, HOLD_FACTS)}
    absent = {(status, event) for status in _C for event in progress_events} - set(PROGRESS)
    assert absent == {(status, event) for event, statuses in IMPOSSIBLE.items() for status in statuses}
    assert set(HOLD.rows) == {(hold, fact) for hold in _H for fact in HOLD_FACTS}
    assert len(TRANSITIONS) == len(PROGRESS) + len(HOLD.rows)


def test_an_impossible_fact_raises_a_conflict_that_names_the_pair() -> None:
    """An unknown pair is a ``Conflict`` with a stable code and the three words that explain it."""
    with pytest.raises(IllegalTransition) as raised:
        advance(NEW, StartAccepted(), POLICY)
    assert isinstance(raised.value, Conflict)
    assert raised.value.code == "illegal_transition"
    assert raised.value.facts == {"status": "awaiting_hold", "hold": "pending", "event": "StartAccepted"}


def test_a_pair_is_entered_once() -> None:
    """Entering a pair again is a mistake of ours, and the import fails."""
    table: Table[HoldStatus] = Table()
    table.ignore((_H.PLACED,), HoldReleased)
    with pytest.raises(ValueError, match="entered twice"):
        table.ignore(_H, HoldReleased)


def test_every_status_of_both_machines_is_reached() -> None:
    """There is no status that nothing leads to."""
    assert {state.status for state in _every_state()} == set(_C)
    assert {state.hold for state in _every_state()} == set(_H)


def test_every_step_stays_within_its_declared_targets_and_every_target_is_reached() -> None:
    """The declared targets, which the picture is drawn from, are exactly where steps go: none missing, none extra."""
    reached: dict[object, set[object]] = defaultdict(set)
    for before, fact, step in _every_step():
        assert undeclared(before, fact, step.state, step.orders) is None
        if not isinstance(fact, HOLD_FACTS):
            reached[before.status, kind_of(fact)].add(step.state.status)
            continue
        alone = HOLD.rows[before.hold, kind_of(fact)].step(before, fact, POLICY).state
        reached[before.hold, kind_of(fact)].add(alone.hold)
        if alone != before and not isinstance(fact, HoldExtended):
            reached["coupling", before.status, alone.hold].add(step.state.status)
    for pair, row in TRANSITIONS.items():
        assert set[object](row.targets) == reached[pair], pair
    for (status, hold), coupling in COUPLING.rows.items():
        assert set[object](coupling.targets) == reached["coupling", status, hold], (status, hold)


def test_a_clock_runs_only_where_it_means_something() -> None:
    """A clock that a status may have running does something there, and is never set in a status that ignores it."""
    for status, timers in CLOCKS.items():
        assert all(PROGRESS[status, timer].step is not ignored for timer in timers), status
    for before, fact, step in _every_step():
        running: set[Timer] = set()
        for order in step.orders:
            if isinstance(order, SetTimer):
                running.add(order.timer)
            if isinstance(order, CancelTimer):
                running.discard(order.timer)
        assert running <= CLOCKS[step.state.status] | {Timer.HOLD_EXPIRY_NEAR}, (before.status, fact)


def test_a_repeated_fact_changes_nothing_and_orders_nothing() -> None:
    """The second of two equal facts is a no-op in every state; only reports and last moments set their clocks anew."""
    for before, fact, once in _every_step():
        if isinstance(fact, TimerFired | CaptureWindowMoved) or not _possible(once.state, fact):
            continue  # a clock fires anew; a wish that is no longer offered is refused
        twice = advance(once.state, fact, POLICY)
        restarted = (SetTimer(Timer.METERING_STALE),) if isinstance(fact, SessionSeen) and twice.orders else ()
        assert (twice.state, twice.orders) == (once.state, restarted), (before.status, before.hold, fact)


def test_money_moves_only_from_a_hold_that_stands() -> None:
    """A start, and a capture within the hold, follow only on a placed hold, and never beside a release."""
    for before, fact, step in _every_step():
        captures = [order for order in step.orders if isinstance(order, CaptureHold)]
        releases = [order for order in step.orders if isinstance(order, ReleaseHold)]
        assert len(captures) + len(releases) <= 1
        assert all(POLICY.minimum_charge <= order.amount <= HELD for order in captures)
        if captures or SendStart() in step.orders:
            assert before.hold is _H.PLACED or fact == PLACED, (before.hold, fact)


@pytest.mark.parametrize("bill", [CdrReceived(euro(1000)), StaffSettled(euro(1000))], ids=["cdr", "staff"])
def test_no_state_is_a_dead_end(bill: Fact) -> None:
    """From every state, honest answers, clocks and then a bill lead to a final charge with its hold ended."""
    for state in _every_state():
        assert is_final(_healed(state, bill)), (state.status, state.hold)


def _healed(state: ChargingState, bill: Fact) -> ChargingState:
    for _ in range(12):
        if is_final(state):
            break
        state = walk(_next_honest_fact(state, bill), start=state).state
    return state


def _next_honest_fact(state: ChargingState, bill: Fact) -> Fact:
    if state.hold is _H.CAPTURING and state.capturing is not None:
        return HoldCaptured(state.capturing)
    honest: dict[HoldStatus, Fact] = {
        _H.PENDING: HoldDeclined("late"),
        _H.NEEDS_ACTION: HoldDeclined("late"),
        _H.UNKNOWN: HoldDeclined("never_placed"),
        _H.RELEASING: HoldReleased(),
        _H.CAPTURE_FAILED: HoldExpired(),
        _H.RELEASE_FAILED: HoldExpired(),
    }
    clocks = {
        _C.STARTING: Timer.START_RESULT,
        _C.START_ACCEPTED: Timer.START_RESULT,
        _C.START_UNKNOWN: Timer.LATE_SESSION_GRACE,
        _C.START_FAILED: Timer.RETRY_WINDOW,
    }
    if state.hold in honest:
        return honest[state.hold]
    return TimerFired(clocks[state.status]) if state.status in clocks else bill


def test_the_driver_may_stop_or_cancel_exactly_where_the_table_says() -> None:
    """What the app offers is what the machine accepts, and offering ends with the session."""
    for state in _every_state():
        assert keeps_hold(state) == ((state.status, state.hold) == (_C.START_FAILED, _H.PLACED))
        assert accepts_cancel(state) == (state.status in BEFORE_START | STARTING or keeps_hold(state))
        assert accepts_stop(state) == (state.status in BEFORE_START | STARTING | RUNNING)
        for offered, wish in ((accepts_cancel(state), DriverCanceled()), (accepts_stop(state), StopConfirmed())):
            if offered:
                advance(state, wish, POLICY)


def test_release_reasons_are_words_of_the_port() -> None:
    """The domain may not import the port, so the words are spelled twice; they must not drift apart."""
    ours = {word for name, word in vars(ReleaseFor).items() if name.isupper()}
    assert ours == {reason.value for reason in ReleaseReason}
