"""Holds that nobody captures in time: fact of ``payments.md`` 0.2 and the virtual clock."""

import json
import os
import time
from pathlib import Path

import pytest
import stripe

from sandbox.stripe.clock import FileClock
from tests.sandbox.stripe.bench import Bench, embedded_intent

WEEK = 7 * 86_400


async def test_hold_lives_until_its_last_second(bench: Bench) -> None:
    """One second before ``capture_before`` a capture still works."""
    intent = await bench.hold()
    await bench.advance(WEEK - 1)
    assert (await bench.intents.capture_async(intent.id)).status == "succeeded"


async def test_expired_hold_is_canceled_as_expired(bench: Bench) -> None:
    """At ``capture_before`` the intent is canceled with reason ``expired``; the moment is the deadline itself."""
    intent = await bench.hold()
    deadline = intent.latest_charge.payment_method_details.card.capture_before
    await bench.advance(WEEK + 3600)
    expired = await bench.intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
    assert (expired.status, expired.cancellation_reason, expired.canceled_at) == ("canceled", "expired", deadline)
    assert (expired.amount_capturable, expired.latest_charge.refunded) == (0, False)
    assert (await bench.event_types())[3:] == ["charge.expired", "payment_intent.canceled"]


async def test_capture_after_expiry_is_refused(bench: Bench) -> None:
    """A late capture finds a canceled intent, even before the background task looked."""
    intent = await bench.hold()
    bench.clock.at += WEEK
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.intents.capture_async(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert embedded_intent(refused.value).cancellation_reason == "expired"


async def test_captured_and_canceled_holds_do_not_expire(bench: Bench) -> None:
    """The deadline means nothing to a hold that ended before."""
    first, second = await bench.hold(), await bench.hold()
    await bench.intents.capture_async(first.id)
    await bench.intents.cancel_async(second.id)
    await bench.advance(2 * WEEK)
    assert (await bench.intents.retrieve_async(first.id)).status == "succeeded"
    assert (await bench.intents.retrieve_async(second.id)).cancellation_reason is None
    assert "charge.expired" not in await bench.event_types()


async def test_clock_can_be_advanced_over_http(bench: Bench) -> None:
    """Alone, without a shared clock, the stand-in's time is moved by ``/_sandbox/clock``."""
    intent = await bench.hold()
    await bench.steer("clock", advance_seconds=WEEK)
    assert (await bench.intents.retrieve_async(intent.id)).status == "canceled"


def test_clock_file_steers_time(tmp_path: Path) -> None:
    """Virtual time runs from its anchor by the factor, follows a rewritten file, and is real time without one."""
    path = tmp_path / "clock.json"
    clock = FileClock(path)
    assert clock() == pytest.approx(time.time(), abs=5)
    real = time.time()
    path.write_text(json.dumps({"real_anchor": real - 10, "virtual_anchor": 1000.0, "factor": 60.0}))
    assert clock() == pytest.approx(1600, abs=200)
    path.write_text(json.dumps({"real_anchor": real, "virtual_anchor": 5_000_000.0, "factor": 0.0}))
    os.utime(path, ns=(1, 1))
    assert clock() == 5_000_000.0
    path.unlink()
    assert clock() == pytest.approx(time.time(), abs=5)
