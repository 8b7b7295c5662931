"""``chargehand export``: finance's lists as CSV or XLSX, the journal for DATEV, a month's trial balance and settlement.

A file is written beside its name first and takes the name when it is whole.
"""

from pathlib import Path
from typing import Annotated

import typer

export_app = typer.Typer(no_args_is_help=True, help="Export lists, the journal and DATEV's files.")

To = Annotated[Path, typer.Argument(help="The file to write.", dir_okay=False)]


@export_app.command("list")
def export_list(
    name: Annotated[str, typer.Argument(help="holds, findings, journal, payouts, refunds, disputes, wallets ...")],
    to: To,
    wanted: Annotated[
        list[str] | None, typer.Option("--where", help="A filter: period=2026-11, since=2026-11-01, currency=EUR ...")
    ] = None,
) -> None:
    """Write a list as CSV, or as a workbook where the file's name ends in .xlsx."""
    from api.cli.world import console, run, world
    from api.services.closing.exports import csv_of, write_xlsx
    from api.services.closing.listing import wanted_of
    from api.services.closing.lists import LISTS

    if name not in LISTS:
        raise typer.BadParameter(f"there are: {', '.join(sorted(LISTS))}", param_hint="name")
    pairs = [each.partition("=") for each in wanted or ()]

    async def go() -> None:
        chosen, part = wanted_of({key: value for key, _, value in pairs}), to.with_name(f"{to.name}.part")
        async with world() as (work, ports):
            issuer = ports.policy.issuer
            if to.suffix == ".xlsx":
                await write_xlsx(work=work, issuer=issuer, listing=LISTS[name], wanted=chosen, path=part)
            else:
                lines = csv_of(work=work, issuer=issuer, listing=LISTS[name], wanted=chosen)
                with part.open("wb") as file:
                    async for text in lines:
                        file.write(text.encode())
        part.replace(to)
        console.print(f"{to} written.", markup=False)

    run(go())


@export_app.command("datev")
def export_datev(
    period: Annotated[str, typer.Argument(help="The month, such as 2026-11.")],
    folder: Annotated[Path, typer.Argument(help="Where to write the files.", file_okay=False)],
    currency: Annotated[str, typer.Option(help="One currency; each has files of its own.")] = "EUR",
) -> None:
    """Write the journal of a month as DATEV's booking batch (EXTF 700), a file for each 99,999 lines."""
    from api.cli.world import console, run, world
    from api.services.closing.datev_export import datev_batches

    async def go() -> None:
        sizes: dict[int, int] = {}
        async with world() as (work, ports):
            now = ports.clock.now()
            async for number, text in datev_batches(work=work, ports=ports, now=now, period=period, currency=currency):
                path = folder / f"EXTF_Buchungsstapel_{period}_{currency}_{number}.csv"
                with path.open("ab" if number in sizes else "wb") as file:
                    file.write(text)
                sizes[number] = sizes.get(number, 0) + text.count(b"\r\n")
        for number, lines in sizes.items():
            console.print(f"file {number}: {lines - 2} lines")

    run(go())


@export_app.command("trial-balance")
def export_trial_balance(period: Annotated[str, typer.Argument(help="The month.")], to: To) -> None:
    """Write the trial balance of a month as CSV."""
    from api.cli.world import run, world
    from api.services.closing.periods import month_of
    from api.services.closing.seal import trial_balance_csv

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            text = await trial_balance_csv(db=db, period=month_of(ports, period).name)
        to.write_bytes(text.encode())

    run(go())


@export_app.command("settlement")
def export_settlement(period: Annotated[str, typer.Argument(help="The month.")], to: To) -> None:
    """Write the settlement of a month with every partner as CSV."""
    from api.cli.world import run, world
    from api.services.closing.settlement import partner_settlement, settlement_csv

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            rows = await partner_settlement(db=db, ports=ports, period=period)
        to.write_bytes(settlement_csv(period, rows).encode())

    run(go())
