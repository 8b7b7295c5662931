"""Papers of a month, and the fleets that some of them are for."""

from typing import Annotated

import typer

papers_app = typer.Typer()
fleet_app = typer.Typer(no_args_is_help=True, help="Companies that pay for their drivers' charges.")
_Month = Annotated[str, typer.Option(help="The month to sum up, e.g. 2026-10; it must be over.")]


@papers_app.command()
def statement(month: _Month) -> None:
    """Write every driver's statement of a month; what is written already stays as it is."""
    from api.cli.world import console, run, world
    from api.services.finance.statements import issue_statements

    async def go() -> None:
        async with world() as (work, ports):
            written = await issue_statements(work=work, ports=ports, now=ports.clock.now(), month=month)
        console.print(f"{len(written)} statements written.")

    run(go())


@papers_app.command()
def invoice(month: _Month) -> None:
    """Write every fleet's invoice of a month; what is written already stays as it is."""
    from api.cli.world import console, run, world
    from api.services.finance.invoices import issue_invoices

    async def go() -> None:
        async with world() as (work, ports):
            written = await issue_invoices(work=work, ports=ports, now=ports.clock.now(), month=month)
        for each in written:
            console.print(each.number)
        console.print(f"{len(written)} invoices written.")

    run(go())


@fleet_app.command("add")
def fleet_add(
    name: str,
    street: Annotated[str, typer.Option()],
    postal_code: Annotated[str, typer.Option()],
    city: Annotated[str, typer.Option()],
    country: Annotated[str, typer.Option(help="ISO 3166 alpha-2, e.g. DE.")],
    currency: Annotated[str, typer.Option()] = "EUR",
    vat_id: Annotated[str | None, typer.Option()] = None,
    email: Annotated[str | None, typer.Option(help="Where invoices go.")] = None,
    reference: Annotated[str | None, typer.Option(help="What invoices repeat as the buyer's reference.")] = None,
    language: Annotated[str, typer.Option(help="en, de, fr, nb or sv.")] = "en",
) -> None:
    """Add a fleet."""
    from api.cli.world import console, run, world
    from api.services.finance.fleets import Buyer, add_fleet

    buyer = Buyer(name, street, postal_code, city, country, currency, vat_id, email, reference, language)

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            fleet = await add_fleet(db=db, ports=ports, now=ports.clock.now(), buyer=buyer)
        console.print(f"{fleet.id} added.")

    run(go())


@fleet_app.command("join")
def fleet_join(fleet_account_id: str, driver_id: str) -> None:
    """Attach a driver to a fleet, and to no other."""
    from api.cli.world import console, run, world
    from api.services.finance.fleets import join_fleet

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            await join_fleet(db=db, now=now, fleet_account_id=fleet_account_id, driver_id=driver_id)
        console.print(f"{driver_id} joined {fleet_account_id}.")

    run(go())


@fleet_app.command("pdf")
def fleet_pdf(number: str, to: Annotated[typer.FileBinaryWrite, typer.Argument(help="Where to write it.")]) -> None:
    """Write an invoice as PDF with its XML inside."""
    from api.cli.world import run, world
    from api.services.finance.files import paper_by_number, pdf_of_paper

    async def go() -> None:
        async with world() as (work, ports):
            async with work() as db:
                paper = await paper_by_number(db=db, number=number)
            made = await pdf_of_paper(work=work, ports=ports, now=ports.clock.now(), receipt_id=paper.id)
        to.write(made.content)

    run(go())
