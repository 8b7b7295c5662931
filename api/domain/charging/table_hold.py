"""The machine of the card hold: what the processor's news do to it, whatever the charge is doing.

The table is total: webhooks come late, twice and out of order, so any news can meet any status. What a change means
to the charge is in ``table_coupling.py``. Answers to Stripe's PaymentIntent life cycle with manual capture
(https://docs.stripe.com/payments/paymentintents/lifecycle); the calls themselves are in ``services/payments``.
"""

from api.domain.charging.facts import (
    CaptureFailed,
    CaptureWindowMoved,
    HoldCaptured,
    HoldDeclined,
    HoldExpired,
    HoldExtended,
    HoldNeedsAction,
    HoldOutcomeUnknown,
    HoldPlaced,
    HoldReleased,
    ReleaseFailed,
    Timer,
)
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    CaptureHold,
    Finding,
    Order,
    PassHoldOn,
    ReleaseHold,
    ResolveHold,
    SetTimer,
)
from api.domain.charging.state import HOLD_ENDED, ChargingState, HoldStatus, Policy
from api.domain.charging.table import Advance, ReleaseFor, Table, go

HOLD_FACTS = (
    HoldPlaced,
    HoldNeedsAction,
    HoldDeclined,
    HoldOutcomeUnknown,
    HoldCaptured,
    HoldReleased,
    HoldExpired,
    CaptureFailed,
    ReleaseFailed,
    HoldExtended,
    CaptureWindowMoved,
)
"""The facts that belong to the hold; all others belong to charging progress."""

_H = HoldStatus
_END_OF_CLOCK = CancelTimer(Timer.HOLD_EXPIRY_NEAR)

ORDERED: dict[tuple[HoldStatus, type[Order]], HoldStatus] = {
    (_H.PLACED, CaptureHold): _H.CAPTURING,
    (_H.PLACED, ReleaseHold): _H.RELEASING,
    (_H.PLACED, PassHoldOn): _H.PASSED_ON,
    (_H.NEEDS_ACTION, ReleaseHold): _H.RELEASING,
    (_H.CAPTURE_FAILED, ReleaseHold): _H.RELEASING,
    (_H.RELEASE_FAILED, ReleaseHold): _H.RELEASING,
}
"""The moves of the hold that our own orders make; no other order may be given, and nothing but news moves it else."""


def _placed(state: ChargingState, fact: HoldPlaced, _policy: Policy) -> Advance:
    """Count on a hold only if it is exactly what the driver agreed to."""
    if fact.amount != state.hold_amount:
        orders = (ReleaseHold(ReleaseFor.START_FAILED), AskFinance(Finding.HOLD_AMOUNT_WRONG, fact.amount))
        return go(state, *orders, hold=_H.RELEASING, failure_code="hold_amount_wrong")
    return go(state, SetTimer(Timer.HOLD_EXPIRY_NEAR), hold=_H.PLACED)


def _placed_after_decline(state: ChargingState, _fact: HoldPlaced, _policy: Policy) -> Advance:
    """The same intent was tried again behind our back; nobody waits for this hold any more."""
    return go(state, ReleaseHold(ReleaseFor.ABANDONED), hold=_H.RELEASING)


def _needs_action(state: ChargingState, _fact: HoldNeedsAction, _policy: Policy) -> Advance:
    return go(state, hold=_H.NEEDS_ACTION)


def _declined(state: ChargingState, fact: HoldDeclined, _policy: Policy) -> Advance:
    return go(state, hold=_H.DECLINED, failure_code=fact.code)


def _outcome_unknown(state: ChargingState, _fact: HoldOutcomeUnknown, _policy: Policy) -> Advance:
    return go(state, ResolveHold(), hold=_H.UNKNOWN)


def _captured(state: ChargingState, fact: HoldCaptured, _policy: Policy) -> Advance:
    """Take the processor's word for the money; what we did not order is told to finance."""
    if fact.amount == state.captured:
        return go(state)
    asked = fact.amount == state.capturing
    findings = () if asked else (AskFinance(Finding.CAPTURED_UNEXPECTEDLY, fact.amount),)
    return go(state, _END_OF_CLOCK, *findings, hold=_H.CAPTURED, captured=fact.amount)


def _released(state: ChargingState, _fact: HoldReleased, _policy: Policy) -> Advance:
    return go(state, _END_OF_CLOCK, hold=_H.RELEASED)


def _expired(state: ChargingState, _fact: HoldExpired, _policy: Policy) -> Advance:
    """A lapse matters to finance only if the hold was still meant to pay."""
    wanted = state.hold in (_H.PLACED, _H.CAPTURING, _H.CAPTURE_FAILED)
    findings = (AskFinance(Finding.HOLD_EXPIRED, state.capturing or state.owed),) if wanted else ()
    return go(state, _END_OF_CLOCK, *findings, hold=_H.EXPIRED)


def _capture_failed(state: ChargingState, fact: CaptureFailed, _policy: Policy) -> Advance:
    finding = AskFinance(Finding.CAPTURE_FAILED, state.owed or state.capturing)
    return go(state, finding, hold=_H.CAPTURE_FAILED, failure_code=fact.code)


def _release_failed(state: ChargingState, _fact: ReleaseFailed, _policy: Policy) -> Advance:
    return go(state, AskFinance(Finding.RELEASE_FAILED), hold=_H.RELEASE_FAILED)


def _extended(state: ChargingState, fact: HoldExtended, _policy: Policy) -> Advance:
    """Follow the processor's word on how much stands; an older word never lowers it."""
    return go(state, hold_amount=max(state.hold_amount, fact.amount))


def _window_moved(state: ChargingState, _fact: CaptureWindowMoved, _policy: Policy) -> Advance:
    return go(state, SetTimer(Timer.HOLD_EXPIRY_NEAR))


_OPEN = (_H.PENDING, _H.NEEDS_ACTION, _H.UNKNOWN)
_HELD = (_H.PLACED, _H.CAPTURING, _H.RELEASING, _H.CAPTURE_FAILED, _H.RELEASE_FAILED)
_ORDERED_OR_FAILED = (_H.CAPTURING, _H.RELEASING, _H.CAPTURE_FAILED, _H.RELEASE_FAILED)

HOLD: Table[HoldStatus] = Table()
"""(hold status, news of the hold) -> step."""

HOLD.on(_OPEN, HoldPlaced, _placed, _H.PLACED, _H.RELEASING)
HOLD.on((_H.DECLINED,), HoldPlaced, _placed_after_decline, _H.RELEASING)
HOLD.ignore((_H.PLACED, *_ORDERED_OR_FAILED, _H.CAPTURED, _H.RELEASED, _H.EXPIRED, _H.PASSED_ON), HoldPlaced)

HOLD.on((_H.PENDING, _H.UNKNOWN), HoldNeedsAction, _needs_action, _H.NEEDS_ACTION)
HOLD.ignore((_H.NEEDS_ACTION, *_HELD, *HOLD_ENDED), HoldNeedsAction)

HOLD.on(_OPEN, HoldDeclined, _declined, _H.DECLINED)
HOLD.ignore((*_HELD, *HOLD_ENDED), HoldDeclined)  # what stood cannot be declined any more: old news

HOLD.on((_H.PENDING,), HoldOutcomeUnknown, _outcome_unknown, _H.UNKNOWN)
# A capture or release that broke off is finished by the sweeper of operations, with the same key.
HOLD.ignore((_H.NEEDS_ACTION, _H.UNKNOWN, *_HELD, *HOLD_ENDED), HoldOutcomeUnknown)

# Money that was taken is a fact wherever it comes: by us, by staff in the processor's dashboard, by a late answer.
HOLD.on(set(HoldStatus) - {_H.PASSED_ON}, HoldCaptured, _captured, _H.CAPTURED)
HOLD.ignore((_H.PASSED_ON,), HoldCaptured)  # it is the money of the charge that has the hold now, and counted there

HOLD.on((*_OPEN, *_HELD), HoldReleased, _released, _H.RELEASED)
HOLD.ignore(HOLD_ENDED, HoldReleased)
HOLD.on((*_OPEN, *_HELD), HoldExpired, _expired, _H.EXPIRED)
HOLD.ignore(HOLD_ENDED, HoldExpired)

HOLD.on((_H.CAPTURING,), CaptureFailed, _capture_failed, _H.CAPTURE_FAILED)
HOLD.ignore(set(HoldStatus) - {_H.CAPTURING}, CaptureFailed)
HOLD.on((_H.RELEASING,), ReleaseFailed, _release_failed, _H.RELEASE_FAILED)
HOLD.ignore(set(HoldStatus) - {_H.RELEASING}, ReleaseFailed)

HOLD.on(_HELD, HoldExtended, _extended)
HOLD.ignore((*_OPEN, *HOLD_ENDED), HoldExtended)
HOLD.on((_H.PLACED,), CaptureWindowMoved, _window_moved)
HOLD.ignore(set(HoldStatus) - {_H.PLACED}, CaptureWindowMoved)
