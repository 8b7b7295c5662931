"""``chargehand refund``: what staff waive and give back, and the requests that wait for a second person.

Persons are named with ``--by`` until staff sign in; who asked for something cannot approve it.
"""

from typing import Annotated

import typer

from api.domain.money import Money, format_money

refund_app = typer.Typer(no_args_is_help=True, help="Credits and refunds: waive, approve, deny, pay otherwise.")

By = Annotated[str, typer.Option("--by", help="Who decides: your name.")]


@refund_app.command("credit")
def refund_credit(
    charging_session_id: str,
    by: By,
    reason: Annotated[str, typer.Option(help="goodwill, charger_fault, wrong_price, not_charged, duplicate, fraud.")],
    text: Annotated[str, typer.Option(help="Why, in a sentence.")],
    minor: Annotated[int | None, typer.Option(help="How much, in minor units; all that is asked if left out.")] = None,
) -> None:
    """Waive part of a bill; what of it was paid goes back. Above the limit it waits for a second person."""
    from api.cli.world import console, run, world
    from api.services.charging.credits import request_credit

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            row = await request_credit(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                charging_session_id=charging_session_id,
                amount_minor=minor,
                reason=reason,
                text=text,
                by=by,
            )
            said = f"{row.id}: {format_money(Money(row.amount_minor, row.currency))} {row.state}."
        console.print(said, markup=False)

    run(go())


@refund_app.command("requests")
def refund_requests() -> None:
    """List what waits for a second person: credits, write-offs, refunds above the limit."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.charging.decisions import open_requests

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            waiting = await open_requests(db=db)
        out = terminal()
        for each in waiting:
            amount = format_money(Money(each.amount_minor, each.currency))
            until = f"until {each.expires_at:%Y-%m-%d %H:%M}" if each.expires_at else "does not lapse"
            line = f"{each.subject_id}  {amount}  of {each.charging_session_id}, by {each.requested_by}, {until}"
            out.print(printable(f"{line}: {each.why}"))
        out.print(f"{len(waiting)} waiting.")

    run(go())


@refund_app.command("approve")
def refund_approve(request_id: Annotated[str, typer.Argument(help="crd_..., wof_... or rfd_...")], by: By) -> None:
    """Approve a request as the second person; the worker moves the money."""
    from api.cli.world import console, run, world
    from api.services.charging.decisions import approve

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await approve(db=db, ports=ports, now=ports.clock.now(), subject_id=request_id, by=by)
        console.print(f"{request_id} approved.", markup=False)

    run(go())


@refund_app.command("deny")
def refund_deny(
    request_id: Annotated[str, typer.Argument(help="crd_..., wof_... or rfd_...")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why not.")],
) -> None:
    """Deny a request; the money of a refund stays owed to the driver, to be paid otherwise."""
    from api.cli.world import console, run, world
    from api.services.charging.decisions import deny

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await deny(db=db, ports=ports, now=ports.clock.now(), subject_id=request_id, by=by, reason=reason)
        console.print(f"{request_id} denied.", markup=False)

    run(go())


@refund_app.command("withdraw")
def refund_withdraw(request_id: str, by: By) -> None:
    """Take your own request back."""
    from api.cli.world import console, run, world
    from api.services.charging.decisions import withdraw

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await withdraw(db=db, now=ports.clock.now(), subject_id=request_id, by=by)
        console.print(f"{request_id} withdrawn.", markup=False)

    run(go())


@refund_app.command("settle-otherwise")
def refund_settle_otherwise(
    refund_id: str, by: By, reference: Annotated[str, typer.Option(help="Finds the transfer: its number or text.")]
) -> None:
    """Note that a refund that failed or was denied was paid from our bank account."""
    from api.cli.world import console, run, world
    from api.services.charging.refund_decisions import settle_otherwise

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            row = await settle_otherwise(db=db, ports=ports, now=now, refund_id=refund_id, by=by, reference=reference)
            said = f"{row.id}: {format_money(Money(row.repaid_minor, row.currency))} paid otherwise."
        console.print(said, markup=False)

    run(go())
