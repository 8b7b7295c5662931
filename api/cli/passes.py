"""Drivers' passes (RFID cards), until they have screens of their own."""

from typing import Annotated

import typer

pass_app = typer.Typer(no_args_is_help=True, help="Drivers' passes (RFID cards): add, block, unblock, list.")


@pass_app.command("add")
def pass_add(
    driver_id: str,
    uid: Annotated[str, typer.Argument(help="The number that readers read from the card.")],
    visual_number: Annotated[str | None, typer.Option(help="The number printed on the card.")] = None,
    kind: Annotated[str, typer.Option(help="rfid or other.")] = "rfid",
) -> None:
    """Give a driver a pass; the worker tells the partners."""
    from api.cli.world import console, run, world
    from api.domain.roaming.token import TokenType
    from api.services.roaming.passes import PassUnusable, add_pass

    async def go() -> None:
        if kind not in set(TokenType):
            raise PassUnusable("pass_unusable", reason="type: neither rfid nor other")
        async with world() as (work, ports), work() as db:
            row = await add_pass(
                db=db,
                now=ports.clock.now(),
                driver_id=driver_id,
                uid=uid,
                token_type=TokenType(kind),
                visual_number=visual_number,
            )
            allowed = ports.policy.passes_enabled
        console.print(f"{row.uid} added for {row.driver_id}.")
        if not allowed:
            console.print("Passes may not charge in this installation: see CHARGEHAND_PASSES_ENABLED.")

    run(go())


@pass_app.command("block")
def pass_block(uid: str) -> None:
    """Block a pass that is lost or was given back."""
    from api.cli.world import console, run, world
    from api.services.roaming.passes import block_pass

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await block_pass(db=db, now=ports.clock.now(), uid=uid)
        console.print(f"{row.uid} is blocked.")

    run(go())


@pass_app.command("unblock")
def pass_unblock(uid: str) -> None:
    """Let a blocked pass be used again."""
    from api.cli.world import console, run, world
    from api.services.roaming.passes import unblock_pass

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await unblock_pass(db=db, now=ports.clock.now(), uid=uid)
        console.print(f"{row.uid} may be used again.")

    run(go())


@pass_app.command("list")
def pass_list(driver_id: Annotated[str | None, typer.Option(help="Only this driver's.")] = None) -> None:
    """List passes."""
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.roaming.passes import list_passes

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await list_passes(db=db, driver_id=driver_id)
        table = Table("uid", "kind", "driver", "printed", "usable", "changed")
        for row in rows:
            valid = "yes" if row.valid else "blocked"
            changed = f"{row.last_updated:%Y-%m-%d %H:%M}"
            table.add_row(row.uid, row.type, row.driver_id, row.visual_number or "", valid, changed)
        console.print(table)

    run(go())
