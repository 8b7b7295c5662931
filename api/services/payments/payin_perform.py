"""The middle step of a payment beside a hold: one call, outside any transaction, with the operation's key.

Every outcome is a value, so that the recording step can store it; nothing is decided here.
"""

import contextlib
from dataclasses import dataclass

from api.domain.money import Money
from api.models.wallet import Payin, PayinOperation
from api.ports import Ports
from api.ports.payins import PayinRequest, PayinSnapshot
from api.ports.payments import HoldDeclined, OutcomeUnknown, ProcessorRefused
from api.services.calls import key_worn_out
from api.services.payments.payins import PayinKind
from api.services.payments.perform import Declined, Unknown

_WORDS = {"top_up": "Top-up of the wallet", "receivable": "Charging"}


@dataclass(frozen=True, slots=True)
class Seen:
    """The payment as the processor shows it, None: there is none; ``new_key``: the old key may never succeed."""

    snapshot: PayinSnapshot | None
    new_key: bool = False


@dataclass(frozen=True, slots=True)
class PayinRefused:
    """The processor said no, and asking again cannot help."""

    code: str
    snapshot: PayinSnapshot | None


PayinOutcome = Seen | Declined | PayinRefused | Unknown


async def perform_payin(*, ports: Ports, operation: PayinOperation, payin: Payin) -> PayinOutcome:
    """Make the call that ``operation`` describes and return what came of it; raises nothing anticipated."""
    try:
        if key_worn_out(operation, ports.clock.now()):
            return Seen(await _find(ports, payin), new_key=True)
        return Seen(await _call(ports, operation, payin))
    except HoldDeclined as declined:
        return await _declined(ports, operation, declined)
    except ProcessorRefused as refused:
        return await _refused(ports, operation, payin, refused)
    except OutcomeUnknown as unknown:
        return await _unknown(ports, payin, unknown)


async def _call(ports: Ports, operation: PayinOperation, payin: Payin) -> PayinSnapshot | None:
    """Send the operation's request, the same in every attempt; None when there was nothing to cancel."""
    if operation.kind == PayinKind.TAKE:
        request = PayinRequest(
            payin_id=payin.id,
            purpose=payin.purpose,
            amount=Money(payin.amount_minor, payin.currency),
            customer_id=payin.customer_id,
            description=_WORDS[payin.purpose],
            payment_method_id=payin.payment_method_id,
            on_session=payin.on_session,
            charging_session_id=payin.charging_session_id,
        )
        return await ports.payins.take_payment(request, idempotency_key=operation.id)
    intent_id = payin.payment_intent_id
    if intent_id is None:
        found = await _find(ports, payin)
        if found is None:
            return None
        intent_id = found.payment_intent_id
    return await ports.payins.cancel_payment(intent_id, idempotency_key=operation.id)


async def _find(ports: Ports, payin: Payin) -> PayinSnapshot | None:
    """Return the payment, looked for by our id while we do not know the processor's."""
    if payin.payment_intent_id:
        return await ports.payins.fetch_payment(payin.payment_intent_id)
    return await ports.payins.find_payment(payin.id, customer_id=payin.customer_id)


async def _declined(ports: Ports, operation: PayinOperation, declined: HoldDeclined) -> PayinOutcome:
    """Close a declined intent, so that nothing can be confirmed on it later."""
    intent_id = declined.facts.get("payment_intent_id")
    intent = intent_id if isinstance(intent_id, str) else None
    if intent:
        with contextlib.suppress(OutcomeUnknown, ProcessorRefused):  # it moves no money: it is only untidy
            await ports.payins.cancel_payment(intent, idempotency_key=f"{operation.id}-close")
    return Declined(str(declined.facts.get("decline_code") or declined.code), intent)


async def _refused(ports: Ports, operation: PayinOperation, payin: Payin, refused: ProcessorRefused) -> PayinOutcome:
    """Look at the payment behind a refusal: it may be made already, or an earlier attempt may have made it."""
    code = refused.processor_code
    if payin.payment_intent_id is None and operation.attempts == 1:
        return PayinRefused(code, None)
    try:
        return PayinRefused(code, await _find(ports, payin))
    except OutcomeUnknown:
        return Unknown()
    except ProcessorRefused:
        return PayinRefused(code, None)


async def _unknown(ports: Ports, payin: Payin, unknown: OutcomeUnknown) -> PayinOutcome:
    """Tell a lost answer from a stored error that the key will repeat for ever (payments.md 4.4)."""
    if not unknown.facts.get("replayed"):
        return Unknown()
    try:
        return Seen(await _find(ports, payin), new_key=True)
    except (OutcomeUnknown, ProcessorRefused):
        return Unknown()
