"""Reconciling: run it, see how far it is and what it found, let through what was held back."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.models.reconciliation import ReconciliationEvidence
    from api.services.reconciliation.run_queries import RunReport

reconcile_app = typer.Typer(
    no_args_is_help=True, help="Holds and books against the processor's objects and the partners' bills."
)

AsJson = Annotated[bool, typer.Option("--json", help="The same for programs.")]


@reconcile_app.command("run")
def reconcile_run(
    full: Annotated[
        bool | None, typer.Option("--full/--changes", help="Everything, or what changed since the last run.")
    ] = None,
    charge: Annotated[str | None, typer.Option(help="One charge only.")] = None,
    by: Annotated[str | None, typer.Option(help="Who asks for it; kept with the run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what a full run would do, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run all rules now; exit code 1 if another run is under way."""
    from api.cli.world import console, run, world
    from api.services.reconciliation.run import OF_CHARGE, ON_DEMAND, Wish, preview, reconcile
    from api.services.reconciliation.run_queries import run_report

    async def go() -> None:
        async with world() as (work, ports):
            if dry_run:
                _print_evidence(await preview(work=work, ports=ports), as_json=as_json)
                return
            wish = Wish(OF_CHARGE if charge else ON_DEMAND, by, full, charge)
            run_id = await reconcile(work=work, ports=ports, wish=wish)
            if run_id is None:
                console.print("Another run is under way: see chargehand reconcile status.")
                raise typer.Exit(1)
            async with work() as db:
                _print_report(await run_report(db=db, run_id=run_id), as_json=as_json)

    run(go())


@reconcile_app.command("status")
def reconcile_status(
    run_id: Annotated[str | None, typer.Argument(help="A run; without one, the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far a run is, what its rules found, and which rules are held back."""
    from api.cli.world import console, run, world
    from api.services.reconciliation.run_queries import newest_runs, rules_held_back, run_report

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            newest = await newest_runs(db=db, limit=1)
            if run_id is None and not newest:
                console.print("Nothing was reconciled yet: chargehand reconcile run.")
                return
            _print_report(await run_report(db=db, run_id=run_id or newest[0].id), as_json=as_json)
            for held in [] if as_json else await rules_held_back(db=db):
                released = f", released by {held.released_by} for the next run" if held.released_at else ""
                console.print(f"held back: {held.reason}, {held.withheld} findings{released}")

    run(go())


@reconcile_app.command("release")
def reconcile_release(
    rule: Annotated[str, typer.Argument(help="The rule that is held back.")],
    by: Annotated[str, typer.Option(help="Who looked; kept.")],
    note: Annotated[str, typer.Option(help="Why there are so many; kept too.")],
) -> None:
    """Let the next run open the findings of a rule that was held back, however many."""
    from api.cli.world import console, run, world
    from api.services.reconciliation.release import release_rule

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            standing = await release_rule(db=db, now=now, reason=rule, by=by, note=note)
        console.print(f"The next run opens the {standing.withheld} findings of {rule}.")

    run(go())


def _print_report(report: "RunReport", *, as_json: bool) -> None:
    """Print a run: what it is, how far it has come, and its evidence."""
    from api.cli.world import console

    run = report.run
    if not as_json:
        place = f"{len(report.evidence)} of {len(run.rules)} rules"
        at = f", now at {report.now_at}" if run.state == "running" and report.now_at else ""
        console.print(
            f"{run.id}: {run.kind}, {run.breadth}, {run.state}, {place}{at}; speaks for {run.cut_off_at:%F %T}"
        )
    _print_evidence(report.evidence, as_json=as_json)
    if run.digest and not as_json:
        console.print(f"digest {run.digest}")


def _print_evidence(evidence: "Sequence[ReconciliationEvidence]", *, as_json: bool) -> None:
    """Print a line per rule."""
    from api.cli.terminal import terminal

    if as_json:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in evidence], indent=2))
        return
    table = Table("rule", "looked at", "found", "new", "again", "gone", "held back", "ms")
    for each in evidence:
        counts = (each.checked, each.found, each.opened, each.reopened, each.resolved, each.withheld, each.milliseconds)
        name = f"{each.reason} (skipped: {each.skipped})" if each.skipped else each.reason
        table.add_row(name, *(str(count) if count else "-" for count in counts))
    terminal().print(table)
