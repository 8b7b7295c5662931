"""Fixtures: an installation with a mail server to steer."""

from dataclasses import replace

import pytest

from api.db import UnitOfWork
from tests.bench import Bench, a_bench
from tests.fakes import FakeMail


@pytest.fixture
def mail() -> FakeMail:
    """Return a mail server to steer."""
    return FakeMail()


@pytest.fixture
def bench(work: UnitOfWork, mail: FakeMail) -> Bench:
    """Return a fresh installation with that mail server."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, mail=mail)
    return bench
