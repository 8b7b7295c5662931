"""``chargehand audit``: the log of what staff did, and the chain over it."""

from typing import Annotated

import typer

audit_app = typer.Typer(no_args_is_help=True, help="The log of what staff did: prove that nobody changed it.")


@audit_app.command("verify")
def audit_verify(
    expect: Annotated[
        str | None, typer.Option(help="A link that was noted before: it must still be part of the chain.")
    ] = None,
) -> None:
    """Seal what is new, walk along the chain over the log, and print its newest link; exit code 1 if it is broken."""
    from api.cli.world import console, run, world
    from api.services.reconciliation.audit_check import check_log
    from api.services.reconciliation.audit_seal import verify_chain

    async def go() -> None:
        async with world() as (work, ports):
            proof = await check_log(work=work, now=ports.clock.now())
            if expect is not None:
                async with work() as db:
                    proof = await verify_chain(db=db, expected=expect)
        console.print(f"{proof.sealed} entries sealed; newest link {proof.head}", markup=False)
        for number in proof.broken:
            console.print(f"Broken at link {number}: its entry, or one before it, was changed or taken out.")
        if not proof.expected_seen:
            console.print("The expected link is not part of the chain: the end was cut off, or it is another log.")
        if not proof.holds_true:
            raise typer.Exit(1)

    run(go())
