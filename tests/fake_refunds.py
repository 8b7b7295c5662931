"""``FakeRefunds``: the refunds port in memory. Import it from ``tests.fakes``.

Keeps to the same contract as ``StripeRefunds`` (``tests/clients/stripe/test_contract_refunds.py`` runs both): nothing
beyond what was captured, nothing while a dispute is open, and a refund may be pending or fail after it succeeded.
"""

from collections.abc import Callable
from dataclasses import replace

from api.domain.money import Money
from api.ports.clock import Clock
from api.ports.refunds import RefundRequest, RefundSnapshot, RefundStatus
from tests.fake_answers import AnswerBook, PaymentsCall, Trouble, refused

Captured = Callable[[str], Money | None]
"""Tells what was captured of an intent; None where it is unknown to the processor."""

_GONE = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})


class FakeRefunds:
    """Implements ``api.ports.refunds.Refunds``; the methods under "steering" are for tests."""

    def __init__(self, clock: Clock, *, captured: Captured, disputed: Callable[[str], bool] = lambda _: False) -> None:
        """Start with no refund; ``captured`` and ``disputed`` tell of the payments."""
        self._clock = clock
        self._captured = captured
        self._disputed = disputed
        self._refunds: dict[str, RefundSnapshot] = {}
        self._book = AnswerBook(clock)
        self.next_status = RefundStatus.SUCCEEDED
        """How the refunds made from now on begin."""

    # --- steering -----------------------------------------------------------------------------------------------------

    def lose_answer(self, method: str) -> None:
        """Let the next call of ``method`` be done and its answer be lost: ``OutcomeUnknown``."""
        self._book.trouble(method, Trouble.LOSE_ANSWER)

    def break_before(self, method: str) -> None:
        """Let the next call of ``method`` never arrive: ``OutcomeUnknown`` and nothing done."""
        self._book.trouble(method, Trouble.BREAK_BEFORE)

    def fail_for_good(self, method: str) -> None:
        """Let the next call fail inside the processor, which repeats that failure for its key: nothing done."""
        self._book.trouble(method, Trouble.SERVER_ERROR)

    def refuse(self, method: str, processor_code: str) -> None:
        """Let the next call of ``method`` be refused with ``processor_code``."""
        self._book.trouble(method, refused(processor_code))

    def end(self, processor_refund_id: str, status: RefundStatus, *, failure_reason: str | None = None) -> None:
        """Let the bank end a refund: a pending one succeed, or one fail whatever it was."""
        seen = self._refunds[processor_refund_id]
        self._refunds[processor_refund_id] = replace(seen, status=status, failure_reason=failure_reason)

    def refund_by_hand(self, payment_intent_id: str, amount: Money) -> RefundSnapshot:
        """Let our staff refund in the processor's dashboard: no id of ours is on it."""
        return self._make(payment_intent_id, amount, our_id=None)

    @property
    def calls(self) -> list[PaymentsCall]:
        """Every call so far, in order."""
        return self._book.calls

    @property
    def refunds(self) -> list[RefundSnapshot]:
        """Every refund as it is now, oldest first."""
        return list(self._refunds.values())

    def calls_of(self, method: str) -> list[PaymentsCall]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    # --- the port -----------------------------------------------------------------------------------------------------

    async def refund_payment(self, request: RefundRequest, *, idempotency_key: str) -> RefundSnapshot:
        """Give money back, at most what is left."""
        return await self._book.write(
            "refund_payment",
            (request,),
            idempotency_key,
            lambda: self._make(request.payment_intent_id, request.amount, our_id=request.refund_id),
        )

    async def fetch_refund(self, processor_refund_id: str) -> RefundSnapshot:
        """Return the refund as it is now."""
        await self._book.read("fetch_refund", processor_refund_id)
        if processor_refund_id not in self._refunds:
            raise refused("resource_missing")
        return self._refunds[processor_refund_id]

    async def refunds_of_payment(self, payment_intent_id: str) -> tuple[RefundSnapshot, ...]:
        """Return every refund of a payment, newest first."""
        await self._book.read("refunds_of_payment", payment_intent_id)
        if self._captured(payment_intent_id) is None:
            raise refused("resource_missing")
        return tuple(reversed(self._of(payment_intent_id)))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _of(self, payment_intent_id: str) -> list[RefundSnapshot]:
        return [one for one in self._refunds.values() if one.payment_intent_id == payment_intent_id]

    def _make(self, payment_intent_id: str, amount: Money, *, our_id: str | None) -> RefundSnapshot:
        captured = self._captured(payment_intent_id)
        if captured is None:
            raise refused("resource_missing")
        if amount.minor < 1:
            raise refused("parameter_invalid_integer")
        if self._disputed(payment_intent_id):
            raise refused("charge_disputed")
        gone = sum(one.amount.minor for one in self._of(payment_intent_id) if one.status not in _GONE)
        if captured.minor and captured.minor == gone:
            raise refused("charge_already_refunded")
        if amount.minor > captured.minor - gone:
            raise refused("invalid_request_error")
        refund = RefundSnapshot(
            processor_refund_id=f"re_fake{len(self._refunds) + 1}",
            payment_intent_id=payment_intent_id,
            status=self.next_status,
            amount=amount,
            our_refund_id=our_id,
            request_id=f"req_fake_refund{len(self.calls)}",
            created_at=self._clock.now(),
        )
        self._refunds[refund.processor_refund_id] = refund
        return refund
