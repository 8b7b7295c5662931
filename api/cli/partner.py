"""Roaming partners: how a connection begins, changes and ends. How it does is in ``partner_show.py``."""

from typing import Annotated

import typer

from api.cli.partner_show import show_app
from api.cli.plain import plain

partner_app = typer.Typer(no_args_is_help=True, help="Roaming partners: register, invite, look after, end.")
partner_app.add_typer(show_app)
Shared = Annotated[
    bool,
    typer.Option("--allow-shared-party", help="It may be a party that another partner is: a hub and its operator."),
]
PartnerId = Annotated[str, typer.Argument(help="As `partner list` shows it: prt_...", callback=plain)]


@partner_app.command("register")
@partner_app.command("add", help="Another name of register.")
def partner_register(
    url: Annotated[str, typer.Argument(help="The partner's versions URL.")],
    token: Annotated[str, typer.Argument(help="The one-time token that the partner gave us.")],
    name: Annotated[str | None, typer.Option(help="How we call the partner.", callback=plain)] = None,
    shared: Shared = False,
) -> None:
    """Register at a partner who gave us a one-time token; its places and prices are pulled by the worker."""
    from api.cli.world import console, run, world
    from api.services.roaming.partners import PartnerStatus
    from api.services.roaming.register import register_partner

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            row = await register_partner(
                work=work, ports=ports, now=now, url=url, token=token, name=name or url, allow_shared_party=shared
            )
        console.print(f"{row.id} {row.status}: {row.country_code}-{row.party_id}, OCPI {row.version}")
        if row.status == PartnerStatus.SUSPENDED:
            console.print("Another partner is that party already, so this one is held back. To let it in all the same:")
            console.print(f"  chargehand partner resume {row.id} --allow-shared-party", soft_wrap=True)

    run(go())


@partner_app.command("invite")
def partner_invite(
    name: Annotated[str, typer.Argument(help="How we call the partner.", callback=plain)], shared: Shared = False
) -> None:
    """Make a one-time token with which a partner can register at us."""
    from api.cli.world import console, run, world
    from api.services.roaming.register import invite_partner
    from api.services.roaming.urls import versions_url

    async def go() -> None:
        async with world() as (work, ports):
            async with work() as db:
                row, token = await invite_partner(
                    db=db, ports=ports, now=ports.clock.now(), name=name, allow_shared_party=shared
                )
            console.print(f"{row.id} invited. Give the partner these two, once:")
            console.print(f"  versions URL  {versions_url(ports.policy)}")
            console.print(f"  token         {token}", soft_wrap=True)

    run(go())


@partner_app.command("rotate")
def partner_rotate(
    partner_id: PartnerId,
    upgrade: Annotated[bool, typer.Option(help="Also go to the newest OCPI version that both speak.")] = False,
) -> None:
    """Exchange both tokens with a partner; if an answer gets lost, run it again: until then old and new are good."""
    from api.cli.world import console, run, world
    from api.services.roaming.register import TOKEN_OVERLAP
    from api.services.roaming.rotate import rotate_tokens

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            row = await rotate_tokens(work=work, ports=ports, now=now, partner_id=partner_id, upgrade=upgrade)
        minutes = int(TOKEN_OVERLAP.total_seconds() // 60)
        console.print(f"{row.id}: new tokens, OCPI {row.version}. The old one is accepted for {minutes} more minutes.")

    run(go())


@partner_app.command("suspend")
def partner_suspend(partner_id: PartnerId) -> None:
    """Lock a partner out: it gets 403, is not called, and its chargers are not offered; running charges get stuck."""
    from api.cli.world import console, run, world
    from api.services.roaming.register import suspend_partner

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            row = await suspend_partner(db=db, partner_id=partner_id)
        console.print(f"{row.id} suspended. `chargehand partner resume {row.id}` lets it in again.")

    run(go())


@partner_app.command("resume")
def partner_resume(partner_id: PartnerId, shared: Shared = False) -> None:
    """Let a suspended partner in again; what it could not tell meanwhile is pulled by the worker."""
    from api.cli.world import console, run, world
    from api.services.roaming.register import resume_partner

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            row = await resume_partner(db=db, partner_id=partner_id, allow_shared_party=shared)
        console.print(f"{row.id} connected.")

    run(go())


@partner_app.command("remove")
def partner_remove(partner_id: PartnerId) -> None:
    """End a connection, telling the partner if it can be reached; what it told us stays."""
    from api.cli.world import console, run, world
    from api.services.roaming.register import remove_partner

    async def go() -> None:
        async with world() as (work, ports):
            told = await remove_partner(work=work, ports=ports, partner_id=partner_id)
        console.print(f"{partner_id} removed; the partner {'was' if told else 'could not be'} told.")

    run(go())


@partner_app.command("pull")
def partner_pull(partner_id: PartnerId) -> None:
    """Pull a partner's tariffs and locations now, showing how far it is, and say what came."""
    from api.cli.partner_pull import pull_partner
    from api.cli.world import run, world

    async def go() -> None:
        async with world() as (work, ports):
            await pull_partner(work, ports, partner_id)

    run(go())


@partner_app.command("parking-reading")
def partner_parking_reading(
    partner_id: PartnerId,
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


@partner_app.command("contact")
def partner_contact(
    partner_id: PartnerId,
    email: Annotated[str | None, typer.Argument(help="Who looks after their bills.", callback=plain)] = None,
    remove: Annotated[bool, typer.Option(help="Forget the address: letters are sent by hand.")] = False,
) -> None:
    """Show or set where letters about a partner's bills are mailed."""
    from api.cli.world import console, run, world
    from api.services.reconciliation.partner_letters import set_contact
    from api.services.roaming.partners import partner_by_id

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            if email is not None or remove:
                await set_contact(db=db, partner_id=partner_id, email=None if remove else email)
            row = await partner_by_id(db, partner_id)
        console.print(f"{row.id}: {row.contact_email or 'no address; letters are sent by hand'}", soft_wrap=True)

    run(go())


@partner_app.command("quirks")
def partner_quirks(
    partner_id: PartnerId,
    name: Annotated[str | None, typer.Argument(help="The setting to change.")] = None,
    value: Annotated[str | None, typer.Argument(help="What to set it to.")] = None,
) -> None:
    """Show a partner's own settings, or change one."""
    from api.cli.world import console, run, world
    from api.services.roaming.partners import partner_by_id
    from api.services.roaming.quirks import QUIRKS, set_quirk

    if (name is None) is not (value is None):
        raise typer.BadParameter("name and value belong together")

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            if name is not None and value is not None:
                await set_quirk(db=db, partner_id=partner_id, name=name, value=value)
            row = await partner_by_id(db, partner_id)
        for each, quirk in QUIRKS.items():
            console.print(f"{each}: {quirk.read(row)}  ({quirk.meaning}: {' | '.join(quirk.values)})", soft_wrap=True)

    run(go())
