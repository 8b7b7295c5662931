"""Helpers for walking the lifecycle machine in tests: a fixed hold and policy, a step that checks, a whole walk."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from api.domain.charging.afterwards import Afterwards
from api.domain.charging.facts import (
    BegunAtPost,
    CaptureFailed,
    CaptureWindowMoved,
    CdrReceived,
    CdrUnpriceable,
    DriverCanceled,
    EnergyEnded,
    EnergyResumed,
    Fact,
    HoldCaptured,
    HoldDeclined,
    HoldExpired,
    HoldExtended,
    HoldNearlyUsed,
    HoldNeedsAction,
    HoldOutcomeUnknown,
    HoldPlaced,
    HoldReleased,
    MoneyMovedAfterwards,
    ReleaseFailed,
    SessionInvalidated,
    SessionSeen,
    StaffSettled,
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
from api.domain.charging.lifecycle import PROGRESS, advance, kind_of
from api.domain.charging.orders import IssueReceipt, Message, Order, TellDriver
from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus, Policy
from api.domain.charging.table_coupling import COUPLING
from api.domain.charging.table_hold import HOLD, HOLD_FACTS, ORDERED
from api.domain.money import Money


def euro(minor: int) -> Money:
    """Return ``minor`` cents."""
    return Money(minor, "EUR")


HELD = euro(5000)
POLICY = Policy(minimum_charge=euro(50))
STRICT = replace(POLICY, stop_unsecured=True)
NEW = ChargingState.new(HELD)

PLACED = HoldPlaced(HELD, None)
SEEN = SessionSeen(Decimal("0"), metered=False)
METERED = SessionSeen(Decimal("1.5"), metered=True)
ENERGY_ENDED = EnergyEnded(StopCause.VEHICLE)
UNPLUGGED = Unplugged(StopCause.DRIVER)
TO_CHARGING = (PLACED, StartAccepted(), SEEN)
TO_ENDED = (*TO_CHARGING, METERED, ENERGY_ENDED, UNPLUGGED)

CDR = CdrReceived(euro(1234))
TAKEN = HoldCaptured(euro(1234))
BILLS: list[Fact] = [
    *(CdrReceived(euro(owed)) for owed in (0, 20, 1000, 4999, 6210, -300)),
    CdrUnpriceable("other_currency"),
]
"""Nothing, waived, within the hold, above it, credited before it was billed, and one that no rule can settle."""
AFTER = Afterwards.nothing("EUR")
RECEIPT: tuple[Order, ...] = (IssueReceipt(), TellDriver(Message.RECEIPT_READY))

EVERY_FACT: tuple[Fact, ...] = (
    PLACED,
    HoldPlaced(euro(4000), None),
    HoldNeedsAction(),
    HoldDeclined("insufficient_funds"),
    HoldOutcomeUnknown(),
    HoldCaptured(euro(1000)),
    HoldCaptured(HELD),
    HoldReleased(),
    HoldExpired(),
    CaptureFailed("expired"),
    ReleaseFailed("refused"),
    HoldExtended(euro(8000)),
    CaptureWindowMoved(datetime(2026, 3, 9, tzinfo=UTC)),
    StartAccepted(),
    StartRejected("connector_busy"),
    StartOutcomeUnknown("timeout"),
    BegunAtPost(metered=True),
    BegunAtPost(metered=False, over=True),
    DriverCanceled(),
    StartRetried("chs_next", adopts=True),
    StartRetried("chs_next", adopts=False),
    StopConfirmed(),
    StopAccepted(),
    StopFailed("refused"),
    SEEN,
    METERED,
    HoldNearlyUsed(),
    ENERGY_ENDED,
    EnergyResumed(),
    UNPLUGGED,
    SessionInvalidated(),
    CdrReceived(euro(0)),
    CdrReceived(euro(10)),
    CdrReceived(euro(1000)),
    CdrReceived(euro(6000)),
    CdrReceived(euro(-100)),
    CdrUnpriceable("other_currency"),
    StaffSettled(euro(0)),
    StaffSettled(euro(10)),
    StaffSettled(euro(1000)),
    MoneyMovedAfterwards(AFTER),
    MoneyMovedAfterwards(replace(AFTER, credited=euro(700))),
    MoneyMovedAfterwards(replace(AFTER, disputed=HELD)),
    MoneyMovedAfterwards(replace(AFTER, paid=euro(1000))),
    *(TimerFired(timer) for timer in Timer),
    TimerFired(Timer.HOLD_EXPIRY_NEAR, euro(1000)),
)


@dataclass(frozen=True)
class Walk:
    """Where a walk ended, the orders of its last step, and all orders."""

    state: ChargingState
    last: tuple[Order, ...] = ()
    orders: tuple[Order, ...] = ()

    @property
    def at(self) -> tuple[ChargingStatus, HoldStatus]:
        """Both statuses."""
        return self.state.status, self.state.hold


def kinds(found: Walk) -> list[type[object]]:
    """Return the kinds of the last orders, clocks left out."""
    return [type(order) for order in found.last if "Timer" not in type(order).__name__]


def walk(*facts: Fact, start: ChargingState = NEW, policy: Policy = POLICY) -> Walk:
    """Feed ``facts`` one by one from ``start``."""
    found = Walk(start)
    for fact in facts:
        step = advance(found.state, fact, policy)
        found = Walk(step.state, step.orders, found.orders + step.orders)
    return found


def undeclared(before: ChargingState, fact: Fact, after: ChargingState, orders: tuple[Order, ...]) -> str | None:
    """Say how a step went where its rows do not declare it may go, or return ``None``."""
    if isinstance(fact, HOLD_FACTS):
        row = HOLD.rows[before.hold, kind_of(fact)]
        holds = set(row.targets)
        statuses = {before.status}
        for hold in row.targets:
            coupling = COUPLING.rows.get((before.status, hold))
            statuses |= coupling.targets if coupling else set()
    else:
        holds = {before.hold}
        statuses = set(PROGRESS[before.status, kind_of(fact)].targets)
    holds |= {to for (_from, order), to in ORDERED.items() if order in {type(given) for given in orders}}
    if after.status not in statuses or after.hold not in holds:
        return f"{before.status}/{before.hold} + {fact} -> {after.status}/{after.hold}"
    return None
