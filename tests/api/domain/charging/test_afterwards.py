"""Rules for money that moves beside the hold: what goes back, what is waived, paid later, or taken back by a bank."""

from dataclasses import replace

from api.domain.charging.facts import CdrReceived, HoldCaptured, MoneyMovedAfterwards, Timer, TimerFired
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    Finding,
    LowerReceivable,
    RefundDriver,
    SetTimer,
)
from tests.api.domain.charging.walking import AFTER, CDR, HELD, RECEIPT, TAKEN, TO_ENDED, euro, kinds, walk

ABOVE_HOLD = (*TO_ENDED, CdrReceived(euro(11781)), HoldCaptured(HELD))
"""117.81 on a hold of 50.00: all of it captured, 67.81 booked."""
TOO_MUCH = AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(234))
SETTLED_TO = AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(0))
REFUND_DUE = TimerFired(Timer.REFUND_DUE)


def test_less_owed_after_the_capture_goes_back_after_a_pause() -> None:
    """A credit CDR after the capture: the difference is refunded, once, when no replacement of the bill came."""
    found = walk(*TO_ENDED, CDR, TAKEN, CdrReceived(euro(1000)))
    assert found.last == (TOO_MUCH, SetTimer(Timer.REFUND_DUE), *RECEIPT)
    assert found.state.excess == euro(234)

    refunded = walk(REFUND_DUE, start=found.state)
    assert refunded.last == (RefundDriver(euro(234)), SETTLED_TO)
    assert (refunded.state.excess, refunded.state.refunded) == (euro(0), euro(234))
    assert walk(REFUND_DUE, start=refunded.state).last == ()


def test_a_credit_and_its_replacement_move_no_money() -> None:
    """OCPI corrects a bill by a credit and a new one: between the two no refund leaves that must be asked for again."""
    found = walk(*TO_ENDED, CDR, TAKEN, CdrReceived(euro(0)), CDR, REFUND_DUE)
    assert not any(isinstance(order, RefundDriver) for order in found.orders)
    assert (found.state.excess, found.state.receivable) == (euro(0), euro(0))


def test_a_refund_that_fails_is_for_a_person_and_not_tried_again() -> None:
    """The driver is still to be paid: finance sees the sum until it is paid in another way."""
    refunded = walk(*TO_ENDED, CDR, TAKEN, CdrReceived(euro(1000)), REFUND_DUE)
    failed = walk(MoneyMovedAfterwards(replace(AFTER, withheld=euro(234))), start=refunded.state)
    assert failed.last == (TOO_MUCH, CancelTimer(Timer.REFUND_DUE))
    assert walk(REFUND_DUE, start=failed.state).last == ()

    paid = walk(MoneyMovedAfterwards(replace(AFTER, withheld=euro(234), repaid=euro(234))), start=failed.state)
    assert SETTLED_TO in paid.last
    assert paid.state.excess == euro(0)


def test_what_a_bank_took_back_is_not_refunded_as_well() -> None:
    """While a dispute is open, or lost, a lower bill gives nothing back; once it is won it does (failure mode 26)."""
    disputed = MoneyMovedAfterwards(replace(AFTER, disputed=euro(1234)))
    found = walk(*TO_ENDED, CDR, TAKEN, disputed, CdrReceived(euro(1000)), REFUND_DUE)
    assert not any(isinstance(order, RefundDriver) for order in found.orders)
    assert (found.state.excess, found.state.receivable) == (euro(0), euro(0))

    won = walk(MoneyMovedAfterwards(AFTER), REFUND_DUE, start=found.state)
    assert RefundDriver(euro(234)) in won.last


def test_what_staff_waive_goes_back_at_once_and_is_owed_no_more() -> None:
    """A credit lowers what is owed first, and returns what was paid of it; the bill itself stays as it is."""
    waived = MoneyMovedAfterwards(replace(AFTER, credited=euro(500)))
    settled = walk(*TO_ENDED, CDR, TAKEN, waived)
    assert RefundDriver(euro(500)) in settled.last
    assert (settled.state.owed, settled.state.billed) == (euro(1234), euro(1234))

    above = walk(*ABOVE_HOLD, waived)
    assert kinds(above) == [LowerReceivable]
    assert above.last == (LowerReceivable(euro(500)),)


def test_a_payment_of_the_rest_ends_the_receivable_without_touching_the_bill() -> None:
    """What is paid or given up is booked by its own journal, so the machine only stops asking for it."""
    for how in ("paid", "written_off"):
        met = walk(*ABOVE_HOLD, MoneyMovedAfterwards(replace(AFTER, **{how: euro(6781)})))
        assert met.last == ()
        assert met.state.receivable == euro(0)


def test_too_much_paid_for_a_bill_that_fell_goes_back() -> None:
    """The rest is paid with a link while a credit is on its way: what is above the bill is refunded."""
    paid = MoneyMovedAfterwards(replace(AFTER, paid=euro(6781)))
    found = walk(*ABOVE_HOLD, CdrReceived(euro(10000)), paid, REFUND_DUE)
    assert RefundDriver(euro(1781)) in found.last
    assert found.state.paid == euro(10000)
