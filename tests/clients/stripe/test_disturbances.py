"""``StripePayments`` on a bad network and with a sick Stripe: never two holds, never a no that may have been a yes."""

import asyncio
import time

import httpx
import pytest

from api.domain.money import Money
from api.ports.payments import HoldRequest, OutcomeUnknown, ProcessorStatus, ReleaseReason
from clients.stripe.connection import NETWORK_RETRIES
from tests.clients.stripe.harness import (
    PATHS,
    StandIn,
    StripeHarness,
    a_hold,
    a_request,
    serve_stand_in,
    stripe_harness,
)

TRIES = 1 + NETWORK_RETRIES


@pytest.mark.parametrize("kind", ["drop_answer", "drop_request", "in_flight"])
async def test_a_short_disturbance_is_ridden_out(wire: StripeHarness, kind: str) -> None:
    """One lost connection or one "still busy" is repeated by the SDK under the same key and makes one hold."""
    request = await a_request(wire.payments)
    wire.fault(kind, PATHS["place_hold"])
    hold = await wire.payments.place_hold(request, idempotency_key="place")
    assert hold.status is ProcessorStatus.HELD
    seen = wire.sent(PATHS["place_hold"])
    assert [one["idempotency_key"] for one in seen] == ["place", "place"]
    assert wire.totals()["authorized"] == 4000


@pytest.mark.parametrize(
    ("kind", "tries", "held"),
    [("drop_answer", TRIES, 4000), ("drop_request", TRIES, 0), ("in_flight", TRIES, 0), ("rate_limited", 1, 0)],
)
async def test_a_lasting_disturbance_leaves_the_outcome_unknown(
    wire: StripeHarness, kind: str, tries: int, held: int
) -> None:
    """Done or not, we cannot know; the same key later yields the one hold."""
    request = await a_request(wire.payments)
    wire.fault(kind, PATHS["place_hold"], times=tries)
    with pytest.raises(OutcomeUnknown) as caught:
        await wire.payments.place_hold(request, idempotency_key="place")
    assert caught.value.facts["replayed"] is False
    assert wire.totals()["authorized"] == held
    assert len(wire.sent(PATHS["place_hold"])) == tries
    assert wire.requests()[-1]["fault"] == kind
    hold = await wire.payments.place_hold(request, idempotency_key="place")
    assert hold.status is ProcessorStatus.HELD
    assert wire.totals()["authorized"] == wire.totals()["open_holds"] == 4000


async def test_a_failure_after_the_work_is_looked_up(wire: StripeHarness) -> None:
    """A 500 that hid a finished hold is repeated for its key, but our id finds the hold: never a blind new attempt."""
    request = await a_request(wire.payments)
    wire.fault("error_500", PATHS["place_hold"], perform=True)
    with pytest.raises(OutcomeUnknown) as first:
        await wire.payments.place_hold(request, idempotency_key="place")
    with pytest.raises(OutcomeUnknown) as second:
        await wire.payments.place_hold(request, idempotency_key="place")
    assert (first.value.facts["replayed"], second.value.facts["replayed"]) == (False, True)
    assert first.value.facts["http_status"] == 500
    found = await wire.payments.find_hold(request.hold_id, customer_id=request.customer_id)
    assert found is not None
    assert found.status is ProcessorStatus.HELD


async def test_a_slow_answer_is_not_awaited_for_long(stand_in: StandIn) -> None:
    """A request beyond its time-out counts as lost; meanwhile the key is in use; afterwards it shows the hold."""
    async with stripe_harness(stand_in, timeout=httpx.Timeout(0.4)) as hasty:
        request = await a_request(hasty.payments)
        hasty.fault("slow", PATHS["place_hold"], seconds=1.2)
        with pytest.raises(OutcomeUnknown):
            await hasty.payments.place_hold(request, idempotency_key="place")
    await asyncio.sleep(1.3)
    async with stripe_harness(stand_in) as patient:
        hold = await patient.payments.place_hold(request, idempotency_key="place")
        assert hold.status is ProcessorStatus.HELD
        assert patient.totals()["authorized"] == 4000


async def test_a_tap_is_answered_within_its_deadline() -> None:
    """However patient single requests are, a driver at the charger waits no longer than the deadline."""
    with serve_stand_in() as own:  # its last request is still at work when the test ends
        async with stripe_harness(own, tap_deadline_seconds=0.3) as wire:
            request = await a_request(wire.payments)
            wire.fault("slow", PATHS["place_hold"], seconds=2, times=TRIES)
            began = time.monotonic()
            with pytest.raises(OutcomeUnknown):
                await wire.payments.place_hold(request, idempotency_key="place")
            assert 0.25 < time.monotonic() - began < 1.5


async def test_nobody_there_is_unknown_not_refused(stand_in: StandIn) -> None:
    """When nothing listens, every call says that the outcome is unknown."""
    async with stripe_harness(stand_in, api_base="http://127.0.0.1:9") as wire:
        payments = wire.payments
        for call in (
            payments.create_customer(driver_id="drv_1", email="a@example.test", idempotency_key="k"),
            payments.save_card("cus_1", "pm_card_visa", idempotency_key="k"),
            payments.fetch_hold("pi_1"),
            payments.find_hold("hld_1", customer_id="cus_1"),
            payments.capture_hold("pi_1", Money(100, "EUR"), idempotency_key="k"),
            payments.release_hold("pi_1", ReleaseReason.ABANDONED, idempotency_key="k"),
            payments.place_hold(
                HoldRequest("hld_1", "chs_1", Money(100, "EUR"), "cus_1", "pm_1", "x"), idempotency_key="k"
            ),
        ):
            with pytest.raises(OutcomeUnknown):
                await call


async def test_a_wrong_key_of_ours_gives_up_no_capture(stand_in: StandIn) -> None:
    """While the key is rolled, a refused capture is no refusal of the capture: the same call works with a good key."""
    async with stripe_harness(stand_in) as right, stripe_harness(stand_in, api_key="sk_test_rolled") as wrong:
        hold = await a_hold(right.payments)
        with pytest.raises(OutcomeUnknown):
            await wrong.payments.capture_hold(hold.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
        taken = await right.payments.capture_hold(hold.payment_intent_id, Money(100, "EUR"), idempotency_key="capture")
        assert taken.captured == Money(100, "EUR")
