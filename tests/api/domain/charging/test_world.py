"""A charge among a processor, a partner, a driver, staff and clocks that lie, repeat, delay, reorder and give up.

What is told arrives in any order, any number of times, or never. Safety is checked at each step, liveness at the end.
"""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from api.domain.charging.afterwards import Afterwards
from api.domain.charging.facts import (
    BegunAtPost,
    CdrReceived,
    DriverCanceled,
    EnergyResumed,
    Fact,
    HoldNearlyUsed,
    HoldOutcomeUnknown,
    SessionInvalidated,
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
from api.domain.charging.lifecycle import accepts_cancel, accepts_stop, advance, is_final, keeps_hold
from api.domain.charging.orders import (
    CancelTimer,
    CaptureHold,
    Order,
    PassHoldOn,
    ReleaseHold,
    ResolveHold,
    SendStart,
    SendStop,
    SetTimer,
)
from api.domain.charging.state import BEFORE_START, STARTING, ChargingStatus, HoldStatus
from api.domain.money import Money
from tests.api.domain.charging.at_post import PassAtPost
from tests.api.domain.charging.beside import MoneyBeside
from tests.api.domain.charging.processor import Processor
from tests.api.domain.charging.walking import (
    BILLS,
    ENERGY_ENDED,
    HELD,
    METERED,
    NEW,
    PLACED,
    POLICY,
    SEEN,
    TO_CHARGING,
    TO_ENDED,
    UNPLUGGED,
    euro,
    undeclared,
)

NEAR_EXPIRY = TimerFired(Timer.HOLD_EXPIRY_NEAR, euro(900))
ANSWERS: list[Fact] = [StartAccepted(), StartRejected("busy"), StartOutcomeUnknown("timeout")]
STOP_ANSWERS: list[Fact] = [StopAccepted(), StopFailed("refused")]
PUSHES: list[Fact] = [SEEN, METERED, ENERGY_ENDED, EnergyResumed(), UNPLUGGED, SessionInvalidated(), HoldNearlyUsed()]


class World(PassAtPost, MoneyBeside, RuleBasedStateMachine):
    """Everything around one charge."""

    def __init__(self) -> None:
        super().__init__()
        self.state = NEW
        self.bank = Processor()
        self.open: list[Order] = []
        self.given: list[Order] = []
        self.clocks: set[Timer] = set()
        self.after = Afterwards.nothing("EUR")
        self.met = euro(0)
        """What of the receivable was paid or given up, as the books have it."""

    # --- the machine under test, checked at each step ---

    def feed(self, fact: Fact) -> None:
        """Tell the machine, check the step, and take its orders."""
        before = self.state
        step = advance(before, fact, POLICY)
        assert undeclared(before, fact, step.state, step.orders) is None
        self.state = step.state
        for order in step.orders:
            self.take(order)
        if not isinstance(fact, TimerFired) and self.may_hear_again(fact):
            again = advance(self.state, fact, POLICY)
            restarts = (SetTimer(Timer.METERING_STALE),) if isinstance(fact, SessionSeen) and again.orders else ()
            assert (again.state, again.orders) == (self.state, restarts)

    def may_hear_again(self, fact: Fact) -> bool:
        """The driver cannot repeat a wish that is no longer offered; a charge begins once, which is our own word."""
        wishes = {DriverCanceled: accepts_cancel, StopConfirmed: accepts_stop}
        return not isinstance(fact, BegunAtPost) and (type(fact) not in wishes or wishes[type(fact)](self.state))

    def take(self, order: Order) -> None:
        """Check an order against the truth, and remember it."""
        if isinstance(order, SendStart):
            assert SendStart() not in self.given, "started twice"
            assert self.state.hold is HoldStatus.PLACED
            assert self.bank.amount == HELD, "started on a hold of another amount"
        if isinstance(order, PassHoldOn):
            assert (self.open, self.state.session_seen) == ([], False), "passed on though it may be needed"
        if isinstance(order, CaptureHold):
            assert not self.ordered(CaptureHold), "captured twice"
            assert order.amount <= self.bank.amount, "captured above the hold"
        if isinstance(order, CaptureHold | ReleaseHold):  # staff may repeat a refused release; that is harmless
            other = ReleaseHold if isinstance(order, CaptureHold) else CaptureHold
            assert not any(isinstance(waiting, other) for waiting in self.open), "capture and release at once"
        if isinstance(order, CaptureHold | ReleaseHold | ResolveHold):
            self.open.append(order)
        if isinstance(order, SetTimer):
            self.clocks.add(order.timer)
        if isinstance(order, CancelTimer):
            self.clocks.discard(order.timer)
        self.given.append(order)

    def ordered(self, kind: type[Order]) -> list[Any]:
        """Return the orders of one kind given so far."""
        return [order for order in self.given if isinstance(order, kind)]

    @initialize(honest=st.sampled_from([(), (), (PLACED,), TO_CHARGING, (*TO_CHARGING, METERED), TO_ENDED]))
    def begin_honestly(self, honest: tuple[Fact, ...]) -> None:
        """Come some way down the main line before the lies begin, so that every part of it meets them."""
        if honest:
            self.bank.truth = "held"
            self.bank.news.append(self.bank.snapshot())
        for fact in honest:
            self.feed(fact)

    # --- the processor ---

    @precondition(lambda self: not self.bank.decided)
    @rule(truth=st.sampled_from(["held", "asking", "declined"]), amount=st.sampled_from([HELD, HELD, HELD, euro(4000)]))
    def bank_decides(self, truth: str, amount: Money) -> None:
        """Decide on the hold; the answer may arrive."""
        self.bank.truth, self.bank.amount = truth, amount
        self.bank.news.append(self.bank.snapshot())

    @precondition(lambda self: self.bank.truth == "nothing" and not self.bank.news)
    @rule(truth=st.sampled_from(["nothing", "held", "declined"]))
    def placing_breaks_off(self, truth: str) -> None:
        """Do it or not, and drop the answer."""
        self.bank.truth = truth
        self.feed(HoldOutcomeUnknown())

    @precondition(lambda self: self.bank.truth == "declined")
    @rule()
    def declined_hold_is_tried_again(self) -> None:
        """Hold the money after all, behind our back."""
        self.bank.truth = "held"
        self.bank.news.append(self.bank.snapshot())

    @precondition(lambda self: self.bank.truth == "held")
    @rule(end=st.sampled_from(["dashboard captures", "canceled", "expired"]), amount=st.integers(1, 40))
    def hold_ends_without_us(self, end: str, amount: int) -> None:
        """Let staff in the dashboard, or the bank, end the hold."""
        self.bank.truth = "captured" if end == "dashboard captures" else end
        self.bank.taken = euro(amount * 100) if self.bank.truth == "captured" else None
        self.bank.news.append(self.bank.snapshot())

    @precondition(lambda self: self.bank.truth == "held" and self.state.session_seen and self.bank.amount <= HELD)
    @rule()
    def hold_is_raised(self) -> None:
        """Raise the hold, as the driver agreed; the word of it comes when it comes."""
        self.bank.raise_to(euro(8000))

    @precondition(lambda self: self.open)
    @rule(how=st.sampled_from(["done", "done", "done, answer lost", "refused"]))
    def carry_out(self, how: str) -> None:
        """Do the oldest order, or refuse it for good; the answer may be lost."""
        self.bank.perform(self.open.pop(0), how)

    @precondition(lambda self: self.bank.decided)
    @rule()
    def sweep(self) -> None:
        """Look at the hold as it is."""
        self.feed(self.bank.snapshot())

    @precondition(lambda self: self.bank.news)
    @rule(data=st.data())
    def news_arrive(self, data: st.DataObject) -> None:
        """Deliver any answer or webhook ever sent: late, again, out of order."""
        self.feed(data.draw(st.sampled_from(self.bank.news)))

    # --- the partner, the driver, staff, clocks ---

    @precondition(lambda self: self.known_to_partner)
    @rule(fact=st.sampled_from(ANSWERS + PUSHES))
    def partner_says(self, fact: Fact) -> None:
        """Say anything about the charge, true or not, in any order."""
        self.feed(fact)

    @precondition(lambda self: self.ordered(SendStop))
    @rule(fact=st.sampled_from(STOP_ANSWERS))
    def partner_answers_the_stop(self, fact: Fact) -> None:
        """Answer a stop at any time after it was sent."""
        self.feed(fact)

    @precondition(lambda self: self.known_to_partner)
    @rule(fact=st.sampled_from(BILLS))
    def partner_bills(self, fact: Fact) -> None:
        """Send, credit or spoil CDRs at any time."""
        self.feed(fact)

    @precondition(lambda self: accepts_cancel(self.state))
    @rule()
    def driver_gives_up(self) -> None:
        """Lose patience."""
        self.feed(DriverCanceled())

    @precondition(lambda self: accepts_stop(self.state))
    @rule()
    def driver_stops(self) -> None:
        """Confirm a stop."""
        self.feed(StopConfirmed())

    @precondition(lambda self: keeps_hold(self.state))
    @rule(adopts=st.booleans())
    def driver_tries_again(self, adopts: bool) -> None:
        """Start anew, with this hold or without it; the bank may have ended it without our knowledge."""
        self.feed(StartRetried("chs_next", adopts=adopts))
        if adopts and self.bank.truth == "held":
            self.bank.truth = "passed on"

    @precondition(lambda self: self.may_settle())
    @rule(owed=st.sampled_from([0, 1000, 5600]))
    def staff_settle(self, owed: int) -> None:
        """Sign a decision."""
        self.feed(StaffSettled(euro(owed)))

    def may_settle(self) -> bool:
        """Staff decide only about charges that got somewhere."""
        return self.state.status not in BEFORE_START | STARTING | {ChargingStatus.DECLINED}

    @precondition(lambda self: self.clocks)
    @rule(data=st.data())
    def clock_fires(self, data: st.DataObject) -> None:
        """Let time pass."""
        timer = data.draw(st.sampled_from(sorted(self.clocks)))
        self.clocks.discard(timer)
        self.feed(NEAR_EXPIRY if timer is Timer.HOLD_EXPIRY_NEAR else TimerFired(timer))

    @rule(timer=st.sampled_from(Timer))
    def clock_fires_although_stopped(self, timer: Timer) -> None:
        """Fire a clock that was canceled too late, or never set."""
        self.feed(TimerFired(timer))

    # --- what must always hold ---

    @invariant()
    def money_is_accounted_for(self) -> None:
        """What the machine believes is what it ordered, and never more than the hold."""
        self.check_the_receivable()
        assert self.state.captured in (None, self.bank.taken)
        captures = self.ordered(CaptureHold)
        assert self.state.capturing == (captures[0].amount if captures else None)

    def teardown(self) -> None:
        """Heal the world: honest answers, firing clocks, at last a bill. Everything must come to its end."""
        for round_ in range(16):
            if not self.bank.decided:
                self.bank.truth = "declined"
            if self.bank.truth == "held" and round_ > 8:
                self.bank.truth = "expired"  # a hold that refused our orders lapses at the bank
            while self.open:
                self.bank.perform(self.open.pop(0), "done")
                self.feed(self.bank.news[-1])
            self.feed(self.bank.snapshot())
            for timer in sorted(self.clocks):
                self.clocks.discard(timer)
                self.feed(NEAR_EXPIRY if timer is Timer.HOLD_EXPIRY_NEAR else TimerFired(timer))
            if round_ > 4 and not is_final(self.state) and self.may_settle():
                self.feed(CdrReceived(euro(2000)) if round_ % 2 else StaffSettled(euro(2000)))
        assert is_final(self.state), self.state
        assert self.open == []
        assert (self.bank.truth == "passed on") <= (self.state.hold is HoldStatus.PASSED_ON)
        assert self.bank.truth in ("captured", "canceled", "expired", "declined", "passed on")
        self.check_the_bill()


TestWorld = World.TestCase
TestWorld.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
