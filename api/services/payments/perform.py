"""The middle step of moving money: one call to the processor, outside any transaction, with the operation's key.

Every outcome is a value, so that the recording step can store it; nothing is decided here.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.money import Money
from api.models.payment import HoldRow, PaymentOperation
from api.ports import Ports
from api.ports.payments import (
    HoldDeclined,
    HoldRequest,
    HoldSnapshot,
    OutcomeUnknown,
    ProcessorRefused,
    ReleaseReason,
)
from api.services.calls import key_worn_out
from api.services.payments.operations import OperationKind

UNDER_WAY = timedelta(seconds=20)
"""How long after a request broke off it may still reach the processor: longer than our own time-outs together."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The processor answered with the hold as it is now; ``new_key`` asks for a fresh operation (payments.md 4.4)."""

    snapshot: HoldSnapshot | None
    new_key: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank said no."""

    code: str
    payment_intent_id: str | None


@dataclass(frozen=True, slots=True)
class RefusedForGood:
    """The processor said no, and asking again cannot help."""

    code: str
    snapshot: HoldSnapshot | None
    request_id: str | None = None
    """The processor's own number of the refusal, by which its support finds it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The call broke off; the sweeper asks again."""


Outcome = Answered | Declined | RefusedForGood | Unknown


async def perform_operation(*, ports: Ports, operation: PaymentOperation, hold: HoldRow) -> Outcome:
    """Make the call that ``operation`` describes and return what came of it; raises nothing anticipated."""
    try:
        if key_worn_out(operation, ports.clock.now()):
            return await _look_first(ports, hold)
        return Answered(await _call(ports, operation, hold))
    except HoldDeclined as declined:
        return await _declined(ports, operation, declined)
    except ProcessorRefused as refused:
        return await _refused(ports, operation, hold, refused)
    except OutcomeUnknown as unknown:
        return await _unknown(ports, hold, unknown)


async def look_for_unwanted(*, ports: Ports, hold: HoldRow, sent_at: datetime) -> Outcome:
    """Ask whether a placement that nobody waits for any more was made, and never make it; it may be under way yet."""
    try:
        found = await _find(ports, hold)
    except (OutcomeUnknown, ProcessorRefused):
        return Unknown()
    if found is None and ports.clock.now() - sent_at < UNDER_WAY:
        return Unknown()
    return Answered(found)


async def _call(ports: Ports, operation: PaymentOperation, hold: HoldRow) -> HoldSnapshot | None:
    """Send the operation's request; None when there turned out to be nothing to release."""
    key = operation.id
    if operation.kind == OperationKind.PLACE:
        return await ports.payments.place_hold(_request(operation, hold), idempotency_key=key)
    intent_id = hold.payment_intent_id or await _find_id(ports, hold)
    if intent_id is None:
        return None
    amount = Money(operation.amount_minor or 0, hold.currency)
    if operation.kind == OperationKind.EXTEND:
        return await ports.payments.extend_hold(intent_id, amount, idempotency_key=key)
    if operation.kind == OperationKind.CAPTURE:
        return await ports.payments.capture_hold(intent_id, amount, idempotency_key=key)
    return await ports.payments.release_hold(intent_id, ReleaseReason(operation.reason or ""), idempotency_key=key)


def _request(operation: PaymentOperation, hold: HoldRow) -> HoldRequest:
    """Return the request for a hold as it was planned: the same in every attempt, whoever has the hold meanwhile."""
    return HoldRequest(
        hold_id=hold.id,
        charging_session_id=operation.charging_session_id,
        amount=Money(operation.amount_minor or hold.amount_minor, hold.currency),
        customer_id=hold.customer_id,
        payment_method_id=hold.payment_method_id,
        description="Reserved for charging",
        on_session=hold.on_session,
    )


async def _find_id(ports: Ports, hold: HoldRow) -> str | None:
    """Look for a hold whose placement answer was lost."""
    found = await _find(ports, hold)
    return found.payment_intent_id if found else None


async def _look_first(ports: Ports, hold: HoldRow) -> Outcome:
    """Ask what exists before another attempt: the old key may never succeed."""
    return Answered(await _find(ports, hold), new_key=True)


async def _find(ports: Ports, hold: HoldRow) -> HoldSnapshot | None:
    """Return the hold as the processor shows it, looked for by our id while we do not know the processor's."""
    if hold.payment_intent_id:
        return await ports.payments.fetch_hold(hold.payment_intent_id)
    return await ports.payments.find_hold(hold.id, customer_id=hold.customer_id)


async def _unknown(ports: Ports, hold: HoldRow, unknown: OutcomeUnknown) -> Outcome:
    """Tell a lost answer from a stored error that the key will repeat for ever (payments.md 4.4)."""
    if not unknown.facts.get("replayed"):
        return Unknown()
    try:
        return await _look_first(ports, hold)
    except (OutcomeUnknown, ProcessorRefused):
        return Unknown()


async def _declined(ports: Ports, operation: PaymentOperation, declined: HoldDeclined) -> Outcome:
    """Close a declined intent so that nothing can be confirmed on it later."""
    intent_id = declined.facts.get("payment_intent_id")
    intent = intent_id if isinstance(intent_id, str) else None
    if intent and operation.kind == OperationKind.PLACE:
        with contextlib.suppress(OutcomeUnknown, ProcessorRefused):  # it holds no money: it is only untidy
            await ports.payments.release_hold(intent, ReleaseReason.ABANDONED, idempotency_key=f"{operation.id}-close")
    return Declined(str(declined.facts.get("decline_code") or declined.code), intent)


async def _refused(ports: Ports, operation: PaymentOperation, hold: HoldRow, refused: ProcessorRefused) -> Outcome:
    """Look at the hold behind a refusal: it may be in the wanted end already, or expired."""
    code = refused.processor_code
    told = refused.facts.get("request_id")
    request_id = told if isinstance(told, str) else None
    if not hold.payment_intent_id and operation.attempts == 1:
        return RefusedForGood(code, None, request_id)
    try:
        # Of a placement, an earlier attempt may have done it and its answer been lost.
        return RefusedForGood(code, await _find(ports, hold), request_id)
    except OutcomeUnknown:
        return Unknown()
    except ProcessorRefused:
        return RefusedForGood(code, None, request_id)
