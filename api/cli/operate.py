"""Running an installation: its database, its processes, and the proof that its books are right."""

import asyncio
import os
import sys
from pathlib import Path

import typer

HOME = Path(__file__).resolve().parents[2]
operate_app = typer.Typer()


def _become(module: str, *arguments: str) -> None:
    """Turn this process into one of the live ones, so that signals reach it directly."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own modules


@operate_app.command()
def migrate() -> None:
    """Create the database if it is absent and bring its tables up to date."""
    from alembic import command
    from alembic.config import Config

    from api.cli.world import console
    from api.db import RoleUnusable, create_database, database_url
    from api.settings import Settings

    url = database_url(Settings())
    asyncio.run(create_database(url))
    config = Config(HOME / "alembic.ini")
    config.set_main_option("script_location", str(HOME / "api" / "migrations"))
    config.attributes["url"] = url
    try:
        command.upgrade(config, "head")
    except RoleUnusable as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    articles = asyncio.run(_load_articles(url))
    console.print("The database is up to date.")
    if articles:
        console.print(f"{articles} articles of ours are new or changed.")


async def _load_articles(url: str) -> int:
    """Take over our articles as the migrations' own login does; return how many are new or changed."""
    from datetime import UTC, datetime

    from api.db import UnitOfWork, make_engine
    from api.services.knowledge.load import load_articles, own_articles

    engine = make_engine(url, pool_size=1)
    async with UnitOfWork(engine)() as db:
        report = await load_articles(db=db, now=datetime.now(UTC), articles=own_articles())
    await engine.dispose()
    return len(report.added) + len(report.changed)


@operate_app.command()
def serve(host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the APIs: the app's at /v1, partners' at /ocpi, Stripe's at /webhooks/stripe.

    No access log: addresses hold token uids, secrets of commands and where drivers stand.
    """
    _become("uvicorn", "api.main:app", "--host", host, "--port", str(port), "--no-access-log")


@operate_app.command()
def worker() -> None:
    """Run background jobs until stopped."""
    _become("api.worker")


@operate_app.command()
def proof() -> None:
    """Print the promise as figures; exit code 1 if it does not hold."""
    from api.cli.world import console, run, world
    from api.services.finance.proof import prove

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            proofs = await prove(db=db)
        for each in proofs:
            console.print(each)
        if not all(each.holds_true for each in proofs):
            raise typer.Exit(1)

    run(go())
