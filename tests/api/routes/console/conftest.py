"""Fixtures of the console: an installation and its application."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.factory import create_app
from api.settings import Settings
from tests.bench import Bench, a_bench
from tests.staff import BASE


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation whose pages are at http://app.test."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=BASE))
    return bench


@pytest.fixture
def app(bench: Bench, engine: AsyncEngine) -> FastAPI:
    """Return the application around it."""
    return create_app(Settings(public_url=BASE), bench.ports, engine)
