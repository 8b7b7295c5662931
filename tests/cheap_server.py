"""The test server's settings: made in a process of its own, so that it restarts with them before the first test.

How many connections a server takes is decided at its start; an embedded one ends with its last user.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg

from api.db import embedded_url

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "400",
}


def prepare(data_dir: Path) -> None:
    """Have the server under ``data_dir`` forget about power cuts and allow many connections, from its next start on."""
    written = data_dir / "postgres" / "postgresql.auto.conf"
    known = written.read_text() if written.exists() else ""
    if not all(f"{name} = '{value}'" in known for name, value in SETTINGS.items()):
        subprocess.run([sys.executable, "-m", __name__, str(data_dir)], check=True)  # noqa: S603 - ourselves


async def _write(url: str) -> None:
    admin = await asyncpg.connect(url)
    try:
        for name, value in SETTINGS.items():
            await admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    finally:
        await admin.close()


if __name__ == "__main__":
    asyncio.run(_write(embedded_url(Path(sys.argv[1]), "postgres")))
