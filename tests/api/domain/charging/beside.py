"""What may move beside the hold of the charge in ``test_world.py``: refunds that fail, disputes, payments, waivers."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from api.domain.charging.afterwards import Afterwards
from api.domain.charging.facts import Fact, MoneyMovedAfterwards
from api.domain.charging.orders import (
    AskFinance,
    Finding,
    IssueReceipt,
    LowerReceivable,
    Order,
    RaiseReceivable,
    RefundDriver,
)
from api.domain.charging.state import ChargingState, ChargingStatus
from api.domain.money import Money
from tests.api.domain.charging.processor import Processor
from tests.api.domain.charging.walking import POLICY, euro


class MoneyBeside:
    """Rules and totals of the money beside the hold; the world brings the rest."""

    state: ChargingState
    bank: Processor
    after: Afterwards
    met: Money

    def feed(self, fact: Fact) -> None:
        """Tell the machine."""
        raise NotImplementedError

    def ordered(self, kind: type[Order]) -> list[Any]:
        """Return the orders of one kind given so far."""
        raise NotImplementedError

    def moves_afterwards(self, **changes: Money) -> None:
        """Change some totals and tell the machine; what it ordered to refund since is in them."""
        grown = {name: getattr(self.after, name) + amount for name, amount in changes.items()}
        self.after = replace(self.after, **grown)
        met = changes.get("paid", euro(0)) + changes.get("written_off", euro(0))
        self.met += min(met, self.state.receivable)
        self.feed(MoneyMovedAfterwards(self.after))

    def kept(self) -> Money:
        """Return what was taken or paid and neither went back nor is disputed."""
        return (self.bank.taken or euro(0)) + self.after.paid - self.going_back() - self.after.disputed

    def going_back(self) -> Money:
        """Return what went back to the driver or is on its way."""
        ordered = sum((order.amount for order in self.ordered(RefundDriver)), euro(0))
        return ordered - self.after.stuck + self.after.returned

    @precondition(lambda self: self.going_back().minor > 0)
    @rule(data=st.data())
    def refund_fails(self, data: st.DataObject) -> None:
        """Send some of the money that was on its way back to us."""
        ordered = self.going_back() - self.after.returned - self.after.repaid
        if ordered.minor <= 0:
            return
        failed = euro(data.draw(st.integers(1, ordered.minor)))
        self.moves_afterwards(withheld=failed)

    @precondition(lambda self: self.after.stuck.minor > 0)
    @rule()
    def failed_refund_is_paid_by_transfer(self) -> None:
        """Pay in another way what could not be refunded."""
        self.moves_afterwards(repaid=self.after.stuck)

    @precondition(lambda self: self.kept().minor > 0)
    @rule()
    def staff_refund_by_hand(self) -> None:
        """Refund in the processor's dashboard: services count it as what had failed first, and the rest as waived."""
        given = min(self.kept(), euro(300))
        repaid = min(given, self.after.stuck)
        self.moves_afterwards(repaid=repaid, returned=given - repaid, credited=given - repaid)

    @precondition(lambda self: self.kept().minor > 0 and self.after.disputed.minor == 0)
    @rule()
    def driver_disputes(self) -> None:
        """Let the driver's bank take everything back."""
        self.moves_afterwards(disputed=self.kept())

    @precondition(lambda self: self.after.disputed.minor > 0)
    @rule()
    def dispute_is_won(self) -> None:
        """Let the bank give back what it took."""
        self.moves_afterwards(disputed=-self.after.disputed)

    @precondition(lambda self: self.state.receivable.minor > 0)
    @rule(how=st.sampled_from(["paid", "paid", "written_off"]), over=st.sampled_from([0, 0, 300]))
    def receivable_ends(self, how: str, over: int) -> None:
        """Pay what is owed, too much of it when the bill has just fallen, or give it up."""
        self.moves_afterwards(**{how: self.state.receivable + euro(over if how == "paid" else 0)})

    @precondition(lambda self: self.state.status is ChargingStatus.SETTLED)
    @rule(amount=st.sampled_from([100, 2000]))
    def staff_waive(self, amount: int) -> None:
        """Waive some of what is asked for."""
        waived = min(euro(amount), self.state.asked(POLICY))
        if waived.minor:
            self.moves_afterwards(credited=waived)

    @rule()
    def old_totals_are_told_again(self) -> None:
        """Tell the totals as they are."""
        self.moves_afterwards()

    def check_the_receivable(self) -> None:
        """Check that what is owed beside the hold was booked, and that nothing goes back that was never paid."""
        raised = [order.amount for order in self.ordered(RaiseReceivable)]
        lowered = [order.amount for order in self.ordered(LowerReceivable)]
        assert sum(raised, euro(0)) - sum(lowered, euro(0)) - self.met == self.state.receivable >= euro(0)
        assert self.going_back() <= (self.bank.taken or euro(0)) + self.after.paid, "never paid"
        assert all(amount.minor > 0 for amount in raised + lowered)

    def check_what_was_paid(self, due: Money, taken: Money) -> None:
        """Check, at the end, that what is asked for was paid or is booked, and that nothing is kept above it."""
        asked = max(due - self.after.credited, euro(0))
        paid = taken + self.after.paid - self.going_back()
        given_up = self.after.written_off
        assert self.state.receivable == max(asked - paid - given_up, euro(0)), "owed beside what was paid"
        assert self.state.excess == max(paid - self.after.disputed - asked, euro(0)), "a refund of what was never paid"
        assert self.state.excess <= self.after.stuck, "kept above the bill, and nobody is asked to give it back"
        changed = [order for order in self.ordered(AskFinance) if order.finding is Finding.CDR_CHANGED_AFTER_CAPTURE]
        assert self.state.excess == (changed[-1].amount if changed else euro(0)), "finance was told another sum"

    def check_the_bill(self) -> None:
        """A settled charge has its price taken or booked, and a receipt; any other end took nothing silently."""
        taken = self.bank.taken or euro(0)
        if self.state.status is not ChargingStatus.SETTLED:
            assert self.state.receivable + taken == euro(0)
            assert not self.state.session_seen
            return
        assert self.state.owed is not None
        due = self.state.owed if self.state.owed >= POLICY.minimum_charge else euro(0)
        self.check_what_was_paid(due, taken)
        assert self.ordered(IssueReceipt)
        assert self.state.billed == due
