"""``FakeMirror``: the mirror port in memory. Import it from ``tests.fakes``.

Shows what the other fakes of one processor have, and what a test plants beside them. Keeps to the same contract as
``StripeMirror`` (``tests/clients/stripe/test_contract_mirror.py`` runs both).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from api.domain.money import Money
from api.ports.clock import Clock
from api.ports.mirror import Page, PaymentCopy, RefundCopy
from api.ports.payins import Payins
from api.ports.payments import Payments, ProcessorStatus
from api.ports.refunds import Refunds, RefundStatus
from api.ports.settlement import BalanceEntry, Settlement
from tests.fake_answers import AnswerBook, PaymentsCall, Trouble, refused, unknown
from tests.fake_payins import FakePayins
from tests.fake_payments import FakePayments
from tests.fake_refunds import FakeRefunds
from tests.fake_settlement import FakeSettlement

ENVIRONMENT = "sandbox"
_WORDS = {
    ProcessorStatus.NEEDS_PAYMENT_METHOD: "requires_payment_method",
    ProcessorStatus.NEEDS_CONFIRMATION: "requires_confirmation",
    ProcessorStatus.NEEDS_ACTION: "requires_action",
    ProcessorStatus.HELD: "requires_capture",
    ProcessorStatus.CAPTURED: "succeeded",
    ProcessorStatus.CANCELED: "canceled",
    ProcessorStatus.EXPIRED: "canceled",
}
_GONE = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})

T = TypeVar("T", PaymentCopy, RefundCopy, BalanceEntry)


class FakeMirror:
    """Implements ``api.ports.mirror.Mirror``; the methods under "steering" are for tests."""

    def __init__(
        self, clock: Clock, *, payments: Payments, payins: Payins, refunds: Refunds, settlement: Settlement
    ) -> None:
        """Show what these have, as far as they are fakes."""
        self._payments = payments if isinstance(payments, FakePayments) else FakePayments(clock)
        self._payins = payins if isinstance(payins, FakePayins) else FakePayins(clock)
        self._refunds = refunds if isinstance(refunds, FakeRefunds) else None
        self._settlement = settlement if isinstance(settlement, FakeSettlement) else FakeSettlement(clock)
        self._book = AnswerBook(clock)
        self.planted: list[PaymentCopy | RefundCopy | BalanceEntry] = []
        """What else there is: made by hand, or by another installation."""

    # --- steering -----------------------------------------------------------------------------------------------------

    def break_before(self, method: str) -> None:
        """Let the next call of ``method`` never arrive: ``OutcomeUnknown``."""
        self._book.trouble(method, Trouble.BREAK_BEFORE)

    def be_busy(self, method: str) -> None:
        """Let the next call of ``method`` be answered with 429."""
        busy = unknown()
        busy.facts["http_status"] = 429
        self._book.trouble(method, busy)

    @property
    def calls(self) -> list[PaymentsCall]:
        """Every call so far, in order."""
        return self._book.calls

    # --- the port -----------------------------------------------------------------------------------------------------

    async def payments_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[PaymentCopy]:
        """Return payments, the newest first."""
        await self._book.read("payments_page", since, after, size)
        return _page(self._all_payments(), lambda one: one.payment_intent_id, since, after, size)

    async def refunds_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[RefundCopy]:
        """Return refunds, the newest first."""
        await self._book.read("refunds_page", since, after, size)
        return _page(self._all_refunds(), lambda one: one.processor_refund_id, since, after, size)

    async def entries_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[BalanceEntry]:
        """Return movements of the balance, the newest first."""
        await self._book.read("entries_page", since, after, size)
        entries = [*self._settlement.entries, *(one for one in self.planted if isinstance(one, BalanceEntry))]
        return _page(entries, lambda one: one.entry_id, since, after, size)

    async def fetch_payments(self, payment_intent_ids: Sequence[str]) -> Page[PaymentCopy]:
        """Return the known ones among them."""
        await self._book.read("fetch_payments", *payment_intent_ids)
        known = {one.payment_intent_id: one for one in self._all_payments()}
        return Page(tuple(known[each] for each in payment_intent_ids if each in known))

    async def fetch_refunds(self, processor_refund_ids: Sequence[str]) -> Page[RefundCopy]:
        """Return the known ones among them."""
        await self._book.read("fetch_refunds", *processor_refund_ids)
        known = {one.processor_refund_id: one for one in self._all_refunds()}
        return Page(tuple(known[each] for each in processor_refund_ids if each in known))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _all_payments(self) -> list[PaymentCopy]:
        holds = [self._hold(one) for one in self._payments.made_at]
        payins = [self._payin(one) for one in self._payins.made_at]
        return [*holds, *payins, *(one for one in self.planted if isinstance(one, PaymentCopy))]

    def _hold(self, payment_intent_id: str) -> PaymentCopy:
        seen, asked = self._payments.hold(payment_intent_id), self._payments.request(payment_intent_id)
        return PaymentCopy(
            payment_intent_id=payment_intent_id,
            status=_WORDS.get(seen.status, seen.status.value),
            amount=seen.amount,
            capturable=seen.capturable,
            received=seen.captured,
            refunded=self._refunded(payment_intent_id, seen.amount.currency),
            created_at=self._payments.made_at[payment_intent_id],
            cancellation_reason="expired" if seen.status is ProcessorStatus.EXPIRED else None,
            capture_before=seen.capture_before,
            charge_id=f"ch_{payment_intent_id}" if seen.capture_before else None,
            hold_id=asked.hold_id,
            charging_session_id=asked.charging_session_id,
            environment=ENVIRONMENT,
        )

    def _payin(self, payment_intent_id: str) -> PaymentCopy:
        seen, asked = self._payins.payin(payment_intent_id), self._payins.request(payment_intent_id)
        return PaymentCopy(
            payment_intent_id=payment_intent_id,
            status=_WORDS.get(seen.status, seen.status.value),
            amount=seen.amount,
            capturable=Money.zero(seen.amount.currency),
            received=seen.received,
            refunded=self._refunded(payment_intent_id, seen.amount.currency),
            created_at=self._payins.made_at[payment_intent_id],
            charging_session_id=asked.charging_session_id,
            subject_id=asked.payin_id,
            environment=ENVIRONMENT,
        )

    def _refunded(self, payment_intent_id: str, currency: str) -> Money:
        made = self._refunds.refunds if self._refunds is not None else []
        of_it = [one for one in made if one.payment_intent_id == payment_intent_id and one.status not in _GONE]
        return sum((one.amount for one in of_it), start=Money.zero(currency))

    def _all_refunds(self) -> list[RefundCopy]:
        made = self._refunds.refunds if self._refunds is not None else []
        ours = [
            RefundCopy(
                processor_refund_id=one.processor_refund_id,
                payment_intent_id=one.payment_intent_id,
                status="requires_action" if one.status is RefundStatus.NEEDS_ACTION else one.status.value,
                amount=one.amount,
                created_at=one.created_at,
                failure_reason=one.failure_reason,
                refund_id=one.our_refund_id,
                environment=ENVIRONMENT,
            )
            for one in made
            if one.created_at is not None
        ]
        return [*ours, *(one for one in self.planted if isinstance(one, RefundCopy))]


def _page(
    found: Sequence[T], id_of: Callable[[T], str], since: datetime | None, after: str | None, size: int
) -> Page[T]:
    """Return one page of what is given in the order in which it was made."""
    listed = [one for one in reversed(found) if since is None or one.created_at >= since]
    if after is not None:
        ids = [id_of(one) for one in listed]
        if after not in ids:
            raise refused("resource_missing")
        listed = listed[ids.index(after) + 1 :]
    page = listed[:size]
    return Page(tuple(page), id_of(page[-1]) if len(listed) > size else None)
