"""``chargehand close``: the close of a month, from its cut-off list to the proof that it stays what it was.

Persons are named with ``--by``: who prepared cannot sign, who asks to open again cannot agree to it.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.domain.money import Money, format_money

if TYPE_CHECKING:
    from api.domain.finance.control import ControlDay
    from api.services.closing.cut_off import CutOffSum

close_app = typer.Typer(no_args_is_help=True, help="Close a month: prepare, sign, verify, open again; control totals.")

Period = Annotated[str, typer.Argument(help="The month, such as 2026-11.")]
By = Annotated[str, typer.Option("--by", help="Who does it: your name.")]


@close_app.command("status")
def close_status(
    period: Annotated[str | None, typer.Argument(help="One month, with its cut-off list.")] = None,
) -> None:
    """List the months and how far their close is; of one month, what was not finished."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.closing.cut_off import cut_off_sums
    from api.services.closing.periods import list_periods

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            months = await list_periods(db=db, ports=ports, now=ports.clock.now())
            sums = await cut_off_sums(db=db, period=period) if period else []
        out = terminal()
        for each in months:
            row = each.row
            if period in {None, each.name}:
                who = f", prepared by {row.prepared_by}, signed by {row.signed_by or '-'}" if row else ""
                out.print(printable(f"{each.name}  {each.state}{'' if each.is_over else ' (not over)'}{who}"))
        if sums:
            out.print(_cut_off_table(sums))

    run(go())


def _cut_off_table(sums: "list[CutOffSum]") -> Table:
    table = Table("not finished", "items", "amount")
    for each in sums:
        amount = format_money(Money(each.amount_minor, each.currency)) if each.currency else "-"
        table.add_row(each.kind, str(each.items), amount)
    return table


@close_app.command("prepare")
def close_prepare(period: Period, by: By) -> None:
    """Write down what was not finished when the month ended; may be repeated until somebody signs."""
    from api.cli.terminal import terminal
    from api.cli.world import run, world
    from api.services.closing.periods import prepare_close

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            sums = await prepare_close(db=db, ports=ports, now=ports.clock.now(), period=period, by=by)
        terminal().print(_cut_off_table(sums))

    run(go())


@close_app.command("sign")
def close_sign(
    period: Period,
    by: By,
    note: Annotated[str, typer.Option(help="Why control totals that differ are accepted.")] = "",
) -> None:
    """Shut the month as the second person and freeze its reports; repeated after a crash, freezes them."""
    from api.cli.world import console, run, world
    from api.services.closing.periods import list_periods, sign_close
    from api.services.closing.seal import seal_period

    async def go() -> None:
        async with world() as (work, ports):
            now = ports.clock.now()
            async with work() as db:
                months = {each.name: each.state for each in await list_periods(db=db, ports=ports, now=now)}
                if months.get(period) != "signed":
                    await sign_close(db=db, ports=ports, now=now, period=period, by=by, note=note)
            sealed = await seal_period(work=work, ports=ports, now=now, period=period)
        for name, report in sorted(sealed.reports.items()):
            console.print(f"{name}: {report['rows']} rows, sha256 {report['sha256']}")
        console.print(f"{period} is {sealed.state}.")

    run(go())


@close_app.command("verify")
def close_verify(period: Period) -> None:
    """Make the reports of a shut month again and compare them byte for byte; exit code 1 if one differs."""
    from api.cli.world import console, run, world
    from api.services.closing.seal import verify_period

    async def go() -> None:
        async with world() as (work, ports):
            found = await verify_period(work=work, ports=ports, now=ports.clock.now(), period=period)
        for each in found:
            console.print(f"{each.name}: {'the same' if each.is_same else f'was {each.kept}, is {each.now}'}")
        if not all(each.is_same for each in found):
            raise typer.Exit(1)

    run(go())


@close_app.command("reopen")
def close_reopen(
    period: Period,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; asks for it. Without a reason: agrees to what was asked.")] = "",
) -> None:
    """Ask to open the newest shut month again, or agree to that as another person."""
    from api.cli.world import console, run, world
    from api.services.closing.periods import approve_reopening, request_reopening

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            if reason:
                await request_reopening(db=db, now=now, period=period, by=by, reason=reason)
                console.print(f"{period}: somebody else must agree.")
            else:
                await approve_reopening(db=db, ports=ports, now=now, period=period, by=by)
                console.print(f"{period} is open.")

    run(go())


@close_app.command("totals")
def close_totals(
    first: Annotated[str, typer.Argument(help="The first day, such as 2026-11-01.")],
    last: Annotated[str | None, typer.Argument(help="The last day; the same one if left out.")] = None,
) -> None:
    """Print the control totals of some days; exit code 1 if books and events differ."""
    from api.cli.terminal import terminal
    from api.cli.world import run, world
    from api.services.closing.control_totals import control_totals

    try:
        days = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise typer.BadParameter("a day is written as 2026-11-01") from error

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            found = await control_totals(db=db, issuer=ports.policy.issuer, first=days[0], last=days[1])
        terminal().print(_totals_table(found))
        if any(each.difference for each in found):
            raise typer.Exit(1)

    run(go())


_LINES = (
    "holds_opening", "authorized", "let_go", "holds_closing",
    "clearing_opening", "captured", "refunded", "other", "clearing_closing", "difference",
)  # fmt: skip


def _totals_table(days: "list[ControlDay]") -> Table:
    table = Table("day", *(name.replace("_", " ") for name in _LINES))
    for each in days:
        amounts = (Money(getattr(each, name), each.currency) for name in _LINES)
        table.add_row(f"{each.day} {each.currency}", *(f"{amount.to_decimal():f}" for amount in amounts))
    return table
