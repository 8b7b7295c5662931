"""An installation with nothing in it."""

import pytest

from api.db import UnitOfWork
from tests.bench import Bench, a_bench


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation."""
    return a_bench(work)
