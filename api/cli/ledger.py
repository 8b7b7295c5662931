"""The books: proving them, reading them, correcting them."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from api.domain.money import Money, format_money

if TYPE_CHECKING:
    from api.services.finance.ledger_queries import Balance, BookedJournal
    from api.services.finance.verify_checks import Verdict

ledger_app = typer.Typer(no_args_is_help=True, help="The books: their proof, balances, journals and corrections.")

AsJson = Annotated[bool, typer.Option("--json", help="The same for programs.")]


@ledger_app.command("verify")
def ledger_verify(
    processor: Annotated[bool, typer.Option(help="Ask the processor for its balance too, and compare.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the books from events, bills and CDRs, and print the proof; exit code 1 if anything differs."""
    from api.cli.world import run, world
    from api.services.finance.verify import verify_ledger

    async def go() -> None:
        async with world() as (work, ports):
            entries = await ports.settlement.balance_entries() if processor else None
            async with work() as db:
                verdicts = await verify_ledger(db=db, at_processor=entries)
        if as_json:
            typer.echo(json.dumps([{**asdict(each), "holds_true": each.holds_true} for each in verdicts], default=str))
        else:
            _print_verdicts(verdicts)
        if not all(each.holds_true for each in verdicts):
            raise typer.Exit(1)

    run(go())


def _print_verdicts(verdicts: "list[Verdict]") -> None:
    """Print a line per check, then the first rows that differ."""
    from api.cli.terminal import printable, terminal

    out = terminal()
    table = Table("check", "says", "looked at", "differ")
    for each in verdicts:
        table.add_row(each.name, each.says, str(each.checked), str(each.differing) if each.differing else "-")
    out.print(table)
    for each in verdicts:
        for row in each.first:
            out.print(printable(f"{each.name}: " + ", ".join(f"{name} {value}" for name, value in row.items())))
        if each.differing > len(each.first):
            out.print(f"{each.name}: and {each.differing - len(each.first)} more")
    wrong = sum(not each.holds_true for each in verdicts)
    out.print("The books hold true." if not wrong else f"{wrong} of {len(verdicts)} checks found differences.")


@ledger_app.command("trial-balance")
def ledger_trial_balance(
    period: Annotated[str | None, typer.Option(help="A month, such as 2026-11.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Leave out what happened from this moment (UTC) on.")] = None,
    owners: Annotated[bool, typer.Option(help="Drivers' and partners' accounts one by one.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print opening, movements and closing of every account; exit code 1 if a currency and layer does not cancel."""
    import re
    from datetime import UTC

    from api.cli.terminal import terminal
    from api.cli.world import run, world
    from api.services.finance.ledger_queries import trial_balance

    if period is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period):
        raise typer.BadParameter(f"{period} is no month such as 2026-11", param_hint="--period")

    async def go() -> None:
        moment = until and until.replace(tzinfo=UTC)
        async with world() as (work, _ports), work() as db:
            balances = await trial_balance(db=db, period=period, until=moment, owners=owners)
        if as_json:
            typer.echo(json.dumps([asdict(each) for each in balances]))
        else:
            terminal().print(_balance_table(balances))
        if any(_sums(balances).values()):
            raise typer.Exit(1)

    run(go())


def _sums(balances: "list[Balance]") -> dict[tuple[str, str], int]:
    """Return what each layer and currency sums up to: nothing, in books that balance."""
    sums: dict[tuple[str, str], int] = {}
    for each in balances:
        sums[each.currency, each.layer] = sums.get((each.currency, each.layer), 0) + each.closing
    return sums


def _balance_table(balances: "list[Balance]") -> Table:
    """Return balances as a table, with a line at the end of each layer and currency."""
    table = Table("account", "layer", "opening", "debit", "credit", "closing")
    for currency, layer in _sums(balances):
        lines = [each for each in balances if (each.currency, each.layer) == (currency, layer)]
        for each in lines:
            name = f"{each.account}:{each.owner}" if each.owner else each.account
            table.add_row(name, layer, *_amounts(currency, each.opening, each.debit, each.credit, each.closing))
        totals = (sum(getattr(each, part) for each in lines) for part in ("opening", "debit", "credit", "closing"))
        table.add_row(f"sum in {currency}", layer, *_amounts(currency, *totals), end_section=True)
    return table


def _amounts(currency: str, *minors: int) -> list[str]:
    return [format_money(Money(minor, currency)) for minor in minors]


@ledger_app.command("journal")
def ledger_journal(
    journal_id: Annotated[str | None, typer.Argument(help="The journal.")] = None,
    charge: Annotated[str | None, typer.Option(help="All journals of this charge instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a journal, or all journals of a charge, with their entries."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.finance.ledger_queries import journal_with_sides, journals_of_charge

    if (journal_id is None) == (charge is None):
        raise typer.BadParameter("name a journal or --charge, one of them")

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            if charge is not None:
                booked = await journals_of_charge(db=db, charging_session_id=charge)
            else:
                booked = [await journal_with_sides(db=db, journal_id=journal_id or "")]
        if as_json:
            typer.echo(json.dumps([_document(each) for each in booked], indent=2))
            return
        out = terminal()
        for each in booked:
            for line in _told(each):
                out.print(printable(line))

    run(go())


def _document(booked: "BookedJournal") -> dict[str, Any]:
    """Return a journal as JSON."""
    told = booked.journal.model_dump(mode="json", exclude={"booked_in"})
    return {**told, "reversed_by": booked.reversed_by, "entries": [asdict(each) for each in booked.sides]}


def _told(booked: "BookedJournal") -> list[str]:
    """Return a journal as lines of text."""
    journal = booked.journal
    lines = [
        f"{journal.id} {journal.kind} for {journal.cause_type} {journal.cause_id}, {journal.occurred_at:%F %T} UTC"
    ]
    if journal.reverses_id is not None:
        lines.append(f"  undoes {journal.reverses_id}, by {journal.created_by}: {journal.reason}")
    if booked.reversed_by is not None:
        lines.append(f"  undone by {booked.reversed_by}")
    for each in booked.sides:
        side = "Dr" if each.amount_minor > 0 else "Cr"
        amount = format_money(Money(abs(each.amount_minor), each.currency))
        lines.append(f"  {side} {amount:>14} {each.account} ({each.layer})")
    return lines


@ledger_app.command("reverse")
def ledger_reverse(
    journal_id: str,
    reason: Annotated[str, typer.Option(help="Why it is wrong; kept with the correction.")],
    by: Annotated[str, typer.Option(help="Who says so; kept too.")],
) -> None:
    """Undo a journal by a new one that posts its opposite; each journal once."""
    from api.cli.world import console, run, world
    from api.services.finance.ledger_reverse import reverse_journal

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            made = await reverse_journal(db=db, ports=ports, now=now, journal_id=journal_id, reason=reason, by=by)
        console.print(f"{made.id} undoes {journal_id}.")

    run(go())
