"""What is owed: CDRs, the lack of them, and staff decisions. A bill moves the charge to settling whenever it comes.

A CDR is evidence that the session is over, so it ends a charge whose last pushes were lost; later news of the session
are ignored and later CDRs are trued up. Answers to OCPI ``mod_cdrs``, credit CDRs included: the fact carries the net.
What becomes of the hold is decided by ``bill`` in ``table_coupling.py``.
"""

from dataclasses import replace

from api.domain.charging.facts import (
    CdrReceived,
    CdrUnpriceable,
    MoneyMovedAfterwards,
    SessionInvalidated,
    StaffSettled,
    Timer,
    TimerFired,
)
from api.domain.charging.orders import (
    AskFinance,
    Finding,
    IssueReceipt,
    Message,
    Order,
    PullCdrs,
    ReleaseHold,
    SetTimer,
    TellDriver,
)
from api.domain.charging.state import (
    BEFORE_START,
    BILLING,
    HOLD_FAILED,
    RUNNING,
    ChargingState,
    ChargingStatus,
    HoldStatus,
    Policy,
)
from api.domain.charging.table import STAY, Advance, ReleaseFor, Table, go, then
from api.domain.charging.table_coupling import bill, give_back, let_go
from api.domain.money import Money

_C = ChargingStatus


def _cdr(state: ChargingState, fact: CdrReceived, policy: Policy) -> Advance:
    """Remember the net and settle it; the same net again changes nothing."""
    if fact.owed == state.owed:
        return go(state)
    if fact.owed.minor < 0:  # a credit came before what it credits: no money moves on half a story
        return _unpriceable(state, CdrUnpriceable("credit_without_cdr"), policy)
    if fact.credited is None:
        return _settle(state, fact.owed, policy, signed=False)
    after = replace(state.afterwards, credited=fact.credited)
    return _settle(state, fact.owed, policy, signed=False, after=after)


def _unpriceable(state: ChargingState, fact: CdrUnpriceable, policy: Policy) -> Advance:
    """The net is unknown until staff or a better CDR tell it; a hold stays as long as it can."""
    if state.status is _C.NEEDS_FINANCE and state.owed is None and state.failure_code == fact.code:
        return go(state)
    finding = AskFinance(Finding.CDR_UNPRICEABLE)
    waiting = go(state, finding, status=_C.NEEDS_FINANCE, owed=None, signed=False, failure_code=fact.code)
    if state.hold is not HoldStatus.NEEDS_ACTION:
        return waiting
    return then(waiting, lambda after, _: let_go(after, ReleaseFor.ABANDONED), policy=policy)


def _staff(state: ChargingState, fact: StaffSettled, policy: Policy) -> Advance:
    """Take the decision as the bill; a hold that refused capture or release is asked to go once more."""
    if state.hold in HOLD_FAILED:
        retried = go(state, ReleaseHold(ReleaseFor.REQUESTED), hold=HoldStatus.RELEASING)
        return then(retried, lambda after, _: _settle(after, fact.owed, policy, signed=True), policy=policy)
    if state.owed == fact.owed and state.signed:
        return go(state)
    return _settle(state, fact.owed, policy, signed=True)


def _invalidated(state: ChargingState, _fact: SessionInvalidated, policy: Policy) -> Advance:
    """No CDR will follow: nothing is owed. Should one follow all the same, it is trued up like any late CDR."""
    return _settle(state, Money.zero(state.hold_amount.currency), policy, failure_code="session_invalid")


def _settle(state: ChargingState, owed: Money, policy: Policy, **changes: object) -> Advance:
    orders: list[Order] = []
    if state.status in RUNNING:
        orders.append(TellDriver(Message.CHARGE_ENDED))
    if owed.minor > 0 and owed < policy.minimum_charge:
        orders.append(AskFinance(Finding.BELOW_MINIMUM_WAIVED, owed))
    if state.billed == policy.due(owed) == Money.zero(owed.currency) and owed != state.owed:
        orders.append(IssueReceipt())  # nothing is due before and after, but the paper names the waived bill
    why = state.failure_code if state.hold in HOLD_FAILED else None  # an older failure ends with the bill
    billed = go(state, *orders, **{"status": _C.SETTLING, "owed": owed, "failure_code": why, **changes})
    return then(billed, bill, policy=policy)


def _moved(state: ChargingState, fact: MoneyMovedAfterwards, policy: Policy) -> Advance:
    """Count what moved beside the hold, and see what it leaves owed on either side.

    A payment or a write-off lowers what the driver owes by itself: its own journal says so. What staff waived goes back
    at once; a person decided it.
    """
    before, totals = state.afterwards, fact.totals
    if totals == before:
        return go(state)
    zero = Money.zero(state.hold_amount.currency)
    met = totals.paid - before.paid + totals.written_off - before.written_off
    counted = go(state, after=totals, receivable=max(state.receivable - max(met, zero), zero))
    if state.status is not _C.SETTLED:
        return counted
    waived = max(totals.credited - before.credited, zero)
    return then(counted, bill, lambda after, _: give_back(after, waived), policy=policy)


def _refund(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    """No replacement of the bill came: what was kept above it goes back."""
    if state.status is _C.SETTLING:  # a new bill is being settled: what is kept above it will show
        return go(state, SetTimer(Timer.REFUND_DUE))
    return give_back(state)


def _no_cdr(state: ChargingState, _fact: TimerFired, _policy: Policy) -> Advance:
    """Ask the partner and finance; ask again as long as the hold could still pay."""
    again = (SetTimer(Timer.CDR_OVERDUE),) if state.hold is HoldStatus.PLACED else ()
    return go(state, PullCdrs(), AskFinance(Finding.CDR_MISSING), *again)


BILL: Table[ChargingStatus] = Table()
"""(charging status, event) -> step, for everything that tells or decides what is owed."""

_WITH_LIVE_HOLD = BEFORE_START | {_C.STARTING, _C.START_ACCEPTED}
_DECIDABLE = RUNNING | {_C.ENDED, _C.START_FAILED, _C.ABANDONED, _C.NEEDS_FINANCE}

BILL.on(_WITH_LIVE_HOLD, CdrReceived, _cdr, _C.SETTLING, _C.NEEDS_FINANCE)
BILL.on((_C.SETTLING, _C.SETTLED), CdrReceived, _cdr, STAY, _C.NEEDS_FINANCE)
BILL.on(set(ChargingStatus) - _WITH_LIVE_HOLD - {_C.SETTLING, _C.SETTLED}, CdrReceived, _cdr, *BILLING)
BILL.on(ChargingStatus, CdrUnpriceable, _unpriceable, _C.NEEDS_FINANCE)
BILL.on(_DECIDABLE, StaffSettled, _staff, _C.SETTLING, _C.SETTLED)
BILL.on((_C.SETTLING, _C.SETTLED), StaffSettled, _staff)
BILL.on(RUNNING | {_C.ENDED}, SessionInvalidated, _invalidated, *BILLING)
BILL.on(ChargingStatus, MoneyMovedAfterwards, _moved)
BILL.when((_C.ENDED,), Timer.CDR_OVERDUE, _no_cdr)
BILL.when((_C.SETTLING, _C.SETTLED), Timer.REFUND_DUE, _refund)
