"""Rules for the bill: the one capture, CDRs early, late, twice and changed, and what the hold does not cover."""

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
    HoldReleased,
    StaffSettled,
    StartOutcomeUnknown,
    Timer,
)
from api.domain.charging.lifecycle import is_final
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    CaptureHold,
    Finding,
    LowerReceivable,
    RaiseReceivable,
    ReleaseHold,
)
from api.domain.charging.state import ChargingStatus, HoldStatus, Policy
from tests.api.domain.charging.walking import (
    CDR,
    ENERGY_ENDED,
    HELD,
    METERED,
    PLACED,
    RECEIPT,
    SEEN,
    TAKEN,
    TO_CHARGING,
    TO_ENDED,
    UNPLUGGED,
    euro,
    kinds,
    walk,
)

_C, _H = ChargingStatus, HoldStatus


def test_a_charge_is_captured_exactly_once_and_receipted() -> None:
    """The happy path's end: exact capture, then a receipt, then nothing is expected."""
    settling = walk(*TO_ENDED, CDR)
    assert settling.at == (_C.SETTLING, _H.CAPTURING)
    assert kinds(settling) == [CaptureHold]
    assert CaptureHold(euro(1234)) in settling.last
    settled = walk(TAKEN, start=settling.state)
    assert settled.at == (_C.SETTLED, _H.CAPTURED)
    assert settled.last[-2:] == RECEIPT
    assert is_final(settled.state)
    assert settled.state.captured == euro(1234)


def test_nothing_owed_releases_the_whole_hold() -> None:
    """Zero cannot be captured: cancel, and give a zero receipt once the money is free (failure mode 13)."""
    settling = walk(*TO_ENDED, CdrReceived(euro(0)))
    assert settling.at == (_C.SETTLING, _H.RELEASING)
    assert ReleaseHold("nothing_owed") in settling.last
    settled = walk(HoldReleased(), start=settling.state)
    assert settled.at == (_C.SETTLED, _H.RELEASED)
    assert settled.last[-2:] == RECEIPT
    assert settled.state.billed == euro(0)


@pytest.mark.parametrize(("owed", "waived"), [(1, True), (49, True), (50, False)])
def test_a_bill_below_the_minimum_is_waived_and_told(owed: int, waived: bool) -> None:
    """Under the policy's minimum nothing is taken; at the minimum it is."""
    found = walk(*TO_ENDED, CdrReceived(euro(owed)))
    assert (ReleaseHold("nothing_owed") in found.last) is waived
    assert (AskFinance(Finding.BELOW_MINIMUM_WAIVED, euro(owed)) in found.last) is waived
    assert (CaptureHold(euro(owed)) in found.last) is not waived


def test_the_minimum_is_the_policys() -> None:
    """The number comes from settings, per currency, and is not built in."""
    policy = Policy(minimum_charge=euro(200))
    assert ReleaseHold("nothing_owed") in walk(*TO_ENDED, CdrReceived(euro(199)), policy=policy).last


@pytest.mark.parametrize(("owed", "taken", "rest"), [(5000, 5000, 0), (5001, 5000, 1), (6210, 5000, 1210)])
def test_what_the_hold_does_not_cover_becomes_a_receivable(owed: int, taken: int, rest: int) -> None:
    """Never above the hold (failure mode 12): capture all of it once, book the rest, tell finance."""
    found = walk(*TO_ENDED, CdrReceived(euro(owed)))
    assert CaptureHold(euro(taken)) in found.last
    assert (RaiseReceivable(euro(rest)) in found.last) is (rest > 0)
    assert (AskFinance(Finding.OWED_ABOVE_HOLD, euro(rest)) in found.last) is (rest > 0)
    settled = walk(HoldCaptured(euro(taken)), start=found.state)
    assert settled.at == (_C.SETTLED, _H.CAPTURED)
    assert settled.last[-2:] == RECEIPT
    assert not any(isinstance(order, RaiseReceivable) for order in settled.last)


STILL_OPEN: list[tuple[Fact, ...]] = [
    (PLACED,),
    (PLACED, StartOutcomeUnknown("timeout")),
    TO_CHARGING,
    (*TO_CHARGING, METERED, ENERGY_ENDED),
]


@pytest.mark.parametrize("so_far", STILL_OPEN, ids=["starting", "unknown", "charging", "idle"])
def test_a_cdr_before_the_session_ended_moves_the_money_and_keeps_listening(so_far: tuple[Fact, ...]) -> None:
    """A CDR is evidence of the end; what the session still says afterwards is expected and changes nothing."""
    settling = walk(*so_far, CDR)
    assert settling.at == (_C.SETTLING, _H.CAPTURING)
    assert CaptureHold(euro(1234)) in settling.last
    for late in (SEEN, METERED, ENERGY_ENDED, UNPLUGGED):
        assert walk(late, start=settling.state).last == ()
    assert is_final(walk(UNPLUGGED, TAKEN, SEEN, start=settling.state).state)


@pytest.mark.parametrize("so_far", [(), (HoldOutcomeUnknown(),)], ids=["pending", "unknown"])
def test_a_cdr_before_the_hold_is_known_is_remembered(so_far: tuple[Fact, ...]) -> None:
    """The bill waits for the hold; when the hold shows, it pays, and no start is sent any more."""
    waiting = walk(*so_far, CDR)
    assert waiting.state.status is _C.SETTLING
    assert kinds(waiting) == []
    paid = walk(PLACED, start=waiting.state)
    assert paid.at == (_C.SETTLING, _H.CAPTURING)
    assert kinds(paid) == [CaptureHold]
    unpaid = walk(HoldDeclined("no"), start=waiting.state)
    assert unpaid.at == (_C.SETTLED, _H.DECLINED)
    assert RaiseReceivable(euro(1234)) in unpaid.last


def test_a_cdr_after_giving_up_with_an_unknown_hold_is_paid_by_it() -> None:
    """The driver gave up, the hold was unknown, a CDR came all the same: the hold is not let go unpaid."""
    found = walk(HoldOutcomeUnknown(), DriverCanceled(), CDR, PLACED)
    assert found.at == (_C.SETTLING, _H.CAPTURING)
    assert CaptureHold(euro(1234)) in found.last


def test_a_hold_that_waits_for_the_bank_cannot_pay() -> None:
    """Nobody confirms a hold after the charge: it is released and the sum is booked."""
    found = walk(HoldNeedsAction(), CDR)
    assert found.at == (_C.SETTLING, _H.RELEASING)
    assert walk(HoldReleased(), start=found.state).last[-4:-2] == (
        RaiseReceivable(euro(1234)),
        AskFinance(Finding.CDR_AFTER_HOLD_ENDED, euro(1234)),
    )


def test_the_same_net_again_changes_nothing() -> None:
    """A CDR posted twice is one bill (failure mode 9), before and after the capture."""
    for so_far in ((CDR,), (CDR, TAKEN)):
        billed = walk(*TO_ENDED, *so_far)
        again = walk(CDR, start=billed.state)
        assert (again.state, again.last) == (billed.state, ())


def test_a_credit_before_the_capture_is_netted() -> None:
    """The fact carries the net, so what is captured is the net (failure mode 11)."""
    found = walk(*TO_ENDED, CdrReceived(euro(800)))
    assert CaptureHold(euro(800)) in found.last


def test_a_net_that_changes_while_capturing_is_trued_up_afterwards() -> None:
    """There is one capture: the change waits for it and is settled beside it."""
    changed = walk(*TO_ENDED, CDR, CdrReceived(euro(1500)))
    assert kinds(changed) == []
    assert RaiseReceivable(euro(266)) in walk(TAKEN, start=changed.state).last


def test_more_owed_after_the_capture_becomes_a_receivable_with_a_new_receipt() -> None:
    """No second capture; the driver gets a receipt of the new price."""
    found = walk(*TO_ENDED, CDR, TAKEN, CdrReceived(euro(1300)))
    assert found.last == (RaiseReceivable(euro(66)), *RECEIPT)
    assert is_final(found.state)


@pytest.mark.parametrize("ended", [HoldReleased(), HoldExpired()])
def test_a_cdr_after_the_hold_ended_becomes_a_receivable(ended: Fact) -> None:
    """No capture is possible any more (failure mode 15): book it and tell finance."""
    found = walk(*TO_ENDED, ended, CDR)
    assert found.state.status is _C.SETTLED
    assert RaiseReceivable(euro(1234)) in found.last
    assert AskFinance(Finding.CDR_AFTER_HOLD_ENDED, euro(1234)) in found.last
    assert not any(isinstance(order, CaptureHold) for order in found.orders)
    assert is_final(found.state)


# --- a bill that falls after a receivable was booked ------------------------------------------------------------------

ABOVE_HOLD = (*TO_ENDED, CdrReceived(euro(11781)), HoldCaptured(HELD))
"""117.81 on a hold of 50.00: all of it captured, 67.81 booked."""


@pytest.mark.parametrize(
    ("owed", "lowered", "excess"),
    [(11780, 1, 0), (5001, 6780, 0), (5000, 6781, 0), (4999, 6781, 1), (49, 6781, 5000), (0, 6781, 5000)],
)
def test_a_lower_bill_takes_from_the_receivable_before_anything_is_to_refund(
    owed: int, lowered: int, excess: int
) -> None:
    """What was never paid cannot be paid back: the receivable falls first, never below zero, then captured money."""
    found = walk(*ABOVE_HOLD, CdrReceived(euro(owed)))
    assert [order for order in found.last if isinstance(order, LowerReceivable)] == [LowerReceivable(euro(lowered))]
    told = [order for order in found.last if order == AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(excess))]
    assert len(told) == (excess > 0)
    assert (found.state.receivable, found.state.excess) == (euro(6781 - lowered), euro(excess))
    assert found.last[-2:] == RECEIPT
    assert is_final(found.state)


def test_a_receivable_falls_and_rises_with_every_new_bill() -> None:
    """Credit, replacement, credit again: each step books its own difference, and the last bill alone counts."""
    credited = walk(*ABOVE_HOLD, CdrReceived(euro(0)))
    replaced = walk(CdrReceived(euro(11781)), start=credited.state)
    assert RaiseReceivable(euro(6781)) in replaced.last
    again = walk(CdrReceived(euro(0)), start=replaced.state)
    assert LowerReceivable(euro(6781)) in again.last
    assert again.state == credited.state


def test_finance_is_told_when_a_refund_is_no_longer_due() -> None:
    """A bill that rises again takes back what finance was told to refund: the finding's amount becomes nothing."""
    found = walk(*ABOVE_HOLD, CdrReceived(euro(0)), CdrReceived(euro(6000)))
    assert found.last == (
        RaiseReceivable(euro(1000)),
        AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(0)),
        CancelTimer(Timer.REFUND_DUE),
        *RECEIPT,
    )


def test_the_same_lower_bill_lowers_once() -> None:
    """A repeated credit changes nothing."""
    found = walk(*ABOVE_HOLD, CdrReceived(euro(6000)))
    again = walk(CdrReceived(euro(6000)), start=found.state)
    assert (again.state, again.last) == (found.state, ())


@pytest.mark.parametrize("ended", [HoldReleased(), HoldExpired()])
def test_a_credit_of_a_bill_that_was_never_paid_leaves_nothing_to_refund(ended: Fact) -> None:
    """The hold was gone, so all of the bill was booked; a full credit takes all of it back and asks nobody."""
    found = walk(*TO_ENDED, ended, CDR, CdrReceived(euro(0)))
    assert found.last == (LowerReceivable(euro(1234)), *RECEIPT)
    assert (found.state.receivable, found.state.excess) == (euro(0), euro(0))


def test_a_credit_while_the_capture_is_under_way_waits_for_it() -> None:
    """What was booked beside the one capture is lowered when the capture is known, whatever order the news take."""
    credited = walk(*TO_ENDED, CdrReceived(euro(11781)), CdrReceived(euro(3000)))
    assert kinds(credited) == []
    captured = walk(HoldCaptured(HELD), start=credited.state)
    assert LowerReceivable(euro(6781)) in captured.last
    assert AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(2000)) in captured.last
    lapsed = walk(HoldExpired(), start=credited.state)
    assert LowerReceivable(euro(3781)) in lapsed.last
    assert (lapsed.state.receivable, lapsed.state.excess) == (euro(3000), euro(0))


def test_money_taken_for_a_sum_that_was_booked_pays_it() -> None:
    """Staff capture in the dashboard what we had booked as owed: the driver owes it no more and paid nothing twice."""
    found = walk(HoldDeclined("no"), CDR, TAKEN)
    assert LowerReceivable(euro(1234)) in found.last
    assert (found.state.receivable, found.state.excess) == (euro(0), euro(0))
    assert not any(order == AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(1234)) for order in found.last)


def test_an_unpriceable_bill_leaves_the_receivable_until_somebody_decides() -> None:
    """No money moves on half a story; the decision, or the next net, is then compared with what is booked."""
    waiting = walk(*ABOVE_HOLD, CdrReceived(euro(-100)))
    assert (waiting.state.status, waiting.state.receivable) == (_C.NEEDS_FINANCE, euro(6781))
    assert not any(isinstance(order, LowerReceivable) for order in waiting.last)
    for decision in (StaffSettled(euro(2000)), CdrReceived(euro(2000))):
        settled = walk(decision, start=waiting.state)
        assert LowerReceivable(euro(6781)) in settled.last
        assert AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(3000)) in settled.last
        assert is_final(settled.state)


def test_a_cdr_while_the_release_is_under_way_is_remembered() -> None:
    """Never capture and release at once: the release ends first, then the sum is booked."""
    found = walk(*TO_ENDED, CdrReceived(euro(0)), CDR)
    assert kinds(found) == []
    assert RaiseReceivable(euro(1234)) in walk(HoldReleased(), start=found.state).last
