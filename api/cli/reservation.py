"""Reservations of chargers, asked for by staff for a driver."""

from typing import Annotated

import typer

reservation_app = typer.Typer(no_args_is_help=True, help="Reservations of chargers for drivers: add, cancel, list.")


@reservation_app.command("add")
def reservation_add(
    driver_id: str,
    connector: Annotated[str, typer.Argument(help="Our id of the connector, con_...")],
    by: Annotated[str, typer.Option("--by", help="Who asks for it: your name.")],
    minutes: Annotated[int, typer.Option(help="How long from now, at most a day.")] = 30,
) -> None:
    """Reserve an EVSE for a driver; the worker sends it. It may cost money, which no hold secures."""
    from datetime import timedelta

    from api.cli.world import console, run, world
    from api.services.charging.reservations import reserve

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            row = await reserve(
                db=db,
                ports=ports,
                now=now,
                driver_id=driver_id,
                connector_public_id=connector,
                expires_at=now + timedelta(minutes=minutes),
                by=by,
            )
        console.print(f"{row.id} asked for, until {row.expires_at:%Y-%m-%d %H:%M} UTC.")

    run(go())


@reservation_app.command("cancel")
def reservation_cancel(
    reservation_id: str, by: Annotated[str, typer.Option("--by", help="Who asks for it: your name.")]
) -> None:
    """Cancel a reservation; OCPI 2.1.1 knows no such command, there it ends at its time."""
    from api.cli.world import console, run, world
    from api.services.charging.reservations import cancel_reservation

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await cancel_reservation(
                db=db, ports=ports, now=ports.clock.now(), reservation_id=reservation_id, by=by
            )
        console.print(f"{row.id} is {row.status}; its end is asked for.")

    run(go())


@reservation_app.command("list")
def reservation_list() -> None:
    """List the newest reservations."""
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.charging.reservations import list_reservations

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await list_reservations(db=db)
        table = Table("id", "driver", "partner", "EVSE", "until (UTC)", "status", "why")
        for row in rows:
            until = f"{row.expires_at:%Y-%m-%d %H:%M}"
            table.add_row(row.id, row.driver_id, row.partner_id, row.evse_uid, until, row.status, row.reason or "")
        console.print(table)

    run(go())
