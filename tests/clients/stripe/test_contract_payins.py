"""The payins contract, for ``FakePayins`` and ``StripePayins`` alike; and what the client sends."""

from dataclasses import replace

import pytest

from api.domain.money import Money
from api.ports.payins import PayinRequest
from api.ports.payments import HoldDeclined, OutcomeUnknown, ProcessorRefused, ProcessorStatus
from tests.clients.stripe.harness import a_request
from tests.clients.stripe.money_harness import MoneyHarness, StripeMoneyHarness
from tests.fakes import ACTION_CARD


async def a_payin(
    money: MoneyHarness, *, card: str | None = "pm_card_visa", on_session: bool = True, payin_id: str = "pay_1"
) -> PayinRequest:
    """Return a request for EUR 50.00 of a new customer."""
    hold = await a_request(money.payments, hold_id=payin_id)
    if card is not None and card != "pm_card_chargeDeclinedInsufficientFunds":
        card = await money.payments.save_card(hold.customer_id, card, idempotency_key=f"save-{payin_id}")
    return PayinRequest(
        payin_id=payin_id,
        purpose="top_up",
        amount=Money(5000, "EUR"),
        customer_id=hold.customer_id,
        description="Top-up",
        payment_method_id=card,
        on_session=on_session,
    )


class TestPayins:
    """What ``api.ports.payins.Payins`` promises."""

    @pytest.mark.parametrize("on_session", [True, False])
    async def test_a_saved_card_pays_at_once(self, money: MoneyHarness, on_session: bool) -> None:
        """With a card the money is there with the answer, all of it, less a known fee."""
        request = await a_payin(money, on_session=on_session)
        made = await money.payins.take_payment(request, idempotency_key="pay")
        assert (made.status, made.amount, made.received) == (
            ProcessorStatus.CAPTURED,
            Money(5000, "EUR"),
            Money(5000, "EUR"),
        )
        assert made.fee is not None
        assert 0 < made.fee.minor < 5000
        assert made.our_payin_id == "pay_1"
        assert made.request_id
        again = await money.payins.take_payment(request, idempotency_key="pay")
        assert again.payment_intent_id == made.payment_intent_id
        fetched = await money.payins.fetch_payment(made.payment_intent_id)
        assert replace(fetched, request_id=None) == replace(made, request_id=None)

    async def test_without_a_card_the_app_pays(self, money: MoneyHarness) -> None:
        """Without a card there is a secret for the app, no money until it paid, and all of it then."""
        made = await money.payins.take_payment(await a_payin(money, card=None), idempotency_key="pay")
        assert (made.status, made.received.minor) == (ProcessorStatus.NEEDS_PAYMENT_METHOD, 0)
        assert made.client_secret
        money.pay_in_app(made.payment_intent_id)
        seen = await money.payins.fetch_payment(made.payment_intent_id)
        assert (seen.status, seen.received.minor) == (ProcessorStatus.CAPTURED, 5000)

    async def test_the_bank_may_ask_a_driver_who_is_there(self, money: MoneyHarness) -> None:
        """On session 3-D Secure waits for the driver; off session it is a decline that says so."""
        there = await a_payin(money, card=ACTION_CARD)
        made = await money.payins.take_payment(there, idempotency_key="there")
        assert (made.status, made.received.minor) == (ProcessorStatus.NEEDS_ACTION, 0)
        away = await a_payin(money, card=ACTION_CARD, on_session=False, payin_id="pay_2")
        with pytest.raises(HoldDeclined) as caught:
            await money.payins.take_payment(away, idempotency_key="away")
        assert caught.value.facts["decline_code"] == "authentication_required"

    async def test_a_decline_says_why_and_can_be_closed(self, money: MoneyHarness) -> None:
        """A declined payment took nothing and is canceled by its id; canceling again is harmless."""
        request = await a_payin(money, card="pm_card_chargeDeclinedInsufficientFunds")
        with pytest.raises(HoldDeclined) as caught:
            await money.payins.take_payment(request, idempotency_key="pay")
        assert caught.value.facts["decline_code"] == "insufficient_funds"
        intent_id = str(caught.value.facts["payment_intent_id"])
        for key in ("cancel", "again"):
            closed = await money.payins.cancel_payment(intent_id, idempotency_key=key)
            assert (closed.status, closed.received.minor) == (ProcessorStatus.CANCELED, 0)

    async def test_money_that_came_is_not_canceled(self, money: MoneyHarness) -> None:
        """It goes back by refund only; the refusal says where the payment stands."""
        made = await money.payins.take_payment(await a_payin(money), idempotency_key="pay")
        with pytest.raises(ProcessorRefused) as caught:
            await money.payins.cancel_payment(made.payment_intent_id, idempotency_key="cancel")
        assert caught.value.facts["hold_status"] == "captured"

    async def test_a_lost_answer_is_found_again(self, money: MoneyHarness) -> None:
        """Our own id and the same key both lead to the one payment; an unknown one is none."""
        request = await a_payin(money)
        money.lose_answer("take_payment")
        with pytest.raises(OutcomeUnknown):
            await money.payins.take_payment(request, idempotency_key="pay")
        found = await money.payins.find_payment("pay_1", customer_id=request.customer_id)
        assert found is not None
        assert found.status is ProcessorStatus.CAPTURED
        again = await money.payins.take_payment(request, idempotency_key="pay")
        assert again.payment_intent_id == found.payment_intent_id
        assert await money.payins.find_payment("pay_9", customer_id=request.customer_id) is None
        with pytest.raises(ProcessorRefused):
            await money.payins.fetch_payment("pi_nobody")


async def test_what_is_sent(money_wire: StripeMoneyHarness) -> None:
    """Money is taken and not held, of cards only where a card is named, and by any method where the app confirms."""
    saved, open_ = await a_payin(money_wire), await a_payin(money_wire, card=None, payin_id="pay_2")
    away = replace(saved, payin_id="pay_3", on_session=False, charging_session_id="chs_1", purpose="receivable")
    for key, request in (("opr_1", saved), ("opr_2", open_), ("opr_3", away)):
        await money_wire.payins.take_payment(request, idempotency_key=key)
    first, second, third = money_wire.wire.sent("/v1/payment_intents")
    assert [one["idempotency_key"] for one in (first, second, third)] == ["opr_1", "opr_2", "opr_3"]
    assert {one["params"]["capture_method"] for one in (first, second, third)} == {"automatic"}
    assert first["params"]["allowed_payment_method_types"] == ["card"]
    assert first["params"]["use_stripe_sdk"] is True
    assert "confirm" not in second["params"]
    assert second["params"]["automatic_payment_methods"] == {"enabled": True}
    assert third["params"]["off_session"] is True
    assert third["params"]["metadata"] == {
        "payin_id": "pay_3",
        "purpose": "receivable",
        "charging_session_id": "chs_1",
        "env": "test",
    }
