"""``StripePayments`` on the wire: what it sends, and what it makes of odd cards, keys and hands in the dashboard.

The everyday behavior, shared with the fake, is in ``test_contract.py``; bad networks are in ``test_disturbances.py``.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from stripe._api_version import _ApiVersion

from api.domain.money import Money
from api.ports.payments import (
    ForgedEvent,
    HoldDeclined,
    HoldRequest,
    ProcessorRefused,
    ProcessorStatus,
    ReleaseReason,
)
from clients.stripe.connection import STRIPE_VERSION, StripeConfig, StripeConnection
from clients.stripe.payments import StripePayments
from tests.clients.stripe.harness import PATHS, StandIn, StripeHarness, a_hold, a_request, stripe_harness


async def test_a_hold_asks_for_exactly_a_hold(wire: StripeHarness) -> None:
    """The request holds and does not take, on session, on a card, and names our ids so that it can be found again."""
    request = await a_request(wire.payments)
    await wire.payments.place_hold(request, idempotency_key="op-1")
    (seen,) = wire.sent(PATHS["place_hold"])
    assert seen["idempotency_key"] == "op-1"
    assert seen["params"] == {
        "amount": 4000,
        "currency": "eur",
        "customer": request.customer_id,
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types": ["card"],
        "capture_method": "manual",
        "payment_method_options": {
            "card": {
                "request_extended_authorization": "if_available",
                "request_incremental_authorization": "if_available",
                "request_overcapture": "if_available",
            }
        },
        "confirm": True,
        "use_stripe_sdk": True,
        "description": "Charging at Market Square",
        "metadata": {"hold_id": "hld_1", "charging_session_id": "chs_1", "env": "test"},
        "expand": ["latest_charge.balance_transaction"],
    }


async def test_every_write_carries_our_key_and_passes_the_check(wire: StripeHarness) -> None:
    """All calls of the port pass the stand-in's parameter check; each write has our key, no read needs one."""
    held = await a_hold(wire.payments)
    other = await wire.payments.place_hold(await a_request(wire.payments, hold_id="hld_2"), idempotency_key="place-2")
    customer = wire.sent(PATHS["place_hold"])[0]["params"]["customer"]
    await wire.payments.save_card(customer, "pm_card_mastercard", idempotency_key="save")
    await wire.payments.fetch_hold(held.payment_intent_id)
    await wire.payments.find_hold("hld_1", customer_id=customer)
    await wire.payments.capture_hold(held.payment_intent_id, Money(900, "EUR"), idempotency_key="capture")
    await wire.payments.release_hold(other.payment_intent_id, ReleaseReason.REQUESTED, idempotency_key="release")
    seen = wire.requests()
    assert {one["status"] for one in seen} == {200}
    writes = [one["idempotency_key"] for one in seen if one["method"] != "GET"]
    assert writes == ["customer-hld_1", "place", "customer-hld_2", "place-2", "save", "capture", "release"]


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (ReleaseReason.ABANDONED, "abandoned"),
        (ReleaseReason.REQUESTED, "requested_by_customer"),
        (ReleaseReason.NOTHING_OWED, "abandoned"),
        (ReleaseReason.START_FAILED, "abandoned"),
    ],
)
async def test_every_reason_has_a_word_of_stripe(wire: StripeHarness, reason: ReleaseReason, word: str) -> None:
    """Stripe takes only its own words for a cancelation; each of our reasons has one."""
    hold = await a_hold(wire.payments)
    await wire.payments.release_hold(hold.payment_intent_id, reason, idempotency_key="release")
    (seen,) = wire.sent(f"/v1/payment_intents/{hold.payment_intent_id}/cancel")
    assert seen["params"]["cancellation_reason"] == word


async def test_the_money_adds_up_at_the_processor(wire: StripeHarness) -> None:
    """What was captured and released is what was held, to the cent, and the fee told is the fee taken."""
    hold = await a_hold(wire.payments)
    done = await wire.payments.capture_hold(hold.payment_intent_id, Money(1999, "EUR"), idempotency_key="capture")
    totals = wire.totals()
    assert (totals["authorized"], totals["captured"], totals["released"]) == (4000, 1999, 2001)
    assert totals["open_hold_count"] == 0
    assert done.fee == Money(totals["fees"], "EUR")


async def test_a_wrong_key_of_ours_is_refused(stand_in: StandIn) -> None:
    """With a bad API key a driver who waits for the hold hears a clear no at once."""
    async with stripe_harness(stand_in) as right, stripe_harness(stand_in, api_key="sk_test_wrong") as wire:
        request = await a_request(right.payments)
        with pytest.raises(ProcessorRefused) as caught:
            await wire.payments.place_hold(request, idempotency_key="place")
        assert caught.value.facts["processor_code"] == "api_key_invalid"
        assert caught.value.facts["request_id"]


async def test_a_bank_that_refuses_the_capture_is_a_refusal(wire: StripeHarness) -> None:
    """A capture answered 402 is refused with the bank's code; the hold stays to be released."""
    hold = await a_hold(wire.payments, card="pm_sandbox_captureDeclined")
    with pytest.raises(ProcessorRefused) as caught:
        await wire.payments.capture_hold(hold.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
    assert caught.value.facts["decline_code"] == "generic_decline"
    assert caught.value.facts["hold_status"] == "held"
    done = await wire.payments.release_hold(
        hold.payment_intent_id, ReleaseReason.NOTHING_OWED, idempotency_key="release"
    )
    assert done.status is ProcessorStatus.CANCELED


async def test_an_authorization_lost_at_the_bank_is_a_refusal(wire: StripeHarness) -> None:
    """A capture of an authorization that ended at the bank is refused with Stripe's code for it."""
    hold = await a_hold(wire.payments, card="pm_sandbox_captureExpired")
    with pytest.raises(ProcessorRefused) as caught:
        await wire.payments.capture_hold(hold.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
    assert caught.value.facts["processor_code"] == "charge_expired_for_capture"


async def test_a_capture_at_the_dashboard_is_adopted(wire: StripeHarness) -> None:
    """When staff captured another amount at Stripe, our capture answers with that amount, and takes nothing more."""
    hold = await a_hold(wire.payments)
    wire.steer(f"dashboard/payment_intents/{hold.payment_intent_id}/capture", {"amount": 1500})
    done = await wire.payments.capture_hold(hold.payment_intent_id, Money(900, "EUR"), idempotency_key="capture")
    assert (done.status, done.captured.minor) == (ProcessorStatus.CAPTURED, 1500)
    assert wire.totals()["captured"] == 1500


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error"),
    ],
)
async def test_each_decline_keeps_its_code(wire: StripeHarness, card: str, code: str) -> None:
    """The issuer's reason reaches us, so that the app can say what helps; the attempt holds nothing."""
    with pytest.raises(HoldDeclined) as caught:
        await a_hold(wire.payments, card=card)
    assert caught.value.facts["decline_code"] == code
    assert caught.value.facts["request_id"]
    assert wire.totals()["open_holds"] == 0


async def test_many_holds_go_through_one_client(wire: StripeHarness) -> None:
    """Twenty starts at once share one client; each gets its own hold and its own amount."""
    request = await a_request(wire.payments)
    holds = await asyncio.gather(
        *(
            wire.payments.place_hold(
                HoldRequest(
                    f"hld_{n}", f"chs_{n}", Money(1000 + n, "EUR"), request.customer_id, "pm_card_visa", "Charging"
                ),
                idempotency_key=f"place-{n}",
            )
            for n in range(20)
        )
    )
    assert [hold.capturable.minor for hold in holds] == [1000 + n for n in range(20)]
    assert len({hold.payment_intent_id for hold in holds}) == 20


async def test_other_currencies_keep_their_minor_units(wire: StripeHarness) -> None:
    """Yen have no decimals: 500 are sent and shown as 500."""
    request = await a_request(wire.payments)
    yen = HoldRequest("hld_9", "chs_9", Money(500, "JPY"), request.customer_id, "pm_card_visa", "Charging")
    hold = await wire.payments.place_hold(yen, idempotency_key="yen")
    assert hold.capturable == Money(500, "JPY")


def test_the_pinned_version_is_the_sdks() -> None:
    """Types, tests and stand-in all follow the SDK's version; our pin says the same word."""
    assert STRIPE_VERSION == _ApiVersion.CURRENT


def test_the_mode_follows_from_the_key() -> None:
    """Only live keys expect live events; neither key nor webhook secret shows in a printed configuration."""
    for key, live in (("sk_test_a", False), ("rk_test_a", False), ("sk_live_a", True), ("rk_live_a", True)):
        config = StripeConfig(api_key=key, webhook_secrets=("whsec_a",), environment="test")
        assert config.livemode is live
        assert key not in repr(config)
        assert "whsec_a" not in repr(config)


def test_a_fast_sandbox_may_widen_the_tolerance() -> None:
    """Where a second of the wall is an hour of the sandbox, events may be older; nothing else is waived."""
    now = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    config = StripeConfig(
        api_key="sk_test_a", webhook_secrets=("whsec_a",), environment="test", event_tolerance=timedelta(hours=2)
    )
    payments = StripePayments(StripeConnection(config))
    body = json.dumps(
        {"id": "evt_1", "object": "event", "type": "x", "created": 1, "livemode": False, "data": {"object": {}}}
    )
    header = stripe.WebhookSignature.generate_signature_header(body, "whsec_a", int(now.timestamp()))
    assert payments.read_event(body.encode(), header, now=now + timedelta(hours=2)).event_id == "evt_1"
    for payload, later in ((body.encode(), timedelta(hours=2, seconds=1)), (body.encode() + b" ", timedelta())):
        with pytest.raises(ForgedEvent):
            payments.read_event(payload, header, now=now + later)
