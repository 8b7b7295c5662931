"""Fixtures of the payments tests: one stand-in for all, emptied for each test, and the ports under test."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stripe

from tests.clients.stripe.harness import (
    FakeHarness,
    PaymentsHarness,
    StandIn,
    StripeHarness,
    serve_stand_in,
    stripe_harness,
)
from tests.clients.stripe.money_harness import (
    FakeMoneyHarness,
    MoneyHarness,
    StripeMoneyHarness,
    stripe_money_harness,
)


@pytest.fixture(scope="session")
def _served() -> Iterator[StandIn]:
    with serve_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(_served: StandIn) -> StandIn:
    """Return an empty stand-in."""
    _served.reset()
    return _served


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the SDK's pauses between its repetitions short."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)


@pytest.fixture
async def wire(stand_in: StandIn) -> AsyncIterator[StripeHarness]:
    """Yield the real port over the stand-in."""
    async with stripe_harness(stand_in) as harness:
        yield harness


@pytest.fixture(params=["fake", "stripe"])
async def bench(request: pytest.FixtureRequest, stand_in: StandIn) -> AsyncIterator[PaymentsHarness]:
    """Yield first the fake, then the real port over the stand-in: one contract for both."""
    if request.param == "fake":
        yield FakeHarness()
    else:
        async with stripe_harness(stand_in) as harness:
            yield harness


@pytest.fixture
async def money_wire(stand_in: StandIn) -> AsyncIterator[StripeMoneyHarness]:
    """Yield the clients over the stand-in."""
    async with stripe_money_harness(stand_in) as harness:
        yield harness


@pytest.fixture(params=["fake", "stripe"])
async def money(request: pytest.FixtureRequest, stand_in: StandIn) -> AsyncIterator[MoneyHarness]:
    """Yield first the fakes, then the clients over the stand-in: one contract for both."""
    if request.param == "fake":
        yield FakeMoneyHarness()
    else:
        async with stripe_money_harness(stand_in) as harness:
            yield harness
