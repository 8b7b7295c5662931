"""Turn the SDK's exceptions into the errors of ``api.ports.payments``. Decides what a failed call means; calls nobody.

Answers to https://docs.stripe.com/api/errors and https://docs.stripe.com/error-low-level. Texts are never read, only
codes and HTTP statuses. The guiding question is not "what failed" but "may Stripe have done it": whenever it may, the
answer is ``OutcomeUnknown`` and the caller asks again with the same key.
"""

from collections.abc import Mapping
from typing import Any

import stripe

from api.domain.errors import AppError
from api.ports.payments import HoldDeclined, OutcomeUnknown, ProcessorRefused
from clients.stripe.snapshots import decline_code, read_status

UNEXPECTED_STATE = "payment_intent_unexpected_state"

# Stripe said a clear no to these; everything else that is not a 4xx about our request may have been done.
_REFUSALS = (stripe.InvalidRequestError, stripe.IdempotencyError)
# A no to our API key and not to the request: it passes as soon as somebody sets the right key.
_WRONG_KEY = (stripe.AuthenticationError, stripe.PermissionError)


def error_fields(error: stripe.StripeError) -> Mapping[str, Any]:
    """Return the ``error`` object of Stripe's answer as plain JSON; empty when there was no readable answer."""
    body = error.json_body
    fields = body.get("error") if isinstance(body, Mapping) else None
    return fields if isinstance(fields, Mapping) else {}


def embedded_intent(error: stripe.StripeError) -> Mapping[str, Any] | None:
    """Return the PaymentIntent that Stripe sends along with some errors, as plain JSON."""
    intent = error_fields(error).get("payment_intent")
    return intent if isinstance(intent, Mapping) else None


def declined_or_failed(error: stripe.StripeError) -> AppError:
    """Return what a failed attempt to use a card means: 402 is ``HoldDeclined``, else as ``refused_or_unknown``.

    A wrong API key of ours is ``ProcessorRefused``: the driver who waits had better hear no at once.
    """
    if isinstance(error, _WRONG_KEY):
        return _refused(error)
    if not isinstance(error, stripe.CardError):
        return refused_or_unknown(error)
    intent = embedded_intent(error)
    return HoldDeclined(
        "hold_declined",
        decline_code=decline_code(error_fields(error)),
        payment_intent_id=None if intent is None else intent.get("id"),
        request_id=error.request_id,
    )


def refused_or_unknown(error: stripe.StripeError) -> AppError:
    """Return ``ProcessorRefused`` for a clear no (4xx about this request) and ``OutcomeUnknown`` for all else.

    A lost connection, 409, 429 and 5xx are unknown, and so is a refusal of our API key: no capture may be given up for
    that. The fact ``replayed`` tells that Stripe repeats a stored answer: the same idempotency key will never bring
    another one, so look first and use a new operation if nothing is there.
    """
    if not isinstance(error, (*_REFUSALS, stripe.CardError)):
        return OutcomeUnknown(
            "processor_outcome_unknown",
            http_status=error.http_status,
            request_id=error.request_id,
            replayed=_was_replayed(error),
        )
    return _refused(error)


def _refused(error: stripe.StripeError) -> ProcessorRefused:
    fields = error_fields(error)
    intent = embedded_intent(error)
    return ProcessorRefused(
        "processor_refused",
        processor_code=fields.get("code") or fields.get("type") or f"http_{error.http_status}",
        decline_code=fields.get("decline_code"),
        hold_status=None if intent is None or "status" not in intent else read_status(intent).value,
        request_id=error.request_id,
    )


def _was_replayed(error: stripe.StripeError) -> bool:
    return (error.headers or {}).get("idempotent-replayed", "").lower() == "true"
