"""Payouts of the processor to our bank: what came, and what it consists of."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.domain.money import Money, format_money

if TYPE_CHECKING:
    from api.models.settlement import PayoutLine, PayoutRow

payout_app = typer.Typer(no_args_is_help=True, help="The processor's payouts to our bank, matched to the books.")

AsJson = Annotated[bool, typer.Option("--json", help="The same for programs.")]


@payout_app.command("list")
def payout_list(limit: int = 50, as_json: AsJson = False) -> None:
    """List payouts, the newest first, and what of each is unexplained."""
    from api.cli.terminal import terminal
    from api.cli.world import run, world
    from api.services.finance.payout_queries import newest_payouts

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await newest_payouts(db=db, limit=limit)
        if as_json:
            typer.echo(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
            return
        table = Table("payout", "amount", "status", "arrives", "rest")
        for row in rows:
            table.add_row(row.id, _money(row, row.amount_minor), row.processor_status, _day(row), _rest(row))
        terminal().print(table)

    run(go())


@payout_app.command("show")
def payout_show(payout_id: str, as_json: AsJson = False) -> None:
    """Show what a payout consists of, and what of our books explains each movement."""
    from api.cli.terminal import terminal
    from api.cli.world import run, world
    from api.services.finance.payout_queries import payout_with_lines

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            row, lines = await payout_with_lines(db=db, payout_id=payout_id)
        if as_json:
            document = row.model_dump(mode="json") | {"lines": [line.model_dump(mode="json") for line in lines]}
            typer.echo(json.dumps(document, indent=2))
            return
        out = terminal()
        out.print(f"{row.id}: {_money(row, row.amount_minor)}, {row.processor_status}, rest {_rest(row)}")
        out.print(_lines(lines))

    run(go())


@payout_app.command("pull")
def payout_pull(
    days: Annotated[int, typer.Option(min=1, help="How far to look back.")] = 8,
) -> None:
    """Ask the processor now for fees and payouts that no webhook told of, as the worker does every hour."""
    from datetime import timedelta

    from api.cli.world import console, run, world
    from api.services.finance.payouts_sweep import sweep_balance

    async def go() -> None:
        async with world() as (work, ports):
            found = await sweep_balance(work=work, ports=ports, look_back=timedelta(days=days))
        console.print(f"{found} fees and payouts taken in.")

    run(go())


def _lines(lines: "list[PayoutLine]") -> Table:
    """Return a payout's movements as a table."""
    table = Table("movement", "kind", "amount", "fee", "net", "explained by", "booked")
    for line in lines:
        subject = f"{line.matched_to} {line.detail['subject']}"
        amounts = (line.amount_minor, line.fee_minor, line.net_minor)
        table.add_row(
            line.id,
            line.kind,
            *(_money(line, each) for each in amounts),
            subject,
            _money(line, line.detail["booked_minor"]),
        )
    return table


def _money(row: "PayoutRow | PayoutLine", minor: int) -> str:
    return format_money(Money(minor, row.currency))


def _day(row: "PayoutRow") -> str:
    return f"{row.arrives_at:%F}" if row.arrives_at else ""


def _rest(row: "PayoutRow") -> str:
    return "not reconciled" if row.rest_minor is None else _money(row, row.rest_minor)
