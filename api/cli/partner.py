"""Roaming partners: register, invite, list, pull, and how they mean what they say."""

from typing import Annotated

import typer

partner_app = typer.Typer(no_args_is_help=True, help="Roaming partners: register, invite, list, pull.")


@partner_app.command("add")
def partner_add(
    url: Annotated[str, typer.Argument(help="The partner's versions URL.")],
    token: Annotated[str, typer.Argument(help="The one-time token that the partner gave us.")],
    name: Annotated[str, typer.Option(help="How we call the partner.")] = "",
) -> None:
    """Register at a partner who gave us a one-time token; its places and prices are pulled by the worker."""
    from api.cli.world import console, run, world
    from api.services.roaming.register import register_partner

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            row = await register_partner(work=work, ports=ports, now=now, url=url, token=token, name=name or url)
        console.print(f"{row.id} connected: {row.country_code}-{row.party_id}, OCPI {row.version}")

    run(go())


@partner_app.command("invite")
def partner_invite(name: Annotated[str, typer.Argument(help="How we call the partner.")]) -> None:
    """Make a one-time token with which a partner can register at us."""
    from api.cli.world import console, run, world
    from api.services.roaming.register import invite_partner

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
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.roaming.queries import all_partners

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
    """Pull a partner's tariffs and locations now, showing how far it is, and say what came."""
    from api.cli.partner_pull import pull_partner
    from api.cli.world import run, world

    async def go() -> None:
        async with world() as (work, ports):
            await pull_partner(work, ports, partner_id)

    run(go())


@partner_app.command("parking-reading")
def partner_parking_reading(
    partner_id: str,
    reading: Annotated[
        str,
        typer.Argument(metavar="not_charging|not_requesting_power|version", help="version: its edition's."),
    ],
) -> None:
    """Set what a partner means by PARKING_TIME; charges that have started keep what they started with."""
    from api.cli.world import console, run, world
    from api.domain.roaming.partner import parking_reading_of
    from api.services.roaming.partners import set_parking_reading

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            row = await set_parking_reading(
                db=db, partner_id=partner_id, reading=None if reading == "version" else reading
            )
            meant = parking_reading_of(row.version, row.parking_reading)
        console.print(f"{row.id}: PARKING_TIME means {meant.value}.")

    run(go())
