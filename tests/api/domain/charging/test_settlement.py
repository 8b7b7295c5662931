"""Rules for settling without a smooth bill: missing CDRs, estimates, refused captures and releases, staff."""

import pytest

from api.domain.charging.facts import (
    CaptureFailed,
    CdrReceived,
    CdrUnpriceable,
    Fact,
    HoldCaptured,
    HoldExpired,
    HoldReleased,
    ReleaseFailed,
    SessionInvalidated,
    StaffSettled,
    Timer,
    TimerFired,
)
from api.domain.charging.lifecycle import advance, is_final
from api.domain.charging.orders import (
    AskFinance,
    CaptureHold,
    Finding,
    IssueReceipt,
    LowerReceivable,
    Message,
    PullCdrs,
    RaiseReceivable,
    ReleaseHold,
    SendStop,
    SetTimer,
    TellDriver,
)
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.money import CurrencyMismatch, Money
from tests.api.domain.charging.walking import (
    CDR,
    ENERGY_ENDED,
    HELD,
    METERED,
    NEW,
    POLICY,
    TAKEN,
    TO_CHARGING,
    TO_ENDED,
    euro,
    kinds,
    walk,
)

_C, _H = ChargingStatus, HoldStatus


def near_expiry(estimate: int | None) -> TimerFired:
    """Return the clock of the hold, with an estimate in cents."""
    return TimerFired(Timer.HOLD_EXPIRY_NEAR, None if estimate is None else euro(estimate))


def test_an_overdue_cdr_is_asked_for_as_long_as_the_hold_could_pay() -> None:
    """Pull, tell finance, and wait again; without a hold the waiting is finance's."""
    found = walk(*TO_ENDED, TimerFired(Timer.CDR_OVERDUE))
    assert found.state.status is _C.ENDED
    assert found.last == (PullCdrs(), AskFinance(Finding.CDR_MISSING), SetTimer(Timer.CDR_OVERDUE))
    lapsed = walk(HoldExpired(), TimerFired(Timer.CDR_OVERDUE), start=found.state)
    assert lapsed.last == (PullCdrs(), AskFinance(Finding.CDR_MISSING))


@pytest.mark.parametrize(("estimate", "taken"), [(900, 900), (50, 50), (5000, 5000), (9900, 5000)])
def test_an_estimate_is_captured_before_the_hold_lapses(estimate: int, taken: int) -> None:
    """Failure mode 14: the last known price, never above the hold, marked as an estimate; the bill is still awaited."""
    found = walk(*TO_ENDED, near_expiry(estimate))
    assert found.at == (_C.ENDED, _H.CAPTURING)
    assert found.last == (CaptureHold(euro(taken)), AskFinance(Finding.ESTIMATE_CAPTURED, euro(taken)))
    captured = walk(HoldCaptured(euro(taken)), start=found.state)
    assert captured.at == (_C.ENDED, _H.CAPTURED)
    assert captured.state.estimate_captured
    assert IssueReceipt() not in captured.last
    assert not is_final(captured.state)


def test_a_credit_after_the_true_up_of_an_estimate_falls_back_on_it() -> None:
    """Estimate 9.00, bill 10.00, credited to 7.00: the 1.00 booked beside the estimate goes, 2.00 are to refund."""
    trued = walk(*TO_ENDED, near_expiry(900), HoldCaptured(euro(900)), CdrReceived(euro(1000))).state
    found = walk(CdrReceived(euro(700)), start=trued)
    assert kinds(found) == [LowerReceivable, AskFinance, IssueReceipt, TellDriver]
    assert LowerReceivable(euro(100)) in found.last
    assert AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(200)) in found.last


def test_a_cdr_after_the_estimate_is_trued_up() -> None:
    """More becomes a receivable, less is told to finance, the same settles quietly."""
    estimated = walk(*TO_ENDED, near_expiry(900), HoldCaptured(euro(900))).state
    more = walk(CdrReceived(euro(1000)), start=estimated)
    less = walk(CdrReceived(euro(700)), start=estimated)
    same = walk(CdrReceived(euro(900)), start=estimated)
    assert kinds(more) == [RaiseReceivable, IssueReceipt, TellDriver]
    assert RaiseReceivable(euro(100)) in more.last
    assert kinds(less) == [AskFinance, IssueReceipt, TellDriver]
    assert AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(200)) in less.last
    assert kinds(same) == [IssueReceipt, TellDriver]
    assert all(is_final(found.state) for found in (more, less, same))


@pytest.mark.parametrize("estimate", [None, 0, 49])
def test_a_hold_without_a_price_is_released_before_it_lapses(estimate: int | None) -> None:
    """Nothing worth taking is known: the driver's money goes back in time and finance is told."""
    found = walk(*TO_ENDED, near_expiry(estimate))
    assert found.at == (_C.ENDED, _H.RELEASING)
    assert found.last == (ReleaseHold("nothing_owed"), AskFinance(Finding.CDR_MISSING))


@pytest.mark.parametrize("so_far", [TO_CHARGING, (*TO_CHARGING, ENERGY_ENDED)], ids=["charging", "idle"])
def test_a_running_charge_whose_hold_lapses_is_stopped(so_far: tuple[Fact, ...]) -> None:
    """The estimate is taken and nothing secures what flows or parks from now on."""
    found = walk(*so_far, near_expiry(900))
    assert found.state.hold is _H.CAPTURING
    assert CaptureHold(euro(900)) in found.last
    assert [type(order) for order in found.last].count(SendStop) == 1


def test_a_hold_that_lapses_while_it_is_let_go_is_no_finding() -> None:
    """The money was on its way back anyway."""
    found = walk(*TO_ENDED, CdrReceived(euro(0)), HoldExpired())
    assert is_final(found.state)
    assert not any(isinstance(order, AskFinance) for order in found.last)


def test_the_clock_of_a_hold_that_is_under_way_does_nothing() -> None:
    """A capture or release is out: the clock fires too late to matter."""
    for so_far in ((CDR,), (CdrReceived(euro(0)),), (CDR, TAKEN)):
        found = walk(*TO_ENDED, *so_far)
        assert walk(near_expiry(900), start=found.state).last == ()


def test_a_capture_in_the_dashboard_is_counted_and_told() -> None:
    """Failure mode 17: the processor's amount is the fact; the bill is settled around it."""
    taken = walk(*TO_ENDED, HoldCaptured(euro(1000)))
    assert AskFinance(Finding.CAPTURED_UNEXPECTEDLY, euro(1000)) in taken.last
    billed = walk(CDR, start=taken.state)
    assert RaiseReceivable(euro(234)) in billed.last
    assert not any(isinstance(order, CaptureHold) for order in billed.orders)
    other = walk(*TO_ENDED, CDR, HoldCaptured(euro(1300)))
    assert AskFinance(Finding.CAPTURED_UNEXPECTEDLY, euro(1300)) in other.last
    assert AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(66)) in other.last
    assert is_final(other.state)


def test_a_failed_capture_waits_for_staff() -> None:
    """No blind retry (failure mode 16): finance gets the sum, and the signed decision books it and frees the hold."""
    failed = walk(*TO_ENDED, CDR, CaptureFailed("declined"))
    assert failed.at == (_C.NEEDS_FINANCE, _H.CAPTURE_FAILED)
    assert AskFinance(Finding.CAPTURE_FAILED, euro(1234)) in failed.last
    signed = walk(StaffSettled(euro(1234)), start=failed.state)
    assert signed.at == (_C.SETTLING, _H.RELEASING)
    assert ReleaseHold("requested") in signed.last
    settled = walk(HoldReleased(), start=signed.state)
    assert is_final(settled.state)
    assert kinds(settled) == [RaiseReceivable, IssueReceipt, TellDriver]


def test_a_capture_that_failed_may_turn_out_done_or_lapsed() -> None:
    """Reading the payment again shows the truth: adopt the money, or book what can no longer be taken."""
    failed = walk(*TO_ENDED, CDR, CaptureFailed("unexpected_state")).state
    done = walk(TAKEN, start=failed)
    assert done.at == (_C.SETTLED, _H.CAPTURED)
    assert not any(isinstance(order, AskFinance) for order in done.last)
    lapsed = walk(HoldExpired(), start=failed)
    assert lapsed.at == (_C.SETTLED, _H.EXPIRED)
    assert RaiseReceivable(euro(1234)) in lapsed.last
    assert AskFinance(Finding.HOLD_EXPIRED, euro(1234)) in lapsed.last


def test_a_failed_release_waits_for_staff_or_the_bank() -> None:
    """The money stays blocked, so the charge is not final until the hold is gone."""
    failed = walk(*TO_ENDED, CdrReceived(euro(0)), ReleaseFailed("refused"))
    assert failed.at == (_C.NEEDS_FINANCE, _H.RELEASE_FAILED)
    assert AskFinance(Finding.RELEASE_FAILED) in failed.last
    retried = walk(StaffSettled(euro(0)), start=failed.state)
    assert ReleaseHold("requested") in retried.last
    assert is_final(walk(HoldReleased(), start=retried.state).state)
    assert is_final(walk(HoldExpired(), start=failed.state).state)


@pytest.mark.parametrize("news", [HoldExpired(), HoldReleased()])
def test_a_hold_that_ends_during_the_capture_leaves_a_receivable(news: Fact) -> None:
    """The capture lost the race against the bank or the dashboard."""
    found = walk(*TO_ENDED, CDR, news)
    assert found.state.status is _C.SETTLED
    assert RaiseReceivable(euro(1234)) in found.last


def test_a_cdr_that_cannot_be_priced_waits_for_staff_with_the_hold_kept() -> None:
    """Failure mode 21: never convert silently; staff decide and the hold still pays."""
    found = walk(*TO_ENDED, CdrUnpriceable("other_currency"))
    assert found.at == (_C.NEEDS_FINANCE, _H.PLACED)
    assert AskFinance(Finding.CDR_UNPRICEABLE) in found.last
    assert CaptureHold(euro(800)) in walk(StaffSettled(euro(800)), start=found.state).last
    assert CaptureHold(euro(1234)) in walk(CDR, start=found.state).last
    assert CaptureHold(euro(900)) in walk(near_expiry(900), start=found.state).last


def test_a_capture_that_ends_while_staff_must_decide_does_not_settle() -> None:
    """The net is unknown, so money taken for an older net does not close the charge."""
    found = walk(*TO_ENDED, CDR, CdrUnpriceable("periods_broken"), TAKEN)
    assert found.at == (_C.NEEDS_FINANCE, _H.CAPTURED)
    assert IssueReceipt() not in found.last
    assert is_final(walk(StaffSettled(euro(1234)), start=found.state).state)


def test_the_same_decision_brings_no_second_receipt_or_finding() -> None:
    """What finance and the driver were told already is not told again when the charge settles at the same price."""
    less = walk(*TO_ENDED, CDR, TAKEN, CdrReceived(euro(1000)))
    again = walk(CdrUnpriceable("periods_broken"), StaffSettled(euro(1000)), start=less.state)
    assert is_final(again.state)
    assert again.last == ()


def test_the_reason_of_a_failure_ends_with_it() -> None:
    """A settled charge shows no old failure; one that waits for staff shows why."""
    unpriceable = walk(*TO_ENDED, CdrUnpriceable("other_currency"))
    assert unpriceable.state.failure_code == "other_currency"
    assert walk(CDR, start=unpriceable.state).state.failure_code is None
    failed = walk(*TO_ENDED, CDR, CaptureFailed("declined"), CdrReceived(euro(1000)))
    assert failed.at == (_C.NEEDS_FINANCE, _H.CAPTURE_FAILED)
    assert failed.state.failure_code == "declined"


def test_a_bill_that_ends_a_running_charge_tells_the_driver() -> None:
    """The pushes of the end were lost: the driver learns of it from the bill, once."""
    assert TellDriver(Message.CHARGE_ENDED) in walk(*TO_CHARGING, CDR).last
    assert TellDriver(Message.CHARGE_ENDED) not in walk(*TO_ENDED, CDR).last


def test_a_credit_before_its_cdr_moves_no_money() -> None:
    """A negative net is half a story: staff or the missing CDR decide."""
    found = walk(*TO_ENDED, CdrReceived(euro(-500)))
    assert found.at == (_C.NEEDS_FINANCE, _H.PLACED)
    assert CaptureHold(euro(734)) in walk(CdrReceived(euro(734)), start=found.state).last


def test_staff_may_settle_a_charge_whose_cdr_never_comes() -> None:
    """The signed decision is the bill; a CDR that comes all the same is trued up."""
    settled = walk(*TO_ENDED, StaffSettled(euro(600)), HoldCaptured(euro(600)))
    assert is_final(settled.state)
    assert walk(StaffSettled(euro(600)), start=settled.state).last == ()
    assert walk(CdrReceived(euro(600)), start=settled.state).last == ()
    assert RaiseReceivable(euro(634)) in walk(CDR, start=settled.state).last


def test_staff_may_waive_everything() -> None:
    """Zero releases everything."""
    assert walk(*TO_ENDED, StaffSettled(euro(0))).at == (_C.SETTLING, _H.RELEASING)


def test_a_signed_receivable_is_not_asked_about_again() -> None:
    """Finance decided this very sum: booking it opens no new finding."""
    found = walk(*TO_ENDED, HoldExpired(), StaffSettled(euro(600)))
    assert kinds(found) == [RaiseReceivable, IssueReceipt, TellDriver]


def test_an_invalid_session_owes_nothing() -> None:
    """The partner takes the session back: release; a CDR that follows all the same becomes a receivable."""
    found = walk(*TO_CHARGING, METERED, SessionInvalidated())
    assert found.at == (_C.SETTLING, _H.RELEASING)
    assert ReleaseHold("nothing_owed") in found.last
    assert RaiseReceivable(euro(1234)) in walk(HoldReleased(), CDR, start=found.state).last


def test_no_cdr_after_the_invalid_session_does_not_undo_a_bill() -> None:
    """The bill was there first; the session's word comes too late."""
    billed = walk(*TO_ENDED, CDR)
    assert walk(SessionInvalidated(), start=billed.state).last == ()


def test_another_currency_never_mixes() -> None:
    """The contract says that a CDR in another currency never gets here; if it does, it raises."""
    with pytest.raises(CurrencyMismatch):
        advance(walk(*TO_ENDED).state, CdrReceived(Money(1000, "CHF")), POLICY)


def test_the_new_state_holds_the_amount_agreed() -> None:
    """A fresh charge waits for exactly the hold it was made for, with nothing taken, owed or booked."""
    assert (NEW.status, NEW.hold, NEW.hold_amount) == (_C.AWAITING_HOLD, _H.PENDING, HELD)
    assert (NEW.captured, NEW.capturing, NEW.owed, NEW.receivable) == (None, None, None, euro(0))
