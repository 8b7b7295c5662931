"""The stage that stories play on: one running sandbox per test process, replaced when a story left it in disorder.

Four real processes (virtual CPO, Stripe stand-in, our web process, our worker) under one virtual clock, on a database
of their own of the embedded test server. What happens on the stage is in ``world.py``.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from api.db import UnitOfWork, make_engine
from api.ports import Ports
from api.services.roaming.register import register_partner
from api.settings import Settings
from api.wiring import build_ports, build_transport
from clients.ocpi.gateway import OcpiGateway
from clients.stripe.payments import StripePayments
from sandbox.stack import Stack, make_stack, start_stack, versions_url

ROOT = Path(__file__).resolve().parent.parent.parent
OPENING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, far from any change of daylight saving time."""
PATIENT: dict[str, Any] = {
    "partner_timeout_seconds": 45,
    "stripe_timeout_seconds": 30,
    "stripe_tap_seconds": 40,
    "connect_timeout_seconds": 20,
    "worker_stalled_seconds": 90,
}
"""Real seconds that no story is about: a slow machine must not look like a partner that gives no answer.

What is lost on the way in a story is lost by a named fault, which closes the connection and waits for no time-out.
"""


@dataclass
class Stage:
    """Starts a stack when it is first needed and ends it at the end of the test run."""

    name: str
    server_url: str
    feed: str | None = None
    workers: int = 1
    cpo_options: tuple[str, ...] = ()
    stack: Stack | None = None

    async def ready(self, **settings: Any) -> Stack:
        """Return the running stack with the partner registered, starting it if there is none; raises StackFailed."""
        if self.stack is None:
            self.stack = self._make(settings)
            try:
                await start_stack(self.stack, feed=self.feed, workers=self.workers, cpo_options=self.cpo_options)
                await self._register(self.stack)
            except BaseException:
                await self.clear()
                raise
        return self.stack

    def _make(self, settings: dict[str, Any]) -> Stack:
        """Prepare a stack on its own database of the test server."""
        name = f"{self.name}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
        url = urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}"))
        data_dir = ROOT / "var" / "test" / "stages" / name
        stack = make_stack(name, start_at=OPENING, data_dir=data_dir, database_url=url, **(PATIENT | settings))
        stack.environment["DATABASE_URL"] = url
        return stack

    async def _register(self, stack: Stack) -> None:
        """Register the virtual CPO; its locations and tariffs are pulled by jobs."""
        engine = make_engine(stack.database)
        async with live_ports(stack.settings) as ports:
            await register_partner(
                work=UnitOfWork(engine),
                ports=ports,
                now=ports.clock.now(),
                url=versions_url(stack),
                token=stack.cpo_token,
                name="Virtual CPO",
            )
        await engine.dispose()

    async def clear(self) -> None:
        """End the stack; the next story gets a fresh one."""
        stack, self.stack = self.stack, None
        if stack is not None:
            await asyncio.to_thread(stack.stop)


@contextlib.asynccontextmanager
async def live_ports(settings: Settings) -> AsyncIterator[Ports]:
    """Yield the ports of a live process and close their connections in the same event loop."""
    transport, ports = build_transport(settings), build_ports(settings)
    try:
        yield replace(ports, roaming=OcpiGateway(transport))
    finally:
        await transport.aclose()
        assert isinstance(ports.payments, StripePayments)
        await ports.payments.aclose()
