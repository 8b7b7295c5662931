"""The payments contract, first part: holds, captures and releases, for ``FakePayments`` and ``StripePayments`` alike.

What passes here for both is what services may rely on. Keys, lost answers and events are in ``test_contract_again.py``.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.money import Money
from api.ports.payments import HoldDeclined, ProcessorRefused, ProcessorStatus, ReleaseReason
from tests.clients.stripe.harness import PaymentsHarness, a_hold, a_request
from tests.fakes import ACTION_CARD

DECLINED_CARD = "pm_card_chargeDeclinedInsufficientFunds"


class TestHolds:
    """What becomes of the money on a card."""

    async def test_a_hold_blocks_money_and_takes_none(self, bench: PaymentsHarness) -> None:
        """A placed hold is capturable in full until a stated time, with nothing captured."""
        hold = await a_hold(bench.payments)
        assert hold.status is ProcessorStatus.HELD
        assert (hold.amount, hold.capturable, hold.captured) == (
            Money(4000, "EUR"),
            Money(4000, "EUR"),
            Money(0, "EUR"),
        )
        assert hold.capture_before is not None
        assert timedelta(days=6) < hold.capture_before - bench.clock.now() <= timedelta(days=7)
        assert (hold.card_brand, hold.card_last4, hold.fee) == ("visa", "4242", None)
        assert hold.request_id

    async def test_a_capture_takes_exactly_what_was_asked(self, bench: PaymentsHarness) -> None:
        """A partial capture takes that amount, frees the rest and makes the fee known."""
        hold = await a_hold(bench.payments)
        done = await bench.payments.capture_hold(hold.payment_intent_id, Money(1234, "EUR"), idempotency_key="capture")
        assert (done.status, done.amount.minor) == (ProcessorStatus.CAPTURED, 4000)
        assert (done.captured.minor, done.capturable.minor) == (1234, 0)
        assert done.fee is not None
        assert done.fee.currency == "EUR"
        assert 0 < done.fee.minor < 1234
        seen = await bench.payments.fetch_hold(hold.payment_intent_id)
        assert replace(seen, request_id=None) == replace(done, request_id=None)

    async def test_a_hold_is_captured_once(self, bench: PaymentsHarness) -> None:
        """A second capture, of whatever amount, takes nothing and answers with what the first one took."""
        hold = await a_hold(bench.payments)
        await bench.payments.capture_hold(hold.payment_intent_id, Money(1000, "EUR"), idempotency_key="first")
        again = await bench.payments.capture_hold(hold.payment_intent_id, Money(3000, "EUR"), idempotency_key="second")
        assert (again.status, again.captured.minor) == (ProcessorStatus.CAPTURED, 1000)

    async def test_a_decline_says_why_and_which(self, bench: PaymentsHarness) -> None:
        """A declined card raises with the issuer's code and the intent, which holds nothing and can be canceled."""
        with pytest.raises(HoldDeclined) as caught:
            await a_hold(bench.payments, card=DECLINED_CARD)
        assert caught.value.facts["decline_code"] == "insufficient_funds"
        intent_id = str(caught.value.facts["payment_intent_id"])
        seen = await bench.payments.fetch_hold(intent_id)
        assert (seen.status, seen.capturable.minor) == (ProcessorStatus.NEEDS_PAYMENT_METHOD, 0)
        assert seen.decline_code == "insufficient_funds"
        canceled = await bench.payments.release_hold(intent_id, ReleaseReason.ABANDONED, idempotency_key="release")
        assert canceled.status is ProcessorStatus.CANCELED

    async def test_off_session_nobody_is_asked(self, bench: PaymentsHarness) -> None:
        """A saved card is held without its driver; a bank that wants to ask them declines, and nothing is held."""
        for card, declined in (("pm_card_visa", None), (ACTION_CARD, "authentication_required")):
            request = replace(await a_request(bench.payments, card=card, hold_id=card), on_session=False)
            saved = await bench.payments.save_card(request.customer_id, card, idempotency_key=f"save-{card}")
            request = replace(request, payment_method_id=saved)
            if declined is None:
                hold = await bench.payments.place_hold(request, idempotency_key=card)
                assert (hold.status, hold.capturable) == (ProcessorStatus.HELD, request.amount)
                continue
            with pytest.raises(HoldDeclined) as caught:
                await bench.payments.place_hold(request, idempotency_key=card)
            assert caught.value.facts["decline_code"] == declined
            assert caught.value.facts["payment_intent_id"]

    async def test_a_passed_check_of_the_bank_makes_the_hold(self, bench: PaymentsHarness) -> None:
        """With 3-D Secure the app gets a secret, nothing is held before the driver passed, all of it afterwards."""
        waiting = await a_hold(bench.payments, card=ACTION_CARD)
        assert (waiting.status, waiting.capturable.minor) == (ProcessorStatus.NEEDS_ACTION, 0)
        assert waiting.client_secret
        assert waiting.capture_before is None
        bench.pass_action(waiting.payment_intent_id)
        held = await bench.payments.fetch_hold(waiting.payment_intent_id)
        assert (held.status, held.capturable.minor) == (ProcessorStatus.HELD, 4000)
        assert held.capture_before is not None

    async def test_a_failed_check_of_the_bank_holds_nothing(self, bench: PaymentsHarness) -> None:
        """A driver who fails 3-D Secure is back where they need a card, with the reason on the intent."""
        waiting = await a_hold(bench.payments, card=ACTION_CARD)
        bench.fail_action(waiting.payment_intent_id)
        seen = await bench.payments.fetch_hold(waiting.payment_intent_id)
        assert (seen.status, seen.capturable.minor) == (ProcessorStatus.NEEDS_PAYMENT_METHOD, 0)
        assert seen.decline_code == "payment_intent_authentication_failure"

    async def test_a_hold_that_can_be_raised_pays_more(self, bench: PaymentsHarness) -> None:
        """Where the processor says so, a raised hold is capturable at its new amount, under its key once."""
        hold = await a_hold(bench.payments, card="pm_sandbox_incremental")
        assert hold.incremental_authorization == "available"
        for _ in range(2):
            raised = await bench.payments.extend_hold(
                hold.payment_intent_id, Money(6000, "EUR"), idempotency_key="more"
            )
            assert (raised.status, raised.amount.minor, raised.capturable.minor) == (ProcessorStatus.HELD, 6000, 6000)
        done = await bench.payments.capture_hold(hold.payment_intent_id, Money(5500, "EUR"), idempotency_key="capture")
        assert done.captured.minor == 5500

    async def test_a_declined_raise_leaves_the_hold_as_it_is(self, bench: PaymentsHarness) -> None:
        """The bank's no is told with its code; the old hold is still there to capture."""
        hold = await a_hold(bench.payments, card="pm_sandbox_incrementDeclined")
        with pytest.raises(HoldDeclined) as caught:
            await bench.payments.extend_hold(hold.payment_intent_id, Money(6000, "EUR"), idempotency_key="more")
        assert caught.value.facts["decline_code"] == "insufficient_funds"
        seen = await bench.payments.fetch_hold(hold.payment_intent_id)
        assert (seen.status, seen.capturable.minor) == (ProcessorStatus.HELD, 4000)

    async def test_a_usual_hold_cannot_be_raised(self, bench: PaymentsHarness) -> None:
        """Most cards and contracts know no raising: the refusal changes nothing."""
        hold = await a_hold(bench.payments)
        with pytest.raises(ProcessorRefused):
            await bench.payments.extend_hold(hold.payment_intent_id, Money(6000, "EUR"), idempotency_key="more")
        assert (await bench.payments.fetch_hold(hold.payment_intent_id)).capturable.minor == 4000

    async def test_an_unfinished_hold_cannot_be_captured(self, bench: PaymentsHarness) -> None:
        """While 3-D Secure is pending there is nothing to take; the refusal says where the hold stands."""
        waiting = await a_hold(bench.payments, card=ACTION_CARD)
        with pytest.raises(ProcessorRefused) as caught:
            await bench.payments.capture_hold(waiting.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
        assert caught.value.facts["hold_status"] == "needs_action"

    @pytest.mark.parametrize("reason", list(ReleaseReason))
    async def test_a_release_frees_all(self, bench: PaymentsHarness, reason: ReleaseReason) -> None:
        """Whatever the reason, a released hold has nothing left to take and took nothing; repeating it is harmless."""
        hold = await a_hold(bench.payments)
        for key in ("release", "release", "release-again"):
            done = await bench.payments.release_hold(hold.payment_intent_id, reason, idempotency_key=key)
            assert done.status is ProcessorStatus.CANCELED
            assert (done.capturable.minor, done.captured.minor, done.fee) == (0, 0, None)

    async def test_a_released_hold_cannot_be_captured(self, bench: PaymentsHarness) -> None:
        """Capture after release is refused and says so."""
        hold = await a_hold(bench.payments)
        await bench.payments.release_hold(hold.payment_intent_id, ReleaseReason.NOTHING_OWED, idempotency_key="release")
        with pytest.raises(ProcessorRefused) as caught:
            await bench.payments.capture_hold(hold.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
        assert caught.value.facts["processor_code"] == "payment_intent_unexpected_state"
        assert caught.value.facts["hold_status"] == "canceled"

    async def test_a_captured_hold_cannot_be_released(self, bench: PaymentsHarness) -> None:
        """Release after capture is refused and says so: that money goes back by refund only."""
        hold = await a_hold(bench.payments)
        await bench.payments.capture_hold(hold.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
        with pytest.raises(ProcessorRefused) as caught:
            await bench.payments.release_hold(
                hold.payment_intent_id, ReleaseReason.ABANDONED, idempotency_key="release"
            )
        assert caught.value.facts["hold_status"] == "captured"

    @pytest.mark.parametrize(("minor", "code"), [(4001, "amount_too_large"), (0, "parameter_invalid_integer")])
    async def test_an_impossible_amount_is_refused(self, bench: PaymentsHarness, minor: int, code: str) -> None:
        """More than the hold, or nothing, cannot be captured; the hold stays for a right amount."""
        hold = await a_hold(bench.payments)
        with pytest.raises(ProcessorRefused) as caught:
            await bench.payments.capture_hold(hold.payment_intent_id, Money(minor, "EUR"), idempotency_key="capture")
        assert caught.value.facts["processor_code"] == code
        assert (await bench.payments.fetch_hold(hold.payment_intent_id)).capturable.minor == 4000
        right = await bench.payments.capture_hold(hold.payment_intent_id, Money(4000, "EUR"), idempotency_key="right")
        assert right.captured.minor == 4000

    async def test_a_hold_lapses(self, bench: PaymentsHarness) -> None:
        """Past ``capture_before`` the hold is expired: not to be captured, and a release has nothing left to do."""
        hold = await a_hold(bench.payments)
        bench.clock.advance(7 * 86_400 + 1)
        assert (await bench.payments.fetch_hold(hold.payment_intent_id)).status is ProcessorStatus.EXPIRED
        with pytest.raises(ProcessorRefused) as caught:
            await bench.payments.capture_hold(hold.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
        assert caught.value.facts["hold_status"] == "expired"
        released = await bench.payments.release_hold(
            hold.payment_intent_id, ReleaseReason.ABANDONED, idempotency_key="release"
        )
        assert released.status is ProcessorStatus.EXPIRED

    async def test_a_saved_card_can_be_held(self, bench: PaymentsHarness) -> None:
        """A saved card has an id of its own that places holds again and again."""
        request = await a_request(bench.payments)
        saved = await bench.payments.save_card(request.customer_id, "pm_card_visa", idempotency_key="save")
        for attempt in ("one", "two"):
            hold = await bench.payments.place_hold(
                replace(request, payment_method_id=saved), idempotency_key=f"place-{attempt}"
            )
            assert hold.status is ProcessorStatus.HELD

    async def test_a_bad_card_is_not_saved(self, bench: PaymentsHarness) -> None:
        """A card that its bank refuses is declined when it is saved."""
        request = await a_request(bench.payments)
        with pytest.raises(HoldDeclined) as caught:
            await bench.payments.save_card(request.customer_id, DECLINED_CARD, idempotency_key="save")
        assert caught.value.facts["decline_code"] == "insufficient_funds"
