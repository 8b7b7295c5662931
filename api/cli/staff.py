"""``chargehand staff``: who may sign in to the console. The first administrator is invited here."""

from typing import Annotated

import typer

staff_app = typer.Typer(no_args_is_help=True, help="Staff: invite, list, give roles, let in no more.")

By = Annotated[str, typer.Option("--by", help="Who does it: your name.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="admin, finance_clerk, finance_lead, auditor, support_1 ... ; may be repeated."),
]


@staff_app.command("add")
def staff_add(email: str, name: str, role: Roles, by: By = "command line") -> None:
    """Invite somebody and print the link that sets their password; it works once and for three days."""
    from api.cli.world import console, run, world
    from api.services.staff.members import add_member

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            _, secret = await add_member(db=db, ports=ports, now=now, email=email, name=name, roles=role, by=by)
        console.print(f"{ports.policy.public_url}/console/join/{secret}", markup=False, soft_wrap=True)

    run(go())


@staff_app.command("invite")
def staff_invite(email: str, by: By = "command line") -> None:
    """Invite somebody anew, who lost the password or the second factor: what they had is void at once."""
    from api.cli.world import console, run, world
    from api.services.staff.members import UnknownMember, invite_again, member_by_email

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            member = await member_by_email(db=db, email=email)
            if member is None:
                raise UnknownMember("unknown_member", email=email)
            _, secret = await invite_again(db=db, now=ports.clock.now(), staff_id=member.id, by=by)
        console.print(f"{ports.policy.public_url}/console/join/{secret}", markup=False, soft_wrap=True)

    run(go())


@staff_app.command("bind")
def staff_bind(
    email: str,
    partner: Annotated[str | None, typer.Option(help="Id of the partner whose chargers an agent sees.")] = None,
    owner: Annotated[str | None, typer.Option(help="Id of the owner whose sites somebody sees.")] = None,
    by: By = "command line",
) -> None:
    """Say whose chargers an operator's agent, or an owner's person, sees; without an option: nobody's."""
    from api.cli.world import run, world
    from api.services.staff.bindings import bind_member
    from api.services.staff.members import UnknownMember, member_by_email

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            member = await member_by_email(db=db, email=email)
            if member is None:
                raise UnknownMember("unknown_member", email=email)
            now = ports.clock.now()
            await bind_member(db=db, now=now, staff_id=member.id, partner_id=partner, owner_id=owner, by=by)

    run(go())


@staff_app.command("list")
def staff_list() -> None:
    """List everybody with their roles."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.staff.members import members

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            everybody = await members(db=db)
        out = terminal()
        for each in everybody:
            out.print(printable(f"{each.name} <{each.email}> {each.status}: {', '.join(each.roles)}"), markup=False)

    run(go())
