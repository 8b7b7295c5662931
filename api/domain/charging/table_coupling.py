"""How the two machines of a charge pull each other: all rules that read one and move the other.

Charging progress moves the hold through few functions only: ``let_go``, ``keep_for_retry``, ``pass_on``, ``bill``,
``take_estimate`` and, when a stop is due because nothing secures the charge, ``order_stop``; what was paid and is not
owed goes back by ``give_back``. The hold moves charging progress through ``COUPLING``: a table from (charging status,
hold status just reached) to a step. Does not live here: what facts do within one machine (``table_hold.py``,
``table_start.py``, ``table_charge.py``, ``table_bill.py``).
"""

from api.domain.charging.facts import StopCause, Timer
from api.domain.charging.orders import (
    AskFinance,
    CancelTimer,
    CaptureHold,
    Finding,
    IssueReceipt,
    LowerReceivable,
    Message,
    Order,
    PassHoldOn,
    PullSession,
    RaiseReceivable,
    RefundDriver,
    ReleaseHold,
    SendStart,
    SendStop,
    SetTimer,
    TellDriver,
)
from api.domain.charging.state import (
    BEFORE_START,
    HOLD_ENDED,
    HOLD_FAILED,
    NO_CHARGE,
    RUNNING,
    ChargingState,
    ChargingStatus,
    HoldStatus,
    Policy,
)
from api.domain.charging.table import STAY, Advance, ReleaseFor, Table, go
from api.domain.money import Money

# --- progress moves the hold ----------------------------------------------------------------------------------------


def let_go(state: ChargingState, reason: str) -> Advance:
    """Nothing will be charged: let a hold go that is there to let go. Money already taken is for staff to return."""
    if state.hold in (HoldStatus.PLACED, HoldStatus.NEEDS_ACTION):
        return go(state, ReleaseHold(reason), hold=HoldStatus.RELEASING)
    if state.hold is HoldStatus.CAPTURED:
        return go(state, status=ChargingStatus.NEEDS_FINANCE)
    return go(state)  # pending or unknown: let go by COUPLING as soon as it shows; all others are gone or going


def keep_for_retry(state: ChargingState) -> Advance:
    """Keep a standing hold for a moment, because most drivers try again at once: one intent, one hold."""
    if state.hold is not HoldStatus.PLACED:
        return let_go(state, ReleaseFor.START_FAILED)
    return go(state, SetTimer(Timer.RETRY_WINDOW))


def pass_on(state: ChargingState, to: str) -> Advance:
    """Hand a standing hold to the driver's next charge; one that does not stand any more stays where it is."""
    if state.hold is not HoldStatus.PLACED:
        return go(state)
    clocks = (CancelTimer(Timer.RETRY_WINDOW), CancelTimer(Timer.HOLD_EXPIRY_NEAR))
    return go(state, *clocks, PassHoldOn(to), hold=HoldStatus.PASSED_ON)


def order_stop(state: ChargingState, cause: StopCause, *orders: Order) -> Advance:
    """Send a stop unless one is out; an idle charge stays idle, because its energy has ended already."""
    if state.stop_sent:
        return go(state, *orders)
    status = state.status if state.status is ChargingStatus.IDLE else ChargingStatus.STOP_REQUESTED
    sent = (SendStop(cause), SetTimer(Timer.STOP_RESULT), *orders)
    return go(state, *sent, status=status, stop_sent=True, stop_cause=cause)


def bill(state: ChargingState, policy: Policy) -> Advance:
    """Settle what is owed with the hold as it stands: capture once, or release, or book what cannot be taken."""
    if state.owed is None:
        return go(state)
    due = policy.due(state.owed)
    asked = state.asked(policy)
    if state.hold is HoldStatus.PLACED and asked.minor:
        return _capture(state, asked)
    if state.hold in (HoldStatus.PLACED, HoldStatus.NEEDS_ACTION):
        # A hold that still waits for the driver's bank cannot be counted on after the charge.
        release = ReleaseHold(ReleaseFor.NOTHING_OWED if state.hold is HoldStatus.PLACED else ReleaseFor.ABANDONED)
        return go(state, release, status=ChargingStatus.SETTLING, hold=HoldStatus.RELEASING)
    if state.hold in HOLD_ENDED:
        return _balance(state, due, asked)
    if state.hold in HOLD_FAILED:
        return go(state, status=ChargingStatus.NEEDS_FINANCE)
    return go(state, status=ChargingStatus.SETTLING)  # the hold is under way: its next fact decides


def take_estimate(state: ChargingState, estimate: Money | None, policy: Policy) -> Advance:
    """Capture the last known price because the hold is about to lapse and no bill came (failure mode 14).

    With no price known, or one below the minimum, the hold is released in time rather than left to lapse; finance is
    asked, and a CDR that comes later becomes a receivable.
    """
    if state.hold is not HoldStatus.PLACED:
        return go(state)
    if estimate is None or estimate < policy.minimum_charge:
        missing = AskFinance(Finding.CDR_MISSING)
        return go(state, ReleaseHold(ReleaseFor.NOTHING_OWED), missing, hold=HoldStatus.RELEASING)
    taken = min(estimate, state.hold_amount)
    orders = (CaptureHold(taken), AskFinance(Finding.ESTIMATE_CAPTURED, taken))
    return go(state, *orders, hold=HoldStatus.CAPTURING, capturing=taken, estimate_captured=True)


def _capture(state: ChargingState, due: Money) -> Advance:
    """Order the one capture there will be; what the hold does not cover is booked at once."""
    taken = min(due, state.hold_amount)
    rest = due - taken
    orders: list[Order] = [CaptureHold(taken)]
    if rest.minor:
        orders += [RaiseReceivable(rest), AskFinance(Finding.OWED_ABOVE_HOLD, rest)]
    receivable = state.receivable + rest
    settling = ChargingStatus.SETTLING
    return go(state, *orders, status=settling, hold=HoldStatus.CAPTURING, capturing=taken, receivable=receivable)


def _balance(state: ChargingState, due: Money, asked: Money) -> Advance:
    """Compare what is asked for with what was paid, now that the hold has ended, and close the charge.

    The driver owes what is asked above what was paid, and only paid money can be due to the driver: a bill that falls
    lowers the receivable first. What is kept above the bill goes back after a pause, because an operator corrects a
    bill by a credit and a new one (OCPI ``mod_cdrs``), and money must not travel for the time between the two.
    """
    zero = Money.zero(due.currency)
    after, paid = state.afterwards, state.paid
    receivable = max(asked - paid - after.written_off, zero)
    excess = max(paid - after.disputed - asked, zero)
    orders: list[Order] = []
    if receivable > state.receivable:
        missing = receivable - state.receivable
        orders.append(RaiseReceivable(missing))
        if state.captured is None and not state.signed:
            orders.append(AskFinance(Finding.CDR_AFTER_HOLD_ENDED, missing))
    if receivable < state.receivable:
        orders.append(LowerReceivable(state.receivable - receivable))
    if excess != state.excess:  # nothing is told too: what was to go back is due no more
        orders.append(AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, excess))
        orders.append(SetTimer(Timer.REFUND_DUE) if excess > after.stuck else CancelTimer(Timer.REFUND_DUE))
    if state.billed != due:
        orders += [IssueReceipt(), TellDriver(Message.RECEIPT_READY)]
    return go(state, *orders, status=ChargingStatus.SETTLED, receivable=receivable, excess=excess, billed=due)


def give_back(state: ChargingState, most: Money | None = None) -> Advance:
    """Order the refund of what is kept above the bill, ``most`` of it at most, but for what a person must pay."""
    amount = state.excess - state.afterwards.stuck
    amount = amount if most is None else min(amount, most)
    if amount.minor <= 0:
        return go(state)
    excess, zero = state.excess - amount, Money.zero(amount.currency)
    told = AskFinance(Finding.CDR_CHANGED_AFTER_CAPTURE, excess)
    return go(state, RefundDriver(amount), told, ordered_back=(state.ordered_back or zero) + amount, excess=excess)


# --- the hold moves progress ----------------------------------------------------------------------------------------


def _begin(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    return go(state, SendStart(), SetTimer(Timer.START_RESULT), status=ChargingStatus.STARTING)


def _ask_driver(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    orders = (TellDriver(Message.CONFIRM_WITH_BANK), SetTimer(Timer.DRIVER_ACTION))
    return go(state, *orders, status=ChargingStatus.AWAITING_DRIVER)


def _decline(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    told = TellDriver(Message.PAYMENT_DECLINED, state.failure_code)
    return go(state, told, status=ChargingStatus.DECLINED)


def _hold_wrong(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    told = TellDriver(Message.START_FAILED, state.failure_code)
    return go(state, told, status=ChargingStatus.START_FAILED)


def _hold_vanished(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    told = TellDriver(Message.START_FAILED, "hold_ended")
    return go(state, told, status=ChargingStatus.ABANDONED, failure_code="hold_ended")


def _taken_before_start(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    told = TellDriver(Message.START_FAILED, "captured_unexpectedly")
    return go(state, told, status=ChargingStatus.NEEDS_FINANCE, failure_code="captured_unexpectedly")


def _unsecured_start(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    orders = (SendStop(StopCause.HOLD_LIMIT), PullSession(), SetTimer(Timer.LATE_SESSION_GRACE))
    told = TellDriver(Message.START_UNCERTAIN, "hold_ended")
    return go(state, *orders, told, status=ChargingStatus.START_UNKNOWN, failure_code="hold_ended")


def _unsecured_charge(state: ChargingState, hold: object, policy: Policy) -> Advance:
    if state.begun_at_post and state.hold is HoldStatus.RELEASED:
        return _never_secured(state, hold, policy)
    orders: list[Order] = [TellDriver(Message.CHARGE_STOPPED, "hold_ended")]
    if state.hold is HoldStatus.RELEASED:
        orders.append(AskFinance(Finding.SESSION_WITHOUT_HOLD))
    return order_stop(state, StopCause.HOLD_LIMIT, *orders)


def _never_secured(state: ChargingState, _hold: object, policy: Policy) -> Advance:
    """A charge that a pass began runs without a hold: its driver hears so, and it is stopped only if that is wanted."""
    if not state.begun_at_post:
        return go(state)  # a start of ours that nobody waits for any more: its stop is out
    if policy.stop_unsecured:
        return order_stop(state, StopCause.HOLD_LIMIT, TellDriver(Message.NOTHING_RESERVED, "stopped"))
    return go(state, TellDriver(Message.NOTHING_RESERVED, state.failure_code))


def _no_retry(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    return go(state, CancelTimer(Timer.RETRY_WINDOW))


def _not_wanted(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    return let_go(state, ReleaseFor.REQUESTED if state.canceled else ReleaseFor.ABANDONED)


def _staff_decide(state: ChargingState, _hold: object, _policy: Policy) -> Advance:
    return go(state, status=ChargingStatus.NEEDS_FINANCE)


def _bill(state: ChargingState, _hold: object, policy: Policy) -> Advance:
    return bill(state, policy)


_C, _H = ChargingStatus, HoldStatus
_GONE = (_H.RELEASED, _H.EXPIRED)
COUPLING: Table[ChargingStatus] = Table()
"""What the hold's change means to charging progress; a pair that is absent means nothing."""

COUPLING.when(BEFORE_START, _H.PLACED, _begin, _C.STARTING)
COUPLING.when((_C.AWAITING_HOLD,), _H.NEEDS_ACTION, _ask_driver, _C.AWAITING_DRIVER)
COUPLING.when(BEFORE_START, _H.DECLINED, _decline, _C.DECLINED)
COUPLING.when(BEFORE_START, _H.RELEASING, _hold_wrong, _C.START_FAILED)
COUPLING.when(BEFORE_START, _H.CAPTURED, _taken_before_start, _C.NEEDS_FINANCE)
for _hold in _GONE:
    COUPLING.when(BEFORE_START, _hold, _hold_vanished, _C.ABANDONED)
    COUPLING.when((_C.START_FAILED,), _hold, _no_retry)
for _hold in (*_GONE, _H.CAPTURED):
    COUPLING.when((_C.STARTING, _C.START_ACCEPTED), _hold, _unsecured_start, _C.START_UNKNOWN)
    COUPLING.when((_C.IDLE,), _hold, _unsecured_charge, _C.IDLE)
for _hold in (_H.CAPTURED, _H.EXPIRED):
    COUPLING.when((_C.CHARGING,), _hold, _unsecured_charge, _C.STOP_REQUESTED)
COUPLING.when((_C.CHARGING,), _H.RELEASED, _unsecured_charge, STAY, _C.STOP_REQUESTED)
COUPLING.when((_C.CHARGING,), _H.DECLINED, _never_secured, STAY, _C.STOP_REQUESTED)
COUPLING.when((_C.IDLE,), _H.DECLINED, _never_secured, STAY)
for _hold in (_H.PLACED, _H.NEEDS_ACTION):
    COUPLING.when((_C.ABANDONED,), _hold, _not_wanted)
COUPLING.when(NO_CHARGE, _H.CAPTURED, _staff_decide, _C.NEEDS_FINANCE)
COUPLING.when(RUNNING | {_C.ENDED, _C.NEEDS_FINANCE}, _H.NEEDS_ACTION, _not_wanted)
COUPLING.when((_C.ENDED,), _H.CAPTURE_FAILED, _staff_decide, _C.NEEDS_FINANCE)
for _hold in (_H.PLACED, _H.NEEDS_ACTION):
    COUPLING.when((_C.SETTLING,), _hold, _bill, _C.SETTLING)
for _hold in HOLD_ENDED - {_H.PASSED_ON}:  # a charge whose hold was passed on has nothing in settling by then
    COUPLING.when((_C.SETTLING,), _hold, _bill, _C.SETTLED)
for _hold in HOLD_FAILED:
    COUPLING.when((_C.SETTLING,), _hold, _bill, _C.NEEDS_FINANCE)
for _hold in (*_GONE, _H.CAPTURED):
    COUPLING.when((_C.NEEDS_FINANCE,), _hold, _bill, STAY, _C.SETTLED)
COUPLING.when((_C.SETTLED,), _H.CAPTURED, _bill)
COUPLING.when((_C.SETTLED,), _H.RELEASING, _bill, _C.SETTLING)  # a declined hold came to be after all
