"""One flow of our client against a foreign peer: what we believe of Stripe is not only what our own stand-in says.

``localstripe`` agrees on the way of a hold: customer, card, hold, capture, cancel, a refusal afterwards. It differs,
and each difference is held here, so that a newer version of it is noticed. It forgets idempotency keys, makes a refund
of what a partial capture leaves (as Stripe did before 2025-03-31.basil), tells neither what can be captured nor what
was, nor the capture window, and knows no filter by customer and no reasons for a cancel or a refund.
"""

import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from api.domain.money import Money
from api.ports.payments import HoldDeclined, HoldRequest, ProcessorRefused, ProcessorStatus, ReleaseReason
from api.ports.refunds import RefundReason, RefundRequest
from clients.stripe.connection import StripeConfig, StripeConnection
from clients.stripe.payments import StripePayments
from clients.stripe.refunds import StripeRefunds

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("localstripe") is None, reason="localstripe is not installed (see the dev extra)"
)
START_SECONDS = 30


@pytest.fixture(scope="module")
def peer() -> Iterator[str]:
    """Serve the peer in a process of its own and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.clients.stripe.foreign_peer", str(port)])  # noqa: S603 - our own interpreter
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the peer listens."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the peer ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the peer does not listen")


@pytest.fixture
async def connection(peer: str) -> AsyncIterator[StripeConnection]:
    """Yield a connection to the peer."""
    config = StripeConfig(api_key="sk_test_12345", webhook_secrets=(), environment="test", api_base=peer)
    opened = StripeConnection(config)
    yield opened
    await opened.aclose()


async def _request(connection: StripeConnection, number: str = "4242424242424242") -> HoldRequest:
    """Return a request of EUR 40.00 on a saved card of a new customer."""
    payments = StripePayments(connection)
    customer = await payments.create_customer(driver_id="drv_1", email="a@example.test", idempotency_key="customer")
    card: Any = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    method = await connection.v1.payment_methods.create_async({"type": "card", "card": card})
    saved = await payments.save_card(customer, method.id, idempotency_key="save")
    return HoldRequest("hld_1", "chs_1", Money(4000, "EUR"), customer, saved, "Charging")


async def test_the_way_of_a_hold(connection: StripeConnection) -> None:
    """A hold is placed, seen, captured once and refused to a cancel; another is canceled, and canceled again."""
    payments = StripePayments(connection)
    request = await _request(connection)
    hold = await payments.place_hold(request, idempotency_key="one")
    assert (hold.status, hold.amount) == (ProcessorStatus.HELD, Money(4000, "EUR"))
    assert (await payments.fetch_hold(hold.payment_intent_id)).status is ProcessorStatus.HELD
    done = await payments.capture_hold(hold.payment_intent_id, Money(1234, "EUR"), idempotency_key="capture")
    assert done.status is ProcessorStatus.CAPTURED
    with pytest.raises(ProcessorRefused):
        await payments.release_hold(hold.payment_intent_id, ReleaseReason.ABANDONED, idempotency_key="cancel")
    other = await payments.place_hold(request, idempotency_key="two")
    released = await payments.release_hold(other.payment_intent_id, ReleaseReason.ABANDONED, idempotency_key="release")
    assert released.status is ProcessorStatus.CANCELED
    with pytest.raises(ProcessorRefused) as caught:
        await payments.fetch_hold("pi_nobody")
    assert caught.value.facts["processor_code"] in ("resource_missing", "invalid_request_error")


async def test_a_bad_card(connection: StripeConnection) -> None:
    """A card that its bank refuses is a decline, in the same words."""
    with pytest.raises(HoldDeclined):
        await _request(connection, "4000000000000002")


async def test_where_the_peer_differs(connection: StripeConnection) -> None:
    """Each difference that is known; one that is gone fails here, and the list above is mended."""
    payments, refunds = StripePayments(connection), StripeRefunds(connection)
    request = await _request(connection)
    first = await payments.place_hold(request, idempotency_key="same")
    second = await payments.place_hold(request, idempotency_key="same")
    assert first.payment_intent_id != second.payment_intent_id, "it forgets idempotency keys"
    assert (first.capturable.minor, first.capture_before) == (0, None), "it tells neither amount nor window"
    done = await payments.capture_hold(first.payment_intent_id, Money(1234, "EUR"), idempotency_key="capture")
    assert done.captured.minor == 0, "it does not tell what was captured"
    (made,) = await refunds.refunds_of_payment(first.payment_intent_id)
    assert made.amount == Money(2766, "EUR"), "it refunds what a partial capture leaves"
    with pytest.raises(ProcessorRefused):  # it knows no filter by customer
        await payments.find_hold("hld_1", customer_id=request.customer_id)
    back = RefundRequest("rfd_1", first.payment_intent_id, Money(100, "EUR"), RefundReason.REQUESTED)
    with pytest.raises(ProcessorRefused):  # it knows no reason of a refund
        await refunds.refund_payment(back, idempotency_key="refund")
