"""``StripeSettlement``: the settlement port over the real Stripe SDK: disputes, payouts, the balance.

Answers to https://docs.stripe.com/api/disputes, /payouts and /balance_transactions. What a dispute took is read from
its balance transactions, never guessed from its status: an inquiry takes nothing, and a fee is not always given back.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from api.domain.money import CurrencyInvalid, Money
from api.ports.payments import OutcomeUnknown
from api.ports.settlement import BalanceEntry, DisputeSnapshot, DisputeStatus, PayoutSnapshot
from clients.stripe.connection import StripeConnection, request_id_of
from clients.stripe.refunds import id_of

if TYPE_CHECKING:
    from stripe.params import BalanceTransactionListParams, DisputeUpdateParamsEvidence

PAGE = 100

STATUSES: Mapping[str, DisputeStatus] = {
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "warning_closed": DisputeStatus.INQUIRY_CLOSED,
    "needs_response": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, CurrencyInvalid, OverflowError, OSError)

T = TypeVar("T")


class StripeSettlement:
    """Implements ``api.ports.settlement.Settlement`` over a shared connection."""

    def __init__(self, connection: StripeConnection) -> None:
        """Speak over ``connection``; nothing is sent."""
        self._ask = connection.ask
        self._disputes = connection.v1.disputes
        self._payouts = connection.v1.payouts
        self._entries = connection.v1.balance_transactions

    async def fetch_dispute(self, dispute_id: str) -> DisputeSnapshot:
        """Return the dispute as it is now; raises ``ProcessorRefused`` (unknown id), ``OutcomeUnknown``."""
        answer = await self._ask(self._disputes.retrieve_async(dispute_id))
        return read_dispute(answer.to_dict(), request_id=request_id_of(answer))

    async def submit_evidence(
        self, dispute_id: str, evidence: Mapping[str, str], *, final: bool, idempotency_key: str
    ) -> DisputeSnapshot:
        """Store evidence, and with ``final`` hand it to the bank, which is possible once.

        Raises ``ProcessorRefused`` (closed, or handed in already) and ``OutcomeUnknown``.
        """
        fields = cast("DisputeUpdateParamsEvidence", dict(evidence))
        call = self._disputes.update_async(
            dispute_id, {"evidence": fields, "submit": final}, {"idempotency_key": idempotency_key}
        )
        answer = await self._ask(call)
        return read_dispute(answer.to_dict(), request_id=request_id_of(answer))

    async def fetch_payout(self, payout_id: str) -> PayoutSnapshot:
        """Return the payout as it is now; raises ``ProcessorRefused`` (unknown id), ``OutcomeUnknown``."""
        answer = await self._ask(self._payouts.retrieve_async(payout_id))
        return read_payout(answer.to_dict())

    async def balance_entries(
        self, *, payout_id: str | None = None, since: datetime | None = None
    ) -> tuple[BalanceEntry, ...]:
        """Return the balance's movements, oldest first, all pages: of one payout, or since a moment.

        A payout's own entry is among them. Raises ``ProcessorRefused``, ``OutcomeUnknown``.
        """
        wanted: BalanceTransactionListParams = {"limit": PAGE, "expand": ["data.source"]}
        if payout_id is not None:
            wanted["payout"] = payout_id
        if since is not None:
            wanted["created"] = {"gte": int(since.timestamp())}
        found: list[BalanceEntry] = []
        while True:
            page = await self._ask(self._entries.list_async(wanted))
            found += [read_entry(one.to_dict()) for one in page.data]
            if not page.has_more or not page.data:
                return tuple(reversed(found))
            wanted["starting_after"] = page.data[-1].id


def read_dispute(dispute: Mapping[str, Any], *, request_id: str | None = None) -> DisputeSnapshot:
    """Return the dispute that ``dispute`` (plain JSON) describes; raises ``OutcomeUnknown`` if it cannot be read."""

    def read() -> DisputeSnapshot:
        currency = dispute["currency"].upper()
        details = dispute.get("evidence_details") or {}
        taken = dispute.get("balance_transactions") or []
        return DisputeSnapshot(
            dispute_id=dispute["id"],
            payment_intent_id=id_of(dispute.get("payment_intent")),
            status=STATUSES.get(dispute["status"], DisputeStatus.OTHER),
            amount=Money(dispute["amount"], currency),
            reason=str(dispute["reason"]),
            withdrawn=Money(-sum(one["amount"] for one in taken), currency),
            fee=Money(sum(one["fee"] for one in taken), currency),
            evidence_due_at=_moment(details.get("due_by")),
            evidence_submitted=bool(details.get("submission_count")),
            created_at=_moment(dispute["created"]),
            request_id=request_id,
        )

    return _read(read, request_id)


def read_payout(payout: Mapping[str, Any]) -> PayoutSnapshot:
    """Return the payout that ``payout`` (plain JSON) describes; raises ``OutcomeUnknown`` if it cannot be read."""
    return _read(
        lambda: PayoutSnapshot(
            payout_id=payout["id"],
            status=str(payout["status"]),
            amount=Money(payout["amount"], payout["currency"].upper()),
            arrives_at=_moment(payout.get("arrival_date")),
            automatic=bool(payout["automatic"]),
            reconciled=payout.get("reconciliation_status") == "completed",
        )
    )


def read_entry(entry: Mapping[str, Any]) -> BalanceEntry:
    """Return the movement that ``entry`` (a BalanceTransaction with its source expanded) describes.

    Raises ``OutcomeUnknown`` if it cannot be read.
    """

    def read() -> BalanceEntry:
        currency = entry["currency"].upper()
        source = entry.get("source")
        of = source.get("payment_intent") if isinstance(source, Mapping) else None
        return BalanceEntry(
            entry_id=entry["id"],
            kind=str(entry["type"]),
            amount=Money(entry["amount"], currency),
            fee=Money(entry["fee"], currency),
            net=Money(entry["net"], currency),
            source_id=id_of(source),
            payment_intent_id=id_of(of),
            created_at=datetime.fromtimestamp(entry["created"], UTC),
            available_at=datetime.fromtimestamp(entry["available_on"], UTC),
            reporting_category=entry.get("reporting_category"),
        )

    return _read(read)


def _read(read: Callable[[], T], request_id: str | None = None) -> T:
    try:
        return read()
    except _UNREADABLE as error:
        raise OutcomeUnknown("processor_answer_unreadable", request_id=request_id) from error


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
