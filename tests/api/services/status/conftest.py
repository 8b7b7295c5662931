"""Fixtures of the status room: an installation with one connected partner."""

import pytest

from api.db import UnitOfWork
from tests.bench import Bench, a_bench
from tests.builders import a_location


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation with one partner and its site."""
    bench = a_bench(work)
    await a_location(bench)
    return bench
