"""What the tests of refunds, payins and settlement need behind the ports: payments made, and the banks' decisions.

Two harnesses with one face, as in ``harness.py``: around the fakes, and around the clients and a stand-in.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Protocol

from api.domain.money import Money
from api.ports.cards import Cards
from api.ports.mirror import Mirror
from api.ports.payins import Payins
from api.ports.payments import Payments
from api.ports.refunds import Refunds, RefundStatus
from api.ports.settlement import Settlement
from clients.stripe.cards import StripeCards
from clients.stripe.connection import StripeConfig, StripeConnection
from clients.stripe.mirror import StripeMirror
from clients.stripe.payins import StripePayins
from clients.stripe.payments import StripePayments
from clients.stripe.refunds import StripeRefunds
from clients.stripe.settlement import StripeSettlement
from tests.clients.stripe.harness import API_KEY, WEBHOOK_SECRET, StandIn, StripeHarness, a_hold
from tests.fakes import FakeCards, FakeClock, FakePayins, FakePayments, FakeRefunds, FakeSettlement, fake_ports

EIGHT_DAYS = 8 * 86_400.0


class MoneyHarness(Protocol):
    """The ports under test and the means to steer what is behind them."""

    clock: FakeClock

    @property
    def payments(self) -> Payments:
        """Where holds are captured."""
        ...

    @property
    def refunds(self) -> Refunds:
        """A port under test."""
        ...

    @property
    def payins(self) -> Payins:
        """A port under test."""
        ...

    @property
    def settlement(self) -> Settlement:
        """A port under test."""
        ...

    @property
    def mirror(self) -> Mirror:
        """A port under test."""
        ...

    async def paid(self, *, card: str = "pm_card_visa", minor: int = 4000) -> str:
        """Capture ``minor`` cents of a hold of EUR 40.00 and return the intent's id."""
        ...

    def lose_answer(self, method: str) -> None:
        """Let the next call of ``method`` be done and its answer be lost."""
        ...

    def settle_refund(self, processor_refund_id: str, status: RefundStatus) -> None:
        """Let the bank end a refund (the stand-in's card knows how)."""
        ...

    async def dispute(self, payment_intent_id: str, *, inquiry: bool = False) -> str:
        """Let the card holder dispute a payment and return the dispute's id."""
        ...

    async def end_dispute(self, dispute_id: str, *, won: bool) -> None:
        """Let the bank decide a dispute."""
        ...

    def pay_in_app(self, payment_intent_id: str) -> None:
        """Let the driver confirm a payment in the app."""
        ...

    async def next_payout(self) -> str:
        """Let days pass until the balance is paid out, and return the payout's id."""
        ...

    def fail_payout(self, payout_id: str) -> None:
        """Let the bank refuse a payout."""
        ...

    @property
    def cards(self) -> Cards:
        """A port under test."""
        ...

    def enter_card(self, setup_intent_id: str, card: str = "pm_card_visa") -> None:
        """Let the driver enter a card in the app."""
        ...

    def remove_elsewhere(self, payment_method_id: str) -> None:
        """Let somebody remove a card in the dashboard."""
        ...


class FakeMoneyHarness:
    """Around the fakes."""

    def __init__(self) -> None:
        """Start empty."""
        self.clock = FakeClock()
        self.payments = FakePayments(self.clock)
        self.payins = FakePayins(self.clock, cards=self.payments.cards)
        self.settlement = FakeSettlement(self.clock)
        ports = fake_ports(clock=self.clock, payments=self.payments, payins=self.payins, settlement=self.settlement)
        assert isinstance(ports.refunds, FakeRefunds)
        self.refunds = ports.refunds
        self.mirror = ports.mirror
        assert isinstance(ports.cards, FakeCards)
        self.cards = ports.cards

    async def paid(self, *, card: str = "pm_card_visa", minor: int = 4000) -> str:
        """Capture, and move the balance as the processor would."""
        if card == "pm_card_pendingRefund":
            self.refunds.next_status = RefundStatus.PENDING
        hold = await a_hold(self.payments)
        done = await self.payments.capture_hold(
            hold.payment_intent_id, Money(minor, "EUR"), idempotency_key=f"capture-{hold.payment_intent_id}"
        )
        self.settlement.book(
            "charge", done.captured, fee=done.fee, source_id="ch_fake1", payment_intent_id=hold.payment_intent_id
        )
        return hold.payment_intent_id

    def lose_answer(self, method: str) -> None:
        """Let the fake that has ``method`` lose its next answer."""
        fakes = (self.refunds, self.payins, self.cards)
        next(fake for fake in fakes if hasattr(fake, method)).lose_answer(method)

    def settle_refund(self, processor_refund_id: str, status: RefundStatus) -> None:
        """End it as told."""
        self.refunds.end(processor_refund_id, status, failure_reason="expired_or_canceled_card")

    async def dispute(self, payment_intent_id: str, *, inquiry: bool = False) -> str:
        """Open a dispute on all that was captured."""
        captured = self.payments.hold(payment_intent_id).captured
        return self.settlement.open_dispute(payment_intent_id, captured, inquiry=inquiry).dispute_id

    async def end_dispute(self, dispute_id: str, *, won: bool) -> None:
        """End it as told."""
        self.settlement.end_dispute(dispute_id, won=won)

    def pay_in_app(self, payment_intent_id: str) -> None:
        """Pay as told."""
        self.payins.pay_in_app(payment_intent_id)

    def enter_card(self, setup_intent_id: str, card: str = "pm_card_visa") -> None:
        """Enter it as told."""
        self.cards.confirm_in_app(setup_intent_id, card)

    def remove_elsewhere(self, payment_method_id: str) -> None:
        """Remove it as told."""
        self.cards.remove_elsewhere(payment_method_id)

    async def next_payout(self) -> str:
        """Pay out now."""
        return self.settlement.pay_out().payout_id

    def fail_payout(self, payout_id: str) -> None:
        """Fail as told."""
        self.settlement.change_payout(payout_id, status="failed")


class StripeMoneyHarness:
    """Around the clients, which share one connection, and a stand-in."""

    def __init__(self, stand_in: StandIn, connection: StripeConnection) -> None:
        """Hold what ``stripe_money_harness`` built."""
        self.clock = stand_in.clock
        self.connection = connection
        self.payments = StripePayments(connection)
        self.refunds = StripeRefunds(connection)
        self.payins = StripePayins(connection)
        self.settlement = StripeSettlement(connection)
        self.mirror = StripeMirror(connection)
        self.cards = StripeCards(connection)
        self.wire = StripeHarness(stand_in, self.payments)

    async def paid(self, *, card: str = "pm_card_visa", minor: int = 4000) -> str:
        """Capture a hold on ``card``."""
        hold = await a_hold(self.payments, card=card)
        await self.payments.capture_hold(hold.payment_intent_id, Money(minor, "EUR"), idempotency_key="capture")
        return hold.payment_intent_id

    def lose_answer(self, method: str) -> None:
        """Drop the answer to the first request and to each repetition by the SDK."""
        if method == "forget_customer":
            self.wire.fault("drop_answer", "/v1/customers/.*", method="DELETE")
            self.wire.fault("drop_request", "/v1/customers/.*", times=2, method="DELETE")
            return
        path = {
            "refund_payment": "/v1/refunds",
            "take_payment": "/v1/payment_intents",
            "begin_setup": "/v1/setup_intents",
        }[method]
        self.wire.fault("drop_answer", path, times=3)

    def settle_refund(self, processor_refund_id: str, status: RefundStatus) -> None:
        """Let time pass: the card decides how the refund ends."""
        self.clock.advance(61)

    async def dispute(self, payment_intent_id: str, *, inquiry: bool = False) -> str:
        """Let the other bank dispute the intent's charge."""
        intent = await self.connection.v1.payment_intents.retrieve_async(payment_intent_id)
        told: Any = self.wire.steer(f"dashboard/charges/{intent.latest_charge}/dispute", {"inquiry": inquiry})
        return str(told["id"])

    async def end_dispute(self, dispute_id: str, *, won: bool) -> None:
        """Let the bank decide."""
        self.wire.steer(f"dashboard/disputes/{dispute_id}/end", {"outcome": "won" if won else "lost"})

    def pay_in_app(self, payment_intent_id: str) -> None:
        """Confirm with the client secret, as the app's SDK does."""
        self.wire.steer(f"app/payment_intents/{payment_intent_id}/confirm", {})

    async def next_payout(self) -> str:
        """Let eight days pass."""
        self.clock.advance(EIGHT_DAYS)
        page = await self.connection.v1.payouts.list_async()
        return page.data[0].id

    def enter_card(self, setup_intent_id: str, card: str = "pm_card_visa") -> None:
        """Confirm with the client secret, as the app's SDK does."""
        self.wire.steer(f"app/setup_intents/{setup_intent_id}/confirm", {"payment_method": card})

    def remove_elsewhere(self, payment_method_id: str) -> None:
        """Detach in the dashboard."""
        self.wire.steer(f"dashboard/payment_methods/{payment_method_id}/detach", {})

    def fail_payout(self, payout_id: str) -> None:
        """Let our bank refuse it."""
        self.wire.steer(f"dashboard/payouts/{payout_id}/fail", {})


@contextlib.asynccontextmanager
async def stripe_money_harness(stand_in: StandIn, *, environment: str = "test") -> AsyncIterator[StripeMoneyHarness]:
    """Yield a harness around clients of one installation that speak to ``stand_in`` through one connection."""
    connection = StripeConnection(
        StripeConfig(
            api_key=API_KEY,
            webhook_secrets=(WEBHOOK_SECRET,),
            environment=environment,
            api_base=stand_in.base_url,
        )
    )
    try:
        yield StripeMoneyHarness(stand_in, connection)
    finally:
        await connection.aclose()
