"""Every in-memory port keeps to its Protocol, and ``FakePayments`` behaves as ``StripePayments`` does.

The payments contract runs twice: against the fake, and against the real SDK speaking HTTP to ``sandbox/stripe``. What
services may rely on is exactly what passes for both.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from api.domain.money import Money
from api.ports.checkpoints import POINTS, Checkpoints
from api.ports.clock import Clock
from api.ports.payments import (
    ForgedEvent,
    HoldDeclined,
    HoldRequest,
    HoldSnapshot,
    OutcomeUnknown,
    Payments,
    ProcessorRefused,
    ProcessorStatus,
    ReleaseReason,
)
from api.ports.randomness import Randomness
from api.ports.roaming import Roaming
from tests.clients.stripe.harness import FakeHarness, PaymentsHarness, stripe_harness
from tests.fakes import ACTION_CARD, FakeCheckpoints, FakeClock, FakeRandomness, FakeRoaming, SimulatedCrash, fake_ports

DECLINED_CARD = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture(params=["fake", "stripe"])
async def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PaymentsHarness]:
    """Yield the port under test with the means to make things go wrong behind it."""
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            yield FakeHarness()
        else:
            yield await stack.enter_async_context(stripe_harness(monkeypatch))


async def a_request(payments: Payments, *, card: str = "pm_card_visa", hold_id: str = "hld_1") -> HoldRequest:
    """Return a request for EUR 40.00 on a card of a new customer."""
    customer = await payments.create_customer(
        driver_id="drv_1", email="driver@example.test", idempotency_key=f"customer-{hold_id}"
    )
    return HoldRequest(
        hold_id=hold_id,
        charging_session_id="chs_1",
        amount=Money(4000, "EUR"),
        customer_id=customer,
        payment_method_id=card,
        description="Charging at Market Square",
    )


async def a_hold(payments: Payments, *, card: str = "pm_card_visa") -> HoldSnapshot:
    """Return a hold of EUR 40.00."""
    return await payments.place_hold(await a_request(payments, card=card), idempotency_key="place")


class TestPayments:
    """The behavior of a payment processor that services rely on."""

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

    async def test_a_decline_is_repeated_for_its_key(self, bench: PaymentsHarness) -> None:
        """The same key gets the same decline of the same intent, not a second attempt at the bank."""
        request = await a_request(bench.payments, card=DECLINED_CARD)
        intents = []
        for _ in range(2):
            with pytest.raises(HoldDeclined) as caught:
                await bench.payments.place_hold(request, idempotency_key="place")
            intents.append(caught.value.facts["payment_intent_id"])
        assert intents[0] == intents[1] is not None

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


class TestClock:
    """What ``api.ports.clock.Clock`` promises."""

    def test_time_is_aware_and_utc(self) -> None:
        """``now`` is aware and in UTC, and stands still until moved."""
        clock = FakeClock()
        port: Clock = clock
        before = port.now()
        assert before.tzinfo is UTC
        assert port.now() == before
        clock.advance(90)
        assert port.now() - before == timedelta(seconds=90)
        assert port.wall_time(before) == before


class TestRandomness:
    """What ``api.ports.randomness.Randomness`` promises."""

    def test_ids_are_unique_and_prefixed(self) -> None:
        """Every id is new and tells what it names; the sequence repeats itself in the next run."""
        port: Randomness = FakeRandomness()
        made = [port.new_id("chs") for _ in range(100)]
        assert len(set(made)) == 100
        assert all(re.fullmatch(r"chs_[0-9a-z]+", one) for one in made)
        again = FakeRandomness()
        assert [again.new_id("chs") for _ in range(100)] == made

    def test_secrets_and_token_uids_have_their_form(self) -> None:
        """A secret is long and URL-safe, a token uid fits OCPI's 36 characters; both are new each time."""
        port: Randomness = FakeRandomness()
        secrets = {port.secret() for _ in range(20)}
        uids = {port.token_uid() for _ in range(20)}
        assert len(secrets) == len(uids) == 20
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43,}", secret) for secret in secrets)
        assert all(re.fullmatch(r"[A-Za-z0-9]{1,36}", uid) for uid in uids)


class TestCheckpoints:
    """What ``api.ports.checkpoints.Checkpoints`` promises, and what tests add to it."""

    def test_points_are_recorded(self) -> None:
        """Every known point can be reached and is remembered in order; an unknown one fails the test."""
        checkpoints = FakeCheckpoints()
        port: Checkpoints = checkpoints
        for point in POINTS:
            port.reach(point)
        assert checkpoints.reached == list(POINTS)
        with pytest.raises(AssertionError):
            port.reach("hold.imagined")

    def test_a_crash_happens_once(self) -> None:
        """The chosen point kills the first time, past every handler of ``Exception``, and not after the restart."""
        checkpoints = FakeCheckpoints(crash_at="hold.performed")
        checkpoints.reach("hold.planned")
        with pytest.raises(SimulatedCrash):
            checkpoints.reach("hold.performed")
        checkpoints.reach("hold.performed")
        assert not issubclass(SimulatedCrash, Exception)


class TestPorts:
    """The bundle handed to services."""

    def test_a_given_port_replaces_the_fake(self) -> None:
        """``fake_ports`` fills what is not given, and the clock given is the one that payments go by."""
        roaming: Roaming = FakeRoaming()
        clock = FakeClock()
        ports = fake_ports(roaming=roaming, clock=clock)
        assert ports.roaming is roaming
        assert ports.clock is clock
        assert isinstance(fake_ports().randomness, FakeRandomness)
