"""The middle step of giving money back: one call to the processor, outside any transaction, with the call's key.

Serves refunds of charges (``services/charging/refund_run.py``) and pay-outs of wallets (``services/wallet/payout.py``).
Every outcome is a value, so that the recording step can store it.
"""

from dataclasses import dataclass

from api.domain.money import Money
from api.models.afterwards import RefundRow
from api.models.payment import PaymentOperation
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.refunds import RefundReason, RefundRequest, RefundSnapshot
from api.services.calls import Call, key_worn_out
from api.services.payments.perform import Unknown


@dataclass(frozen=True, slots=True)
class Accepted:
    """The processor shows the refund."""

    snapshot: RefundSnapshot


@dataclass(frozen=True, slots=True)
class NothingThere:
    """The key is worn out and the processor shows no refund of this id: ask anew with a fresh key."""


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """The processor said no, and asking again cannot help."""

    code: str


RefundOutcome = Accepted | NothingThere | RefundRefused | Unknown


async def perform_refund(*, ports: Ports, operation: PaymentOperation, refund: RefundRow) -> RefundOutcome:
    """Give money of a charge back, or look whether it went already; raises nothing anticipated."""
    request = RefundRequest(
        refund_id=refund.id,
        payment_intent_id=str(refund.payment_intent_id),
        amount=Money(refund.amount_minor, refund.currency),
        reason=RefundReason.REQUESTED,
        charging_session_id=refund.charging_session_id,
    )
    # A refusal is believed only where no earlier attempt can have done it.
    first = operation.attempts == 1 and operation.replaces_id is None
    return await give_back(ports=ports, call=operation, request=request, key=operation.id, only_attempt=first)


async def give_back(
    *, ports: Ports, call: Call, request: RefundRequest, key: str, only_attempt: bool = False
) -> RefundOutcome:
    """Make ``call`` with ``key``, or look whether it was made: its key may be worn out, a refusal that of a repetition.

    ``request`` is the same in every attempt; ``only_attempt`` says that a refusal is of this one. Raises nothing
    anticipated.
    """
    try:
        if key_worn_out(call, ports.clock.now()):
            return await _look(ports, request)
        return Accepted(await ports.refunds.refund_payment(request, idempotency_key=key))
    except ProcessorRefused as refused:
        found = NothingThere() if only_attempt else await _look_again(ports, request)
        return RefundRefused(refused.processor_code) if isinstance(found, NothingThere) else found
    except OutcomeUnknown as unknown:
        return await _look_again(ports, request) if unknown.facts.get("replayed") else Unknown()


async def _look(ports: Ports, request: RefundRequest) -> RefundOutcome:
    """Look for the refund among those of its payment: an answer may have been lost."""
    for snapshot in await ports.refunds.refunds_of_payment(request.payment_intent_id):
        if snapshot.our_refund_id == request.refund_id:
            return Accepted(snapshot)
    return NothingThere()


async def _look_again(ports: Ports, request: RefundRequest) -> RefundOutcome:
    """Look although the processor has just failed us; what cannot be seen stays unknown."""
    try:
        return await _look(ports, request)
    except (OutcomeUnknown, ProcessorRefused):
        return Unknown()
