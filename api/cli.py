"""``chargehand``: the command line. Parses, calls one service, prints; thin on purpose.

Settings come from the environment, as for the live processes. Errors that a use case foresees end with exit code 2.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from alembic import command
from alembic.config import Config
from rich.console import Console
from rich.table import Table

from api.db import UnitOfWork, create_database, database_url, make_engine
from api.domain.errors import AppError
from api.ports import Ports
from api.services.charging.staff import settle_by_staff
from api.services.drivers.ev_data import SOURCE, read_ev_data
from api.services.drivers.vehicles import find_vehicle_models, import_vehicle_models, vehicle_of
from api.services.finance.proof import prove
from api.services.roaming.locations import pull_locations
from api.services.roaming.queries import all_partners
from api.services.roaming.register import invite_partner, register_partner
from api.services.roaming.tariffs import pull_tariffs
from api.settings import Settings
from api.wiring import build_ports

HOME = Path(__file__).resolve().parent.parent
app = typer.Typer(no_args_is_help=True, help="Run and look after a Chargehand installation.")
partner_app = typer.Typer(no_args_is_help=True, help="Roaming partners: register, invite, list, pull.")
charge_app = typer.Typer(no_args_is_help=True, help="Charges that need a decision of staff.")
driver_app = typer.Typer(no_args_is_help=True, help="Drivers, for trying things out.")
app.add_typer(partner_app, name="partner")
app.add_typer(driver_app, name="driver")
app.add_typer(charge_app, name="charge")
console = Console()


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[tuple[UnitOfWork, Ports]]:
    """Yield units of work and ports of the configured installation."""
    settings = Settings()
    engine = make_engine(database_url(settings), pool_size=3)
    try:
        yield UnitOfWork(engine), build_ports(settings)
    finally:
        await engine.dispose()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; an error that a use case foresees is one line and exit code 2."""
    try:
        asyncio.run(work)
    except AppError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error


def _become(module: str, *arguments: str) -> None:
    """Turn this process into one of the live ones, so that signals reach it directly."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own modules


@app.command()
def migrate() -> None:
    """Create the database if it is absent and bring its tables up to date."""
    url = database_url(Settings())
    asyncio.run(create_database(url))
    config = Config(HOME / "alembic.ini")
    config.set_main_option("script_location", str(HOME / "api" / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, "head")
    console.print("The database is up to date.")


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the APIs: the app's at /v1, partners' at /ocpi, Stripe's at /webhooks/stripe.

    No access log: addresses hold token uids, secrets of commands and where drivers stand.
    """
    _become("uvicorn", "api.main:app", "--host", host, "--port", str(port), "--no-access-log")


@app.command()
def worker() -> None:
    """Run background jobs until stopped."""
    _become("api.worker")


@app.command()
def proof() -> None:
    """Print the promise as figures; exit code 1 if it does not hold."""

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            proofs = await prove(db=db)
        for each in proofs:
            console.print(each)
        if not all(each.holds_true for each in proofs):
            raise typer.Exit(1)

    run(go())


@partner_app.command("add")
def partner_add(
    url: Annotated[str, typer.Argument(help="The partner's versions URL.")],
    token: Annotated[str, typer.Argument(help="The one-time token that the partner gave us.")],
    name: Annotated[str, typer.Option(help="How we call the partner.")] = "",
) -> None:
    """Register at a partner who gave us a one-time token; its places and prices are pulled by the worker."""

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            row = await register_partner(work=work, ports=ports, now=now, url=url, token=token, name=name or url)
        console.print(f"{row.id} connected: {row.country_code}-{row.party_id}, OCPI {row.version}")

    run(go())


@partner_app.command("invite")
def partner_invite(name: Annotated[str, typer.Argument(help="How we call the partner.")]) -> None:
    """Make a one-time token with which a partner can register at us."""

    async def go() -> None:
        async with world() as (work, ports):
            async with work() as db:
                row, token = await invite_partner(db=db, ports=ports, now=ports.clock.now(), name=name)
            console.print(f"{row.id} invited. Give the partner these two, once:")
            console.print(f"  versions URL  {ports.policy.public_url}/ocpi/versions")
            console.print(f"  token         {token}", soft_wrap=True)

    run(go())


@partner_app.command("list")
def partner_list() -> None:
    """List partners and when they were last pulled."""

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await all_partners(db)
        table = Table("id", "name", "status", "party", "version", "locations pulled", "CDRs pulled")
        for row in rows:
            pulled = [f"{at:%Y-%m-%d %H:%M}" if at else "never" for at in (row.locations_pulled_at, row.cdrs_pulled_at)]
            table.add_row(
                row.id, row.name, row.status, f"{row.country_code}-{row.party_id}", row.version or "", *pulled
            )
        console.print(table)

    run(go())


@partner_app.command("pull")
def partner_pull(partner_id: str) -> None:
    """Pull a partner's tariffs and locations now and say what came."""

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            for what, pull in (("tariffs", pull_tariffs), ("locations", pull_locations)):
                report = await pull(work=work, ports=ports, now=now, partner_id=partner_id, whole=True)
                console.print(
                    f"{what}: {report.stored} stored, {report.removed} removed, {len(report.problems)} problems"
                )
                for problem in report.problems:
                    console.print(f"  {problem}")

    run(go())


@charge_app.command("settle")
def charge_settle(
    charging_session_id: str,
    owed_minor: Annotated[int, typer.Argument(help="What the driver owes, in minor units; 0 lets the hold go.")],
) -> None:
    """End a charge that rules cannot settle, by decision of staff; the worker moves the money."""

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await settle_by_staff(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                charging_session_id=charging_session_id,
                owed_minor=owed_minor,
            )
        console.print(f"{row.id} is {row.status}, its hold {row.hold_status}.")

    run(go())


@driver_app.command("add")
def driver_add(
    email: str,
    name: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True)],
    card: Annotated[str | None, typer.Option(help="The processor's id of a card to save, e.g. pm_card_visa.")] = None,
) -> None:
    """Add a driver with an optional saved card, until sign-up comes."""
    from api.services.drivers.signup import add_driver  # late: only this command hashes passwords

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            row = await add_driver(
                work=work, ports=ports, now=now, email=email, name=name, password=password, payment_method=card
            )
        console.print(f"{row.id} added.")

    run(go())


vehicle_app = typer.Typer(no_args_is_help=True, help="The catalogue of car models, for estimates and holds.")


@vehicle_app.command("import")
def vehicle_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Open EV Data, JSON.")],
) -> None:
    """Take over the car models of a file, as often as you like; exit code 1 if some could not be read."""
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        console.print(f"[red]not_a_text file={file.name!r}[/red]")
        raise typer.Exit(2) from error

    async def go() -> None:
        catalogue = read_ev_data(text)
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            report = await import_vehicle_models(db=db, now=now, source=SOURCE, cars=catalogue.cars)
        console.print(
            f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged,"
            f" {len(catalogue.problems)} refused"
        )
        for problem in catalogue.problems:
            console.print(f"  {problem}", markup=False)
        if catalogue.problems:
            raise typer.Exit(1)

    run(go())


@vehicle_app.command("list")
def vehicle_list(
    words: Annotated[list[str] | None, typer.Argument(help="Words of brand, model, variant or year.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """List the car models that hold every word, with what decides how fast they charge."""

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows, more = await find_vehicle_models(db=db, words=" ".join(words or ()), limit=limit)
        for row in rows:
            car = vehicle_of(row)
            name = f"{car.name} {row.release_year or ''}".strip()
            dc = f"DC {max(point.power_kw for point in car.dc_curve):f} kW" if car.dc_curve else "no DC"
            line = f"{row.id}  {name}, {row.kind}, {row.usable_kwh:f} kWh, AC {row.ac_power_kw:f} kW, {dc}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        if more:
            console.print(f"There are more than {limit}; say more words.")

    run(go())


app.add_typer(vehicle_app, name="vehicle")

if __name__ == "__main__":
    app()
