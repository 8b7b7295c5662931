"""``FakePayments``: the payments port in memory, with the behavior of a processor that the services rely on.

Keeps to the same contract as ``StripePayments`` (``tests/test_fakes_contract.py`` runs both): one capture, a release
frees all, idempotency keys are honored for a day, holds lapse at ``capture_before``. Cards are told apart by Stripe's
own test names. Keys and troubles are in ``fake_answers.py``. Import it from ``tests.fakes``.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from api.domain.money import Money
from api.ports.clock import Clock
from api.ports.payments import (
    HoldDeclined,
    HoldRequest,
    HoldSnapshot,
    ProcessorStatus,
    ReleaseReason,
)
from tests.fake_answers import AnswerBook, PaymentsCall, Trouble, refused
from tests.fake_card_file import CardFile
from tests.fake_webhooks import FakeWebhooks

DECLINED_CARDS = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedLostCard": "lost_card",
    "pm_card_chargeCustomerFail": "generic_decline",
}
SAVED_THEN_DECLINED = "pm_card_chargeCustomerFail"
ACTION_CARD = "pm_card_authenticationRequired"
RAISABLE_CARDS = {"pm_sandbox_incremental": True, "pm_sandbox_incrementDeclined": False}
"""Cards whose holds the processor says can be raised, and whether the bank agrees."""
HOLD_LIFE = timedelta(days=7)


class FakePayments(FakeWebhooks):
    """Implements ``api.ports.payments.Payments``; the methods under "steering" are for tests."""

    def __init__(self, clock: Clock) -> None:
        """Start with no customer and no hold, on the given clock."""
        self._clock = clock
        self._holds: dict[str, tuple[HoldRequest, HoldSnapshot]] = {}
        self.cards = CardFile()
        self.made_at: dict[str, datetime] = {}
        """When each intent was made."""
        self._book = AnswerBook(clock)

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

    def pass_action(self, payment_intent_id: str) -> None:
        """Let the driver pass 3-D Secure: the hold stands."""
        request, snapshot = self._look(payment_intent_id)
        assert snapshot.status is ProcessorStatus.NEEDS_ACTION
        self._holds[payment_intent_id] = (request, self._held(snapshot))

    def fail_action(self, payment_intent_id: str) -> None:
        """Let the driver fail 3-D Secure: the intent is back at the start."""
        self._change(
            payment_intent_id,
            status=ProcessorStatus.NEEDS_PAYMENT_METHOD,
            decline_code="payment_intent_authentication_failure",
        )

    def expire(self, payment_intent_id: str) -> None:
        """Let the bank drop the hold now."""
        assert self.hold(payment_intent_id).status is ProcessorStatus.HELD
        self._change(payment_intent_id, status=ProcessorStatus.EXPIRED, capturable=self._zero(payment_intent_id))

    @property
    def calls(self) -> list[PaymentsCall]:
        """Every call so far, in order."""
        return self._book.calls

    @property
    def holds(self) -> list[HoldSnapshot]:
        """Every hold as it is now, oldest first; declined attempts included."""
        return [self.hold(payment_intent_id) for payment_intent_id in self._holds]

    def hold(self, payment_intent_id: str) -> HoldSnapshot:
        """Return one hold as it is now, without logging a call."""
        return self._look(payment_intent_id)[1]

    def request(self, payment_intent_id: str) -> HoldRequest:
        """Return what was asked for."""
        return self._look(payment_intent_id)[0]

    def captured(self, payment_intent_id: str) -> Money | None:
        """Return what was captured of a hold; None for an unknown one."""
        return self.hold(payment_intent_id).captured if payment_intent_id in self._holds else None

    def calls_of(self, method: str) -> list[PaymentsCall]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    # --- the port -----------------------------------------------------------------------------------------------------

    async def place_hold(self, request: HoldRequest, *, idempotency_key: str) -> HoldSnapshot:
        """Hold the amount unless the card declines or wants 3-D Secure, a decline where nobody can be asked."""
        return await self._book.write("place_hold", (request,), idempotency_key, lambda: self._place(request))

    async def fetch_hold(self, payment_intent_id: str) -> HoldSnapshot:
        """Return the hold as it is now."""
        await self._book.read("fetch_hold", payment_intent_id)
        return self.hold(payment_intent_id)

    async def find_hold(self, hold_id: str, *, customer_id: str) -> HoldSnapshot | None:
        """Return the newest hold with our id, preferring one that has money."""
        await self._book.read("find_hold", hold_id, customer_id)
        found = [
            self.hold(intent_id)
            for intent_id, (request, _) in reversed(self._holds.items())
            if request.hold_id == hold_id and request.customer_id == customer_id
        ]
        with_money = [hold for hold in found if hold.status in (ProcessorStatus.HELD, ProcessorStatus.CAPTURED)]
        return next(iter(with_money + found), None)

    async def capture_hold(self, payment_intent_id: str, amount: Money, *, idempotency_key: str) -> HoldSnapshot:
        """Take the amount once."""
        arguments = (payment_intent_id, amount)
        return await self._book.write(
            "capture_hold", arguments, idempotency_key, lambda: self._capture(payment_intent_id, amount)
        )

    async def extend_hold(self, payment_intent_id: str, amount: Money, *, idempotency_key: str) -> HoldSnapshot:
        """Raise a hold that stands."""
        arguments = (payment_intent_id, amount)
        return await self._book.write(
            "extend_hold", arguments, idempotency_key, lambda: self._extend(payment_intent_id, amount)
        )

    async def release_hold(
        self, payment_intent_id: str, reason: ReleaseReason, *, idempotency_key: str
    ) -> HoldSnapshot:
        """Free the whole hold."""
        arguments = (payment_intent_id, reason)
        return await self._book.write(
            "release_hold", arguments, idempotency_key, lambda: self._release(payment_intent_id)
        )

    async def create_customer(self, *, driver_id: str, email: str, idempotency_key: str) -> str:
        """Return a fresh customer id."""
        number = len(self.calls_of("create_customer")) + 1
        return await self._book.write(
            "create_customer", (driver_id, email), idempotency_key, lambda: self.cards.add_customer(f"cus_fake{number}")
        )

    async def save_card(self, customer_id: str, payment_method_id: str, *, idempotency_key: str) -> str:
        """Return the id of the attached card."""
        return await self._book.write(
            "save_card",
            (customer_id, payment_method_id),
            idempotency_key,
            lambda: self._save(customer_id, payment_method_id),
        )

    # --- inside -------------------------------------------------------------------------------------------------------

    def _place(self, request: HoldRequest) -> HoldSnapshot:
        number = len(self._holds) + 1
        zero = Money.zero(request.amount.currency)
        intent_id = f"pi_fake{number}"
        self.made_at[intent_id] = self._clock.now()
        started = HoldSnapshot(
            payment_intent_id=intent_id,
            status=ProcessorStatus.NEEDS_ACTION,
            amount=request.amount,
            capturable=zero,
            captured=zero,
            request_id=f"req_fake{len(self.calls)}",
            client_secret=f"{intent_id}_secret",
        )
        card = self.cards.usable(request.payment_method_id)
        declined = DECLINED_CARDS.get(card)
        if card == ACTION_CARD and not request.on_session:
            declined = "authentication_required"
        if declined:
            back = replace(started, status=ProcessorStatus.NEEDS_PAYMENT_METHOD, decline_code=declined)
            self._holds[intent_id] = (request, back)
            raise HoldDeclined("hold_declined", decline_code=declined, payment_intent_id=intent_id)
        if card in RAISABLE_CARDS:
            started = replace(started, incremental_authorization="available")
        self._holds[intent_id] = (request, started if card == ACTION_CARD else self._held(started))
        return self.hold(intent_id)

    def _extend(self, payment_intent_id: str, amount: Money) -> HoldSnapshot:
        request, hold = self._look(payment_intent_id)
        if hold.status is not ProcessorStatus.HELD:
            raise refused("payment_intent_unexpected_state", hold)
        if hold.incremental_authorization != "available" or amount <= hold.amount:
            raise refused("payment_intent_invalid_parameter", hold)
        if not RAISABLE_CARDS[self.cards.behind(request.payment_method_id)]:
            raise HoldDeclined("hold_declined", decline_code="insufficient_funds", payment_intent_id=payment_intent_id)
        return self._change(payment_intent_id, amount=amount, capturable=amount)

    def _held(self, snapshot: HoldSnapshot) -> HoldSnapshot:
        return replace(
            snapshot,
            status=ProcessorStatus.HELD,
            capturable=snapshot.amount,
            capture_before=self._clock.now() + HOLD_LIFE,
            card_brand="visa",
            card_last4="4242",
        )

    def _capture(self, payment_intent_id: str, amount: Money) -> HoldSnapshot:
        hold = self.hold(payment_intent_id)
        if hold.status is ProcessorStatus.CAPTURED:
            return hold
        if hold.status is not ProcessorStatus.HELD:
            raise refused("payment_intent_unexpected_state", hold)
        if amount.minor < 1:
            raise refused("parameter_invalid_integer")
        if amount > hold.capturable:
            raise refused("amount_too_large", hold)
        fee = Money(25 + amount.minor * 15 // 1000, amount.currency)
        zero = self._zero(payment_intent_id)
        return self._change(
            payment_intent_id, status=ProcessorStatus.CAPTURED, captured=amount, capturable=zero, fee=fee
        )

    def _release(self, payment_intent_id: str) -> HoldSnapshot:
        hold = self.hold(payment_intent_id)
        if hold.status in (ProcessorStatus.CANCELED, ProcessorStatus.EXPIRED):
            return hold
        if hold.status is ProcessorStatus.CAPTURED:
            raise refused("payment_intent_unexpected_state", hold)
        zero = self._zero(payment_intent_id)
        return self._change(payment_intent_id, status=ProcessorStatus.CANCELED, capturable=zero)

    def _save(self, customer_id: str, payment_method_id: str) -> str:
        declined = DECLINED_CARDS.get(payment_method_id)
        if declined and payment_method_id != SAVED_THEN_DECLINED:
            raise HoldDeclined("hold_declined", decline_code=declined, payment_intent_id=None)
        return self.cards.keep(customer_id, payment_method_id)

    def _look(self, payment_intent_id: str) -> tuple[HoldRequest, HoldSnapshot]:
        if payment_intent_id not in self._holds:
            raise refused("resource_missing")
        request, hold = self._holds[payment_intent_id]
        lapsed = hold.capture_before is not None and hold.capture_before <= self._clock.now()
        if hold.status is ProcessorStatus.HELD and lapsed:
            hold = replace(hold, status=ProcessorStatus.EXPIRED, capturable=Money.zero(hold.amount.currency))
            self._holds[payment_intent_id] = (request, hold)
        return request, hold

    def _change(self, payment_intent_id: str, **changes: object) -> HoldSnapshot:
        request, hold = self._look(payment_intent_id)
        changed = replace(hold, **changes)  # type: ignore[arg-type]  # the callers above name real fields
        self._holds[payment_intent_id] = (request, changed)
        return changed

    def _zero(self, payment_intent_id: str) -> Money:
        return Money.zero(self.hold(payment_intent_id).amount.currency)
