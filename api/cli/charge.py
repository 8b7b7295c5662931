"""Charges that need a decision of staff."""

from typing import Annotated

import typer

charge_app = typer.Typer(no_args_is_help=True, help="Charges that need a decision of staff.")


@charge_app.command("settle")
def charge_settle(
    charging_session_id: str,
    owed_minor: Annotated[int, typer.Argument(help="What the driver owes, in minor units; 0 lets the hold go.")],
) -> None:
    """End a charge that rules cannot settle, by decision of staff; the worker moves the money."""
    from api.cli.world import console, run, world
    from api.services.charging.staff import settle_by_staff

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
