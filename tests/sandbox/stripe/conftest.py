"""Fixtures: a stand-in served on loopback with a clock moved by hand, and the real SDK pointed at it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stripe

from sandbox.stripe.config import StandInConfig
from sandbox.stripe.server import create_app
from tests.sandbox.stripe.account import Account, real_account, real_key
from tests.sandbox.stripe.bench import API_KEY, Bench, HandClock
from tests.serving import serve

stripe.enable_telemetry = False


@pytest.fixture
def hand_clock() -> HandClock:
    """Return a clock that stands still until a test moves it."""
    return HandClock()


@pytest.fixture
def url(hand_clock: HandClock) -> Iterator[str]:
    """Serve a fresh stand-in and yield its base URL."""
    with serve(create_app(StandInConfig(api_key=API_KEY, clock=hand_clock))) as base_url:
        yield base_url


@pytest.fixture
async def bench(url: str, hand_clock: HandClock) -> AsyncIterator[Bench]:
    """Yield the real SDK and the steering wheel of one stand-in."""
    async with Bench.open(url, hand_clock) as opened:
        yield opened


@pytest.fixture
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Account]:
    """Yield the stand-in's account, or a real one when a test key is given."""
    key = real_key()
    if key is not None:
        async with real_account(key) as account:
            yield account
        return
    url, clock = request.getfixturevalue("url"), request.getfixturevalue("hand_clock")
    async with Account.open(url, clock) as bench:
        assert isinstance(bench, Account)
        yield bench


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the SDK hand httpx its form body as ``data=``: httpx warns about it, and only the SDK could change it."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"))
