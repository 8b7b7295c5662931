"""Verify a webhook of Stripe and read the little of it that we use. Pure: takes bytes and ``now``, calls nobody.

Answers to https://docs.stripe.com/webhooks/signature. What an event says is a hint to look at the hold, never a fact:
``ProcessorEvent`` names the object, its PaymentIntent, and nothing about money. Storing the event is the route's part.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from api.ports.payments import ForgedEvent, ProcessorEvent

TOLERANCE = timedelta(seconds=300)
"""How far the time in the signature may lie from ours, either way; the SDK itself looks only backwards."""

MAX_EVENT_BYTES = 256 * 1024
"""The largest body we look at; a real event is a few kilobytes."""

_LONGEST_TIMESTAMP = 12

# What reading a tree of another shape raises; the last two come from a time beyond the calendar.
_NOT_AN_EVENT = (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError)


def read_event(
    payload: bytes,
    signature: str,
    *,
    secrets: Sequence[str],
    livemode: bool,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> ProcessorEvent:
    """Return the event in ``payload``, the raw body, when ``signature`` (the ``Stripe-Signature`` header) holds.

    Any of ``secrets`` may have signed it: two are valid while a secret is rolled. Raises ``ForgedEvent`` with the fact
    ``reason`` for a body too large, a wrong signature, a time off by more than ``tolerance``, the wrong ``livemode``,
    another account, or content that is not a snapshot event.
    """
    if len(payload) > MAX_EVENT_BYTES:
        raise _forged("too_large")
    if not any(_is_signed_with(secret, payload, signature) for secret in secrets):
        raise _forged("signature")
    if abs(now - _signed_at(signature)) > tolerance:
        raise _forged("age")
    try:
        event = _parse(json.loads(payload))
    except _NOT_AN_EVENT as error:
        raise _forged("unreadable") from error
    if event.livemode is not livemode:
        raise _forged("livemode")
    return event


def _is_signed_with(secret: str, payload: bytes, signature: str) -> bool:
    # The SDK compares text and trips over anything beyond ASCII, which no real signature holds.
    if not signature.isascii():
        return False
    try:
        return bool(stripe.WebhookSignature.verify_header(payload, signature, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _signed_at(signature: str) -> datetime:
    times = [part[2:] for part in signature.split(",") if part.startswith("t=")]
    # Two times would leave open which of them was signed.
    if len(times) != 1 or not times[0].isdigit() or len(times[0]) > _LONGEST_TIMESTAMP:
        raise _forged("signature")
    try:
        return datetime.fromtimestamp(int(times[0]), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _forged("age") from error


def _parse(tree: Any) -> ProcessorEvent:
    if tree["object"] != "event":
        raise ValueError("not a snapshot event")
    # Only events of connected accounts name an account, and we have none.
    if tree.get("account") is not None:
        raise _forged("account")
    subject = tree["data"]["object"]
    return ProcessorEvent(
        event_id=_text(tree["id"]),
        type=_text(tree["type"]),
        occurred_at=datetime.fromtimestamp(int(tree["created"]), UTC),
        payment_intent_id=_payment_intent_id(subject),
        livemode=tree["livemode"],
        object_kind=_text(subject.get("object", "unknown")),
        object_id=None if subject.get("id") is None else _text(subject["id"]),
    )


def _payment_intent_id(subject: Mapping[str, Any]) -> str | None:
    """Return the PaymentIntent that the event's object is or belongs to (a charge, refund or dispute names its own)."""
    if subject.get("object") == "payment_intent":
        return _text(subject["id"])
    reference = subject.get("payment_intent")
    if isinstance(reference, Mapping):
        reference = reference["id"]
    return None if reference is None else _text(reference)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def _forged(reason: str) -> ForgedEvent:
    return ForgedEvent("event_forged", reason=reason)
