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
    StartOutcomeUnknown,
)
from api.domain.charging.lifecycle import is_final
from api.domain.charging.orders import (
    AskFinance,
    CaptureHold,
    Finding,
    RaiseReceivable,
    ReleaseHold,
)
from api.domain.charging.state import ChargingStatus, HoldStatus, Policy
from tests.api.domain.charging.walking import (
    CDR,
    ENERGY_ENDED,
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


def test_less_owed_after_the_capture_is_told_to_finance() -> None:
    """A credit CDR after the capture: finance sees how much was taken too much, until refunds exist."""
    found = walk(*TO_ENDED, CDR, TAKEN, CdrReceived(euro(1000)))
    assert found.last == (AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, euro(234)), *RECEIPT)
    assert found.state.excess == euro(234)


@pytest.mark.parametrize("ended", [HoldReleased(), HoldExpired()])
def test_a_cdr_after_the_hold_ended_becomes_a_receivable(ended: Fact) -> None:
    """No capture is possible any more (failure mode 15): book it and tell finance."""
    found = walk(*TO_ENDED, ended, CDR)
    assert found.state.status is _C.SETTLED
    assert RaiseReceivable(euro(1234)) in found.last
    assert AskFinance(Finding.CDR_AFTER_HOLD_ENDED, euro(1234)) in found.last
    assert not any(isinstance(order, CaptureHold) for order in found.orders)
    assert is_final(found.state)


def test_a_cdr_while_the_release_is_under_way_is_remembered() -> None:
    """Never capture and release at once: the release ends first, then the sum is booked."""
    found = walk(*TO_ENDED, CdrReceived(euro(0)), CDR)
    assert kinds(found) == []
    assert RaiseReceivable(euro(1234)) in walk(HoldReleased(), start=found.state).last
