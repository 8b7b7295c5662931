"""Drivers, for trying things out."""

from typing import Annotated

import typer

driver_app = typer.Typer(no_args_is_help=True, help="Drivers, for trying things out.")


@driver_app.command("add")
def driver_add(
    email: str,
    name: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True)],
    card: Annotated[str | None, typer.Option(help="The processor's id of a card to save, e.g. pm_card_visa.")] = None,
) -> None:
    """Add a driver, active at once, with an optional saved card; people sign up in the app."""
    from api.cli.world import console, run, world
    from api.services.drivers.signup import add_driver

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            row = await add_driver(
                work=work, ports=ports, now=now, email=email, name=name, password=password, payment_method=card
            )
        console.print(f"{row.id} added.")

    run(go())
