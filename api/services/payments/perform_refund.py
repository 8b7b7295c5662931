"""The middle step of a refund: one call to the processor, outside any transaction, with the operation's key.

Every outcome is a value, so that the recording step can store it (``services/charging/refund_run.py``).
"""

from dataclasses import dataclass

from api.domain.money import Money
from api.models.afterwards import RefundRow
from api.models.payment import PaymentOperation
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.refunds import RefundReason, RefundRequest, RefundSnapshot
from api.services.calls import key_worn_out


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


@dataclass(frozen=True, slots=True)
class Unclear:
    """The call broke off; the sweeper asks again."""


RefundOutcome = Accepted | NothingThere | RefundRefused | Unclear


async def perform_refund(*, ports: Ports, operation: PaymentOperation, refund: RefundRow) -> RefundOutcome:
    """Give the money back, or look whether it went already; raises nothing anticipated."""
    try:
        if key_worn_out(operation, ports.clock.now()):
            return await _look(ports, refund)
        return Accepted(await ports.refunds.refund_payment(_request(refund), idempotency_key=operation.id))
    except ProcessorRefused as refused:
        return await _refused(ports, operation, refund, refused)
    except OutcomeUnknown as unknown:
        return await _look_again(ports, refund) if unknown.facts.get("replayed") else Unclear()


def _request(refund: RefundRow) -> RefundRequest:
    """Return the request for a refund as the row describes it: the same in every attempt."""
    return RefundRequest(
        refund_id=refund.id,
        payment_intent_id=str(refund.payment_intent_id),
        amount=Money(refund.amount_minor, refund.currency),
        reason=RefundReason.REQUESTED,
        charging_session_id=refund.charging_session_id,
    )


async def _look(ports: Ports, refund: RefundRow) -> RefundOutcome:
    """Look for the refund among those of its payment: an answer may have been lost."""
    for snapshot in await ports.refunds.refunds_of_payment(str(refund.payment_intent_id)):
        if snapshot.our_refund_id == refund.id:
            return Accepted(snapshot)
    return NothingThere()


async def _look_again(ports: Ports, refund: RefundRow) -> RefundOutcome:
    """Look although the processor has just failed us; what cannot be seen stays unclear."""
    try:
        return await _look(ports, refund)
    except (OutcomeUnknown, ProcessorRefused):
        return Unclear()


async def _refused(
    ports: Ports, operation: PaymentOperation, refund: RefundRow, refused: ProcessorRefused
) -> RefundOutcome:
    """Believe a refusal only where no earlier attempt can have done it."""
    code = str(refused.facts.get("processor_code") or refused.code)
    if operation.attempts == 1 and operation.replaces_id is None:
        return RefundRefused(code)
    found = await _look_again(ports, refund)
    return RefundRefused(code) if isinstance(found, NothingThere) else found
