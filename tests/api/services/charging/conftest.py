"""The bench that the tests of this room stand on."""

import pytest

from api.db import UnitOfWork
from api.domain.charging.facts import Timer
from tests.api.services.charging.failing import WINDOW
from tests.bench import Bench, a_bench
from tests.builders import a_location, an_evse, connector_of


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)


@pytest.fixture
async def site(bench: Bench) -> str:
    """Return the second connector of a site with two; the retry window is as long as in life."""
    bench.ports.policy.timers[Timer.RETRY_WINDOW] = WINDOW
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    return connector_of(uid="EVSE2")
