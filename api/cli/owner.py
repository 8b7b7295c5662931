"""``chargehand owner``: owners of sites that we run, which sites are theirs, and their statements."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer

owner_app = typer.Typer(no_args_is_help=True, help="Owners of sites: add, give and take sites, statements.")

By = Annotated[str, typer.Option("--by", help="Who does it: your name.")]
Owner = Annotated[str, typer.Argument(help="The owner's id, own_...")]
Site = Annotated[str, typer.Argument(help="The location's key: partner/country/party/id.")]


@owner_app.command("add")
def owner_add(
    name: str,
    series: Annotated[str, typer.Option(help="How numbers of statements begin: capitals and digits, for good.")],
    country: Annotated[str, typer.Option(help="Where the owner is: three letters.")],
    fee_percent: Annotated[str, typer.Option(help="Our fee, of what is sold before tax.")],
    street: str = "",
    postal_code: str = "",
    city: str = "",
    vat_id: str | None = None,
    by: By = "command line",
) -> None:
    """Add an owner and print the id."""
    from api.cli.world import console, run, world
    from api.services.owners.owners import add_owner

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            owner = await add_owner(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                name=name,
                street=street,
                postal_code=postal_code,
                city=city,
                country=country,
                series=series,
                fee_percent=Decimal(fee_percent),
                vat_id=vat_id,
                by=by,
            )
        console.print(owner.id)

    run(go())


@owner_app.command("give")
def owner_give(
    owner_id: Owner,
    location_key: Site,
    since: Annotated[str | None, typer.Option(help="From when on, as 2026-11-01T00:00; now if left out.")] = None,
    by: By = "command line",
) -> None:
    """Say that a site is an owner's: charges that begin from then on are sold for them."""
    from api.cli.world import run, world
    from api.services.owners.owners import give_site

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            moment = datetime.fromisoformat(since) if since else now
            begins = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            await give_site(
                db=db, ports=ports, now=now, owner_id=owner_id, location_key=location_key, since=begins, by=by
            )

    run(go())


@owner_app.command("take")
def owner_take(owner_id: Owner, location_key: Site, by: By = "command line") -> None:
    """Say that a site is an owner's no more; what was sold before stays theirs."""
    from api.cli.world import run, world
    from api.services.owners.owners import take_site

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await take_site(db=db, now=ports.clock.now(), owner_id=owner_id, location_key=location_key, by=by)

    run(go())


@owner_app.command("state")
def owner_state(
    owner_id: Owner, period: Annotated[str, typer.Argument(help="A month that is over.")], by: By = "command line"
) -> None:
    """Write an owner's statements of a month, once and for good."""
    from api.cli.world import console, run, world
    from api.domain.money import Money, format_money
    from api.services.owners.statements import issue_owner_statements

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            written = await issue_owner_statements(db=db, ports=ports, now=now, owner_id=owner_id, period=period, by=by)
        for each in written:
            console.print(f"{each.number}: to pay out {format_money(Money(each.payout_minor, each.currency))}")

    run(go())
