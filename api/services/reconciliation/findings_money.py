"""The actions about findings that move money, each by the use case that there is for it."""

from api.domain.charging.state import HOLD_FAILED
from api.domain.errors import Invalid
from api.domain.finance.finding import APPROVERS
from api.models.afterwards import CreditRow, SettlementRow, WriteOffRow
from api.services.charging.approvals import RequestState, check_second_person, named
from api.services.charging.credits import request_credit
from api.services.charging.refund_decisions import settle_otherwise
from api.services.charging.refund_plan import RefundState
from api.services.charging.settlements import request_settlement
from api.services.charging.stored_state import state_of
from api.services.charging.write_offs import request_write_off
from api.services.reconciliation.findings_accept import REPAYMENT, essence_of, standing_request
from api.services.reconciliation.findings_steps import note_of
from api.services.reconciliation.findings_wish import Outcome, Wish


class AmountMissing(Invalid):
    """A capture needs the sum that the driver is to owe, above zero."""


async def capture(wish: Wish) -> Outcome:
    """End the charge with a sum, taken from its hold as far as that goes."""
    if wish.amount_minor is None or wish.amount_minor <= 0:
        raise AmountMissing("amount_missing")
    return await _settle(wish, wish.amount_minor)


async def release(wish: Wish) -> Outcome:
    """Let the hold go. One that the processor keeps refusing leaves the bill as it is, to be paid otherwise."""
    charge = wish.about.charge
    state = None if charge is None else state_of(charge)
    owed = state.owed if state is not None and state.hold in HOLD_FAILED else None
    return await _settle(wish, 0 if owed is None else owed.minor)


async def _settle(wish: Wish, owed_minor: int) -> Outcome:
    row = await request_settlement(
        db=wish.db,
        ports=wish.ports,
        now=wish.now,
        charging_session_id=wish.charging_session_id,
        owed_minor=owed_minor,
        reason=wish.reason,
        text=wish.text,
        by=wish.by.name,
        alone_minor=wish.alone_minor,
    )
    return _requested(row)


async def refund(wish: Wish) -> Outcome:
    """Waive part of the bill, all that is asked if no amount is given; what of it was paid goes back."""
    row = await request_credit(
        db=wish.db,
        ports=wish.ports,
        now=wish.now,
        charging_session_id=wish.charging_session_id,
        amount_minor=wish.amount_minor,
        reason=wish.reason,
        text=wish.text,
        by=wish.by.name,
        alone_minor=wish.alone_minor,
    )
    return _requested(row)


async def write_off(wish: Wish) -> Outcome:
    """Give up what the driver owes, all of it if no amount is given."""
    row = await request_write_off(
        db=wish.db,
        ports=wish.ports,
        now=wish.now,
        charging_session_id=wish.charging_session_id,
        amount_minor=wish.amount_minor,
        text=wish.text,
        by=wish.by.name,
        alone_minor=wish.alone_minor,
    )
    return _requested(row)


def _requested(row: CreditRow | WriteOffRow | SettlementRow) -> Outcome:
    facts = {"amount_minor": row.amount_minor, "currency": row.currency, "state": str(row.state)}
    return Outcome(row.id, done=row.state == RequestState.APPROVED, mends=True, facts=facts)


async def settle_refund_otherwise(wish: Wish) -> Outcome:
    """Note that a refund that failed or was denied was paid by a transfer, which the text names.

    Nothing else proves the transfer: above what one person decides alone, or where the same person denied the refund,
    somebody else who may approve has to note it too.
    """
    refund = wish.about.refund
    rest = 0 if refund is None else refund.amount_minor - refund.repaid_minor
    denied_by = refund.decided_by if refund is not None and refund.state == RefundState.DENIED else None
    if rest > wish.alone_minor or denied_by == named(wish.by.name):
        asked = await standing_request(db=wish.db, ports=wish.ports, now=wish.now, finding=wish.finding)
        if asked is None or wish.finding.waiting_for != REPAYMENT or not wish.by.has_any(APPROVERS):
            note_of(wish.text)
            return Outcome(REPAYMENT, done=False, facts=essence_of(wish.finding))
        check_second_person(by=wish.by.name, requested_by=asked.by)
    row = await settle_otherwise(
        db=wish.db,
        ports=wish.ports,
        now=wish.now,
        refund_id=wish.finding.subject,
        by=wish.by.name,
        reference=wish.text,
    )
    return Outcome(row.id, mends=True, facts={"amount_minor": row.amount_minor, "currency": row.currency})
