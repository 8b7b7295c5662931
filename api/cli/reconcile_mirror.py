"""``chargehand reconcile mirror``: bring the copy of the processor's objects up to date, and see how far it is."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.cli.reconcile import reconcile_app

if TYPE_CHECKING:
    from api.services.reconciliation.mirror_progress import Progress


@reconcile_app.command("mirror")
def reconcile_mirror(
    pages: Annotated[int | None, typer.Option(min=1, help="Stop after so many pages; the next run goes on.")] = None,
    look: Annotated[bool, typer.Option("--look", help="Copy nothing, only show how far the copy is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same for programs.")] = False,
) -> None:
    """Copy payments, refunds and balance movements that are new or changed at the processor.

    A run that stops early, or is killed, is taken up by the next one. Exit code 1: it did not get to the end.
    """
    from api.cli.terminal import terminal
    from api.cli.world import run, world
    from api.services.reconciliation.mirror import copy_processor, mirror_state

    async def go() -> None:
        halted = None
        async with world() as (work, ports):
            if not look:
                made = await copy_processor(work=work, ports=ports, most_pages=pages)
                halted = made.halt and f"{made.halt} {made.detail}".strip()
            async with work() as db:
                state = await mirror_state(db=db)
        if as_json:
            typer.echo(json.dumps({"halted": halted, "kinds": [asdict(each) for each in state]}, default=str, indent=2))
        else:
            terminal().print(_table(state))
        if halted:
            typer.echo(f"Stopped early: {halted}. Run it again to go on.", err=True)
            raise typer.Exit(1)

    run(go())


def _table(state: "Sequence[Progress]") -> Table:
    """Return how far each kind is, and what the run under way or the last one brought."""
    table = Table("kind", "complete until", "run", "pages", "seen", "new", "changed", "unreadable")
    for each in state:
        until = f"{each.complete_until:%F %T}" if each.complete_until else "never"
        counts = [f"{count:,}" for count in asdict(each.counts).values()]
        table.add_row(each.kind, until, "over" if each.done else "under way", *counts)
    return table
