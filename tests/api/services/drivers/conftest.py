"""Fixtures: an installation on the test's own database."""

import pytest

from api.db import UnitOfWork
from tests.bench import Bench, a_bench


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation that settles German charges."""
    return a_bench(work)
