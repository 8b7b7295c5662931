"""Webhooks to the back ends of apps: who is told, with which secret, and telling again."""

from typing import Annotated

import typer

webhook_app = typer.Typer(no_args_is_help=True, help="Webhooks to apps' back ends: add, list, rotate, remove, replay.")


@webhook_app.command("add")
def webhook_add(
    url: str,
    event: Annotated[list[str] | None, typer.Option(help="A type of event; again for more. Without: all.")] = None,
) -> None:
    """Tell an address of events; its secret is shown once."""
    from api.cli.world import console, run, world
    from api.services.webhooks.endpoints import add_endpoint

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            endpoint, secret = await add_endpoint(db=db, ports=ports, now=now, url=url, event_types=event or ())
        console.print(f"{endpoint.id} is told of events. Its secret, which is not shown again:")
        console.print(secret, soft_wrap=True, highlight=False)

    run(go())


@webhook_app.command("list")
def webhook_list() -> None:
    """List the addresses that are told of events."""
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.webhooks.endpoints import list_endpoints

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await list_endpoints(db=db)
        table = Table("endpoint", "url", "events", "works")
        for row in rows:
            failing = f"failing since {row.failing_since:%Y-%m-%d %H:%M}" if row.failing_since else "yes"
            works = f"disabled: {row.disabled_because}" if row.disabled_at else failing
            table.add_row(row.id, row.url, ", ".join(row.event_types) or "all", works)
        console.print(table)

    run(go())


@webhook_app.command("rotate")
def webhook_rotate(endpoint_id: str) -> None:
    """Give an endpoint a new secret; for a day the old one signs as well."""
    from api.cli.world import console, run, world
    from api.services.webhooks.endpoints import rotate_secret

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            secret = await rotate_secret(db=db, ports=ports, now=ports.clock.now(), endpoint_id=endpoint_id)
        console.print("The new secret, which is not shown again; the old one signs as well for a day:")
        console.print(secret, soft_wrap=True, highlight=False)

    run(go())


@webhook_app.command("enable")
def webhook_enable(endpoint_id: str) -> None:
    """Tell an endpoint that was disabled of events again."""
    from api.cli.world import console, run, world
    from api.services.webhooks.endpoints import enable_endpoint

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await enable_endpoint(db=db, now=ports.clock.now(), endpoint_id=endpoint_id)
        console.print(f"{endpoint_id} is told of events again. What it missed: chargehand webhook replay.")

    run(go())


@webhook_app.command("remove")
def webhook_remove(endpoint_id: str) -> None:
    """Tell an address no more."""
    from api.cli.world import console, run, world
    from api.services.webhooks.endpoints import remove_endpoint

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await remove_endpoint(db=db, now=ports.clock.now(), endpoint_id=endpoint_id)
        console.print(f"{endpoint_id} is removed.")

    run(go())


@webhook_app.command("replay")
def webhook_replay(
    endpoint_id: str,
    since: Annotated[str, typer.Option(help="A moment with its zone, such as 2026-03-02T09:00:00Z.")],
) -> None:
    """Send an endpoint all events since a moment again; they keep their ids."""
    from datetime import datetime

    from api.cli.world import console, run, world
    from api.services.webhooks.replay import replay_events

    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter("a moment has a date, a time and a zone: 2026-03-02T09:00:00Z")
    begin = moment

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            count = await replay_events(db=db, ports=ports, now=now, endpoint_id=endpoint_id, since=begin)
        console.print(f"{count} events are on their way again.")

    run(go())
