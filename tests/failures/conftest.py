"""Fixtures of the failure modes: one stand-in of the processor for all, emptied for each test, and the stage on it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stripe
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.clients.stripe.harness import StandIn, serve_stand_in
from tests.clients.stripe.money_harness import stripe_money_harness
from tests.failures.stage import Stage, a_stage


@pytest.fixture(scope="session")
def _served() -> Iterator[StandIn]:
    with serve_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the SDK's pauses between its repetitions short."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)


@pytest.fixture
async def stage(engine: AsyncEngine, _served: StandIn) -> AsyncIterator[Stage]:
    """Yield a whole installation with one operator, one charger, and a processor that works."""
    _served.reset()
    async with stripe_money_harness(_served) as money:
        yield await a_stage(engine, money)
