"""``chargehand directory``: taking in lists of contacts, listing them, and asking for the best line at a moment."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

directory_app = typer.Typer(no_args_is_help=True, help="Contacts: take in a list, show it, find the best line.")


@directory_app.command("import")
def directory_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, JSON, or a page saved as text.")],
    source: Annotated[
        str | None, typer.Option(help="The list's name, which owns its entries; else the file's.")
    ] = None,
    form: Annotated[str | None, typer.Option(help="csv, json or page; else by the file's ending.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who does it: your name.")] = "command line",
) -> None:
    """Take in a list and print what came of it, and every row that somebody should look at."""
    from api.cli.world import console, run, world
    from api.services.directory.take_in import import_directory
    from api.services.directory.told import DirectoryListUnreadable

    async def go() -> None:
        try:
            text = file.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise DirectoryListUnreadable("directory_list_unreadable", reason="it is not UTF-8") from error
        told = form or {".csv": "csv", ".json": "json"}.get(file.suffix.lower(), "page")
        async with world() as (work, ports), work() as db:
            row = await import_directory(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                by=by,
                source=source or file.stem,
                form=told,
                text=text,
            )
        for each in row.doubts:
            words = " ".join(filter(None, (each["kind"], each["detail"], "|", each["text"].replace("\n", " / "))))
            console.print(f"row {each['row']}: {words}", markup=False, highlight=False, soft_wrap=True)
        console.print(
            f"{row.source}: {row.rows} rows, {row.numbers} numbers; {row.added} added, {row.changed} changed,"
            f" {row.unchanged} unchanged, {row.withdrawn} withdrawn; {len(row.doubts)} doubts.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    run(go())


@directory_app.command("list")
def directory_list(country: str | None = None, region: str | None = None) -> None:
    """List the entries with their hours; withdrawn ones say so."""
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.domain.support.countries import country_of
    from api.services.directory.queries import list_for_staff

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            there = country_of(country)
            code = there.code if there is not None else country
            found = await list_for_staff(db=db, now=ports.clock.now(), region=region, country=code)
        table = Table("entry", "where", "who", "number", "toll", "hours", "zone", "doubts")
        for each in found:
            row = each.entry
            who = f"{row.role} {row.product or ''}{' (withdrawn)' if row.withdrawn_at else ''}".strip()
            doubts = ", ".join(doubt["kind"] for doubt in row.doubts)
            table.add_row(row.id, row.country or row.region, who, each.e164, row.toll, row.hours, row.zone, doubts)
        console.print(table)

    run(go())


@directory_app.command("best")
def directory_best(
    country: Annotated[str, typer.Argument(help="ISO 3166, two or three letters.")],
    role: Annotated[str, typer.Option(help="driver or owner.")] = "driver",
    lang: Annotated[str, typer.Option(help="Languages, the best first: de,en.")] = "en",
    at: Annotated[datetime | None, typer.Option(help="In UTC; else now.")] = None,
    product: str | None = None,
) -> None:
    """Print the lines to call, the best first, with what a caller meets on each."""
    from api.cli.world import console, run, world
    from api.domain.support.contact import ContactRole
    from api.services.directory.best import NoContact, best_contacts

    async def go() -> None:
        if role not in set(ContactRole):
            raise NoContact("no_contact", role=role)
        async with world() as (work, ports), work() as db:
            found = await best_contacts(
                db,
                country=country,
                role=ContactRole(role),
                languages=lang.split(","),
                now=at.replace(tzinfo=UTC) if at is not None else ports.clock.now(),
                product=product,
                hotline=ports.policy.hotline,
            )
        if not found:
            raise NoContact("no_contact", country=country)
        for each in found:
            state = "hours unknown" if each.open is None else "open" if each.open else "closed"
            spoken = f" ({', '.join(each.languages_now)})" if each.languages_now else ""
            change = f", until {each.next_change_at:%Y-%m-%d %H:%M} UTC" if each.next_change_at else ""
            console.print(f"{each.number}: {state}{spoken}{change}, {each.toll}", markup=False, highlight=False)

    run(go())
