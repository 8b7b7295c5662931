"""``FakePayins``: the payins port in memory. Import it from ``tests.fakes``.

Keeps to the same contract as ``StripePayins`` (``tests/clients/stripe/test_contract_payins.py`` runs both). Cards are
told apart by Stripe's own test names, as in ``fake_payments.py``.
"""

from dataclasses import replace
from datetime import datetime

from api.domain.money import Money
from api.ports.clock import Clock
from api.ports.payins import PayinRequest, PayinSnapshot
from api.ports.payments import HoldDeclined, ProcessorRefused, ProcessorStatus
from tests.fake_answers import AnswerBook, PaymentsCall, Trouble, refused
from tests.fake_card_file import CardFile
from tests.fake_payments import ACTION_CARD, DECLINED_CARDS


class FakePayins:
    """Implements ``api.ports.payins.Payins``; the methods under "steering" are for tests."""

    def __init__(self, clock: Clock, *, cards: CardFile | None = None) -> None:
        """Start with no payment; ``cards`` knows which saved card is which test card."""
        self._cards = cards
        self._payins: dict[str, tuple[PayinRequest, PayinSnapshot]] = {}
        self._clock = clock
        self._book = AnswerBook(clock)
        self.made_at: dict[str, datetime] = {}
        """When each intent was made."""

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

    def pay_in_app(self, payment_intent_id: str) -> None:
        """Let the driver confirm in the app, or pass 3-D Secure: the money comes."""
        _, seen = self._look(payment_intent_id)
        assert seen.status in (ProcessorStatus.NEEDS_PAYMENT_METHOD, ProcessorStatus.NEEDS_ACTION)
        self._change(payment_intent_id, **_paid(seen))

    def fail_action(self, payment_intent_id: str) -> None:
        """Let the driver fail 3-D Secure: the payment is back at its start."""
        self._change(
            payment_intent_id,
            status=ProcessorStatus.NEEDS_PAYMENT_METHOD,
            decline_code="payment_intent_authentication_failure",
        )

    @property
    def calls(self) -> list[PaymentsCall]:
        """Every call so far, in order."""
        return self._book.calls

    @property
    def payins(self) -> list[PayinSnapshot]:
        """Every payment as it is now, oldest first; declined ones included."""
        return [seen for _, seen in self._payins.values()]

    def payin(self, payment_intent_id: str) -> PayinSnapshot:
        """Return one payment as it is now, without logging a call."""
        return self._look(payment_intent_id)[1]

    def calls_of(self, method: str) -> list[PaymentsCall]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    def request(self, payment_intent_id: str) -> PayinRequest:
        """Return what was asked for."""
        return self._look(payment_intent_id)[0]

    def received(self, payment_intent_id: str) -> Money | None:
        """Return what came of a payment; None for an unknown one."""
        found = self._payins.get(payment_intent_id)
        return None if found is None else found[1].received

    # --- the port -----------------------------------------------------------------------------------------------------

    async def take_payment(self, request: PayinRequest, *, idempotency_key: str) -> PayinSnapshot:
        """Take the money, unless the card declines, wants 3-D Secure, or is not named."""
        return await self._book.write("take_payment", (request,), idempotency_key, lambda: self._take(request))

    async def fetch_payment(self, payment_intent_id: str) -> PayinSnapshot:
        """Return the payment as it is now."""
        await self._book.read("fetch_payment", payment_intent_id)
        return self._look(payment_intent_id)[1]

    async def find_payment(self, payin_id: str, *, customer_id: str) -> PayinSnapshot | None:
        """Return the newest payment with our id, preferring one that has money."""
        await self._book.read("find_payment", payin_id, customer_id)
        found = [
            seen
            for request, seen in reversed(self._payins.values())
            if request.payin_id == payin_id and request.customer_id == customer_id
        ]
        with_money = [seen for seen in found if seen.status is ProcessorStatus.CAPTURED]
        return next(iter(with_money + found), None)

    async def cancel_payment(self, payment_intent_id: str, *, idempotency_key: str) -> PayinSnapshot:
        """Close a payment that was not made."""
        return await self._book.write(
            "cancel_payment", (payment_intent_id,), idempotency_key, lambda: self._cancel(payment_intent_id)
        )

    # --- inside -------------------------------------------------------------------------------------------------------

    def _take(self, request: PayinRequest) -> PayinSnapshot:
        intent_id = f"pi_fakepayin{len(self._payins) + 1}"
        self.made_at[intent_id] = self._clock.now()
        begun = PayinSnapshot(
            payment_intent_id=intent_id,
            status=ProcessorStatus.NEEDS_PAYMENT_METHOD,
            amount=request.amount,
            received=Money.zero(request.amount.currency),
            client_secret=f"{intent_id}_secret",
            our_payin_id=request.payin_id,
            request_id=f"req_fake_payin{len(self.calls)}",
        )
        self._payins[intent_id] = (request, begun)
        if request.payment_method_id is None:
            return begun
        card = request.payment_method_id
        if self._cards is not None:
            card = self._cards.usable(card)
        declined = DECLINED_CARDS.get(card)
        if card == ACTION_CARD and not request.on_session:
            declined = "authentication_required"
        if declined:
            self._change(intent_id, decline_code=declined)
            raise HoldDeclined("hold_declined", decline_code=declined, payment_intent_id=intent_id)
        if card == ACTION_CARD:
            return self._change(intent_id, status=ProcessorStatus.NEEDS_ACTION)
        return self._change(intent_id, **_paid(begun))

    def _cancel(self, payment_intent_id: str) -> PayinSnapshot:
        _, seen = self._look(payment_intent_id)
        if seen.status is ProcessorStatus.CAPTURED:
            raise ProcessorRefused(
                "processor_refused",
                processor_code="payment_intent_unexpected_state",
                hold_status=seen.status.value,
                request_id=None,
            )
        return self._change(payment_intent_id, status=ProcessorStatus.CANCELED)

    def _look(self, payment_intent_id: str) -> tuple[PayinRequest, PayinSnapshot]:
        if payment_intent_id not in self._payins:
            raise refused("resource_missing")
        return self._payins[payment_intent_id]

    def _change(self, payment_intent_id: str, **changes: object) -> PayinSnapshot:
        request, seen = self._look(payment_intent_id)
        changed = replace(seen, **changes)  # type: ignore[arg-type]  # the callers above name real fields
        self._payins[payment_intent_id] = (request, changed)
        return changed


def _paid(seen: PayinSnapshot) -> dict[str, object]:
    fee = Money(25 + seen.amount.minor * 15 // 1000, seen.amount.currency)
    return {"status": ProcessorStatus.CAPTURED, "received": seen.amount, "fee": fee, "decline_code": None}
