"""What every port that moves money through a PaymentIntent does alike: ending one, and finding one again.

Answers to https://docs.stripe.com/api/payment_intents. Which intent means what is told by the ports' own files.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import stripe

from api.domain.errors import AppError
from api.ports.payments import ProcessorStatus
from clients.stripe.connection import StripeConnection, request_id_of
from clients.stripe.errors import UNEXPECTED_STATE, embedded_intent
from clients.stripe.snapshots import read_status

RECENT_INTENTS = 100
"""How many of a customer's newest PaymentIntents are searched for a lost one; the most Stripe gives in one page."""

# The balance transaction, and with it the fee, exists once money was captured.
EXPAND_CHARGE = ["latest_charge.balance_transaction"]

# Which of several intents for one purpose counts: the one that has money, then the one that may still get it.
_MOST_TELLING = (
    ProcessorStatus.CAPTURED,
    ProcessorStatus.HELD,
    ProcessorStatus.PROCESSING,
    ProcessorStatus.NEEDS_ACTION,
)

Intent = Mapping[str, Any]


async def reach(
    connection: StripeConnection, wanted: ProcessorStatus, call: Awaitable[stripe.PaymentIntent]
) -> tuple[Intent, str | None]:
    """Make a call that ends an intent and return it with the request's id.

    A refusal because the intent has already ended that way is a success; expired is as good as canceled.
    """
    try:
        answer = await connection.ask(call)
        return answer.to_dict(), request_id_of(answer)
    except AppError as error:
        cause = error.__cause__
        if not isinstance(cause, stripe.InvalidRequestError) or cause.code != UNEXPECTED_STATE:
            raise
        intent = embedded_intent(cause)
        if intent is None or "status" not in intent:
            raise
        ended = read_status(intent)
        if ended is wanted or (wanted is ProcessorStatus.CANCELED and ended is ProcessorStatus.EXPIRED):
            return intent, cause.request_id
        raise


async def find_intent(connection: StripeConnection, customer_id: str, *, key: str, value: str) -> Intent | None:
    """Find an intent by ``metadata[key]`` among the customer's newest ones; of several, the one that has the money.

    Stripe's search API is not used: its index runs up to a minute behind. Raises ``ProcessorRefused`` (unknown
    customer), ``OutcomeUnknown``.
    """
    page = await connection.ask(
        connection.v1.payment_intents.list_async(
            {"customer": customer_id, "limit": RECENT_INTENTS, "expand": [f"data.{path}" for path in EXPAND_CHARGE]}
        )
    )
    trees: list[Intent] = [intent.to_dict() for intent in page.data]
    return _most_telling([intent for intent in trees if intent["metadata"].get(key) == value])


def _most_telling(found: Sequence[Intent]) -> Intent | None:
    for status in _MOST_TELLING:
        for intent in found:
            if read_status(intent) is status:
                return intent
    return found[0] if found else None
