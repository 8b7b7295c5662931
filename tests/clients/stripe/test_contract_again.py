"""The payments contract, second part: asking again, looking up and being told, for fake and real port alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.money import Money
from api.ports.payments import (
    ForgedEvent,
    HoldDeclined,
    OutcomeUnknown,
    ProcessorRefused,
    ProcessorStatus,
    ReleaseReason,
)
from tests.clients.stripe.harness import PaymentsHarness, a_hold, a_request

DECLINED_CARD = "pm_card_chargeDeclinedInsufficientFunds"


class TestAskingAgain:
    """What a repeated, lost or delayed word of the processor means."""

    async def test_the_same_key_never_holds_twice(self, bench: PaymentsHarness) -> None:
        """A repeated request under its key is answered with the first hold."""
        request = await a_request(bench.payments)
        first = await bench.payments.place_hold(request, idempotency_key="place")
        again = await bench.payments.place_hold(request, idempotency_key="place")
        assert again.payment_intent_id == first.payment_intent_id

    async def test_a_key_means_one_request(self, bench: PaymentsHarness) -> None:
        """The same key with another amount is refused for good."""
        request = await a_request(bench.payments)
        await bench.payments.place_hold(request, idempotency_key="place")
        with pytest.raises(ProcessorRefused) as caught:
            await bench.payments.place_hold(replace(request, amount=Money(4100, "EUR")), idempotency_key="place")
        assert caught.value.facts["processor_code"] == "idempotency_error"

    async def test_a_key_is_forgotten_after_a_day(self, bench: PaymentsHarness) -> None:
        """After 24 hours the same key makes a second hold: state must be read before such a retry."""
        request = await a_request(bench.payments)
        first = await bench.payments.place_hold(request, idempotency_key="place")
        bench.clock.advance(25 * 3600)
        later = await bench.payments.place_hold(request, idempotency_key="place")
        assert later.payment_intent_id != first.payment_intent_id

    async def test_a_decline_is_repeated_for_its_key(self, bench: PaymentsHarness) -> None:
        """The same key gets the same decline of the same intent, not a second attempt at the bank."""
        request = await a_request(bench.payments, card=DECLINED_CARD)
        intents = []
        for _ in range(2):
            with pytest.raises(HoldDeclined) as caught:
                await bench.payments.place_hold(request, idempotency_key="place")
            intents.append(caught.value.facts["payment_intent_id"])
        assert intents[0] == intents[1] is not None

    async def test_a_lost_answer_to_a_hold_is_found_again(self, bench: PaymentsHarness) -> None:
        """When the answer is lost the outcome is unknown; the same key and our own id both lead to the one hold."""
        request = await a_request(bench.payments)
        bench.lose_answer("place_hold")
        with pytest.raises(OutcomeUnknown):
            await bench.payments.place_hold(request, idempotency_key="place")
        found = await bench.payments.find_hold(request.hold_id, customer_id=request.customer_id)
        assert found is not None
        assert found.status is ProcessorStatus.HELD
        again = await bench.payments.place_hold(request, idempotency_key="place")
        assert again.payment_intent_id == found.payment_intent_id

    async def test_a_lost_answer_to_a_capture_takes_once(self, bench: PaymentsHarness) -> None:
        """The same key after a lost answer, and another key too, show the one capture that happened."""
        hold = await a_hold(bench.payments)
        bench.lose_answer("capture_hold")
        with pytest.raises(OutcomeUnknown):
            await bench.payments.capture_hold(hold.payment_intent_id, Money(700, "EUR"), idempotency_key="capture")
        for key in ("capture", "other"):
            done = await bench.payments.capture_hold(hold.payment_intent_id, Money(700, "EUR"), idempotency_key=key)
            assert (done.status, done.captured.minor) == (ProcessorStatus.CAPTURED, 700)

    async def test_a_lost_answer_to_a_release_is_repeated(self, bench: PaymentsHarness) -> None:
        """The same key after a lost answer shows the release."""
        hold = await a_hold(bench.payments)
        bench.lose_answer("release_hold")
        with pytest.raises(OutcomeUnknown):
            await bench.payments.release_hold(
                hold.payment_intent_id, ReleaseReason.START_FAILED, idempotency_key="release"
            )
        done = await bench.payments.release_hold(
            hold.payment_intent_id, ReleaseReason.START_FAILED, idempotency_key="release"
        )
        assert done.status is ProcessorStatus.CANCELED

    async def test_a_failure_kept_for_a_key_needs_a_new_one(self, bench: PaymentsHarness) -> None:
        """A failure inside the processor is repeated for its key; ``replayed`` says that only a new key can help."""
        request = await a_request(bench.payments)
        bench.fail_for_good("place_hold")
        with pytest.raises(OutcomeUnknown):
            await bench.payments.place_hold(request, idempotency_key="place")
        with pytest.raises(OutcomeUnknown) as caught:
            await bench.payments.place_hold(request, idempotency_key="place")
        assert caught.value.facts["replayed"] is True
        assert await bench.payments.find_hold(request.hold_id, customer_id=request.customer_id) is None
        fresh = await bench.payments.place_hold(request, idempotency_key="new-operation")
        assert fresh.status is ProcessorStatus.HELD

    async def test_a_hold_is_found_by_our_id(self, bench: PaymentsHarness) -> None:
        """Only this customer's hold with this id is found."""
        request = await a_request(bench.payments)
        other = await a_request(bench.payments, hold_id="hld_2")
        hold = await bench.payments.place_hold(request, idempotency_key="place")
        await bench.payments.place_hold(other, idempotency_key="place-other")
        found = await bench.payments.find_hold("hld_1", customer_id=request.customer_id)
        assert found is not None
        assert replace(found, request_id=None) == replace(hold, request_id=None)
        assert await bench.payments.find_hold("hld_9", customer_id=request.customer_id) is None
        assert await bench.payments.find_hold("hld_1", customer_id=other.customer_id) is None

    async def test_the_attempt_that_has_the_money_is_found(self, bench: PaymentsHarness) -> None:
        """A hold tried again on another card after it stood has one live intent; the newer decline does not hide it."""
        request = await a_request(bench.payments)
        hold = await bench.payments.place_hold(request, idempotency_key="first")
        with pytest.raises(HoldDeclined):
            await bench.payments.place_hold(replace(request, payment_method_id=DECLINED_CARD), idempotency_key="second")
        found = await bench.payments.find_hold(request.hold_id, customer_id=request.customer_id)
        assert found is not None
        assert found.payment_intent_id == hold.payment_intent_id

    async def test_an_unknown_hold_is_refused(self, bench: PaymentsHarness) -> None:
        """A hold that the processor does not know is refused, in every call."""
        for call in (
            bench.payments.fetch_hold("pi_nobody"),
            bench.payments.capture_hold("pi_nobody", Money(100, "EUR"), idempotency_key="capture"),
            bench.payments.release_hold("pi_nobody", ReleaseReason.ABANDONED, idempotency_key="release"),
        ):
            with pytest.raises(ProcessorRefused) as caught:
                await call
            assert caught.value.facts["processor_code"] == "resource_missing"

    async def test_a_customer_is_created_once(self, bench: PaymentsHarness) -> None:
        """The same key gives the same customer, another key another one."""
        made = [
            await bench.payments.create_customer(driver_id="drv_1", email="a@example.test", idempotency_key=key)
            for key in ("one", "one", "two")
        ]
        assert made[0] == made[1] != made[2]

    async def test_a_signed_event_leads_to_its_hold(self, bench: PaymentsHarness) -> None:
        """A genuine event names the hold it is about."""
        hold = await a_hold(bench.payments)
        payload, signature = bench.signed_event("payment_intent.succeeded", hold.payment_intent_id)
        event = bench.payments.read_event(payload, signature, now=bench.clock.now())
        assert (event.type, event.payment_intent_id) == ("payment_intent.succeeded", hold.payment_intent_id)
        assert (event.occurred_at, event.livemode) == (bench.clock.now(), False)
        assert event.event_id

    async def test_a_forged_event_is_refused(self, bench: PaymentsHarness) -> None:
        """A changed body, a foreign signature and an event too old or from the future are refused."""
        payload, signature = bench.signed_event("payment_intent.succeeded", "pi_1")
        now = bench.clock.now()
        for forged in (
            (payload.replace(b"pi_1", b"pi_2"), signature, now),
            (payload, "t=1,v1=00", now),
            (payload, signature, now + timedelta(seconds=301)),
            (payload, signature, now - timedelta(seconds=301)),
        ):
            with pytest.raises(ForgedEvent):
                bench.payments.read_event(forged[0], forged[1], now=forged[2])
