"""What the lifecycle's tables are made of: steps, declared targets, and the one function that writes a status.

A table maps (status, event) to a ``Transition``: the step to take and the statuses that it may lead to. Events are
fact types, and each ``Timer`` is an event of its own. The tables themselves are in ``table_*.py``; how they are
walked, and why, is in ``lifecycle.py``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from api.domain.charging.facts import Timer
from api.domain.charging.orders import CancelTimer, Order
from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus, Policy


@dataclass(frozen=True, slots=True)
class Advance:
    """The outcome of one fact: the state after it, and the orders to carry out in this sequence."""

    state: ChargingState
    orders: tuple[Order, ...] = ()


class ReleaseFor:
    """Why a hold is let go: the words of ``ports.payments.ReleaseReason``, which the domain may not import."""

    ABANDONED = "abandoned"
    REQUESTED = "requested"
    NOTHING_OWED = "nothing_owed"
    START_FAILED = "start_failed"


S = TypeVar("S", ChargingStatus, HoldStatus)
F = TypeVar("F")
Event: TypeAlias = type[object] | Timer | HoldStatus
Step: TypeAlias = Callable[[ChargingState, Any, Policy], Advance]
STAY = None
"""A target that stands for the row's own status."""
Follow: TypeAlias = Callable[[ChargingState, Policy], Advance]

_WHILE_STOPPING = frozenset({Timer.METERING_STALE, Timer.SESSION_TOO_LONG, Timer.STOP_RESULT})
CLOCKS: dict[ChargingStatus, frozenset[Timer]] = {
    ChargingStatus.AWAITING_HOLD: frozenset({Timer.HOLD_ANSWER}),  # started with the charge itself
    ChargingStatus.AWAITING_DRIVER: frozenset({Timer.DRIVER_ACTION}),
    ChargingStatus.STARTING: frozenset({Timer.START_RESULT}),
    ChargingStatus.START_ACCEPTED: frozenset({Timer.START_RESULT}),
    ChargingStatus.START_UNKNOWN: frozenset({Timer.LATE_SESSION_GRACE}),
    ChargingStatus.CHARGING: _WHILE_STOPPING,  # STOP_RESULT: the next attempt at a stop that failed
    ChargingStatus.STOP_REQUESTED: _WHILE_STOPPING,
    ChargingStatus.STOP_ACCEPTED: _WHILE_STOPPING,
    ChargingStatus.IDLE: _WHILE_STOPPING | {Timer.UNPLUG_REMINDER},  # METERING_STALE: perhaps nobody pushes
    ChargingStatus.ENDED: frozenset({Timer.CDR_OVERDUE}),
    ChargingStatus.SETTLING: frozenset({Timer.REFUND_DUE}),  # a bill that changes again passes through here
    ChargingStatus.SETTLED: frozenset({Timer.REFUND_DUE}),
    ChargingStatus.START_FAILED: frozenset({Timer.RETRY_WINDOW}),
    ChargingStatus.ABANDONED: frozenset(),
    ChargingStatus.DECLINED: frozenset(),
    ChargingStatus.NEEDS_FINANCE: frozenset(),
}
"""Which clocks mean something in which status. ``HOLD_EXPIRY_NEAR`` belongs to the hold and runs as long as it."""


def go(state: ChargingState, *orders: Order, **changes: Any) -> Advance:
    """Return ``state`` with ``changes``, ordering ``orders``; without either, nothing happened.

    The only place where a status is written. Clocks that mean nothing in the new status are canceled first.
    """
    if all(getattr(state, name) == value for name, value in changes.items()):
        return Advance(state, orders)  # nearly always: a report that says what the one before said
    after = replace(state, **changes)
    stopped = CLOCKS[state.status] - CLOCKS[after.status]
    return Advance(after, (*(CancelTimer(timer) for timer in sorted(stopped)), *orders))


def then(first: Advance, *follows: Follow, policy: Policy) -> Advance:
    """Take further steps on the state that ``first`` led to, and put all orders in one sequence."""
    for follow in follows:
        second = follow(first.state, policy)
        first = Advance(second.state, first.orders + second.orders)
    return first


def ignored(state: ChargingState, _fact: object, _policy: Policy) -> Advance:
    """Take note and change nothing: the fact is late, out of order or a repetition, and expected as such."""
    return Advance(state)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """One row: the step, and every status that it may lead to."""

    step: Step
    targets: frozenset[S]


class Table(Generic[S]):
    """Rows by (status, event); a pair is entered once."""

    def __init__(self) -> None:
        self.rows: dict[tuple[S, Event], Transition[S]] = {}

    def on(
        self,
        statuses: Iterable[S],
        event: type[F],
        step: Callable[[ChargingState, F, Policy], Advance],
        *targets: S | None,
    ) -> None:
        """Take ``step`` when ``event`` meets one of ``statuses``; without ``targets`` the status stays."""
        self._enter(statuses, event, step, targets)

    def when(self, statuses: Iterable[S], event: Timer | HoldStatus, step: Step, *targets: S | None) -> None:
        """Take ``step`` when a clock fires (or, for couplings, when the hold gets there) in one of ``statuses``."""
        self._enter(statuses, event, step, targets)

    def ignore(self, statuses: Iterable[S], *events: Event) -> None:
        """Expect ``events`` in ``statuses`` and change nothing."""
        for event in events:
            self._enter(statuses, event, ignored, ())

    def _enter(self, statuses: Iterable[S], event: Event, step: Step, targets: tuple[S | None, ...]) -> None:
        for status in statuses:
            if (status, event) in self.rows:
                raise ValueError(f"entered twice: {status} {event}")
            where = frozenset(status if target is None else target for target in targets or (STAY,))
            self.rows[status, event] = Transition(step, where)
