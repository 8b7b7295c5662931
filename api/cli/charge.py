"""Charges: what their bills were found to be, and the decision of staff where rules cannot decide."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli.price_notes import sentence
from api.domain.pricing.breakdown import Note

charge_app = typer.Typer(no_args_is_help=True, help="Charges: their bills, and decisions of staff.")


@charge_app.command("settle")
def charge_settle(
    charging_session_id: str,
    owed_minor: Annotated[int, typer.Argument(help="What the driver owes, in minor units; 0 lets the hold go.")],
    by: Annotated[str, typer.Option("--by", help="Who decides: your name.")],
    approved_by: Annotated[str | None, typer.Option(help="Who agrees, where much is given up: another name.")] = None,
) -> None:
    """End a charge that rules cannot settle, by decision of staff; the worker moves the money."""
    from api.cli.world import console, run, world
    from api.services.charging.staff import settle_by_staff

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await settle_by_staff(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                charging_session_id=charging_session_id,
                owed_minor=owed_minor,
                by=by,
                approved_by=approved_by,
            )
        console.print(f"{row.id} is {row.status}, its hold {row.hold_status}.")

    run(go())


@charge_app.command("unlock")
def charge_unlock(
    charging_session_id: str,
    by: Annotated[str, typer.Option("--by", help="Who asks for it: your name.")],
    reason: Annotated[str, typer.Option(help="What the driver said.")] = "",
) -> None:
    """Unlock the connector of a charge, for the help desk while it speaks with the driver; the worker sends it."""
    from api.cli.world import console, run, world
    from api.services.charging.unlock import ask_unlock

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await ask_unlock(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                charging_session_id=charging_session_id,
                by=by,
                reason=reason,
            )
        console.print(f"{row.id}: unlocking is asked for.")

    run(go())


@charge_app.command("audit")
def charge_audit(
    charging_session_id: str,
    as_json: Annotated[bool, typer.Option("--json", help="The audits for programs.")] = False,
) -> None:
    """Show what our own computation of a charge's bills found, dimension by dimension."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.charging.queries import audited_cdrs

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await audited_cdrs(db=db, charging_session_id=charging_session_id)
        summaries = [row.audit["summary"] | {"currency": row.currency} for row in rows if row.audit]
        if as_json:
            typer.echo(json.dumps(summaries, indent=2))
            return
        out = terminal()
        for each in summaries:
            for line in _told(each):
                out.print(printable(line))
        if len(summaries) < len(rows) or not rows:
            out.print(f"{len(rows) - len(summaries)} of {len(rows)} CDRs are not audited yet.")

    run(go())


def _told(summary: dict[str, Any]) -> Iterator[str]:
    """Yield an audit as lines of text."""
    currency = summary["currency"]
    promised = "unknown" if summary["computed"] is None else f"{summary['computed']} {currency}"
    most = " at most" if summary["is_ceiling"] else ""
    difference = "unknown" if summary["difference"] is None else summary["difference"]
    yield f"{summary['cdr']}: {summary['verdict']}"
    yield f"  billed {summary['billed']} {currency}, promised{most} {promised}, difference {difference}"
    for line in summary["lines"]:
        billed = "not stated" if line["billed"] is None else line["billed"]
        yield f"  {line['kind']}: billed {billed}, computed {line['computed']}"
    for note in summary["notes"]:
        told = Note(note["code"], {name: value for name, value in note.items() if name != "code"})
        yield f"  {told.code}: {sentence(told)}"
