"""The bench that the tests of this room stand on."""

import pytest

from api.db import UnitOfWork
from tests.bench import Bench, a_bench
from tests.fakes import FakeSettlement


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)


@pytest.fixture
def balance(bench: Bench) -> FakeSettlement:
    """Return the processor's side of our balance."""
    assert isinstance(bench.ports.settlement, FakeSettlement)
    return bench.ports.settlement
