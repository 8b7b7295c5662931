"""``chargehand vehicle``: the catalogue of car models, for estimates and holds."""

from pathlib import Path
from typing import Annotated

import typer

vehicle_app = typer.Typer(no_args_is_help=True, help="The catalogue of car models, for estimates and holds.")


@vehicle_app.command("import")
def vehicle_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Open EV Data, JSON.")],
) -> None:
    """Take over the car models of a file, as often as you like; exit code 1 if some could not be read."""
    from api.cli.world import console, run, world
    from api.services.drivers.ev_data import SOURCE, read_ev_data
    from api.services.drivers.vehicles import import_vehicle_models

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
    from api.cli.world import console, run, world
    from api.services.drivers.vehicles import find_vehicle_models, vehicle_of

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
