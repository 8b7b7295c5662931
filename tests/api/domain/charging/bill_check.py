"""What a charge must have come to when everything is over, checked against the money that was really taken."""

from collections.abc import Sequence

from api.domain.charging.orders import AskFinance, Finding, IssueReceipt, Order
from api.domain.charging.state import ChargingState, ChargingStatus
from api.domain.money import Money
from tests.api.domain.charging.walking import POLICY, euro


def check_the_bill(state: ChargingState, taken: Money, given: Sequence[Order]) -> None:
    """A settled charge has its price taken or booked, and a receipt; any other end took nothing silently."""
    if state.status is not ChargingStatus.SETTLED:
        assert state.receivable + taken == euro(0)
        assert not state.session_seen
        return
    assert state.owed is not None
    due = state.owed if state.owed >= POLICY.minimum_charge else euro(0)
    assert state.receivable == max(due - taken, euro(0)), "owed beside what was taken"
    assert state.excess == max(taken - due, euro(0)), "a refund of what was never paid"
    assert IssueReceipt() in given
    assert state.billed == due
    changed = [
        order for order in given if isinstance(order, AskFinance) and order.finding is Finding.CDR_CHANGED_AFTER_CAPTURE
    ]
    assert state.excess == (changed[-1].amount if changed else euro(0)), "finance was told another sum"
