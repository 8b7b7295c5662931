"""``chargehand receivable``: what drivers owe beside their holds."""

from typing import Annotated

import typer

from api.domain.money import Money, format_money

receivable_app = typer.Typer(no_args_is_help=True, help="What drivers owe beside their holds.")


@receivable_app.callback()
def receivable_root() -> None:
    """Keep the command's name although it is the only one so far."""


@receivable_app.command("write-off")
def receivable_write_off(
    charging_session_id: str,
    by: Annotated[str, typer.Option("--by", help="Who decides: your name.")],
    text: Annotated[str, typer.Option(help="Why, in a sentence.")],
    minor: Annotated[int | None, typer.Option(help="How much, in minor units; all that is owed if left out.")] = None,
) -> None:
    """Give up what a driver owes; above the limit it waits for a second person (``chargehand refund approve``)."""
    from api.cli.world import console, run, world
    from api.services.charging.write_offs import request_write_off

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await request_write_off(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                charging_session_id=charging_session_id,
                amount_minor=minor,
                text=text,
                by=by,
            )
            said = f"{row.id}: {format_money(Money(row.amount_minor, row.currency))} {row.state}."
        console.print(said, markup=False)

    run(go())
