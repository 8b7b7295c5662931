"""``chargehand dispute``: what drivers' banks dispute, and the evidence that we hand in."""

import json
from typing import Annotated

import typer

from api.domain.money import Money, format_money

dispute_app = typer.Typer(no_args_is_help=True, help="Disputes: what is due, the evidence, handing it in.")

By = Annotated[str, typer.Option("--by", help="Who does it: your name.")]
_ID = typer.Argument(help="Our id dsp_..., or the processor's.")
DisputeId = Annotated[str, _ID]


@dispute_app.command("list")
def dispute_list() -> None:
    """List disputes, those first whose evidence is due first; times are UTC."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.charging.disputes import disputes_by_due_date

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await disputes_by_due_date(db=db)
        out = terminal()
        for row in rows:
            due = f"{row.evidence_due_at:%Y-%m-%d %H:%M}" if row.evidence_due_at else "-"
            amount = format_money(Money(row.amount_minor, row.currency))
            out.print(printable(f"{row.id}  {row.status}  {amount}  due {due}  of {row.charging_session_id}"))
        out.print(f"{len(rows)} disputes.")

    run(go())


@dispute_app.command("show")
def dispute_show(dispute_id: DisputeId) -> None:
    """Show a dispute as it stands, and what its newest evidence pack says, as JSON."""
    from api.cli.world import run, world
    from api.services.charging.disputes import dispute_by_id
    from api.services.charging.evidence import newest_pack

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            row = await dispute_by_id(db=db, dispute_id=dispute_id)
            pack = await newest_pack(db=db, dispute_id=row.id)
            shown = {
                "dispute": row.model_dump(mode="json"),
                "evidence": pack.model_dump(mode="json") if pack else None,
            }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))

    run(go())


@dispute_app.command("evidence")
def dispute_evidence(dispute_id: DisputeId, by: By) -> None:
    """Assemble and freeze what we can show the bank; look at it with ``show`` before you submit."""
    from api.cli.world import console, run, world
    from api.services.charging.evidence import assemble_evidence

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            pack = await assemble_evidence(db=db, ports=ports, now=now, dispute_id=dispute_id, by=by)
            said = f"{pack.id} with {', '.join(sorted(pack.texts))}; SHA-256 {pack.sha256}."
        console.print(said, markup=False)

    run(go())


@dispute_app.command("submit")
def dispute_submit(dispute_id: DisputeId, by: By) -> None:
    """Hand the newest evidence pack to the bank, which is possible once; the worker sends it."""
    from api.cli.world import console, run, world
    from api.services.charging.evidence_submit import submit_evidence

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            operation = await submit_evidence(db=db, ports=ports, now=now, dispute_id=dispute_id, by=by)
            said = f"{operation.subject_id} is on its way ({operation.id})."
        console.print(said, markup=False)

    run(go())
