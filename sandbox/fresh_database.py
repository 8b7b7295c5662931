"""Fresh migrated databases within milliseconds: a template is migrated once per state of the migrations, then copied.

Used by the sandbox and by the tests. Production databases are migrated by ``chargehand migrate``.
"""

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import fasteners
from alembic import command
from alembic.config import Config

from api.db import create_database

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "api" / "migrations"
_IS_READY = "SELECT shobj_description(oid, 'pg_database') = 'ready' FROM pg_database WHERE datname = $1"


def named(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def template_name() -> str:
    """Return a name that changes with the migrations."""
    digest = hashlib.sha256()
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:16]}"


def migrate(url: str) -> None:
    """Bring one database up to date."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")


def ensure_template(server_url: str, lock: Path) -> str:
    """Return the name of a migrated template on the server, made under an inter-process ``lock`` if it is absent."""
    name = template_name()
    with fasteners.InterProcessLock(lock):
        if not asyncio.run(_ask(server_url, _IS_READY, name)):
            asyncio.run(create_database(named(server_url, name), replace=True))
            migrate(named(server_url, name))
            asyncio.run(_ask(server_url, f"COMMENT ON DATABASE {name} IS 'ready'"))
    return name


async def _ask(server_url: str, statement: str, *values: str) -> object:
    """Run one statement on the server's own database and return its first value."""
    connection = await asyncpg.connect(named(server_url, "postgres"))
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()
