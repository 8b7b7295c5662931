"""Ordered faults: each does what its name says and no more."""

import time

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench

INTENTS = "/v1/payment_intents"


async def test_dropped_answer_was_carried_out(bench: Bench) -> None:
    """The client sees a lost connection; the hold exists and is found with the same key."""
    await bench.steer("faults", kind="drop_answer", path=INTENTS)
    with pytest.raises(stripe.APIConnectionError):
        await bench.hold(key="k")
    (found,) = (await bench.intents.list_async({})).data
    assert found.status == "requires_capture"
    assert (await bench.hold(key="k")).id == found.id


async def test_dropped_request_was_not_carried_out(bench: Bench) -> None:
    """The client sees the same, but nothing exists."""
    await bench.steer("faults", kind="drop_request", path=INTENTS)
    with pytest.raises(stripe.APIConnectionError):
        await bench.hold(key="k")
    assert (await bench.intents.list_async({})).data == []


async def test_internal_error_after_the_work(bench: Bench) -> None:
    """With ``perform`` the 500 hides work that was done: the state must be read, the key only replays the 500."""
    await bench.steer("faults", kind="error_500", path=INTENTS, perform=True)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await bench.hold(key="k")
    assert len((await bench.intents.list_async({})).data) == 1


async def test_rate_limit(bench: Bench) -> None:
    """429 becomes the SDK's ``RateLimitError``."""
    await bench.steer("faults", kind="rate_limited", path=INTENTS)
    with pytest.raises(stripe.RateLimitError):
        await bench.hold()


async def test_slow_answer(bench: Bench) -> None:
    """The answer comes late, but it comes, and the work is done."""
    await bench.steer("faults", kind="slow", path=INTENTS, seconds=0.3)
    started = time.monotonic()
    assert (await bench.hold()).status == "requires_capture"
    assert time.monotonic() - started >= 0.3


async def test_fault_hits_what_it_names(bench: Bench) -> None:
    """Method, path pattern, number of times and number of passes decide; everything else goes through."""
    intents = [await bench.hold() for _ in range(4)]
    pattern = r"/v1/payment_intents/[^/]+/capture"
    await bench.steer("faults", kind="rate_limited", path=pattern, times=2, skip=1)
    assert (await bench.intents.retrieve_async(intents[0].id)).status == "requires_capture"
    outcomes = []
    for intent in intents:
        try:
            outcomes.append((await bench.intents.capture_async(intent.id)).status)
        except stripe.RateLimitError:
            outcomes.append("limited")
    assert outcomes == ["succeeded", "limited", "limited", "succeeded"]


async def test_unknown_fault_is_refused(bench: Bench) -> None:
    """A misspelt order fails loudly instead of testing nothing."""
    assert (await bench.http.post("/_sandbox/faults", json={"kind": "drop", "path": "/"})).status_code == 400
    wrong = {"kind": "slow", "path": "/", "second": 1}
    assert (await bench.http.post("/_sandbox/faults", json=wrong)).status_code == 400
