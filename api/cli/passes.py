"""Drivers' passes (RFID cards) as staff handle them."""

from datetime import UTC, datetime
from typing import Annotated

import typer

pass_app = typer.Typer(
    no_args_is_help=True, help="Drivers' passes (RFID cards): add, ship, block, unblock, expire, list."
)


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


@pass_app.command("ship")
def pass_ship(
    pass_id: Annotated[str, typer.Argument(help="The order: see pass list --status ordered.")],
    uid: Annotated[str, typer.Argument(help="The number that readers read from the card.")],
    visual_number: Annotated[str | None, typer.Option(help="The number printed on the card.")] = None,
    valid_until: Annotated[datetime | None, typer.Option(help="When it expires, in UTC; by default never.")] = None,
) -> None:
    """Send an ordered pass out as this card, and print the code that goes onto it: it is shown this once."""
    from api.cli.world import console, run, world
    from api.services.roaming.passes import Card, ship_pass

    async def go() -> None:
        until = valid_until.replace(tzinfo=UTC) if valid_until else None
        card = Card(uid, visual_number, until)
        async with world() as (work, ports), work() as db:
            _, code = await ship_pass(db=db, ports=ports, now=ports.clock.now(), pass_id=pass_id, card=card)
        console.print(f"{pass_id} is shipped. Code: {code}")

    run(go())


@pass_app.command("code")
def pass_code(pass_id: str) -> None:
    """Give a pass another code, for a driver who cannot read it or tried too often."""
    from api.cli.world import console, run, world
    from api.services.roaming.passes import renew_code

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            code = await renew_code(db=db, ports=ports, now=ports.clock.now(), pass_id=pass_id)
        console.print(f"Code: {code}")

    run(go())


@pass_app.command("expire")
def pass_expire(pass_id: str) -> None:
    """End a pass for good."""
    from api.cli.world import console, run, world
    from api.services.roaming.passes import expire_pass

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await expire_pass(db=db, now=ports.clock.now(), pass_id=pass_id)
        console.print(f"{pass_id} has expired.")

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
def pass_list(
    driver_id: Annotated[str | None, typer.Option(help="Only this driver's.")] = None,
    status: Annotated[str | None, typer.Option(help="Only these, as ordered.")] = None,
) -> None:
    """List passes, the oldest order first."""
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.roaming.passes import list_passes

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await list_passes(db=db, driver_id=driver_id, status=status)
        table = Table("pass", "status", "uid", "driver", "printed", "changed")
        for row, token in rows:
            printed = (token.visual_number or "") if token else ""
            changed = f"{row.updated_at:%Y-%m-%d %H:%M}"
            table.add_row(row.id, row.status, row.token_uid or "", row.driver_id, printed, changed)
        console.print(table)

    run(go())
