"""The bench that the tests of this room stand on."""

import pytest

from api.db import UnitOfWork
from tests.bench import Bench, a_bench


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)
