"""What commands on an installation share: its database and its ports, and how an error of a use case ends one.

Settings come from the environment, as for the live processes. This module loads the whole service, so commands import
it when they run.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import typer
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from api.cli.terminal import printable
from api.db import RoleUnusable, UnitOfWork, database_url, make_engine
from api.domain.errors import AppError
from api.ports import Ports
from api.services.roaming.rows import is_unstorable
from api.services.roaming.traffic import flush_traffic
from api.settings import Settings
from api.wiring import build_ports
from clients.ocpi.gateway import OcpiGateway
from clients.stripe.payments import StripePayments

console = Console()


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[tuple[UnitOfWork, Ports]]:
    """Yield units of work and ports of the configured installation."""
    settings = Settings()
    engine = make_engine(database_url(settings), pool_size=3, role=settings.database_role)
    work, ports = UnitOfWork(engine), build_ports(settings)
    try:
        yield work, ports
    finally:
        if isinstance(ports.roaming, OcpiGateway):
            await ports.roaming.aclose()
        if isinstance(ports.payments, StripePayments):
            await ports.payments.aclose()
        await flush_traffic(work=work, traffic=ports.traffic)
        await engine.dispose()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; an error that a use case foresees is one line and exit code 2."""
    try:
        asyncio.run(work)
    except (AppError, RoleUnusable) as error:
        console.print(printable(str(error)), style="red", markup=False, highlight=False)
        raise typer.Exit(2) from error
    except DBAPIError as error:
        if not is_unstorable(error):
            raise
        console.print("A value in it is one that cannot be stored.", style="red")
        raise typer.Exit(2) from error
