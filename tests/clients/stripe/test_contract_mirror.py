"""The mirror contract, for ``FakeMirror`` and ``StripeMirror`` alike; and what the client reads."""

from datetime import timedelta

import pytest

from api.domain.money import Money
from api.ports.mirror import Mirror
from api.ports.payments import OutcomeUnknown, ProcessorRefused, ReleaseReason
from api.ports.refunds import RefundReason, RefundRequest
from clients.stripe.mirror import _read_all, read_payment, read_refund_copy
from tests.clients.stripe.harness import a_request
from tests.clients.stripe.money_harness import MoneyHarness, StripeMoneyHarness


async def _holds(money: MoneyHarness, count: int) -> list[str]:
    """Place holds a second apart, the last one's id last."""
    placed = []
    for number in range(count):
        request = await a_request(money.payments, hold_id=f"hld_{number}")
        placed.append((await money.payments.place_hold(request, idempotency_key=f"place-{number}")).payment_intent_id)
        money.clock.advance(1)
    return placed


async def _pages(mirror: Mirror, size: int) -> list[list[str]]:
    """Return the ids of all payments, page by page."""
    pages: list[list[str]] = []
    after = None
    while not pages or after is not None:
        page = await mirror.payments_page(since=None, after=after, size=size)
        pages.append([one.payment_intent_id for one in page.found])
        after = page.after
    return pages


async def test_payments_come_in_pages_the_newest_first(money: MoneyHarness) -> None:
    """Every payment is on one page; a full last page has no next one; what was made before a moment is left out."""
    first, second, third, last = await _holds(money, 4)
    assert await _pages(money.mirror, 3) == [[last, third, second], [first]]
    assert await _pages(money.mirror, 2) == [[last, third], [second, first]]
    since = money.clock.now() - timedelta(seconds=2)
    page = await money.mirror.payments_page(since=since, after=None, size=100)
    assert ([one.payment_intent_id for one in page.found], page.after) == ([last, third], None)


async def test_a_new_payment_does_not_shift_the_pages(money: MoneyHarness) -> None:
    """Who goes on behind the last one seen misses nothing and sees nothing twice."""
    first, second = await _holds(money, 2)
    page = await money.mirror.payments_page(since=None, after=None, size=1)
    await money.paid()
    rest = await money.mirror.payments_page(since=None, after=page.after, size=5)
    assert [page.found[0].payment_intent_id, *(one.payment_intent_id for one in rest.found)] == [second, first]


async def test_a_payment_tells_its_money_and_whose_it_is(money: MoneyHarness) -> None:
    """Held, captured, given back, let go: amounts, the window and our ids from metadata."""
    paid = await money.paid(minor=3000)
    refund = RefundRequest("rfd_1", paid, Money(500, "EUR"), RefundReason.REQUESTED)
    await money.refunds.refund_payment(refund, idempotency_key="refund")
    request = await a_request(money.payments, hold_id="hld_2")
    held = await money.payments.place_hold(request, idempotency_key="place-2")
    (two, one) = (await money.mirror.payments_page(since=None, after=None, size=9)).found
    assert (one.status, one.amount.minor, one.received.minor, one.refunded.minor) == ("succeeded", 4000, 3000, 500)
    assert (one.hold_id, one.charging_session_id, one.subject_id) == ("hld_1", "chs_1", None)
    assert (two.status, two.capturable, two.received.minor) == ("requires_capture", Money(4000, "EUR"), 0)
    assert (two.capture_before, two.created_at) == (held.capture_before, money.clock.now())
    assert one.charge_id
    assert one.environment == two.environment

    await money.payments.release_hold(held.payment_intent_id, ReleaseReason.ABANDONED, idempotency_key="release")
    ids = [held.payment_intent_id, "pi_nobody", paid]
    again = (await money.mirror.fetch_payments(ids)).found
    assert [(each.payment_intent_id, each.status) for each in again] == [(ids[0], "canceled"), (paid, "succeeded")]


async def test_refunds_and_movements_lead_to_their_payment(money: MoneyHarness) -> None:
    """A refund names its payment, our id and whose it is; a movement names its payment."""
    paid = await money.paid(minor=3000)
    request = RefundRequest("rfd_1", paid, Money(500, "EUR"), RefundReason.REQUESTED)
    made = await money.refunds.refund_payment(request, idempotency_key="refund")
    (refund,) = (await money.mirror.refunds_page(since=None, after=None, size=9)).found
    assert (refund.payment_intent_id, refund.refund_id, refund.status) == (paid, "rfd_1", "succeeded")
    assert (refund.amount, refund.failure_reason) == (Money(500, "EUR"), None)
    payment = (await money.mirror.fetch_payments([paid])).found[0]
    assert refund.environment == payment.environment
    again = await money.mirror.fetch_refunds(["re_nobody", made.processor_refund_id])
    assert again.found == (refund,)
    entries = (await money.mirror.entries_page(since=None, after=None, size=9)).found
    assert (entries[-1].kind, entries[-1].payment_intent_id) == ("charge", paid)


async def test_going_on_behind_what_is_unknown_is_refused(money: MoneyHarness) -> None:
    """A place to go on from that the processor does not know is told as such, so that one can begin anew."""
    mirror = money.mirror
    for page_of in (mirror.payments_page, mirror.refunds_page, mirror.entries_page):
        with pytest.raises(ProcessorRefused) as caught:
            await page_of(since=None, after="xx_nobody", size=5)
        assert caught.value.processor_code == "resource_missing"


async def test_a_refund_by_hand_is_of_whoever_made_the_payment(money_wire: StripeMoneyHarness) -> None:
    """Staff write no metadata in the dashboard; the refund's payment has it."""
    paid = await money_wire.paid()
    money_wire.wire.steer(f"dashboard/payment_intents/{paid}/refund", {"amount": 100})
    (refund,) = (await money_wire.mirror.refunds_page(since=None, after=None, size=9)).found
    assert (refund.refund_id, refund.environment) == (None, "test")


async def test_a_processor_that_has_no_time_is_told_as_such(money_wire: StripeMoneyHarness) -> None:
    """429 and a lost connection are unknown outcomes, and a failed look at one of many fails the call."""
    paid = await money_wire.paid()
    money_wire.wire.fault("rate_limited", "/v1/payment_intents", method="GET", times=3)
    with pytest.raises(OutcomeUnknown) as caught:
        await money_wire.mirror.payments_page(since=None, after=None, size=5)
    assert caught.value.facts["http_status"] == 429
    money_wire.wire.fault("outage", f"/v1/payment_intents/{paid}", method="GET", times=3)
    with pytest.raises(OutcomeUnknown):
        await money_wire.mirror.fetch_payments(["pi_nobody", paid])


def test_one_unreadable_object_does_not_hide_the_others() -> None:
    """What has another shape is left out by its id; a foreign hand's odd metadata can be stored."""
    intent = {"id": "pi_1", "status": "succeeded", "amount": 5, "currency": "eur", "created": 1}
    odd = [{**intent, "currency": "xxxx"}, {**intent, "id": "pi_2", "amount": None}]
    page = _read_all([intent, *odd], read_payment)
    assert ([one.payment_intent_id for one in page.found], page.unreadable) == (["pi_1"], ("pi_1", "pi_2"))
    assert read_payment({**intent, "metadata": {"hold_id": "a\x00b"}}).hold_id == "ab"
    assert _read_all([{"id": "re_1"}], read_refund_copy).unreadable == ("re_1",)
