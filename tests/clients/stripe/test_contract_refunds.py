"""The refunds contract, for ``FakeRefunds`` and ``StripeRefunds`` alike; and what the client sends and reads."""

from dataclasses import replace

import pytest

from api.domain.money import Money
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.ports.refunds import RefundReason, RefundRequest, RefundStatus
from clients.stripe.refunds import read_refund
from tests.clients.stripe.money_harness import MoneyHarness, StripeMoneyHarness


def a_refund(payment_intent_id: str, minor: int = 1500, *, refund_id: str = "rfd_1") -> RefundRequest:
    """Return a request to give ``minor`` cents back."""
    return RefundRequest(
        refund_id=refund_id,
        payment_intent_id=payment_intent_id,
        amount=Money(minor, "EUR"),
        reason=RefundReason.REQUESTED,
        charging_session_id="chs_1",
    )


class TestRefunds:
    """What ``api.ports.refunds.Refunds`` promises."""

    async def test_parts_go_back_until_nothing_is_left(self, money: MoneyHarness) -> None:
        """Partial refunds add up to what was captured, not to what was held; one cent more is refused."""
        intent_id = await money.paid(minor=3000)
        first = await money.refunds.refund_payment(a_refund(intent_id, 1000), idempotency_key="one")
        assert (first.status, first.amount, first.our_refund_id) == (
            RefundStatus.SUCCEEDED,
            Money(1000, "EUR"),
            "rfd_1",
        )
        assert first.payment_intent_id == intent_id
        assert first.request_id
        assert first.created_at == money.clock.now()
        with pytest.raises(ProcessorRefused):
            await money.refunds.refund_payment(a_refund(intent_id, 2001, refund_id="rfd_2"), idempotency_key="two")
        rest = await money.refunds.refund_payment(a_refund(intent_id, 2000, refund_id="rfd_3"), idempotency_key="three")
        assert rest.status is RefundStatus.SUCCEEDED
        with pytest.raises(ProcessorRefused) as caught:
            await money.refunds.refund_payment(a_refund(intent_id, 1, refund_id="rfd_4"), idempotency_key="four")
        assert caught.value.facts["processor_code"] == "charge_already_refunded"
        found = await money.refunds.refunds_of_payment(intent_id)
        assert [one.our_refund_id for one in found] == ["rfd_3", "rfd_1"]

    async def test_one_key_gives_back_once(self, money: MoneyHarness) -> None:
        """A lost answer is asked for again with the same key, and the money went back once."""
        intent_id = await money.paid()
        money.lose_answer("refund_payment")
        with pytest.raises(OutcomeUnknown):
            await money.refunds.refund_payment(a_refund(intent_id), idempotency_key="one")
        again = await money.refunds.refund_payment(a_refund(intent_id), idempotency_key="one")
        found = await money.refunds.refunds_of_payment(intent_id)
        assert [one.processor_refund_id for one in found] == [again.processor_refund_id]
        fetched = await money.refunds.fetch_refund(again.processor_refund_id)
        assert replace(fetched, request_id=None) == replace(again, request_id=None)

    async def test_a_key_means_one_request(self, money: MoneyHarness) -> None:
        """The same key with another amount is refused."""
        intent_id = await money.paid()
        await money.refunds.refund_payment(a_refund(intent_id, 100), idempotency_key="one")
        with pytest.raises(ProcessorRefused) as caught:
            await money.refunds.refund_payment(a_refund(intent_id, 200), idempotency_key="one")
        assert caught.value.facts["processor_code"] == "idempotency_error"

    @pytest.mark.parametrize(
        ("card", "begins", "ends"),
        [
            ("pm_card_pendingRefund", RefundStatus.PENDING, RefundStatus.SUCCEEDED),
            ("pm_card_refundFail", RefundStatus.SUCCEEDED, RefundStatus.FAILED),
        ],
    )
    async def test_a_refund_may_end_later(
        self, money: MoneyHarness, card: str, begins: RefundStatus, ends: RefundStatus
    ) -> None:
        """Pending becomes final, and final may still fail: the word of now is not the last one."""
        intent_id = await money.paid(card=card)
        made = await money.refunds.refund_payment(a_refund(intent_id), idempotency_key="one")
        assert made.status is begins
        money.settle_refund(made.processor_refund_id, ends)
        seen = await money.refunds.fetch_refund(made.processor_refund_id)
        assert seen.status is ends
        if ends is RefundStatus.FAILED:
            assert seen.failure_reason == "expired_or_canceled_card"
            again = await money.refunds.refund_payment(a_refund(intent_id, 4000), idempotency_key="again")
            assert again.amount.minor == 4000, "what failed can be given back again"

    async def test_what_was_not_captured_is_not_refunded(self, money: MoneyHarness) -> None:
        """Unknown payments and disputed ones are refused."""
        with pytest.raises(ProcessorRefused) as caught:
            await money.refunds.refund_payment(a_refund("pi_nobody"), idempotency_key="one")
        assert caught.value.facts["processor_code"] == "resource_missing"
        with pytest.raises(ProcessorRefused):
            await money.refunds.refunds_of_payment("pi_nobody")
        with pytest.raises(ProcessorRefused):
            await money.refunds.fetch_refund("re_nobody")
        intent_id = await money.paid()
        await money.dispute(intent_id)
        with pytest.raises(ProcessorRefused) as caught:
            await money.refunds.refund_payment(a_refund(intent_id), idempotency_key="two")
        assert caught.value.facts["processor_code"] == "charge_disputed"


async def test_what_is_sent(money_wire: StripeMoneyHarness) -> None:
    """Stripe gets its own word for the reason, our ids as metadata, our key, and no more."""
    intent_id = await money_wire.paid()
    await money_wire.refunds.refund_payment(a_refund(intent_id), idempotency_key="opr_1")
    (sent,) = money_wire.wire.sent("/v1/refunds")
    assert sent["idempotency_key"] == "opr_1"
    assert sent["params"] == {
        "payment_intent": intent_id,
        "amount": 1500,
        "reason": "requested_by_customer",
        "metadata": {"refund_id": "rfd_1", "charging_session_id": "chs_1", "env": "test"},
    }


async def test_all_pages_are_read(money_wire: StripeMoneyHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many refunds a payment has, all are told, and a refund by our staff has no id of ours."""
    monkeypatch.setattr("clients.stripe.refunds.PAGE", 2)
    intent_id = await money_wire.paid()
    for number in range(4):
        await money_wire.refunds.refund_payment(
            a_refund(intent_id, 10, refund_id=f"rfd_{number}"), idempotency_key=f"one-{number}"
        )
    money_wire.wire.steer(f"dashboard/payment_intents/{intent_id}/refund", {"amount": 5})
    found = await money_wire.refunds.refunds_of_payment(intent_id)
    assert [one.our_refund_id for one in found] == [None, "rfd_3", "rfd_2", "rfd_1", "rfd_0"]


@pytest.mark.parametrize(
    "change", [{"status": []}, {"amount": "many"}, {"currency": "moon"}, {"created": 10**20}, {"payment_intent": 7}]
)
def test_an_unreadable_refund_is_an_unknown_outcome(change: dict[str, object]) -> None:
    """An answer of another shape never becomes a crash, nor a guess."""
    refund = {"id": "re_1", "status": "succeeded", "amount": 5, "currency": "eur", "created": 1, "payment_intent": "pi"}
    assert read_refund(refund).status is RefundStatus.SUCCEEDED
    assert read_refund({**refund, "status": "thinking"}).status is RefundStatus.OTHER
    with pytest.raises(OutcomeUnknown):
        read_refund({**refund, **change})
