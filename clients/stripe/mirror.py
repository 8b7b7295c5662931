"""``StripeMirror``: the mirror port over the real Stripe SDK.

Answers to https://docs.stripe.com/api/payment_intents/list, /refunds/list and /balance_transactions/list: newest first,
at most 100 a page, ``starting_after`` to go on. Single objects are looked up a few at a time, so that drivers who pay
meanwhile keep most of the account's rate (https://docs.stripe.com/rate-limits).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from api.domain.money import CurrencyInvalid, Money
from api.ports.mirror import Page, PaymentCopy, RefundCopy
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.settlement import BalanceEntry
from clients.stripe.connection import StripeConnection
from clients.stripe.refunds import id_of
from clients.stripe.settlement import read_entry

if TYPE_CHECKING:
    import stripe
    from stripe.params import BalanceTransactionListParams, PaymentIntentListParams, RefundListParams

AT_ONCE = 3
"""How many single objects are asked for at the same time."""

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, CurrencyInvalid, OverflowError, OSError, OutcomeUnknown)

Tree = Mapping[str, Any]
T = TypeVar("T")


class StripeMirror:
    """Implements ``api.ports.mirror.Mirror`` over a shared connection."""

    def __init__(self, connection: StripeConnection) -> None:
        """Speak over ``connection``; nothing is sent."""
        self._ask = connection.ask
        self._intents = connection.v1.payment_intents
        self._refunds = connection.v1.refunds
        self._entries = connection.v1.balance_transactions

    async def payments_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[PaymentCopy]:
        """Return payments created at or after ``since``, behind ``after``; ``size`` is 1 to 100.

        Raises ``ProcessorRefused`` (``resource_missing``: no such ``after``) and ``OutcomeUnknown``.
        """
        wanted: PaymentIntentListParams = {"limit": size, "expand": ["data.latest_charge"]}
        if since is not None:
            wanted["created"] = {"gte": int(since.timestamp())}
        if after is not None:
            wanted["starting_after"] = after
        return _page(await self._ask(self._intents.list_async(wanted)), read_payment)

    async def refunds_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[RefundCopy]:
        """Return refunds, as ``payments_page`` does payments; their payments tell whose those made by hand are."""
        wanted: RefundListParams = {"limit": size, "expand": ["data.payment_intent"]}
        if since is not None:
            wanted["created"] = {"gte": int(since.timestamp())}
        if after is not None:
            wanted["starting_after"] = after
        return _page(await self._ask(self._refunds.list_async(wanted)), read_refund_copy)

    async def entries_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[BalanceEntry]:
        """Return movements of our balance, as ``payments_page`` does payments."""
        wanted: BalanceTransactionListParams = {"limit": size, "expand": ["data.source"]}
        if since is not None:
            wanted["created"] = {"gte": int(since.timestamp())}
        if after is not None:
            wanted["starting_after"] = after
        return _page(await self._ask(self._entries.list_async(wanted)), read_entry)

    async def fetch_payments(self, payment_intent_ids: Sequence[str]) -> Page[PaymentCopy]:
        """Return payments as they are now, those that Stripe knows; raises ``OutcomeUnknown``."""

        async def look(payment_intent_id: str) -> Tree:
            call = self._intents.retrieve_async(payment_intent_id, {"expand": ["latest_charge"]})
            return (await self._ask(call)).to_dict()

        return _read_all(await _few_at_once(payment_intent_ids, look), read_payment)

    async def fetch_refunds(self, processor_refund_ids: Sequence[str]) -> Page[RefundCopy]:
        """Return refunds as they are now, those that Stripe knows; raises ``OutcomeUnknown``."""

        async def look(processor_refund_id: str) -> Tree:
            call = self._refunds.retrieve_async(processor_refund_id, {"expand": ["payment_intent"]})
            return (await self._ask(call)).to_dict()

        return _read_all(await _few_at_once(processor_refund_ids, look), read_refund_copy)


async def _few_at_once(ids: Sequence[str], look: Callable[[str], Awaitable[Tree]]) -> list[Tree]:
    """Look at all, few at a time; one that Stripe does not know brings nothing, any other failure ends it."""

    async def known(one: str) -> Tree | None:
        try:
            return await look(one)
        except ProcessorRefused as refused:
            if refused.processor_code != "resource_missing":
                raise
            return None

    found: list[Tree] = []
    for first in range(0, len(ids), AT_ONCE):
        answers = await asyncio.gather(*(known(each) for each in ids[first : first + AT_ONCE]))
        found += [answer for answer in answers if answer is not None]
    return found


def _page(page: "stripe.ListObject[Any]", read: Callable[[Tree], T]) -> Page[T]:
    """Return what a list answer holds and where to go on."""
    trees = [one.to_dict() for one in page.data]
    return _read_all(trees, read, after=trees[-1]["id"] if page.has_more and trees else None)


def _read_all(trees: Iterable[Tree], read: Callable[[Tree], T], *, after: str | None = None) -> Page[T]:
    found: list[T] = []
    unreadable: list[str] = []
    for tree in trees:
        try:
            found.append(read(tree))
        except _UNREADABLE:
            unreadable.append(str(tree.get("id")))
    return Page(tuple(found), after, tuple(unreadable))


def read_payment(intent: Tree) -> PaymentCopy:
    """Return the payment that ``intent`` (a PaymentIntent with its charge expanded) describes.

    Raises one of several errors of reading where the tree has another shape.
    """
    currency = intent["currency"].upper()
    charge = intent.get("latest_charge")
    tree: Tree = charge if isinstance(charge, Mapping) else {}
    card = (tree.get("payment_method_details") or {}).get("card") or {}
    metadata = intent.get("metadata") or {}
    return PaymentCopy(
        payment_intent_id=intent["id"],
        status=str(intent["status"]),
        amount=Money(intent["amount"], currency),
        capturable=Money(intent.get("amount_capturable") or 0, currency),
        received=Money(intent.get("amount_received") or 0, currency),
        refunded=Money(tree.get("amount_refunded") or 0, currency),
        created_at=_moment(intent["created"]),
        cancellation_reason=_text(intent.get("cancellation_reason")),
        capture_before=None if card.get("capture_before") is None else _moment(card["capture_before"]),
        charge_id=id_of(charge),
        hold_id=_text(metadata.get("hold_id")),
        charging_session_id=_text(metadata.get("charging_session_id")),
        subject_id=_text(metadata.get("payin_id")),
        environment=_text(metadata.get("env")),
    )


def read_refund_copy(refund: Tree) -> RefundCopy:
    """Return the refund that ``refund`` (with its payment expanded) describes.

    Raises one of several errors of reading where the tree has another shape.
    """
    payment, metadata = refund.get("payment_intent"), refund.get("metadata") or {}
    of_payment = (payment.get("metadata") or {}) if isinstance(payment, Mapping) else {}
    return RefundCopy(
        processor_refund_id=refund["id"],
        payment_intent_id=id_of(payment),
        status=str(refund["status"]),
        amount=Money(refund["amount"], refund["currency"].upper()),
        created_at=_moment(refund["created"]),
        failure_reason=_text(refund.get("failure_reason")),
        refund_id=_text(metadata.get("refund_id")),
        environment=_text(metadata.get("env") or of_payment.get("env")),
    )


def _text(value: object) -> str | None:
    """Return a word of theirs as one that can be stored; anybody with the dashboard may write metadata."""
    return None if value is None else str(value).replace("\x00", "")


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
